"""Peering connections: what EC2 demands of them, and what moto takes.

moto peers VPCs whose blocks overlap, peers the same two any number of times, changes options of a connection that is
not active, and knows no filters.

Source: EC2 API reference, CreateVpcPeeringConnection ("The VPCs can't have overlapping CIDR blocks. If you create a VPC
peering connection request between VPCs with overlapping CIDR blocks, the VPC peering connection has a status of
failed."), DescribeVpcPeeringConnections, "Error codes" (VpcPeeringConnectionAlreadyExists); the words about options are
quoted in terraform-provider-aws/internal/service/ec2/vpc_peering_connection.go (04c79849dbe7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from ipaddress import ip_network
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.in_process import filters
from embedded_aws.services.ec2 import store

_STANDING = frozenset({"initiating-request", "pending-acceptance", "provisioning", "active"})
_OVERLAP = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"


def routes() -> Routes:
    """The calls that are looked at here, and then left to moto."""
    return {
        ("ec2", "CreateVpcPeeringConnection"): _create,
        ("ec2", "DescribeVpcPeeringConnections"): _describe,
        ("ec2", "ModifyVpcPeeringConnectionOptions"): _set_options,
    }


def _create(call: Call) -> dict[str, Any]:
    known, ends = store.backend(call.region).vpc_pcxs, {call.params["VpcId"], call.params.get("PeerVpcId")}
    there = next((each for each in known.values() if {each.vpc.id, each.peer_vpc.id} == ends and _stands(each)), None)
    if there is not None:
        message = f"A VPC peering connection between these VPCs exists already: {there.id}"
        raise AwsError("VpcPeeringConnectionAlreadyExists", message)
    answer = call.forward()
    made = known[answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]]
    if ip_network(made.vpc.cidr_block).overlaps(ip_network(made.peer_vpc.cidr_block)):
        made._status.code, made._status.message = "failed", _OVERLAP  # noqa: SLF001 - moto has no such end
    return answer


def _stands(connection: Any) -> bool:
    return connection.status["Code"] in _STANDING


def _describe(call: Call) -> dict[str, Any]:
    known = store.backend(call.region).vpc_pcxs
    for each in call.params.get("VpcPeeringConnectionIds", ()):
        if each not in known:
            message = f"The vpcPeeringConnection ID '{each}' does not exist"
            raise AwsError("InvalidVpcPeeringConnectionID.NotFound", message)
    result = call.forward()
    asked = call.params.get("Filters", [])
    told = filters.select(result["VpcPeeringConnections"], asked, _facts(asked))
    return {**result, "VpcPeeringConnections": told}


def _facts(asked: Sequence[Mapping[str, Any]]) -> dict[str, Callable[[Mapping[str, Any]], list[str]]]:
    """What a connection shows under each filter, those on tags among them."""
    facts: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
        "status-code": lambda told: [told["Status"]["Code"]],
        "status-message": lambda told: [told["Status"]["Message"]],
        "tag-key": lambda told: [tag["Key"] for tag in told.get("Tags", [])],
        "vpc-peering-connection-id": lambda told: [told["VpcPeeringConnectionId"]],
    }
    for side in ("accepter", "requester"):
        for filter_, name in (("cidr-block", "CidrBlock"), ("owner-id", "OwnerId"), ("vpc-id", "VpcId")):
            facts[f"{side}-vpc-info.{filter_}"] = partial(_of_side, f"{side.title()}VpcInfo", name)
    on_tags = [each["Name"] for each in asked if each["Name"].startswith("tag:")]
    return facts | {name: partial(_tag, name.removeprefix("tag:")) for name in on_tags}


def _of_side(side: str, name: str, told: Mapping[str, Any]) -> list[str]:
    return [told[side][name]]


def _tag(key: str, told: Mapping[str, Any]) -> list[str]:
    return [tag["Value"] for tag in told.get("Tags", []) if tag["Key"] == key]


def _set_options(call: Call) -> dict[str, Any]:
    connection = store.backend(call.region).vpc_pcxs.get(call.params["VpcPeeringConnectionId"])
    if connection is not None and connection.status["Code"] != "active":
        message = f"Peering {connection.id} is not active. Peering options can be added only to active peerings."
        raise AwsError("OperationNotPermitted", message)
    return call.forward()
