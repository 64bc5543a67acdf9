"""EC2's VPC endpoints and flow logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.documents import Document
from embedded_pulumi.aws.ec2_calls import Ec2Type, by_filter, difference, one, wait_gone
from embedded_pulumi.aws.fields import Changes, Flag, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.resource_type import Change, Description
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, SetOf, pascal, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties, Value


def _raise_unsuccessful(answer: dict[str, Any]) -> None:
    """Raise the failures in the answer of a batch call, which itself succeeds."""
    for each in answer.get("Unsuccessful", ()):
        error = each.get("Error", {})
        if not str(error.get("Code", "")).endswith(".NotFound"):
            raise ProviderError(f"{error.get('Code')}: {error.get('Message')}")


_PREFERENCES = (
    "ALL_DOMAINS",
    "VERIFIED_DOMAINS_ONLY",
    "VERIFIED_DOMAINS_AND_SPECIFIED_DOMAINS",
    "SPECIFIED_DOMAINS_ONLY",
)
_DNS_OPTIONS = Block(
    computed=True,
    fields={
        "dnsRecordIpType": Text(computed=True, one_of=("ipv4", "ipv6", "dualstack", "service-defined")),
        "privateDnsOnlyForInboundResolverEndpoint": Flag(),
        "privateDnsPreference": Text(computed=True, force_new=True, one_of=_PREFERENCES),
        "privateDnsSpecifiedDomains": SetOf(computed=True, force_new=True, min_items=1, max_items=10),
    },
)
_PATIENCE = 10 * 60  # seconds
_AVAILABLE, _PENDING = "available", "pendingacceptance"


@dataclass(frozen=True, kw_only=True)
class _AnyCase(Text):
    """A text that AWS may spell with other capitals."""

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        return str(old or "").lower() == str(new or "").lower()


class VpcEndpoint(Ec2Type):
    """A VPC endpoint.

    Source: terraform-provider-aws/internal/service/ec2/vpc_endpoint.go (008db85aad5e, 2026; read 2026-11-29).
    """

    type_ = "aws:ec2/vpcEndpoint:VpcEndpoint"
    inputs = {
        "vpcId": Text(required=True, force_new=True),
        "serviceName": Text(force_new=True),
        "vpcEndpointType": Text(
            default="Gateway",
            force_new=True,
            one_of=("Gateway", "Interface", "GatewayLoadBalancer", "Resource", "ServiceNetwork"),
        ),
        "policy": Document(computed=True, aws="PolicyDocument"),
        "privateDnsEnabled": Flag(computed=True),
        "ipAddressType": _AnyCase(computed=True, one_of=("ipv4", "dualstack", "ipv6")),
        "dnsOptions": _DNS_OPTIONS,
        "routeTableIds": SetOf(computed=True),
        "subnetIds": SetOf(computed=True),
        "securityGroupIds": SetOf(computed=True),
        "resourceConfigurationArn": ArnText(force_new=True),
        "serviceNetworkArn": ArnText(force_new=True),
        "serviceRegion": Text(computed=True, force_new=True),
        "autoAccept": Flag(),
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
    unsupported = ("subnetConfigurations",)
    at_most_one = (("serviceName", "resourceConfigurationArn", "serviceNetworkArn"),)
    renewed = {"networkInterfaceIds": ("subnetIds",)}
    sent = tuple(name for name in inputs if name != "autoAccept")

    def create(self, aws: Session, props: Properties) -> str:
        private = bool(props.get("privateDnsEnabled"))  # the API's own default is true, the real provider's false
        asked = {**props, "privateDnsEnabled": private, "dnsOptions": self._dns_options(aws, props)}
        answer = aws.ec2.create_vpc_endpoint(
            **request(self.inputs, asked, self.sent),
            TagSpecifications=tags.specification("vpc-endpoint", props["tagsAll"]),
        )
        return str(answer["VpcEndpoint"]["VpcEndpointId"])

    def _dns_options(self, aws: Session, props: Properties) -> Properties | None:
        """The DNS options that AWS takes: one of them is for an interface endpoint of S3 only, one for all others."""
        options = props.get("dnsOptions")
        s3 = props.get("serviceName") == f"com.amazonaws.{aws.region}.s3" and props["vpcEndpointType"] == "Interface"
        unfit = "privateDnsPreference" if s3 else "privateDnsOnlyForInboundResolverEndpoint"
        return options and {name: value for name, value in options.items() if name != unfit}

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        endpoint = self._wait_for(aws, id_, _AVAILABLE, _PENDING)
        if props.get("autoAccept") and endpoint["State"].lower() == _PENDING:
            named = by_filter("service-name", endpoint["ServiceName"])
            service = one(aws.ec2.describe_vpc_endpoint_service_configurations, "ServiceConfigurations", Filters=named)
            if service is None:
                raise ProviderError(f"{endpoint['ServiceName']} is not this account's to accept the endpoint")
            accepted = aws.ec2.accept_vpc_endpoint_connections(ServiceId=service["ServiceId"], VpcEndpointIds=[id_])
            _raise_unsuccessful(accepted)
            self._wait_for(aws, id_, _AVAILABLE)

    def _wait_for(self, aws: Session, id_: str, *states: str) -> Description:
        """The endpoint, as soon as it is in one of these states. Raises ProviderError: it never will be."""

        def reached() -> Description | None:
            endpoint = self.find(aws, id_, {}) or {}
            state = endpoint.get("State", "").lower()
            if state in {"failed", "rejected"}:
                last = endpoint.get("LastError", {})
                raise ProviderError(f"the endpoint is {state}: {last.get('Code')}: {last.get('Message')}")
            return endpoint if state in states else None

        return wait_for(f"VPC endpoint {id_}", reached, timeout=_PATIENCE)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        endpoint = one(aws.ec2.describe_vpc_endpoints, "VpcEndpoints", VpcEndpointIds=[id_])
        return None if endpoint is None or endpoint["State"].lower() == "deleted" else endpoint

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": aws.arn("ec2", f"vpc-endpoint/{id_}", account=found.get("OwnerId")),
            **response(self.inputs, {"IpAddressType": "ipv4", **found}, self.sent),
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
        """The prefix list of the endpoint's service, if it has one: S3 and DynamoDB have."""
        named = by_filter("prefix-list-name", endpoint.get("ServiceName", ""))
        found = one(aws.ec2.describe_prefix_lists, "PrefixLists", Filters=named) or {}
        return {"prefixListId": found.get("PrefixListId"), "cidrBlocks": found.get("Cidrs")}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        plain = [each for each in ("privateDnsEnabled", "ipAddressType", "dnsOptions", "policy") if change.has(each)]
        if "privateDnsEnabled" in plain and change.new.get("privateDnsEnabled") and "dnsOptions" not in plain:
            plain.append("dnsOptions")
        wished = {**change.new, "dnsOptions": self._dns_options(aws, change.new)}
        asked = request(self.inputs, wished, plain)
        if "policy" in plain and not change.new.get("policy"):
            asked["ResetPolicy"] = True
        for name in ("routeTableIds", "subnetIds", "securityGroupIds"):
            if change.has(name):
                come, gone = difference(change.old.get(name), change.new.get(name))
                asked |= {f"Add{pascal(name)}": come} if come else {}
                asked |= {f"Remove{pascal(name)}": gone} if gone else {}
        if asked:
            aws.ec2.modify_vpc_endpoint(VpcEndpointId=id_, **asked)
        if asked or change.has("autoAccept"):
            self.settle(aws, id_, change.new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        _raise_unsuccessful(aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[id_]))
        wait_gone(f"VPC endpoint {id_}", lambda: self.find(aws, id_, state), timeout=_PATIENCE)

    def compare(self, state: Properties, news: Properties) -> Changes:
        """Only an interface endpoint gets or loses private DNS in place."""
        changes = self.inputs["privateDnsEnabled"].diff(
            "privateDnsEnabled", state.get("privateDnsEnabled"), news.get("privateDnsEnabled"), replace=True
        )
        return {} if state.get("vpcEndpointType") == "Interface" else changes


