"""Names, descriptions, protocols and ports of security groups that EC2 refuses; moto keeps them.

Source: botocore 1.44.5, ec2 CreateSecurityGroupRequest, IpPermission and IpRange (what is allowed);
hashicorp/terraform-provider-aws 43854 and 18874, pulumi/pulumi-awsx 328, hashicorp/terraform-provider-aws 1793,
chef-boneyard/chef-provisioning-aws 183, boto/boto3 336 (EC2's words, read 2026-11-29).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from embedded_aws.calls import AwsError

NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
"""Protocol numbers that EC2 gives back as names."""

WITH_PORTS = frozenset({"tcp", "udp"})
WITH_TYPES = frozenset({"icmp", "icmpv6"})
KNOWN = WITH_PORTS | WITH_TYPES | {"-1"}
PORTS, TYPES, NUMBERS = range(65_536), range(-1, 256), range(256)
TEXT = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
VALID = "descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"


def check_group(name: str, description: str) -> None:
    """Refuse a group's name or description. Raises AwsError: `InvalidParameterValue`."""
    if name.lower().startswith("sg-"):
        raise _invalid(f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.")
    if name.lower() == "default":
        raise _invalid("Cannot use reserved security group name: default")
    for parameter, text in (("GroupName", name), ("GroupDescription", description)):
        if not text.isascii():
            beyond = "Character sets beyond ASCII are not supported."
            raise _invalid(f"Value ({text}) for parameter {parameter} is invalid. {beyond}")
    if not TEXT.fullmatch(name):
        raise _invalid(
            f"Value ({name}) for parameter GroupName is invalid. Valid {VALID.replace('descriptions', 'names')}"
        )
    if not TEXT.fullmatch(description):
        raise _invalid(f"Invalid security group description. Valid {VALID}")


def check_rule_description(text: str | None) -> None:
    """Refuse the description of a rule. Raises AwsError: `InvalidParameterValue`."""
    if text and not TEXT.fullmatch(text):
        raise _invalid(f"Invalid rule description. Valid {VALID}")


def check_traffic(permission: Mapping[str, Any]) -> None:
    """Refuse a permission's protocol or its ports.

    Args:
        permission: boto3's IpPermission, or what is one by itself.

    Raises:
        AwsError: `InvalidParameterValue`, `InvalidPermission.Malformed`.
    """
    given = str(permission.get("IpProtocol", "-1"))
    protocol = NAMES.get(given, given.lower())
    if protocol not in KNOWN and not (protocol.isascii() and protocol.isdecimal() and int(protocol) in NUMBERS):
        raise _invalid(f"Invalid value '{given}' for IP protocol. Unknown protocol.")
    low, high = permission.get("FromPort"), permission.get("ToPort")
    if protocol in WITH_PORTS:
        _check_ports(low, high)
    for each in (low, high):
        if protocol in WITH_TYPES and each is not None and each not in TYPES:
            raise AwsError("InvalidPermission.Malformed", f"ICMP type or code ({each}) out of range")


def _check_ports(low: int | None, high: int | None) -> None:
    if low is None or high is None:
        raise _invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
    for each in (low, high):
        if each not in PORTS:
            raise AwsError("InvalidPermission.Malformed", f"TCP/UDP port ({each}) out of range")
    if low > high:
        raise _invalid(f"Invalid TCP/UDP port range ({low}:{high})")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
