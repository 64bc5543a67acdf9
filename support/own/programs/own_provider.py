"""A provider of one's own, for another region, with tags on everything."""

import pulumi
import pulumi_aws as aws

from tap_stack import InfraConfig, TapStack

REGION = "eu-west-1"

config = InfraConfig.from_pulumi().with_changes(region=REGION)
provider = aws.Provider("europe", region=REGION, default_tags={"tags": {"CostCenter": "42"}})
stack = TapStack("web", config, pulumi.ResourceOptions(providers=[provider]))
topic = aws.sns.Topic("news", tags={"Owner": "web"}, opts=pulumi.ResourceOptions(provider=provider))
pulumi.export("topic", topic.arn)
pulumi.export("group", stack.auto_scaling_group_arn)
