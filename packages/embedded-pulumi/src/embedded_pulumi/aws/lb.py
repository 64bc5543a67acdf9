"""Application Load Balancers. Network and Gateway Load Balancers are refused by name."""

from __future__ import annotations

from dataclasses import dataclass

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import difference, wait_gone
from embedded_pulumi.aws.errors import gone_is_fine, unless_gone
from embedded_pulumi.aws.fields import Field, Flag, Text, Whole
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.naming import AutoName, unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, SetOf
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.tags import Tags
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties, Value

PATIENCE = 600.0  # seconds; as the real provider's
NAME = r"(?!internal-)(?!-)[0-9A-Za-z-]{1,32}(?<!-)"
PREFIX = r"(?!internal-)(?!-)[0-9A-Za-z-]{1,6}"
NAMED = "letters, digits and hyphens, not a hyphen first or last, not internal- first"
DEFAULT_PREFIX = "tf-lb-"


@dataclass(frozen=True)
class _LbTagging(Tagging):
    """ELB shows and changes the tags of several resources at once."""

    def read(self, aws: Session, id_: str, props: Properties, found: Description) -> Tags:  # type: ignore[override]
        """The tags of a resource."""
        told = aws.elbv2.describe_tags(ResourceArns=[id_])["TagDescriptions"]
        return tags.from_list(told[0]["Tags"]) if told else {}

    def change(self, aws: Session, id_: str, props: Properties, written: Tags, removed: list[str]) -> None:
        """Write some tags, and remove others."""
        del props
        if removed:
            aws.elbv2.remove_tags(ResourceArns=[id_], TagKeys=removed)
        if written:
            aws.elbv2.add_tags(ResourceArns=[id_], Tags=self.to_aws(written))


TAGGING = _LbTagging(service="elbv2", target="ResourceArns")

_LOGS = Block(
    computed=True,  # a block that the program takes away is no change
    fields={"bucket": Text(required=True), "enabled": Flag(default=False), "prefix": Text()},
)
_LOG_KEYS = {"accessLogs": "access_logs.s3", "connectionLogs": "connection_logs.s3"}
ATTRIBUTES: dict[str, tuple[str, Field]] = {
    "clientKeepAlive": ("client_keep_alive.seconds", Whole(default=3600)),
    "desyncMitigationMode": (
        "routing.http.desync_mitigation_mode",
        Text(default="defensive", one_of=("monitor", "defensive", "strictest")),
    ),
    "dropInvalidHeaderFields": ("routing.http.drop_invalid_header_fields.enabled", Flag(default=False)),
    "enableDeletionProtection": ("deletion_protection.enabled", Flag(default=False)),
    "enableHttp2": ("routing.http2.enabled", Flag(default=True)),
    "enableTlsVersionAndCipherSuiteHeaders": (
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        Flag(default=False),
    ),
    "enableWafFailOpen": ("waf.fail_open.enabled", Flag(default=False)),
    "enableXffClientPort": ("routing.http.xff_client_port.enabled", Flag(default=False)),
    "enableZonalShift": ("zonal_shift.config.enabled", Flag(default=False)),
    "idleTimeout": ("idle_timeout.timeout_seconds", Whole(default=60)),
    "preserveHostHeader": ("routing.http.preserve_host_header.enabled", Flag(default=False)),
    "xffHeaderProcessingMode": (
        "routing.http.xff_header_processing.mode",
        Text(default="append", one_of=("append", "preserve", "remove")),
    ),
}
"""Inputs to the attributes that they are."""


def as_attribute(value: Value) -> str:
    """A value as an attribute takes it: ELB has text only."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def of_attribute(field: Field, text: str) -> Value:
    """A value as a property has it."""
    if isinstance(field, Flag):
        return text == "true"
    return int(text) if isinstance(field, Whole) else text


def told(answer: Description) -> dict[str, str]:
    """Attributes by key."""
    return {each["Key"]: each.get("Value", "") for each in answer["Attributes"]}


def given(values: dict[str, str]) -> list[dict[str, str]]:
    """Attributes as calls take them."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def named(props: Properties, prefix: str) -> str:
    """The name in the inputs, or one from their prefix, of at most 32 characters."""
    return str(props.get("name") or unique(str(props.get("namePrefix") or prefix), props))


