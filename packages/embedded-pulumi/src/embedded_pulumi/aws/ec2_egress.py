"""EC2's gateways that let IPv6 out and nothing in."""

from __future__ import annotations

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, one, wait_gone
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.resource_type import Description
from embedded_pulumi.aws.session import Session
from embedded_pulumi.values import Properties


class EgressOnlyInternetGateway(Ec2Type):
    """An egress-only internet gateway.

    Source: terraform-provider-aws/internal/service/ec2/vpc_egress_only_internet_gateway.go (08923b68b5ad), read on
    2026-11-30.
    """

    type_ = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
    inputs = {"vpcId": Text(required=True, force_new=True)}

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.ec2.create_egress_only_internet_gateway(
            VpcId=props["vpcId"],
            TagSpecifications=tags.specification("egress-only-internet-gateway", props["tagsAll"]),
        )
        return str(answer["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = one(
            aws.ec2.describe_egress_only_internet_gateways,
            "EgressOnlyInternetGateways",
            EgressOnlyInternetGatewayIds=[id_],
        )
        return found if found and found["EgressOnlyInternetGatewayId"] == id_ else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        attached = [each["VpcId"] for each in found.get("Attachments", ()) if each["State"] == "attached"]
        return {"vpcId": attached[0] if attached else ""}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=id_)
        wait_gone(f"egress-only internet gateway {id_}", lambda: self.find(aws, id_, state))


TYPES = (EgressOnlyInternetGateway,)
