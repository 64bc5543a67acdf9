"""EC2's data sources: instance types, where they are offered, and images."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.datasource import FILTERS, REGION, DataSource, filters_of
from embedded_pulumi.aws.fields import Flag, Number, Text, Whole
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf, response
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_PLAIN = {  # property of the result to where it stands in EC2's InstanceTypeInfo
    "autoRecoverySupported": "AutoRecoverySupported",
    "bareMetal": "BareMetal",
    "bootModes": "SupportedBootModes",
    "burstablePerformanceSupported": "BurstablePerformanceSupported",
    "currentGeneration": "CurrentGeneration",
    "dedicatedHostsSupported": "DedicatedHostsSupported",
    "defaultCores": "VCpuInfo.DefaultCores",
    "defaultThreadsPerCore": "VCpuInfo.DefaultThreadsPerCore",
    "defaultVcpus": "VCpuInfo.DefaultVCpus",
    "validCores": "VCpuInfo.ValidCores",
    "validThreadsPerCores": "VCpuInfo.ValidThreadsPerCore",
    "ebsEncryptionSupport": "EbsInfo.EncryptionSupport",
    "ebsNvmeSupport": "EbsInfo.NvmeSupport",
    "ebsOptimizedSupport": "EbsInfo.EbsOptimizedSupport",
    "ebsPerformanceBaselineBandwidth": "EbsInfo.EbsOptimizedInfo.BaselineBandwidthInMbps",
    "ebsPerformanceBaselineIops": "EbsInfo.EbsOptimizedInfo.BaselineIops",
    "ebsPerformanceBaselineThroughput": "EbsInfo.EbsOptimizedInfo.BaselineThroughputInMBps",
    "ebsPerformanceMaximumBandwidth": "EbsInfo.EbsOptimizedInfo.MaximumBandwidthInMbps",
    "ebsPerformanceMaximumIops": "EbsInfo.EbsOptimizedInfo.MaximumIops",
    "ebsPerformanceMaximumThroughput": "EbsInfo.EbsOptimizedInfo.MaximumThroughputInMBps",
    "bandwidthWeightings": "NetworkInfo.BandwidthWeightings",
    "defaultNetworkCardIndex": "NetworkInfo.DefaultNetworkCardIndex",
    "efaSupported": "NetworkInfo.EfaSupported",
    "efaMaximumInterfaces": "NetworkInfo.EfaInfo.MaximumEfaInterfaces",
    "enaSrdSupported": "NetworkInfo.EnaSrdSupported",
    "enaSupport": "NetworkInfo.EnaSupport",
    "encryptionInTransitSupported": "NetworkInfo.EncryptionInTransitSupported",
    "ipv6Supported": "NetworkInfo.Ipv6Supported",
    "maximumIpv4AddressesPerInterface": "NetworkInfo.Ipv4AddressesPerInterface",
    "maximumIpv6AddressesPerInterface": "NetworkInfo.Ipv6AddressesPerInterface",
    "maximumNetworkCards": "NetworkInfo.MaximumNetworkCards",
    "maximumNetworkInterfaces": "NetworkInfo.MaximumNetworkInterfaces",
    "networkPerformance": "NetworkInfo.NetworkPerformance",
    "freeTierEligible": "FreeTierEligible",
    "hibernationSupported": "HibernationSupported",
    "hypervisor": "Hypervisor",
    "instanceStorageSupported": "InstanceStorageSupported",
    "totalInstanceStorage": "InstanceStorageInfo.TotalSizeInGB",
    "totalGpuMemory": "GpuInfo.TotalGpuMemoryInMiB",
    "totalFpgaMemory": "FpgaInfo.TotalFpgaMemoryInMiB",
    "totalInferenceMemory": "InferenceAcceleratorInfo.TotalInferenceMemoryInMiB",
    "totalMediaMemory": "MediaAcceleratorInfo.TotalMediaMemoryInMiB",
    "totalNeuronDeviceMemory": "NeuronInfo.TotalNeuronDeviceMemoryInMiB",
    "memorySize": "MemoryInfo.SizeInMiB",
    "nitroEnclavesSupport": "NitroEnclavesSupport",
    "nitroTpmSupport": "NitroTpmSupport",
    "nitroTpmSupportedVersions": "NitroTpmInfo.SupportedVersions",
    "phcSupport": "PhcSupport",
    "supportedArchitectures": "ProcessorInfo.SupportedArchitectures",
    "supportedCpuFeatures": "ProcessorInfo.SupportedFeatures",
    "sustainedClockSpeed": "ProcessorInfo.SustainedClockSpeedInGhz",
    "supportedPlacementStrategies": "PlacementGroupInfo.SupportedStrategies",
    "supportedRootDeviceTypes": "SupportedRootDeviceTypes",
    "supportedUsagesClasses": "SupportedUsageClasses",
    "supportedVirtualizationTypes": "SupportedVirtualizationTypes",
}


_MEMORY = Block(aws="MemoryInfo", fields={"size": Whole(aws="SizeInMiB")})


_DISK = {"count": Whole(), "size": Whole(aws="SizeInGB"), "type": Text()}
_CARD = {
    "baselineBandwidth": Number(aws="BaselineBandwidthInGbps"),
    "index": Whole(aws="NetworkCardIndex"),
    "maximumInterfaces": Whole(aws="MaximumNetworkInterfaces"),
    "peakBandwidth": Number(aws="PeakBandwidthInGbps"),
    "performance": Text(aws="NetworkPerformance"),
}
_ACCELERATOR = {"count": Whole(), "manufacturer": Text(), "name": Text(), "memory": _MEMORY}


def _at(thing: Mapping[str, Any], path: str) -> Any:
    """A value at a dotted path, or None."""
    value: Any = thing
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _instance_type(aws: Session, args: Properties) -> Properties:
    name = args["instanceType"]
    found = aws.ec2.describe_instance_types(InstanceTypes=[name])["InstanceTypes"]
    if not found:
        raise ProviderError(f"there is no instance type {name!r} in {aws.region}")
    info = found[0]
    plain = {property_: _at(info, path) for property_, path in _PLAIN.items()}
    return {
        "id": name,
        "instanceType": name,
        "region": aws.region,
        **{property_: value for property_, value in plain.items() if value is not None},
        "instanceDisks": [response(_DISK, each) for each in _at(info, "InstanceStorageInfo.Disks") or ()],
        "networkCards": [response(_CARD, each) for each in _at(info, "NetworkInfo.NetworkCards") or ()],
        "gpuses": _accelerators(info, "GpuInfo.Gpus"),
        "fpgas": _accelerators(info, "FpgaInfo.Fpgas"),
        "inferenceAccelerators": _accelerators(info, "InferenceAcceleratorInfo.Accelerators"),
        "mediaAccelerators": _accelerators(info, "MediaAcceleratorInfo.Accelerators"),
        "neuronDevices": [],
    }


def _accelerators(info: Mapping[str, Any], path: str) -> list[Properties]:
    read = [response(_ACCELERATOR, each) for each in _at(info, path) or ()]
    return [{**each, "memorySize": (each.pop("memory") or {}).get("size", 0)} for each in read]


def _offerings(aws: Session, args: Properties) -> Properties:
    where = {"LocationType": args["locationType"]} if args.get("locationType") else {}
    pages = aws.ec2.get_paginator("describe_instance_type_offerings").paginate(Filters=filters_of(args), **where)
    found = [each for page in pages for each in page["InstanceTypeOfferings"]]
    return {
        "id": aws.region,
        "region": aws.region,
        "instanceTypes": [each["InstanceType"] for each in found],
        "locations": [each["Location"] for each in found],
        "locationTypes": [each["LocationType"] for each in found],
    }


_IMAGE = {
    "architecture": Text(),
    "bootMode": Text(),
    "creationDate": Text(),
    "deprecationTime": Text(),
    "description": Text(),
    "enaSupport": Flag(),
    "hypervisor": Text(),
    "imageId": Text(),
    "imageLocation": Text(),
    "imageOwnerAlias": Text(),
    "imageType": Text(),
    "imdsSupport": Text(),
    "kernelId": Text(),
    "name": Text(),
    "ownerId": Text(),
    "platform": Text(),
    "platformDetails": Text(),
    "public": Flag(),
    "ramdiskId": Text(),
    "rootDeviceName": Text(),
    "rootDeviceType": Text(),
    "sriovNetSupport": Text(),
    "state": Text(),
    "tpmSupport": Text(),
    "usageOperation": Text(),
    "virtualizationType": Text(),
}


def _image(aws: Session, args: Properties) -> Properties:
    asked: dict[str, Any] = {"IncludeDeprecated": bool(args.get("includeDeprecated"))}
    for name, parameter in (("owners", "Owners"), ("executableUsers", "ExecutableUsers")):
        if args.get(name):
            asked[parameter] = args[name]
    found = aws.ec2.describe_images(Filters=filters_of(args), **asked)["Images"]
    pattern = re.compile(args.get("nameRegex") or "")
    matching = [image for image in found if pattern.search(image.get("Name", ""))]
    image = _only(matching, newest=bool(args.get("mostRecent")))
    told = {name: value for name, value in response(_IMAGE, image).items() if value is not None}
    return {
        "id": image["ImageId"],
        "arn": f"arn:{aws.partition}:ec2:{aws.region}::image/{image['ImageId']}",
        "region": aws.region,
        **told,
        "blockDeviceMappings": [_mapping(each) for each in image.get("BlockDeviceMappings", ())],
        "productCodes": [],
        "rootSnapshotId": _root_snapshot(image),
        "stateReason": {},
        "tags": tags.from_list(image.get("Tags")),
    }


def _only(images: Sequence[Mapping[str, Any]], *, newest: bool) -> Mapping[str, Any]:
    if not images:
        raise ProviderError("the query returned no images; change the search criteria and try again")
    if len(images) > 1 and not newest:
        raise ProviderError(f"the query returned {len(images)} images; set mostRecent, or search more narrowly")
    return max(images, key=lambda image: image.get("CreationDate", ""))


def _mapping(mapping: Mapping[str, Any]) -> Properties:
    ebs = {key[:1].lower() + key[1:]: str(value) for key, value in mapping.get("Ebs", {}).items()}
    return {
        "deviceName": mapping.get("DeviceName", ""),
        "noDevice": mapping.get("NoDevice", ""),
        "virtualName": mapping.get("VirtualName", ""),
        "ebs": ebs,
    }


def _root_snapshot(image: Mapping[str, Any]) -> str:
    root = image.get("RootDeviceName")
    mappings = image.get("BlockDeviceMappings", ())
    return next((str(_at(each, "Ebs.SnapshotId") or "") for each in mappings if each.get("DeviceName") == root), "")


DATA_SOURCES = (
    DataSource(
        function="aws:ec2/getInstanceType:getInstanceType",
        answer=_instance_type,
        args={"instanceType": Text(required=True), "region": REGION},
    ),
    DataSource(
        function="aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings",
        answer=_offerings,
        args={
            "filters": FILTERS,
            "locationType": Text(one_of=("region", "availability-zone", "availability-zone-id", "outpost")),
            "region": REGION,
        },
    ),
    DataSource(
        function="aws:ec2/getAmi:getAmi",
        answer=_image,
        args={
            "executableUsers": ListOf(),
            "filters": FILTERS,
            "includeDeprecated": Flag(),
            "mostRecent": Flag(),
            "nameRegex": Text(),
            "owners": ListOf(),
            "region": REGION,
        },
        unsupported=("allowUnsafeFilter", "tags", "uefiData"),
    ),
)