class ApplicationLoadBalancer(ResourceType):
    """An Application Load Balancer. Its attributes are set once it exists.

    Source: terraform-provider-aws/internal/service/elbv2/load_balancer.go (00edc94be7a8, 2025; read 2026-11-30): what
    is replaced, what is waited for, that a name that is taken is refused, and that a deletion waits for its network
    interfaces.
    """

    type_ = "aws:lb/loadBalancer:LoadBalancer"
    inputs = {
        "name": Text(computed=True, force_new=True, pattern=NAME, accepts=NAMED),
        "namePrefix": Text(computed=True, force_new=True, pattern=PREFIX, accepts=NAMED),
        "internal": Flag(computed=True, force_new=True),
        "loadBalancerType": Text(default="application", force_new=True, one_of=("application",)),
        "ipAddressType": Text(computed=True, one_of=("ipv4", "dualstack")),
        "securityGroups": SetOf(computed=True),
        "subnets": SetOf(required=True),
        "accessLogs": _LOGS,
        "connectionLogs": _LOGS,
        **{name: field for name, (_, field) in ATTRIBUTES.items()},
    }
    outputs = ("arn", "arnSuffix", "dnsName", "vpcId", "zoneId")
    unsupported = (
        "customerOwnedIpv4Pool",
        "dnsRecordClientRoutingPolicy",
        "enableCrossZoneLoadBalancing",
        "enablePrefixForIpv6SourceNat",
        "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
        "healthCheckLogs",
        "ipamPools",
        "minimumLoadBalancerCapacity",
        "secondaryIpsAutoAssignedPerSubnet",
        "subnetMappings",
    )
    name = AutoName(max_length=32)
    tagging = TAGGING

    def create(self, aws: Session, props: Properties) -> str:
        name = named(props, DEFAULT_PREFIX)
        if self._by_name(aws, name) is not None:
            raise ProviderError(f"ELBv2 Load Balancer ({name}) already exists")
        optional = {
            "Scheme": "internal" if props.get("internal") else None,
            "IpAddressType": props.get("ipAddressType"),
            "SecurityGroups": props.get("securityGroups"),
        }
        answer = aws.elbv2.create_load_balancer(
            Name=name,
            Type=props["loadBalancerType"],
            Subnets=props["subnets"],
            **TAGGING.told(props),
            **{key: value for key, value in optional.items() if value},
        )
        return str(answer["LoadBalancers"][0]["LoadBalancerArn"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        """Find it by its name, if it has the mark of this create."""
        found = self._by_name(aws, named(props, DEFAULT_PREFIX))
        if found is None:
            return None
        arn = str(found["LoadBalancerArn"])
        return arn if TAGGING.read(aws, arn, props, {}).get(MARK) == props.get(MARK) else None

    def _by_name(self, aws: Session, name: str) -> Description | None:
        found = unless_gone(aws.elbv2.describe_load_balancers, Names=[name])
        return found["LoadBalancers"][0] if found and found["LoadBalancers"] else None

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        self._wait_active(aws, id_)
        attributes = {key: as_attribute(props[name]) for name, (key, _) in ATTRIBUTES.items()}
        aws.elbv2.modify_load_balancer_attributes(
            LoadBalancerArn=id_, Attributes=given({**attributes, **self._logs(props)})
        )

    def _wait_active(self, aws: Session, id_: str) -> None:
        def is_active() -> bool | None:
            found = self.find(aws, id_, {})
            return True if found and found["State"]["Code"] == "active" else None

        wait_for(f"load balancer {id_} to be active", is_active, timeout=PATIENCE)

    def _logs(self, props: Properties) -> dict[str, str]:
        """The attributes of both kinds of logs; of one that is not wanted only that."""
        attributes = {}
        for name, key in _LOG_KEYS.items():
            wanted = props.get(name) or {}
            attributes[f"{key}.enabled"] = as_attribute(wanted.get("enabled", False))
            if wanted.get("enabled"):
                attributes |= {f"{key}.{part}": wanted.get(part) or "" for part in ("bucket", "prefix")}
        return attributes

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.elbv2.describe_load_balancers, LoadBalancerArns=[id_])
        return found["LoadBalancers"][0] if found and found["LoadBalancers"] else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        attributes = told(aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=id_))
        return {
            "arn": id_,
            "arnSuffix": id_.partition(":loadbalancer/")[2],
            "name": found["LoadBalancerName"],
            "dnsName": found["DNSName"],
            "vpcId": found["VpcId"],
            "zoneId": found["CanonicalHostedZoneId"],
            "internal": found.get("Scheme") == "internal",
            "loadBalancerType": found["Type"],
            "ipAddressType": found.get("IpAddressType"),
            "securityGroups": found.get("SecurityGroups", []),
            "subnets": [each["SubnetId"] for each in found["AvailabilityZones"]],
            **{
                name: of_attribute(field, attributes.get(key, as_attribute(field.default)))
                for name, (key, field) in ATTRIBUTES.items()
            },
            **{name: self._told_logs(attributes, key, state.get(name)) for name, key in _LOG_KEYS.items()},
        }

    def _told_logs(self, attributes: dict[str, str], key: str, kept: Value) -> Value:
        """Logs as they are; of logs that are switched off ELB tells no bucket, and the program's stays."""
        if attributes.get(f"{key}.enabled") == "true":
            parts = {part: attributes.get(f"{key}.{part}", "") for part in ("bucket", "prefix")}
            return {"enabled": True, **{part: value for part, value in parts.items() if value}}
        return {**kept, "enabled": False} if isinstance(kept, dict) else None

    def update(self, aws: Session, id_: str, change: Change) -> None:
        attributes = {key: as_attribute(change.new[name]) for name, (key, _) in ATTRIBUTES.items() if change.has(name)}
        if change.has(*_LOG_KEYS):
            attributes |= self._logs({name: change.get(name) for name in _LOG_KEYS})
        if attributes:
            aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=id_, Attributes=given(attributes))
        if change.has("securityGroups"):
            aws.elbv2.set_security_groups(LoadBalancerArn=id_, SecurityGroups=change.get("securityGroups"))
        if change.has("subnets") and difference(change.old["subnets"], change.new["subnets"]) != ([], []):
            aws.elbv2.set_subnets(LoadBalancerArn=id_, Subnets=change.new["subnets"])
        if change.has("ipAddressType"):
            aws.elbv2.set_ip_address_type(LoadBalancerArn=id_, IpAddressType=change.get("ipAddressType"))
        self._wait_active(aws, id_)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        with gone_is_fine():
            aws.elbv2.delete_load_balancer(LoadBalancerArn=id_)
        description = f"ELB {id_.partition(':loadbalancer/')[2]}"
        filters = [{"Name": "description", "Values": [description]}]

        def interfaces() -> object | None:
            return aws.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"] or None

        wait_gone(f"the network interfaces of {id_}", interfaces, timeout=PATIENCE)


TYPES = (ApplicationLoadBalancer,)
