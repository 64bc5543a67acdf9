"""${PROJECT}: a fleet in private subnets, and the healer that looks after it."""

import pulumi

from tap_stack import InfraConfig, TapStack, aws_provider, export_outputs
from tap_stack.errors import ConfigError, QuestionRefused

try:
    config = InfraConfig.from_pulumi()
    stack = TapStack("fleet", config, pulumi.ResourceOptions(providers=[aws_provider(config)]))
except (ConfigError, QuestionRefused) as error:
    raise pulumi.RunError(str(error)) from None  # Pulumi prints it as one line
export_outputs(stack.outputs)
