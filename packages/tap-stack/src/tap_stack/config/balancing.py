"""What is said of load balancers: target groups of others, and the stack's own load balancer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from tap_stack.config.checks import ip_ranges, items
from tap_stack.errors import shown

INTERNAL, PUBLIC = "internal", "public"
MOST_TARGET_GROUPS = 10
"""How many target groups one call attaches (API AttachLoadBalancerTargetGroups)."""

MOST_SOURCE_GROUPS = 20

TARGET_GROUPS_IN_WORDS = (
    f"at most {MOST_TARGET_GROUPS} ARNs of target groups of instances in the stack's region, with commas between them"
)
SOURCE_GROUPS_IN_WORDS = (
    f"at most {MOST_SOURCE_GROUPS} ids of security groups, such as sg-0123456789abcdef0, with commas between them"
)
SOURCE_RANGES_IN_WORDS = "empty, or ranges in CIDR notation with commas between them; not 0.0.0.0/0 or ::/0"
SLOW_START_IN_WORDS = "0, or 30 to 900 seconds"
CODES_IN_WORDS = "HTTP codes from 200 to 499, such as 200, 200,204 or 200-299"
PATH = r"^/[!-~]{0,1023}$"
CERTIFICATE = r"^(arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]{1,64})?$"
WEB_ACL = r"^(arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[A-Za-z0-9_-]{1,128}/[a-f0-9-]{1,64})?$"

DEFAULTS: Mapping[str, object] = {
    "target_protocol": "HTTP",
    "health_path": "/",
    "health_codes": "200",
    "health_interval": 15,
    "deregistration_delay": 60,
    "slow_start": 0,
}
"""Of the fields that only a load balancer of the stack's own has a use for; those of others are empty."""

_TARGET_GROUP = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]+):[0-9]{12}:targetgroup/[A-Za-z0-9-]{1,32}/[a-f0-9]{1,32}"
)
_SECURITY_GROUP = re.compile(r"sg-[0-9a-f]{8,17}")
_FIRST_CODE, _LAST_CODE = 200, 499
"""What an Application Load Balancer accepts as an answer (API Matcher: 200-499)."""


def target_groups(values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """ARNs of target groups in the stack's region, each once. Raises ValueError: one is none, or there are too many."""
    region = info.data.get("region")
    if len(values) > MOST_TARGET_GROUPS or len(set(values)) < len(values):
        raise ValueError(f"{TARGET_GROUPS_IN_WORDS}, each once")
    for value in values:
        found = _TARGET_GROUP.fullmatch(value)
        if found is None:
            raise ValueError(f"{TARGET_GROUPS_IN_WORDS}; {shown(value)} is none")
        if region is not None and found[1] != region:
            raise ValueError(f"target groups of {region}; {shown(value)} is in {found[1]}")
    return values


def source_groups(values: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of security groups, each once. Raises ValueError: one is none, or there are too many."""
    if len(values) > MOST_SOURCE_GROUPS or len(set(values)) < len(values):
        raise ValueError(f"{SOURCE_GROUPS_IN_WORDS}, each once")
    if wrong := [value for value in values if not _SECURITY_GROUP.fullmatch(value)]:
        raise ValueError(f"{SOURCE_GROUPS_IN_WORDS}; {shown(wrong[0])} is none")
    return values


def source_ranges(values: tuple[str, ...]) -> tuple[str, ...]:
    """Ranges of addresses, none of which is everybody: a public load balancer has a security group for that.

    Source: Elastic Load Balancing, "Update the security groups for your Network Load Balancer": with one of its own the
    targets let that group in, whether or not clients keep their addresses; without it they must let the clients in.
    """
    return ip_ranges(values) if values else values


def codes(value: str) -> str:
    """The HTTP codes of a healthy answer. Raises ValueError: they are none."""
    for part in value.split(","):
        ends = part.split("-")
        if not 1 <= len(ends) <= 2 or not all(re.fullmatch(r"[0-9]{3}", end) for end in ends):  # noqa: PLR2004 - a range
            raise ValueError(CODES_IN_WORDS)
        first, last = int(ends[0]), int(ends[-1])
        if not _FIRST_CODE <= first <= last <= _LAST_CODE:
            raise ValueError(CODES_IN_WORDS)
    return value


def slow_start(value: int) -> int:
    """Seconds of a slow start. Raises ValueError: fewer than AWS takes."""
    if 0 < value < 30:  # noqa: PLR2004 - AWS's least
        raise ValueError(SLOW_START_IN_WORDS)
    return value


def certificate(arn: str, info: ValidationInfo) -> str:
    """The certificate of the load balancer.

    Raises:
        ValueError: it is of another region, is missing, or there is no load balancer that has a use for it.
    """
    region, kind = info.data.get("region"), info.data.get("load_balancer")
    if kind and not arn and region is not None:
        raise ValueError(
            f"the ARN of a certificate of ACM in {region}: the load balancer of loadBalancer has HTTPS alone"
        )
    return str(needs_balancer(_of_region(arn, region, "the ARN of a certificate"), info))


def web_acl(arn: str, info: ValidationInfo) -> str:
    """The web ACL of the load balancer. Raises ValueError: as for `certificate`."""
    return str(needs_balancer(_of_region(arn, info.data.get("region"), "the ARN of a web ACL"), info))


def _of_region(arn: str, region: str | None, what: str) -> str:
    if arn and region is not None and arn.split(":")[3] != region:
        raise ValueError(f"{what} in {region}; this one is in {arn.split(':')[3]}")
    return arn


def needs_balancer(value: Any, info: ValidationInfo) -> Any:
    """A value that only the stack's own load balancer has a use for. Raises ValueError: there is none."""
    default = DEFAULTS.get(str(info.field_name), "")
    if value != default and info.data.get("load_balancer") == "":
        accepted = "empty" if default == "" else str(default)
        raise ValueError(f"{accepted}, unless loadBalancer is {INTERNAL} or {PUBLIC}")
    return value


def health_check_type(value: str, info: ValidationInfo) -> str:
    """Whether the group follows its load balancers. Raises ValueError: it is to follow, and there is none."""
    said = info.data
    if value == "ELB" and not said.get("load_balancer", "-") and not said.get("target_group_arns", "-"):
        raise ValueError("auto or EC2, unless loadBalancer or targetGroupArns names a load balancer")
    return value


OF_LOAD_BALANCER = AfterValidator(needs_balancer)
TargetGroups: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(items), AfterValidator(target_groups)]
SourceGroups: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(items), AfterValidator(source_groups)]
SourceRanges: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(items), AfterValidator(source_ranges)]
Certificate: TypeAlias = Annotated[str, AfterValidator(certificate)]
WebAcl: TypeAlias = Annotated[str, AfterValidator(web_acl)]
