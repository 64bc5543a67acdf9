"""${PROJECT}: what web.sh starts on each instance of a fleet, behind a load balancer that speaks HTTPS alone."""

import pulumi

from tap_stack import InfraConfig, TapStack, aws_provider, export_outputs
from tap_stack.errors import ConfigError, QuestionRefused

try:
    settings = InfraConfig.from_pulumi()
    web = TapStack("web", settings, pulumi.ResourceOptions(providers=[aws_provider(settings)]))
except (ConfigError, QuestionRefused) as error:
    raise pulumi.RunError(str(error)) from None  # Pulumi prints it as one line
export_outputs(web.outputs)
