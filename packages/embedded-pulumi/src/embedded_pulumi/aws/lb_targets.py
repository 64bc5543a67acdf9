"""Target groups of Application Load Balancers, and targets that are registered one by one."""

from __future__ import annotations

from embedded_pulumi.aws.errors import gone_is_fine, unless_gone
from embedded_pulumi.aws.fields import Field, Flag, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.lb import NAMED, PREFIX, TAGGING, as_attribute, given, named, of_attribute, told
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties, Value

DEFAULT_PREFIX = "tf-"
NAME = r"(?!-)[0-9A-Za-z-]{1,32}(?<!-)"
PROTOCOLS = ("HTTP", "HTTPS")
GRPC = "GRPC"
_LAST_PORT = 65535
SLOW_START = range(30, 901)  # seconds; 0 is none

_CHECK: dict[str, tuple[str, Field]] = {
    "enabled": ("HealthCheckEnabled", Flag(default=True)),
    "healthyThreshold": ("HealthyThresholdCount", Whole(default=3, at_least=2, at_most=10)),
    "interval": ("HealthCheckIntervalSeconds", Whole(default=30, at_least=5, at_most=300)),
    "path": ("HealthCheckPath", Text(computed=True, max_length=1024, pattern="/.*", accepts="a path from / on")),
    "port": (
        "HealthCheckPort",
        Text(default="traffic-port", pattern=r"traffic-port|\d{1,5}", accepts="traffic-port or a port"),
    ),
    "protocol": ("HealthCheckProtocol", Text(default="HTTP", one_of=PROTOCOLS, canonical=str.upper)),
    "timeout": ("HealthCheckTimeoutSeconds", Whole(computed=True, at_least=2, at_most=120)),
    "unhealthyThreshold": ("UnhealthyThresholdCount", Whole(default=3, at_least=2, at_most=10)),
}
_ATTRIBUTES: dict[str, tuple[str, Field]] = {
    "deregistrationDelay": ("deregistration_delay.timeout_seconds", Whole(default=300, at_least=0, at_most=3600)),
    "loadBalancingAlgorithmType": (
        "load_balancing.algorithm.type",
        Text(computed=True, one_of=("round_robin", "least_outstanding_requests", "weighted_random")),
    ),
    "loadBalancingAnomalyMitigation": (
        "load_balancing.algorithm.anomaly_mitigation",
        Text(computed=True, one_of=("on", "off")),
    ),
    "loadBalancingCrossZoneEnabled": (
        "load_balancing.cross_zone.enabled",
        Text(computed=True, one_of=("true", "false", "use_load_balancer_configuration")),
    ),
    "slowStart": ("slow_start.duration_seconds", Whole(default=0, at_least=0, at_most=SLOW_START[-1])),
}
_COOKIES = {"lb_cookie": "stickiness.lb_cookie", "app_cookie": "stickiness.app_cookie"}
_STICKINESS = Block(
    computed=True,
    fields={
        "type": Text(required=True, one_of=tuple(_COOKIES)),
        "cookieDuration": Whole(default=86400, at_least=0, at_most=604800),
        "cookieName": Text(),
        "enabled": Flag(default=True),
    },
)


