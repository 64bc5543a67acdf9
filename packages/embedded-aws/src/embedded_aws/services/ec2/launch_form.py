"""Launch data that EC2 refuses by itself, before it looks up anything that the data names.

Values outside of the API's lists and ranges, impossible volumes, user data that is too long, reserved tags. moto keeps
whatever it is given.

Source: API RequestLaunchTemplateData; EC2 user guide, "Amazon EBS volume types", "User data"; API error codes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from embedded_aws.calls import AwsError
from embedded_aws.services.ec2.tag_keys import check_tags

MOST_USER_DATA = 16_384  # bytes, before they are encoded
HOPS = range(1, 65)


@dataclass(frozen=True)
class _VolumeType:
    """What a volume may have: GiB, and IOPS where they can be asked for."""

    sizes: range
    iops: range | None = None
    throughput: range | None = None


_VOLUME_TYPES = {
    "standard": _VolumeType(range(1, 1025)),
    "gp2": _VolumeType(range(1, 16_385)),
    "gp3": _VolumeType(range(1, 65_537), range(3000, 80_001), range(125, 2001)),
    "io1": _VolumeType(range(4, 16_385), range(100, 64_001)),
    "io2": _VolumeType(range(4, 65_537), range(100, 256_001)),
    "st1": _VolumeType(range(125, 16_385)),
    "sc1": _VolumeType(range(125, 16_385)),
}


def check_form(data: Mapping[str, Any]) -> None:
    """Refuse launch data that no launch could use.

    Args:
        data: boto3's LaunchTemplateData.

    Raises:
        AwsError: with EC2's code.
    """
    from moto.core.utils import get_service_model  # noqa: PLC0415 - EC2's model is large

    _check_user_data(data.get("UserData"))
    hops = data.get("MetadataOptions", {}).get("HttpPutResponseHopLimit")
    if hops is not None and hops not in HOPS:
        raise _invalid("HttpPutResponseHopLimit", hops, f"Valid values are {HOPS[0]} to {HOPS[-1]}.")
    target = (data.get("CapacityReservationSpecification") or {}).get("CapacityReservationTarget") or {}
    if target.get("CapacityReservationResourceGroupArn"):
        message = "not part of the embedded AWS: CapacityReservationResourceGroupArn"
        raise AwsError("NotImplemented", message, 501)
    for mapping in data.get("BlockDeviceMappings", []):
        _check_volume(mapping.get("Ebs") or {})
    for name, value, known in _listed_values(get_service_model("ec2").shape_for("RequestLaunchTemplateData"), data):
        if value not in known:
            raise _invalid(name, value, "")
    for specification in data.get("TagSpecifications", []):
        check_tags(specification.get("Tags", []))


def _check_user_data(encoded: Any) -> None:
    if not encoded:
        return
    try:
        script = base64.b64decode(str(encoded), validate=True)
    except (binascii.Error, ValueError) as error:
        raise AwsError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.") from error
    if len(script) > MOST_USER_DATA:
        raise AwsError("InvalidParameterValue", f"User data is limited to {MOST_USER_DATA} bytes")


def _check_volume(ebs: Mapping[str, Any]) -> None:
    kind = ebs.get("VolumeType", "gp2")
    if kind not in _VOLUME_TYPES:
        raise AwsError("UnknownVolumeType", f"Unknown volume type '{kind}'.")
    if ebs.get("KmsKeyId") and not ebs.get("Encrypted"):
        message = "The parameter KmsKeyId requires the parameter Encrypted to be set."
        raise AwsError("InvalidParameterDependency", message)
    can = _VOLUME_TYPES[kind]
    size = ebs.get("VolumeSize")
    if size is not None and size not in can.sizes:
        least, most = can.sizes[0], can.sizes[-1]
        bound, limit = ("small", f"minimum is {least}") if size < least else ("large", f"maximum is {most}")
        message = f"Volume of {size}GiB is too {bound} for volume type {kind}; {limit}GiB."
        raise AwsError("InvalidParameterValue", message)
    for name, allowed in (("Iops", can.iops), ("Throughput", can.throughput)):
        _check_performance(kind, name, ebs.get(name), allowed)


def _check_performance(kind: str, name: str, value: int | None, allowed: range | None) -> None:
    if value is None:
        return
    if allowed is None:
        message = f"The parameter {name.lower()} is not supported for {kind} volumes."
        raise AwsError("InvalidParameterCombination", message)
    if value not in allowed:
        side = f"low; minimum is {allowed[0]}" if value < allowed[0] else f"high; maximum is {allowed[-1]}"
        raise AwsError("InvalidParameterValue", f"Volume {name.lower()} of {value} is too {side}.")


def _listed_values(shape: Any, value: Any) -> Iterator[tuple[str, str, list[str]]]:
    """Every value for which the API has a list: its parameter, the value, the list."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if value.get(name) is not None:
                if member.type_name == "string" and member.enum:
                    yield name, value[name], member.enum
                yield from _listed_values(member, value[name])
    elif shape.type_name == "list":
        for each in value:
            yield from _listed_values(shape.member, each)


def _invalid(name: str, value: object, why: str) -> AwsError:
    what = f"Value ({value}) for parameter {name[:1].lower()}{name[1:]} is invalid. {why}"
    return AwsError("InvalidParameterValue", what.rstrip())
