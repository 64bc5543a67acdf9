"""Peering connections between VPCs."""

from __future__ import annotations

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, one, wait_gone
from embedded_pulumi.aws.fields import Flag, Text
from embedded_pulumi.aws.resource_type import Change, Description
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, request
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import Properties

_OPTIONS: Fields = {"allowRemoteVpcDnsResolution": Flag(default=False, aws="AllowDnsResolutionFromRemoteVpc")}
_SIDE = Block(computed=True, fields=_OPTIONS)
_SIDES = {"accepter": "AccepterVpcInfo", "requester": "RequesterVpcInfo"}
_PENDING = "pending-acceptance"
_STANDING = (_PENDING, "active", "provisioning")
_GONE = ("deleted", "expired", "failed", "rejected")
_PATIENCE = 60.0  # seconds, for each step


class VpcPeeringConnection(Ec2Type):
    """A peering connection, seen from the VPC that asks for it.

    Its options are changed only while it is active. A connection to a VPC of another region or account is not accepted
    here: whoever owns that VPC does it.

    Source: terraform-provider-aws/internal/service/ec2/vpc_peering_connection.go (04c79849dbe7, 2022), read on
    2026-11-30. Without the options of EC2-Classic, which pulumi_aws 7 has no more.
    """

    type_ = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
    inputs = {
        "vpcId": Text(required=True, force_new=True),
        "peerVpcId": Text(required=True, force_new=True),
        "peerOwnerId": Text(computed=True, force_new=True),
        "peerRegion": Text(computed=True, force_new=True),
        "accepter": _SIDE,
        "autoAccept": Flag(),
        "requester": _SIDE,
    }
    outputs = ("acceptStatus",)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if inputs.get("autoAccept") is True and inputs.get("peerRegion"):
            return [CheckFailure("autoAccept", "must be false with peerRegion: the other region accepts")]
        return []

    def create(self, aws: Session, props: Properties) -> str:
        asked = request(self.inputs, props, ("vpcId", "peerVpcId", "peerOwnerId", "peerRegion"))
        named = tags.specification("vpc-peering-connection", props["tagsAll"])
        answer = aws.ec2.create_vpc_peering_connection(**asked, TagSpecifications=named)
        return str(answer["VpcPeeringConnection"]["VpcPeeringConnectionId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        self._accept(aws, id_, props)
        self._set_options(aws, id_, {name: props[name] for name in _SIDES if props.get(name)})

    def _accept(self, aws: Session, id_: str, props: Properties) -> None:
        """Wait until it stands, and accept it if the program says so."""
        found = wait_for(f"the peering connection {id_}", lambda: self._standing(aws, id_), timeout=_PATIENCE)
        if found["Status"]["Code"] == _PENDING and props.get("autoAccept"):
            aws.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=id_)
            wait_for(f"{id_} to be active", lambda: self._standing(aws, id_, "active"), timeout=_PATIENCE)

    def _standing(self, aws: Session, id_: str, *states: str) -> Description | None:
        found = self.find(aws, id_, {})
        if found is None:
            raise ProviderError(f"the peering connection {id_} failed, or somebody rejected it")
        return found if found["Status"]["Code"] in (states or _STANDING) else None

    def _set_options(self, aws: Session, id_: str, sides: Properties) -> None:
        options = {f"{name.title()}PeeringConnectionOptions": _SIDE.to_aws(value) for name, value in sides.items()}
        if not options:
            return
        status = (self.find(aws, id_, {}) or {}).get("Status", {}).get("Code")
        if status != "active":
            raise ProviderError(f"the options of {id_} cannot be changed: it is not active, but {status}")
        aws.ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=id_, **options)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = one(aws.ec2.describe_vpc_peering_connections, "VpcPeeringConnections", VpcPeeringConnectionIds=[id_])
        return None if found and found["Status"]["Code"] in _GONE else found

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        peer = found["AccepterVpcInfo"]
        sides = {name: found[side].get("PeeringOptions") for name, side in _SIDES.items()}
        return {
            "acceptStatus": found["Status"]["Code"],
            "peerOwnerId": peer["OwnerId"],
            "peerRegion": peer["Region"],
            "peerVpcId": peer["VpcId"],
            "vpcId": found["RequesterVpcInfo"]["VpcId"],
            **{name: None if options is None else _SIDE.from_aws(options) for name, options in sides.items()},
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self._accept(aws, id_, change.new)
        self._set_options(aws, id_, {name: change.new[name] for name in _SIDES if change.has(name)})

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if self.find(aws, id_, {}) is None:
            return
        aws.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=id_)
        wait_gone(f"the peering connection {id_}", lambda: self.find(aws, id_, {}), timeout=_PATIENCE)


TYPES = (VpcPeeringConnection,)
