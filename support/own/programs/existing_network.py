"""A network that is there already: the fleet reaches it through a peering connection."""

import pulumi
import pulumi_aws as aws

from tap_stack import InfraConfig, TapStack

stack = TapStack("web", InfraConfig.from_pulumi())
(default,) = aws.ec2.get_vpcs(filters=[{"name": "is-default", "values": ["true"]}]).ids
peering = aws.ec2.VpcPeeringConnection(
    "to-theirs", vpc_id=stack.vpc_id, peer_vpc_id=default, auto_accept=True, tags={"Owner": "web"}
)
pulumi.export("theirs", default)
pulumi.export("peering", peering.id)
