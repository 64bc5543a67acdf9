"""EC2's data sources: instance types, where they are offered, and images."""

from __future__ import annotations

import re
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.datasource import FILTERS, REGION, DataSource, filters_of
from embedded_pulumi.aws.fields import Flag, Number, Text, Whole
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf, MapOf, response
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


def _at(thing: dict[str, Any], path: str) -> Any:
    """A value at a dotted path, or None."""
    value: Any = thing
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
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


def _accelerators(info: dict[str, Any], path: str) -> list[Properties]:
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
    "lastLaunchedTime": Text(),
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
    """One image.

    Source: terraform-provider-aws/internal/service/ec2/ec2_ami_data_source.go (0389eecfc28a).
    """
    narrowed = args.get("owners") or {"image-id", "owner-id"} & {each["name"] for each in args.get("filters") or ()}
    if args.get("mostRecent") and not narrowed and not args.get("allowUnsafeFilter"):
        raise ProviderError(
            "mostRecent is true and results are not filtered by owner or image ID: a third party may introduce an "
            "image that would be returned; filter by owner or image ID"
        )
    asked: dict[str, Any] = {"IncludeDeprecated": bool(args.get("includeDeprecated"))}
    for name, parameter in (("owners", "Owners"), ("executableUsers", "ExecutableUsers")):
        if args.get(name):
            asked[parameter] = args[name]
    found = aws.ec2.describe_images(Filters=filters_of(args), **asked)["Images"]
    image = _only(_named_as(args.get("nameRegex"), found), newest=bool(args.get("mostRecent")))
    told = response(_IMAGE, image)
    absent = {name: False if isinstance(_IMAGE[name], Flag) else "" for name, value in told.items() if value is None}
    return {
        "id": image["ImageId"],
        "arn": f"arn:{aws.partition}:ec2:{aws.region}::image/{image['ImageId']}",
        "region": aws.region,
        "includeDeprecated": bool(args.get("includeDeprecated")),
        "mostRecent": bool(args.get("mostRecent")),
        **told,
        **absent,
        "uefiData": "",
        "blockDeviceMappings": [_mapping(each) for each in image.get("BlockDeviceMappings", ())],
        "productCodes": [
            {"productCodeId": each.get("ProductCodeId", ""), "productCodeType": each.get("ProductCodeType", "")}
            for each in image.get("ProductCodes", ())
        ],
        "rootSnapshotId": _root_snapshot(image),
        "stateReason": {
            key: image.get("StateReason", {}).get(key.capitalize(), "UNSET") for key in ("code", "message")
        },
        "tags": tags.from_list(image.get("Tags")),
    }


def _named_as(pattern: str | None, images: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not pattern:
        return images
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise ProviderError(f"nameRegex: {pattern!r} is not a regular expression: {error}") from error
    return [image for image in images if image.get("Name") and wanted.search(image["Name"])]


def _only(images: list[dict[str, Any]], *, newest: bool) -> dict[str, Any]:
    if not images:
        raise ProviderError("Your query returned no results. Please change your search criteria and try again.")
    if len(images) > 1 and not newest:
        raise ProviderError(
            f"Your query returned more than one result: {len(images)} images. Please try a more specific search "
            "criteria, or set `mostRecent` to true."
        )
    return max(images, key=lambda image: image.get("CreationDate", ""))


_EBS: dict[str, tuple[str, Any]] = {  # Terraform's name to EC2's, and what stands for its absence
    "delete_on_termination": ("DeleteOnTermination", False),
    "encrypted": ("Encrypted", False),
    "iops": ("Iops", 0),
    "snapshot_id": ("SnapshotId", ""),
    "throughput": ("Throughput", 0),
    "volume_size": ("VolumeSize", 0),
    "volume_type": ("VolumeType", ""),
}


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mapping(mapping: dict[str, Any]) -> Properties:
    told = mapping.get("Ebs")
    ebs = {name: _spelled(told.get(key, absent)) for name, (key, absent) in _EBS.items()} if told else {}
    return {
        "deviceName": mapping.get("DeviceName", ""),
        "noDevice": mapping.get("NoDevice", ""),
        "virtualName": mapping.get("VirtualName", ""),
        "ebs": ebs,
    }


def _root_snapshot(image: dict[str, Any]) -> str:
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
            "allowUnsafeFilter": Flag(),
            "executableUsers": ListOf(),
            "filters": FILTERS,
            "includeDeprecated": Flag(),
            "mostRecent": Flag(),
            "nameRegex": Text(),
            "owners": ListOf(item=Text(min_length=1), min_items=1),
            "region": REGION,
            "tags": MapOf(),  # the real provider's filter of that name takes no part
            "uefiData": Text(),
        },
    ),
)
