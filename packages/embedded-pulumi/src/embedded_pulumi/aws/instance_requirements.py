"""Attribute-based instance type selection, as launch templates and Auto Scaling groups take it."""

from __future__ import annotations

from embedded_pulumi.aws.fields import Field, Flag, Number, Text, Whole
from embedded_pulumi.aws.shapes import Block, Fields, SetOf


def _range(*, required: bool = False, aws: str = "", number: type[Whole | Number] = Whole) -> Block:
    """A lower and an upper bound, each optional but for the lower one of a required range."""
    bounds: dict[str, Field] = {"min": number(required=required), "max": number()}
    return Block(required=required, aws=aws, fields=bounds)


def requirements(*, vcpus_and_memory_required: bool) -> Fields:
    """The properties of `instanceRequirements`.

    Args:
        vcpus_and_memory_required: A launch template must say both; an override of an Auto Scaling group need not.
    """
    needed = vcpus_and_memory_required
    included = ("included", "excluded", "required")
    return {
        "vcpuCount": _range(required=needed, aws="VCpuCount"),
        "memoryMib": _range(required=needed, aws="MemoryMiB"),
        "acceleratorCount": _range(),
        "acceleratorManufacturers": SetOf(),
        "acceleratorNames": SetOf(),
        "acceleratorTotalMemoryMib": _range(aws="AcceleratorTotalMemoryMiB"),
        "acceleratorTypes": SetOf(),
        "allowedInstanceTypes": SetOf(),
        "bareMetal": Text(one_of=included),
        "baselineEbsBandwidthMbps": _range(),
        "burstablePerformance": Text(one_of=included),
        "cpuManufacturers": SetOf(),
        "excludedInstanceTypes": SetOf(),
        "instanceGenerations": SetOf(),
        "localStorage": Text(one_of=included),
        "localStorageTypes": SetOf(),
        "maxSpotPriceAsPercentageOfOptimalOnDemandPrice": Whole(),
        "memoryGibPerVcpu": _range(aws="MemoryGiBPerVCpu", number=Number),
        "networkBandwidthGbps": _range(number=Number),
        "networkInterfaceCount": _range(),
        "onDemandMaxPricePercentageOverLowestPrice": Whole(),
        "requireHibernateSupport": Flag(),
        "spotMaxPricePercentageOverLowestPrice": Whole(),
        "totalLocalStorageGb": _range(aws="TotalLocalStorageGB", number=Number),
    }
