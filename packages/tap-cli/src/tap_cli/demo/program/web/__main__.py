"""The smallest program with a TapStack: what runs on its fleet, `web.sh`, is configuration."""

import pulumi

from tap_stack import InfraConfig, TapStack
from tap_stack.provider import aws_provider
from tap_stack.stack import export_outputs

config = InfraConfig.from_pulumi()
export_outputs(TapStack("tap", config, pulumi.ResourceOptions(providers=[aws_provider(config)])).outputs)
