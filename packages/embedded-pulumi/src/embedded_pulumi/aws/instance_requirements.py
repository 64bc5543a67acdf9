"""Attribute-based instance type selection, as launch templates and Auto Scaling groups take it."""

from __future__ import annotations

from embedded_pulumi.aws.fields import Field, Flag, Number, Text, Whole
from embedded_pulumi.aws.shapes import Block, Fields, SetOf

_INCLUDED = ("included", "excluded", "required")
_ACCELERATORS = ("a100", "inferentia", "k520", "k80", "m60", "radeon-pro-v520", "t4", "vu9p", "v100")
_NEWER_ACCELERATORS = (
    *("a10g", "h100", "t4g", "l40s", "l4", "gaudi-hl-205", "inferentia2", "trainium", "trainium2", "u30"),
)
_MAKERS = ("amazon-web-services", "amd", "nvidia", "xilinx")
_KINDS = ("gpu", "fpga", "inference")
_MOST_TYPES = 400  # instance types in one list
ALTERNATIVES = (
    ("allowedInstanceTypes", "excludedInstanceTypes"),
    ("maxSpotPriceAsPercentageOfOptimalOnDemandPrice", "spotMaxPricePercentageOverLowestPrice"),
)
"""What a launch template takes one of; in an override of a group the real provider leaves that to AWS."""


def _range(*, required: bool = False, aws: str = "", most: int = 1) -> Block:
    """A lower and an upper bound, whole numbers; `most` is the least upper one."""
    bounds: dict[str, Field] = {"min": Whole(required=required, at_least=1), "max": Whole(at_least=most)}
    return Block(required=required, aws=aws, fields=bounds)


def _span(aws: str = "") -> Block:
    """A lower and an upper bound, any numbers above zero."""
    return Block(aws=aws, fields={"min": Number(positive=True), "max": Number(positive=True)})


def _one_of(*values: str) -> SetOf:
    return SetOf(item=Text(one_of=values))


def requirements(*, of_template: bool) -> Fields:
    """The properties of `instanceRequirements`.

    Source: terraform-provider-aws/internal/service/ec2/ec2_launch_template.go (0f1a8c1727be, 2026) and
    autoscaling/group.go (b157f5a91d91, 2026); the values are those of botocore 1.44.5.

    Args:
        of_template: A launch template must say vCPUs and memory, and knows newer accelerators; an override of an Auto
            Scaling group does not.
    """
    newer = of_template
    return {
        "vcpuCount": _range(required=of_template, aws="VCpuCount"),
        "memoryMib": _range(required=of_template, aws="MemoryMiB"),
        "acceleratorCount": _range(most=0),
        "acceleratorManufacturers": _one_of(*_MAKERS, *(("habana",) if newer else ())),
        "acceleratorNames": _one_of(*_ACCELERATORS, *(_NEWER_ACCELERATORS if newer else ())),
        "acceleratorTotalMemoryMib": _range(aws="AcceleratorTotalMemoryMiB"),
        "acceleratorTypes": _one_of(*_KINDS, *(("media",) if newer else ())),
        "allowedInstanceTypes": SetOf(max_items=_MOST_TYPES),
        "bareMetal": Text(one_of=_INCLUDED),
        "baselineEbsBandwidthMbps": _range(),
        "burstablePerformance": Text(one_of=_INCLUDED),
        "cpuManufacturers": _one_of("intel", "amd", "amazon-web-services", "apple"),
        "excludedInstanceTypes": SetOf(max_items=_MOST_TYPES),
        "instanceGenerations": _one_of("current", "previous"),
        "localStorage": Text(one_of=_INCLUDED),
        "localStorageTypes": _one_of("hdd", "ssd"),
        "maxSpotPriceAsPercentageOfOptimalOnDemandPrice": Whole(at_least=1),
        "memoryGibPerVcpu": _span(aws="MemoryGiBPerVCpu"),
        "networkBandwidthGbps": _span(),
        "networkInterfaceCount": _range(),
        "onDemandMaxPricePercentageOverLowestPrice": Whole(at_least=1),
        "requireHibernateSupport": Flag(),
        "spotMaxPricePercentageOverLowestPrice": Whole(at_least=1),
        "totalLocalStorageGb": _span(aws="TotalLocalStorageGB"),
    }
