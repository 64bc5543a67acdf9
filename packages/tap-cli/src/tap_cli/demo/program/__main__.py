"""The smallest program with a TapStack."""

import pulumi
import pulumi_aws as aws

from tap_stack import InfraConfig, TapStack
from tap_stack.stack import export_outputs

config = InfraConfig.from_pulumi()
provider = aws.Provider("aws", region=config.region)
export_outputs(TapStack("tap", config, pulumi.ResourceOptions(providers=[provider])).outputs)
