"""The Pulumi program: read the configuration, build TapStack, export its outputs."""

from __future__ import annotations

import pulumi

from tap_stack.config import InfraConfig
from tap_stack.errors import ConfigError, QuestionRefused
from tap_stack.provider import aws_provider
from tap_stack.stack import TapStack, export_outputs


def main() -> None:
    """A provider of its own, because the region may come from the environment, and the default provider's may not."""
    config = InfraConfig.from_pulumi()
    stack = TapStack("tap", config, pulumi.ResourceOptions(providers=[aws_provider(config)]))
    export_outputs(stack.outputs)


try:
    main()
except (ConfigError, QuestionRefused) as error:
    # Pulumi prints a RunError as its one line, without a traceback.
    raise pulumi.RunError(str(error)) from None
