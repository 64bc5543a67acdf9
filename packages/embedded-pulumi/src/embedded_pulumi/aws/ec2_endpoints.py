"""EC2's VPC endpoints and flow logs."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import by_filter, by_mark, difference, one, retag
from embedded_pulumi.aws.fields import Document, Flag, Text, Whole
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, SetOf, pascal, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_DNS_OPTIONS = Block(
    computed=True,
    fields={
        "dnsRecordIpType": Text(computed=True, one_of=("ipv4", "ipv6", "dualstack", "service-defined")),
        "privateDnsOnlyForInboundResolverEndpoint": Flag(computed=True),
        "privateDnsPreference": Text(computed=True),
        "privateDnsSpecifiedDomains": SetOf(computed=True),
    },
)
_ENDPOINT_SETS = ("routeTableIds", "subnetIds", "securityGroupIds")
_ENDPOINT: Fields = {
    "vpcId": Text(required=True, force_new=True),
    "serviceName": Text(computed=True, force_new=True),
    "vpcEndpointType": Text(
        default="Gateway",
        force_new=True,
        one_of=("Gateway", "Interface", "GatewayLoadBalancer", "Resource", "ServiceNetwork"),
    ),
    "policy": Document(computed=True, aws="PolicyDocument"),
    "privateDnsEnabled": Flag(computed=True),
    "ipAddressType": Text(computed=True, one_of=("ipv4", "dualstack", "ipv6")),
    "dnsOptions": _DNS_OPTIONS,
    "routeTableIds": SetOf(computed=True),
    "subnetIds": SetOf(computed=True),
    "securityGroupIds": SetOf(computed=True),
    "resourceConfigurationArn": Text(force_new=True),
    "serviceNetworkArn": Text(force_new=True),
    "serviceRegion": Text(computed=True, force_new=True),
}


def _create_endpoint(aws: Session, props: Properties) -> str:
    private = bool(props.get("privateDnsEnabled"))  # the API's own default is true, the real provider's false
    answer = aws.ec2.create_vpc_endpoint(
        **request(_ENDPOINT, {**props, "privateDnsEnabled": private}),
        TagSpecifications=tags.specification("vpc-endpoint", props["tagsAll"]),
    )
    return str(answer["VpcEndpoint"]["VpcEndpointId"])


def _settle_endpoint(aws: Session, id_: str, props: Properties) -> None:
    del props
    wait_for(f"VPC endpoint {id_}", lambda: _endpoint_ready(_find_endpoint(aws, id_)))


def _endpoint_ready(endpoint: dict[str, Any] | None) -> dict[str, Any] | None:
    state = (endpoint or {}).get("State", "").lower()
    if state in {"failed", "rejected"}:
        raise ProviderError(f"the endpoint is {state}")
    return endpoint if state in {"available", "pendingacceptance"} else None


def _find_endpoint(aws: Session, id_: str) -> dict[str, Any] | None:
    endpoint = one(aws.ec2.describe_vpc_endpoints, "VpcEndpoints", VpcEndpointIds=[id_])
    return None if endpoint is None or endpoint["State"].lower() == "deleted" else endpoint


def _read_endpoint(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    endpoint = _find_endpoint(aws, id_)
    if endpoint is None:
        return None
    return {
        "arn": aws.arn("ec2", f"vpc-endpoint/{id_}"),
        **response(_ENDPOINT, endpoint),
        "policy": endpoint.get("PolicyDocument"),
        "securityGroupIds": [group["GroupId"] for group in endpoint.get("Groups", ())],
        "networkInterfaceIds": endpoint.get("NetworkInterfaceIds", []),
        "dnsEntries": [
            {"dnsName": each.get("DnsName", ""), "hostedZoneId": each.get("HostedZoneId", "")}
            for each in endpoint.get("DnsEntries", ())
        ],
        "ownerId": endpoint.get("OwnerId"),
        "requesterManaged": endpoint.get("RequesterManaged"),
        "state": endpoint["State"],
        **_prefix_list(aws, endpoint),
        "tagsAll": tags.from_list(endpoint.get("Tags")),
    }


def _prefix_list(aws: Session, endpoint: dict[str, Any]) -> Properties:
    """The prefix list of a gateway endpoint."""
    if endpoint.get("VpcEndpointType") != "Gateway":
        return {"prefixListId": None, "cidrBlocks": []}
    found = one(
        aws.ec2.describe_prefix_lists,
        "PrefixLists",
        Filters=by_filter("prefix-list-name", endpoint["ServiceName"]),
    )
    return {"prefixListId": found and found["PrefixListId"], "cidrBlocks": found.get("Cidrs", []) if found else []}


def _update_endpoint(aws: Session, id_: str, change: Change) -> None:
    asked: dict[str, Any] = {}
    plain = [each for each in ("privateDnsEnabled", "ipAddressType", "dnsOptions", "policy") if change.has(each)]
    asked |= request(_ENDPOINT, change.new, plain)
    if "policy" in plain and not change.new.get("policy"):
        asked["ResetPolicy"] = True
    for name in _ENDPOINT_SETS:
        if change.has(name):
            come, gone = difference(change.old.get(name), change.new.get(name))
            asked |= {f"Add{pascal(name)}": come} if come else {}
            asked |= {f"Remove{pascal(name)}": gone} if gone else {}
    if asked:
        aws.ec2.modify_vpc_endpoint(VpcEndpointId=id_, **asked)
        _settle_endpoint(aws, id_, change.new)


def _delete_endpoint(aws: Session, id_: str, state: Properties) -> None:
    del state
    _raise_unsuccessful(aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[id_]))
    wait_for(f"VPC endpoint {id_} to be deleted", lambda: True if _find_endpoint(aws, id_) is None else None)


def _raise_unsuccessful(answer: dict[str, Any]) -> None:
    """Raise the failures in the answer of a batch call, which itself succeeds."""
    for each in answer.get("Unsuccessful", ()):
        error = each.get("Error", {})
        if not str(error.get("Code", "")).endswith(".NotFound"):
            raise ProviderError(f"{error.get('Code')}: {error.get('Message')}")


VPC_ENDPOINT = Resource(
    type_="aws:ec2/vpcEndpoint:VpcEndpoint",
    inputs=_ENDPOINT,
    outputs=(
        "arn",
        "cidrBlocks",
        "dnsEntries",
        "networkInterfaceIds",
        "ownerId",
        "prefixListId",
        "requesterManaged",
        "state",
    ),
    unsupported=("autoAccept", "subnetConfigurations"),
    exactly_one=(("serviceName", "resourceConfigurationArn", "serviceNetworkArn"),),
    create=_create_endpoint,
    locate=by_mark,
    settle=_settle_endpoint,
    read=_read_endpoint,
    update=_update_endpoint,
    delete=_delete_endpoint,
    retag=retag,
)

_LOGGED = {  # what a flow log may be of: property, EC2's resource type, how ids begin
    "vpcId": ("VPC", "vpc-"),
    "subnetId": ("Subnet", "subnet-"),
    "eniId": ("NetworkInterface", "eni-"),
    "regionalNatGatewayId": ("RegionalNatGateway", "nat-"),
    "transitGatewayAttachmentId": ("TransitGatewayAttachment", "tgw-attach-"),
    "transitGatewayId": ("TransitGateway", "tgw-"),
}
_FLOW_LOG_OPTIONS: Fields = {
    "trafficType": Text(force_new=True, one_of=("ACCEPT", "REJECT", "ALL")),
    "iamRoleArn": Text(force_new=True, aws="DeliverLogsPermissionArn"),
    "deliverCrossAccountRole": Text(force_new=True),
    "logDestination": Text(computed=True, force_new=True, canonical=lambda arn: arn.removesuffix(":*")),
    "logDestinationType": Text(
        default="cloud-watch-logs", force_new=True, one_of=("cloud-watch-logs", "s3", "kinesis-data-firehose")
    ),
    "logFormat": Text(computed=True, force_new=True),
    "maxAggregationInterval": Whole(default=600, force_new=True),
    "destinationOptions": Block(
        force_new=True,
        fields={
            "fileFormat": Text(default="plain-text", one_of=("plain-text", "parquet")),
            "hiveCompatiblePartitions": Flag(default=False),
            "perHourPartition": Flag(default=False),
        },
    ),
    "tagFieldSpecifications": ListOf(
        force_new=True,
        item=Block(fields={"resourceType": Text(required=True), "tagKeys": ListOf(required=True)}),
    ),
}
_FLOW_LOG: Fields = {**{name: Text(force_new=True) for name in _LOGGED}, **_FLOW_LOG_OPTIONS}


def _create_flow_log(aws: Session, props: Properties) -> str:
    name = next(name for name in _LOGGED if props.get(name))
    answer = aws.ec2.create_flow_logs(
        ResourceIds=[props[name]],
        ResourceType=_LOGGED[name][0],
        **request(_FLOW_LOG_OPTIONS, props),
        TagSpecifications=tags.specification("vpc-flow-log", props["tagsAll"]),
    )
    _raise_unsuccessful(answer)
    return str(answer["FlowLogIds"][0])


def _find_flow_log(aws: Session, id_: str) -> dict[str, Any] | None:
    return one(aws.ec2.describe_flow_logs, "FlowLogs", FlowLogIds=[id_])


def _read_flow_log(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    log = _find_flow_log(aws, id_)
    if log is None:
        return None
    logged = next(name for name, (_, prefix) in _LOGGED.items() if log["ResourceId"].startswith(prefix))
    return {
        "arn": aws.arn("ec2", f"vpc-flow-log/{id_}"),
        **dict.fromkeys(_LOGGED),
        logged: log["ResourceId"],
        **response(_FLOW_LOG_OPTIONS, log),
        "tagsAll": tags.from_list(log.get("Tags")),
    }


def _delete_flow_log(aws: Session, id_: str, state: Properties) -> None:
    del state
    _raise_unsuccessful(aws.ec2.delete_flow_logs(FlowLogIds=[id_]))


FLOW_LOG = Resource(
    type_="aws:ec2/flowLog:FlowLog",
    inputs=_FLOW_LOG,
    outputs=("arn",),
    exactly_one=(tuple(_LOGGED),),
    create=_create_flow_log,
    locate=by_mark,
    read=_read_flow_log,
    delete=_delete_flow_log,
    retag=retag,
)

RESOURCES = (VPC_ENDPOINT, FLOW_LOG)
