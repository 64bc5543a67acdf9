"""Attribute-based instance type selection: which types have the attributes that an override asks for.

Source: API InstanceRequirements, with its defaults: no bare metal and no burstable performance unless they are asked
for, current and previous generations; price protection of 20 percent for On-Demand Instances and 100 for Spot, above
the cheapest type of the families C, M and R of the current generation that fits.

This cloud knows no price list. A price follows from vCPUs and memory, in the proportion that AWS's prices of the
families C, M and R have among each other; a Spot price is a third of it. Both are assumptions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from embedded_aws.services.ec2.templates import instance_types

PER_VCPU, PER_GIB = 0.0357, 0.0034  # US dollars an hour
SPOT_SHARE = 1 / 3
PROTECTED = {"OnDemandMaxPricePercentageOverLowestPrice": 20, "SpotMaxPricePercentageOverLowestPrice": 100}
UNPROTECTED = 999_999
"""API: a percentage of this size switches price protection off."""

MAKERS = {"intel": "Intel", "amd": "AMD", "amazon-web-services": "AWS", "apple": "Apple"}
ACCELERATORS = {
    "gpu": ("GpuInfo", "Gpus"),
    "fpga": ("FpgaInfo", "Fpgas"),
    "inference": ("InferenceAcceleratorInfo", "Accelerators"),
    "media": ("MediaAcceleratorInfo", "Accelerators"),
}
NOT_MODELLED = ("BaselinePerformanceFactors",)


@dataclass(frozen=True)
class Accelerator:
    """One kind of accelerator that a type has."""

    kind: str
    maker: str
    name: str
    count: int
    memory: int


def price(instance_type: str, *, spot: bool = False) -> float:
    """What an instance of a type costs in US dollars an hour."""
    known = instance_types()[instance_type]
    vcpus, memory = int(known["VCpuInfo"]["DefaultVCpus"]), int(known["MemoryInfo"]["SizeInMiB"])
    return (PER_VCPU * vcpus + PER_GIB * memory / 1024) * (SPOT_SHARE if spot else 1.0)


def fitting(wanted: Mapping[str, Any], architecture: str, offered: Iterable[str], *, spot: bool) -> list[str]:
    """The types that an override's requirements mean, the cheapest first.

    Args:
        wanted: API's InstanceRequirements.
        architecture: The image's.
        offered: The types that can be had.
        spot: For Spot Instances, which have a price protection of their own.
    """
    usage = "spot" if spot else "on-demand"
    known = instance_types()
    found = [
        name
        for name in offered
        if name in known
        and usage in known[name]["SupportedUsageClasses"]
        and architecture in known[name]["ProcessorInfo"]["SupportedArchitectures"]
        and _fits(wanted, name, known[name])
    ]
    return sorted(_protected(wanted, found, spot=spot), key=lambda name: (price(name), name))


def _protected(wanted: Mapping[str, Any], found: Sequence[str], *, spot: bool) -> list[str]:
    usual = [each for each in found if each[0] in "cmr" and instance_types()[each]["CurrentGeneration"]]
    least = min(map(price, usual or found), default=0.0)
    optimal = wanted.get("MaxSpotPriceAsPercentageOfOptimalOnDemandPrice")
    if spot and optimal is not None:
        return [each for each in found if price(each, spot=True) <= least * optimal / 100]
    name = "SpotMaxPricePercentageOverLowestPrice" if spot else "OnDemandMaxPricePercentageOverLowestPrice"
    over = wanted.get(name, PROTECTED[name])
    return [each for each in found if over >= UNPROTECTED or price(each) <= least * (1 + over / 100)]


def _fits(wanted: Mapping[str, Any], name: str, known: Mapping[str, Any]) -> bool:
    """Whether one type has all the attributes."""
    memory, vcpus = known["MemoryInfo"]["SizeInMiB"], known["VCpuInfo"]["DefaultVCpus"]
    network, ebs = known.get("NetworkInfo", {}), known["EbsInfo"].get("EbsOptimizedInfo", {})
    generation = "current" if known["CurrentGeneration"] else "previous"
    makers = [MAKERS.get(each, each) for each in wanted.get("CpuManufacturers", ())]
    peak = sum(card.get("PeakBandwidthInGbps", 0) for card in network.get("NetworkCards", ()))
    return (
        _within(vcpus, wanted.get("VCpuCount"))
        and _within(memory, wanted.get("MemoryMiB"))
        and _within(memory / 1024 / vcpus, wanted.get("MemoryGiBPerVCpu"))
        and _within(network.get("MaximumNetworkInterfaces", 0), wanted.get("NetworkInterfaceCount"))
        and _within(peak, wanted.get("NetworkBandwidthGbps"))
        and _within(ebs.get("BaselineBandwidthInMbps", 0), wanted.get("BaselineEbsBandwidthMbps"))
        and (not makers or known["ProcessorInfo"].get("Manufacturer") in makers)
        and generation in wanted.get("InstanceGenerations", (generation,))
        and _allowed(known["BareMetal"], wanted.get("BareMetal", "excluded"))
        and _allowed(known["BurstablePerformanceSupported"], wanted.get("BurstablePerformance", "excluded"))
        and (known["HibernationSupported"] or not wanted.get("RequireHibernateSupport"))
        and not any(fnmatchcase(name, each) for each in wanted.get("ExcludedInstanceTypes", ()))
        and any(fnmatchcase(name, each) for each in wanted.get("AllowedInstanceTypes") or ("*",))
        and _has_storage(wanted, known)
        and _has_accelerators(wanted, known)
    )


def _within(value: float, wanted: Mapping[str, float] | None) -> bool:
    wanted = wanted or {}
    return wanted.get("Min", value) <= value <= wanted.get("Max", value)


def _allowed(has: object, wanted: str) -> bool:
    return wanted == "included" or bool(has) == (wanted == "required")


def _has_storage(wanted: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    storage = known.get("InstanceStorageInfo", {})
    kinds = {disk["Type"] for disk in storage.get("Disks", ())}
    return (
        _allowed(storage, wanted.get("LocalStorage", "included"))
        and (not storage or not wanted.get("LocalStorageTypes") or bool(kinds & set(wanted["LocalStorageTypes"])))
        and _within(storage.get("TotalSizeInGB", 0), wanted.get("TotalLocalStorageGB"))
    )


def _has_accelerators(wanted: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    asked = {
        "kind": wanted.get("AcceleratorTypes"),
        "maker": wanted.get("AcceleratorManufacturers"),
        "name": wanted.get("AcceleratorNames"),
    }
    has = _accelerators(known)
    matching = [each for each in has if all(not some or getattr(each, what) in some for what, some in asked.items())]
    return (
        (bool(matching) or not any(asked.values()))
        and _within(sum(each.count for each in has), wanted.get("AcceleratorCount"))
        and _within(sum(each.count * each.memory for each in has), wanted.get("AcceleratorTotalMemoryMiB"))
    )


def _accelerators(known: Mapping[str, Any]) -> list[Accelerator]:
    return [
        Accelerator(
            kind,
            {"aws": "amazon-web-services"}.get(
                each.get("Manufacturer", "").lower(), each.get("Manufacturer", "").lower()
            ),
            each.get("Name", "").lower().replace(" ", "-"),
            each.get("Count", 1),
            each.get("MemoryInfo", {}).get("SizeInMiB", 0),
        )
        for kind, (info, listed) in ACCELERATORS.items()
        for each in known.get(info, {}).get(listed, ())
    ]