class TargetGroup(ResourceType):
    """A target group of instances or addresses, for HTTP. Its attributes are set once it exists.

    Source: terraform-provider-aws/internal/service/elbv2/target_group.go (013cfb4cddc9, 2025; read 2026-11-30): a name
    that is taken is refused; name, port, protocol, VPC and target type replace it.
    """

    type_ = "aws:lb/targetGroup:TargetGroup"
    inputs = {
        "name": Text(computed=True, force_new=True, pattern=NAME, accepts=NAMED),
        "namePrefix": Text(computed=True, force_new=True, pattern=PREFIX, accepts=NAMED),
        "port": Whole(force_new=True, at_least=1, at_most=_LAST_PORT),
        "protocol": Text(force_new=True, one_of=PROTOCOLS),
        "protocolVersion": Text(computed=True, force_new=True, one_of=("HTTP1", "HTTP2", GRPC), canonical=str.upper),
        "targetType": Text(default="instance", force_new=True, one_of=("instance", "ip")),
        "ipAddressType": Text(computed=True, force_new=True, one_of=("ipv4", "ipv6")),
        "vpcId": Text(force_new=True),
        "healthCheck": Block(
            computed=True,
            fields={**{name: field for name, (_, field) in _CHECK.items()}, "matcher": Text(computed=True)},
        ),
        "stickiness": _STICKINESS,
        **{name: field for name, (_, field) in _ATTRIBUTES.items()},
    }
    outputs = ("arn", "arnSuffix", "loadBalancerArns")
    unsupported = (
        "connectionTermination",
        "lambdaMultiValueHeadersEnabled",
        "preserveClientIp",
        "proxyProtocolV2",
        "targetControlPort",
        "targetFailovers",
        "targetGroupHealth",
        "targetHealthStates",
    )
    name = AutoName(max_length=32)
    tagging = TAGGING

    def check(self, inputs: Properties) -> list[CheckFailure]:
        slow = inputs.get("slowStart")
        failures = [
            CheckFailure(name, "is required for instances and addresses")
            for name in ("port", "protocol", "vpcId")
            if inputs.get(name) is None
        ]
        if slow not in (None, UNKNOWN, 0) and slow not in SLOW_START:
            failures.append(CheckFailure("slowStart", f"{slow} is not accepted; accepted: 0, or 30 to 900 seconds"))
        return failures

    def create(self, aws: Session, props: Properties) -> str:
        name = named(props, DEFAULT_PREFIX)
        if unless_gone(aws.elbv2.describe_target_groups, Names=[name]) is not None:
            raise ProviderError(f"ELBv2 Target Group ({name}) already exists")
        optional = {key: props.get(key) for key in ("protocolVersion", "ipAddressType")}
        answer = aws.elbv2.create_target_group(
            Name=name,
            Protocol=props["protocol"],
            Port=props["port"],
            VpcId=props["vpcId"],
            TargetType=props["targetType"],
            **TAGGING.told(props),
            **{key[:1].upper() + key[1:]: value for key, value in optional.items() if value},
            **self._health_check(props.get("healthCheck"), props),
        )
        return str(answer["TargetGroups"][0]["TargetGroupArn"])

    def _health_check(self, wanted: Value, props: Properties) -> Properties:
        """The parameters of a health check; none of them if the program says nothing of it."""
        if not wanted:
            return {}
        asked = {key: wanted[name] for name, (key, _) in _CHECK.items() if wanted.get(name) not in (None, "")}
        if wanted.get("matcher"):
            kind = "GrpcCode" if props.get("protocolVersion") == GRPC else "HttpCode"
            asked["Matcher"] = {kind: wanted["matcher"]}
        return asked

    def locate(self, aws: Session, props: Properties) -> str | None:
        """Find it by its name, if it has the mark of this create."""
        found = unless_gone(aws.elbv2.describe_target_groups, Names=[named(props, DEFAULT_PREFIX)])
        if not found or not found["TargetGroups"]:
            return None
        arn = str(found["TargetGroups"][0]["TargetGroupArn"])
        return arn if TAGGING.read(aws, arn, props, {}).get(MARK) == props.get(MARK) else None

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        wanted = {key: props[name] for name, (key, _) in _ATTRIBUTES.items() if props.get(name) not in (None, 0, "")}
        wanted.setdefault("deregistration_delay.timeout_seconds", props["deregistrationDelay"])
        attributes = {key: as_attribute(value) for key, value in wanted.items()}
        self._modify(aws, id_, {**attributes, **self._stickiness(props.get("stickiness"))})

    def _modify(self, aws: Session, id_: str, attributes: dict[str, str]) -> None:
        if attributes:
            aws.elbv2.modify_target_group_attributes(TargetGroupArn=id_, Attributes=given(attributes))

    def _stickiness(self, wanted: Value) -> dict[str, str]:
        if not wanted:
            return {}
        kind = wanted["type"]
        attributes = {
            "stickiness.enabled": as_attribute(wanted["enabled"]),
            "stickiness.type": kind,
            f"{_COOKIES[kind]}.duration_seconds": as_attribute(wanted["cookieDuration"]),
        }
        if kind == "app_cookie":
            attributes["stickiness.app_cookie.cookie_name"] = wanted.get("cookieName") or ""
        return attributes

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.elbv2.describe_target_groups, TargetGroupArns=[id_])
        return found["TargetGroups"][0] if found and found["TargetGroups"] else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        attributes = told(aws.elbv2.describe_target_group_attributes(TargetGroupArn=id_))
        matcher = found.get("Matcher") or {}
        check = {name: found[key] for name, (key, _) in _CHECK.items() if found.get(key) is not None}
        return {
            "arn": id_,
            "arnSuffix": id_.rpartition(":")[2],
            "name": found["TargetGroupName"],
            "port": found.get("Port"),
            "protocol": found.get("Protocol"),
            "protocolVersion": found.get("ProtocolVersion"),
            "targetType": found["TargetType"],
            "ipAddressType": found.get("IpAddressType"),
            "vpcId": found.get("VpcId"),
            "loadBalancerArns": found.get("LoadBalancerArns", []),
            "healthCheck": {**check, "matcher": matcher.get("GrpcCode") or matcher.get("HttpCode", "")},
            "stickiness": self._told_stickiness(attributes),
            **{
                name: None if key not in attributes else of_attribute(field, attributes[key])
                for name, (key, field) in _ATTRIBUTES.items()
            },
        }

    def _told_stickiness(self, attributes: dict[str, str]) -> Properties:
        kind = attributes.get("stickiness.type", "lb_cookie")
        duration = attributes.get(f"{_COOKIES[kind]}.duration_seconds")
        name = attributes.get("stickiness.app_cookie.cookie_name") if kind == "app_cookie" else ""
        return {
            "type": kind,
            "enabled": attributes.get("stickiness.enabled") == "true",
            "cookieDuration": int(duration) if duration else 86400,
            **({"cookieName": name} if name else {}),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("healthCheck"):
            asked = self._health_check(change.get("healthCheck"), {**change.old, **change.new})
            aws.elbv2.modify_target_group(TargetGroupArn=id_, **asked)
        attributes = {key: as_attribute(change.get(name)) for name, (key, _) in _ATTRIBUTES.items() if change.has(name)}
        if change.has("stickiness"):
            attributes |= self._stickiness(change.get("stickiness"))
        self._modify(aws, id_, attributes)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Delete it; a listener that is being deleted may hold it for a moment, and botocore repeats the call."""
        with gone_is_fine():
            aws.elbv2.delete_target_group(TargetGroupArn=id_)


class TargetGroupAttachment(ResourceType):
    """One target that is registered with a target group. Whatever changes replaces it.

    Its id is made of the target group and the target: the real provider's ends with random digits, by which nothing can
    be found. AWS tells the port of a target, so that one which the program does not say is known.

    Source: terraform-provider-aws/internal/service/elbv2/target_group_attachment.go (07e0d0b940f5, 2025; read
    2026-11-30): a target that drains or is not registered is gone.
    """

    type_ = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
    inputs = {
        "targetGroupArn": ArnText(required=True, force_new=True),
        "targetId": Text(required=True, force_new=True),
        "availabilityZone": Text(force_new=True),
        "port": Whole(force_new=True, at_least=1, at_most=_LAST_PORT),
    }
    unsupported = ("quicServerId",)

    def _id(self, props: Properties) -> str:
        port = f"-{props['port']}" if props.get("port") else ""
        return f"{props['targetGroupArn']}-{props['targetId']}{port}"

    def _target(self, props: Properties) -> Description:
        optional = {"Port": props.get("port"), "AvailabilityZone": props.get("availabilityZone")}
        return {"Id": props["targetId"], **{key: value for key, value in optional.items() if value}}

    def create(self, aws: Session, props: Properties) -> str:
        aws.elbv2.register_targets(TargetGroupArn=props["targetGroupArn"], Targets=[self._target(props)])
        return self._id(props)

    def locate(self, aws: Session, props: Properties) -> str | None:
        return self._id(props) if self.find(aws, "", props) else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        state = state if state.get("targetGroupArn") else self._named(id_)
        found = unless_gone(
            aws.elbv2.describe_target_health, TargetGroupArn=state["targetGroupArn"], Targets=[self._target(state)]
        )
        for each in found["TargetHealthDescriptions"] if found else ():
            reason = each["TargetHealth"].get("Reason")
            if reason not in {"Target.DeregistrationInProgress", "Target.NotRegistered"}:
                return {**each, "TargetGroupArn": state["targetGroupArn"], "Asked": self._target(state)}
        return None

    def _named(self, id_: str) -> Properties:
        """What an import names: `target group ARN,target`, and the port if it is another than the group's."""
        arn, _, rest = id_.partition(",")
        target, _, port = rest.partition(",")
        return {"targetGroupArn": arn, "targetId": target, **({"port": int(port)} if port else {})}

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        asked = found["Asked"]
        props = {
            "targetGroupArn": found["TargetGroupArn"],
            "targetId": asked["Id"],
            "port": asked.get("Port"),
            "availabilityZone": asked.get("AvailabilityZone"),
        }
        return {**props, "id": self._id(props)}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if self.find(aws, id_, state) is None:
            return
        with gone_is_fine():
            aws.elbv2.deregister_targets(TargetGroupArn=state["targetGroupArn"], Targets=[self._target(state)])


TYPES = (TargetGroup, TargetGroupAttachment)
