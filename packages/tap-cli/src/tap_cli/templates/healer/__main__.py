"""${PROJECT}: a healer for each Auto Scaling group that the configuration key `groups` names."""

import pulumi

from tap_stack import Healer, InfraConfig, aws_provider
from tap_stack.errors import ConfigError, QuestionRefused

groups: dict[str, str] = pulumi.Config().require_object("groups")
try:
    provider = pulumi.ResourceOptions(providers=[aws_provider(InfraConfig.from_pulumi())])
    for name, group in groups.items():
        healer = Healer(name, {"auto_scaling_group_name": group}, provider)
        pulumi.export(f"{name}_function", healer.lambda_function_name)
        pulumi.export(f"{name}_topic", healer.notification_topic_arn)
except (ConfigError, QuestionRefused) as error:
    raise pulumi.RunError(str(error)) from None  # Pulumi prints it as one line
