"""EC2's VPC endpoints and flow logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, by_filter, difference, one
from embedded_pulumi.aws.fields import Document, Flag, Text, Whole
from embedded_pulumi.aws.resource_type import Change, Description
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, SetOf, pascal, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties


def _raise_unsuccessful(answer: Description) -> None:
    """Raise the failures in the answer of a batch call, which itself succeeds."""
    for each in answer.get("Unsuccessful", ()):
        error = each.get("Error", {})
        if not str(error.get("Code", "")).endswith(".NotFound"):
            raise ProviderError(f"{error.get('Code')}: {error.get('Message')}")


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


class VpcEndpoint(Ec2Type):
    """A VPC endpoint."""

    type_ = "aws:ec2/vpcEndpoint:VpcEndpoint"
    described_by = ("describe_vpc_endpoints", "VpcEndpointIds", "VpcEndpoints")
    inputs = {
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
    outputs = (
        "arn",
        "cidrBlocks",
        "dnsEntries",
        "networkInterfaceIds",
        "ownerId",
        "prefixListId",
        "requesterManaged",
        "state",
    )
    unsupported = ("autoAccept", "subnetConfigurations")
    exactly_one = (("serviceName", "resourceConfigurationArn", "serviceNetworkArn"),)

    def create(self, aws: Session, props: Properties) -> str:
        private = bool(props.get("privateDnsEnabled"))  # the API's own default is true, the real provider's false
        answer = aws.ec2.create_vpc_endpoint(
            **request(self.inputs, {**props, "privateDnsEnabled": private}),
            TagSpecifications=tags.specification("vpc-endpoint", props["tagsAll"]),
        )
        return str(answer["VpcEndpoint"]["VpcEndpointId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        def ready() -> Description | None:
            endpoint = self.find(aws, id_, props)
            state = (endpoint or {}).get("State", "").lower()
            if state in {"failed", "rejected"}:
                raise ProviderError(f"the endpoint is {state}")
            return endpoint if state in {"available", "pendingacceptance"} else None

        wait_for(f"VPC endpoint {id_}", ready)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        endpoint = super().find(aws, id_, state)
        return None if endpoint is None or endpoint["State"].lower() == "deleted" else endpoint

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": aws.arn("ec2", f"vpc-endpoint/{id_}"),
            **response(self.inputs, found),
            "securityGroupIds": [group["GroupId"] for group in found.get("Groups", ())],
            "networkInterfaceIds": found.get("NetworkInterfaceIds", []),
            "dnsEntries": [
                {"dnsName": each.get("DnsName", ""), "hostedZoneId": each.get("HostedZoneId", "")}
                for each in found.get("DnsEntries", ())
            ],
            "ownerId": found.get("OwnerId"),
            "requesterManaged": found.get("RequesterManaged"),
            "state": found["State"],
            **self._prefix_list(aws, found),
        }

    def _prefix_list(self, aws: Session, endpoint: Description) -> Properties:
        """The prefix list of a gateway endpoint."""
        if endpoint.get("VpcEndpointType") != "Gateway":
            return {"prefixListId": None, "cidrBlocks": []}
        named = by_filter("prefix-list-name", endpoint["ServiceName"])
        found = one(aws.ec2.describe_prefix_lists, "PrefixLists", Filters=named) or {}
        return {"prefixListId": found.get("PrefixListId"), "cidrBlocks": found.get("Cidrs", [])}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        plain = [each for each in ("privateDnsEnabled", "ipAddressType", "dnsOptions", "policy") if change.has(each)]
        asked = request(self.inputs, change.new, plain)
        if "policy" in plain and not change.new.get("policy"):
            asked["ResetPolicy"] = True
        for name in ("routeTableIds", "subnetIds", "securityGroupIds"):
            if change.has(name):
                come, gone = difference(change.old.get(name), change.new.get(name))
                asked |= {f"Add{pascal(name)}": come} if come else {}
                asked |= {f"Remove{pascal(name)}": gone} if gone else {}
        if asked:
            aws.ec2.modify_vpc_endpoint(VpcEndpointId=id_, **asked)
            self.settle(aws, id_, change.new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        _raise_unsuccessful(aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[id_]))
        wait_for(f"VPC endpoint {id_} to be deleted", lambda: True if self.find(aws, id_, state) is None else None)


_LOGGED: Mapping[str, tuple[Any, str]] = {  # what a flow log may be of: property, EC2's resource type, how ids begin
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


class FlowLog(Ec2Type):
    """A flow log of a network."""

    type_ = "aws:ec2/flowLog:FlowLog"
    described_by = ("describe_flow_logs", "FlowLogIds", "FlowLogs")
    inputs = {**{name: Text(force_new=True) for name in _LOGGED}, **_FLOW_LOG_OPTIONS}
    outputs = ("arn",)
    exactly_one = (tuple(_LOGGED),)

    def create(self, aws: Session, props: Properties) -> str:
        name = next(name for name in _LOGGED if props.get(name))
        answer = aws.ec2.create_flow_logs(
            ResourceIds=[props[name]],
            ResourceType=_LOGGED[name][0],
            **request(_FLOW_LOG_OPTIONS, props),
            TagSpecifications=tags.specification("vpc-flow-log", props["tagsAll"]),
        )
        _raise_unsuccessful(answer)
        return str(answer["FlowLogIds"][0])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        logged = next(name for name, (_, prefix) in _LOGGED.items() if found["ResourceId"].startswith(prefix))
        return {
            "arn": aws.arn("ec2", f"vpc-flow-log/{id_}"),
            **dict.fromkeys(_LOGGED),
            logged: found["ResourceId"],
            **response(_FLOW_LOG_OPTIONS, found),
        }

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        _raise_unsuccessful(aws.ec2.delete_flow_logs(FlowLogIds=[id_]))


TYPES = (VpcEndpoint, FlowLog)
