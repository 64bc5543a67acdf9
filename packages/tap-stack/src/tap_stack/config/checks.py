"""What a single configuration value must look like: pure functions from what the user wrote to a checked value.

Each raises ValueError with a phrase that completes "accepted: ...", naming the offending part and, where there is one,
the value that was probably meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from typing import Any, TypeAlias

from tap_stack.components.addresses import LARGEST_PREFIX, SLOTS, zone_letter
from tap_stack.errors import LONGEST_SHOWN, shown

Network: TypeAlias = IPv4Network | IPv6Network

_REGIONS = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 eu-isoe-west-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2
eu-west-3 eusc-de-east-1 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-gov-east-1
us-gov-west-1 us-iso-east-1 us-iso-west-1 us-isob-east-1 us-isob-west-1 us-isof-east-1 us-isof-south-1 us-west-1
us-west-2
"""
REGIONS = frozenset(_REGIONS.split())
"""What the AWS provider knows: a test compares. The command line would wait a second for `pulumi_aws` to say it."""

RETENTION_DAYS = frozenset(
    (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
)
"""What CloudWatch Logs takes, in days (PutRetentionPolicy)."""

MOST_ALARMS = 9
"""An instance refresh takes ten (API AlarmSpecification), and one of them is the rollout's own."""

ALARM_NAME = re.compile(r"[A-Za-z0-9 ._/()#+=:@!-]{1,255}")
ALARM_NAMES_IN_WORDS = f"at most {MOST_ALARMS} names of alarms with commas between them, without * and ?"

FILE_NAME = re.compile(r"[A-Za-z0-9._/~+@-]{1,255}")
FILES_IN_WORDS = "names of files with commas between them, in letters, digits and ._/~+@-, each once"

RETENTION_IN_WORDS = f"one of {', '.join(map(str, sorted(RETENTION_DAYS)))}"

PRIVATE_RANGES = tuple(IPv4Network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
"""RFC 1918, and RFC 6598 for those who have run out of it: what a VPC may use without hiding part of the internet."""

LARGEST_VPC_PREFIX = 16
"""AWS has no larger VPC (VPC User Guide, "VPC CIDR blocks")."""

RESERVED_TAGS = ("Project", "Environment", "EnvironmentSuffix", "ManagedBy", "Name", "Type")
"""Set by the stack itself; IAM conditions and the healer depend on them."""

_RESERVED_TAGS = frozenset(tag.casefold() for tag in RESERVED_TAGS)
"""IAM does not tell the cases of a tag's key apart (IAM User Guide, "Rules for tagging in IAM")."""

FEWEST_ZONES = 2
"""In one, the zone's failure is the fleet's (FSBP AutoScaling.2): the rule `group-zones` would refuse the stack."""

MOST_RANGES = 60
"""AWS's quota of inbound rules in a security group (VPC User Guide, "Amazon VPC quotas")."""

MOST_TAGS = 40
"""AWS allows 50 on a resource; the stack's own, and room for what AWS services add, come off."""


def region(value: str) -> str:
    """A region that the AWS provider knows."""
    if value not in REGIONS:
        near = get_close_matches(value[:LONGEST_SHOWN], sorted(REGIONS), n=3, cutoff=0)
        raise ValueError(f"a region of AWS; the nearest are {', '.join(near)}")
    return value


def name_prefix(value: str) -> str:
    """The beginning of names that AWS keeps for nobody.

    Source: API references, SSM PutParameter ("can't be prefixed with aws or ssm") and EC2 CreateSecurityGroup ("cannot
    start with sg-").
    """
    if value.startswith(("aws", "ssm")) or f"{value}-".startswith("sg-"):
        raise ValueError("a prefix that does not begin with aws, ssm or sg-, which AWS keeps for itself")
    return value


def retention_days(value: int) -> int:
    """A time for which CloudWatch Logs keeps what it has."""
    if value not in RETENTION_DAYS:
        raise ValueError(RETENTION_IN_WORDS)
    return value


def in_lower_case(value: object) -> object:
    """A truth or a text as Pulumi writes a truth: `True` is `true`."""
    return str(value).lower() if isinstance(value, bool | str) else value


def items(value: object) -> object:
    """A list in JSON, or a comma-separated text as its parts without blanks; anything else as it is."""
    if not isinstance(value, str):
        return value
    parts = _json(value, list)
    if parts is None:
        return [part.strip() for part in value.split(",") if part.strip()]
    if any(isinstance(part, dict | list) or part is None for part in parts):
        raise ValueError("a list of single values")
    return [str(in_lower_case(part)).strip() for part in parts]


def document(value: object) -> object:
    """A document that a program gives as a mapping, as JSON; anything else as it is."""
    return json.dumps(value) if isinstance(value, dict) else value


def pairs(value: object) -> object:
    """A mapping in JSON, or `Owner=me,CostCenter=42`, as a mapping; anything that is not a text as it is."""
    if not isinstance(value, str):
        return value
    mapping = _json(value, dict)
    if mapping is not None:
        if wrong := [key for key, text in mapping.items() if isinstance(text, dict | list) or text is None]:
            raise ValueError(f"single values by key; {shown(wrong[0])} has none")
        return {key: text if isinstance(text, str) else str(in_lower_case(text)) for key, text in mapping.items()}
    parts = [part.partition("=") for part in value.split(",") if part.strip()]
    if wrong := [key for key, equals, _ in parts if not equals]:
        raise ValueError(f"Key=value pairs with commas between them; {shown(wrong[0].strip())} has no value")
    if len({key.strip() for key, _, _ in parts}) < len(parts):
        raise ValueError("Key=value pairs with commas between them, each key once")
    return {key.strip(): text.strip() for key, _, text in parts}


def _json(text: str, kind: type) -> Any:
    """What Pulumi makes of a list or a mapping in a stack's file: JSON; None if the text is none of the kind."""
    try:
        value = json.loads(text) if text[:1] in "[{" else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, kind) else None


def zones(value: object) -> object:
    """A number as an int; names of zones as a list."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"[0-9]{1,3}", value) else items(value)
    return value


def zone_names(wanted: int | tuple[str, ...], region_name: str) -> int | tuple[str, ...]:
    """Zones that have a place in the address plan, and all of which are in the region."""
    if isinstance(wanted, int):
        if not FEWEST_ZONES <= wanted <= len(SLOTS):
            raise ValueError(f"{FEWEST_ZONES} to {len(SLOTS)} zones")
        return wanted
    if not FEWEST_ZONES <= len(wanted) <= len(SLOTS) or len(set(wanted)) < len(wanted):
        raise ValueError(f"{FEWEST_ZONES} to {len(SLOTS)} zones, each once")
    for zone in wanted:
        if zone[:-1] != region_name:
            raise ValueError(f"a number, or zones of {region_name} such as {region_name}a; {shown(zone)} is not one")
        zone_letter(zone)
    return wanted


def vpc_network(value: str | IPv4Network) -> IPv4Network:
    """A private network of the size of a VPC that the address plan can cut up."""
    network = _network(str(value))
    if not isinstance(network, IPv4Network) or not any(network.subnet_of(private) for private in PRIVATE_RANGES):
        raise ValueError(f"a private IPv4 network, within {', '.join(map(str, PRIVATE_RANGES))}")
    if not LARGEST_VPC_PREFIX <= network.prefixlen <= LARGEST_PREFIX:
        raise ValueError(
            f"a network from /{LARGEST_VPC_PREFIX} to /{LARGEST_PREFIX}: {len(SLOTS)} zones must fit in it"
        )
    return network


def ip_ranges(values: tuple[str, ...]) -> tuple[str, ...]:
    """Ranges of addresses in CIDR notation, none of which is everybody."""
    if not values:
        raise ValueError("at least one range in CIDR notation, such as 10.0.0.0/8")
    if len(values) > MOST_RANGES:
        raise ValueError(f"at most {MOST_RANGES} ranges, which is what a security group takes; there are {len(values)}")
    networks = [_network(value) for value in values]
    if everybody := [network for network in networks if network.prefixlen == 0]:
        raise ValueError(f"ranges of your own; {everybody[0]} is the whole internet")
    if any(network.prefixlen == 0 for network in _together(networks)):
        raise ValueError("ranges of your own; together these are the whole internet")
    if len(set(networks)) < len(networks):
        raise ValueError("each range once")
    return tuple(str(network) for network in networks)


def _together(networks: Iterable[Network]) -> list[Network]:
    """The fewest networks that cover the same addresses: 0.0.0.0/0 for 0.0.0.0/1 and 128.0.0.0/1."""
    given = list(networks)
    fours = collapse_addresses(network for network in given if isinstance(network, IPv4Network))
    sixes = collapse_addresses(network for network in given if isinstance(network, IPv6Network))
    return [*fours, *sixes]


def _network(value: str) -> Network:
    """CIDR notation alone: Python's own parser takes masks and scopes (`fe80::%eth0/64`) too, of any text."""
    address, _, prefix = value.partition("/")
    if not prefix:
        raise ValueError(f"CIDR notation, such as 10.0.0.0/8; {shown(value)} has no prefix length")
    refused = ValueError(f"CIDR notation, such as 10.0.0.0/8; {shown(value)} is not a network in it")
    if not re.fullmatch(r"[0-9a-fA-F.:]+/[0-9]{1,3}", value):
        raise refused
    try:
        loose = ip_network(value, strict=False)
    except ValueError as error:
        raise refused from error
    if ip_address(address) != loose.network_address:
        raise ValueError(f"a range without host bits; {address}/{loose.prefixlen} lies in {loose}")
    return loose


def tags(values: dict[str, str]) -> dict[str, str]:
    """Tags that AWS takes everywhere and that are not the stack's own.

    Source: "Tag naming limits and requirements", AWS Tagging User Guide; the narrowest common set of characters.
    """
    if len(values) > MOST_TAGS:
        raise ValueError(f"at most {MOST_TAGS} tags")
    if len({key.casefold() for key in values}) < len(values):
        raise ValueError("each tag once; to IAM, Owner and owner are one tag")
    for key, value in values.items():
        if key.casefold() in _RESERVED_TAGS or key.casefold().startswith("aws:"):
            raise ValueError(f"tags other than {', '.join(RESERVED_TAGS)} and aws:*; {shown(key)} is taken")
        if not re.fullmatch(r"[\w .:/=+@-]{1,128}", key) or not re.fullmatch(r"[\w .:/=+@-]{0,256}", value):
            pair = shown(f"{key}={value}")
            raise ValueError(
                "letters, digits, spaces and _.:/=+-@ in tags, 128 in a key and 256 in a value at most; "
                f"{pair} has others, or is too long"
            )
    return values


def alarm_names(value: tuple[str, ...]) -> tuple[str, ...]:
    """Names of CloudWatch alarms. They become ARNs in a policy, where `*` and `?` would mean other alarms too.

    Raises:
        ValueError: there are too many, or one is none.
    """
    if len(value) > MOST_ALARMS or not all(ALARM_NAME.fullmatch(name) for name in value):
        raise ValueError(ALARM_NAMES_IN_WORDS)
    return value


def file_names(value: tuple[str, ...]) -> tuple[str, ...]:
    """Names of files; what is in them is looked at later. They become names of MIME parts, and scripts' own names.

    Raises:
        ValueError: one is none, or is there twice.
    """
    if not all(FILE_NAME.fullmatch(name) for name in value) or len(set(value)) < len(value):
        raise ValueError(FILES_IN_WORDS)
    return value
