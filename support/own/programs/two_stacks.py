"""Two fleets, with names, networks and exports of their own, by one provider."""

import pulumi

from tap_stack import InfraConfig, TapStack, aws_provider, export_outputs

blue = InfraConfig.from_pulumi().with_changes(name_prefix="blue")
green = blue.with_changes(name_prefix="green", vpc_cidr="10.1.0.0/16")
provider = aws_provider(blue)

for config in (blue, green):
    stack = TapStack(config.name_prefix, config, pulumi.ResourceOptions(providers=[provider]))
    export_outputs(stack.outputs, f"{config.name_prefix}_")