@dataclass(frozen=True, kw_only=True)
class _KeptBlock(Block):
    """A block that stays as it is if the program leaves it out."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        return {} if new is None else super().diff(path, old, new, replace=replace)


_LOGGED = {  # what a flow log may be of: property, EC2's resource type, how ids begin
    "vpcId": ("VPC", "vpc-"),
    "subnetId": ("Subnet", "subnet-"),
    "eniId": ("NetworkInterface", "eni-"),
    "regionalNatGatewayId": ("RegionalNatGateway", "nat-"),
    "transitGatewayAttachmentId": ("TransitGatewayAttachment", "tgw-attach-"),
    "transitGatewayId": ("TransitGateway", "tgw-"),
}
_FIELD_SOURCES = ("instance", "network-interface", "auto-scaling-group")
_FLOW_LOG_OPTIONS: Fields = {
    "trafficType": Text(force_new=True, one_of=("ACCEPT", "REJECT", "ALL")),
    "iamRoleArn": ArnText(force_new=True, aws="DeliverLogsPermissionArn"),
    "deliverCrossAccountRole": ArnText(force_new=True),
    "logDestination": ArnText(computed=True, force_new=True, canonical=lambda arn: arn.removesuffix(":*")),
    "logDestinationType": Text(
        default="cloud-watch-logs", force_new=True, one_of=("cloud-watch-logs", "s3", "kinesis-data-firehose")
    ),
    "logFormat": Text(computed=True, force_new=True),
    "maxAggregationInterval": Whole(default=600, force_new=True, one_of=(60, 600)),
    "destinationOptions": _KeptBlock(
        force_new=True,
        fields={
            "fileFormat": Text(default="plain-text", one_of=("plain-text", "parquet")),
            "hiveCompatiblePartitions": Flag(default=False),
            "perHourPartition": Flag(default=False),
        },
    ),
    "tagFieldSpecifications": ListOf(
        force_new=True,
        item=Block(
            fields={"resourceType": Text(required=True, one_of=_FIELD_SOURCES), "tagKeys": ListOf(required=True)}
        ),
    ),
}


class FlowLog(Ec2Type):
    """A flow log of a network. A transit gateway has no traffic type: AWS neither takes nor tells it.

    Source: terraform-provider-aws/internal/service/ec2/vpc_flow_log.go (00a35305dc1b, 2026; read 2026-11-29).
    """

    type_ = "aws:ec2/flowLog:FlowLog"
    inputs = {**{name: Text(force_new=True) for name in _LOGGED}, **_FLOW_LOG_OPTIONS}
    outputs = ("arn",)
    exactly_one = (tuple(_LOGGED),)

    def create(self, aws: Session, props: Properties) -> str:
        name = next(name for name in _LOGGED if props.get(name))
        asked = {
            "ResourceIds": [props[name]],
            "ResourceType": _LOGGED[name][0],
            **request(_FLOW_LOG_OPTIONS, props),
            "TagSpecifications": tags.specification("vpc-flow-log", props["tagsAll"]),
        }
        if name.startswith("transitGateway"):
            asked.pop("TrafficType", None)
        answer = aws.ec2.create_flow_logs(**asked)
        _raise_unsuccessful(answer)
        return str(answer["FlowLogIds"][0])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_flow_logs, "FlowLogs", FlowLogIds=[id_])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        logged = next(name for name, (_, prefix) in _LOGGED.items() if found["ResourceId"].startswith(prefix))
        told = {
            "arn": aws.arn("ec2", f"vpc-flow-log/{id_}"),
            **dict.fromkeys(_LOGGED),
            logged: found["ResourceId"],
            **response(_FLOW_LOG_OPTIONS, found),
        }
        if logged.startswith("transitGateway"):
            del told["trafficType"]
        return told

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        _raise_unsuccessful(aws.ec2.delete_flow_logs(FlowLogIds=[id_]))


TYPES = (VpcEndpoint, FlowLog)
