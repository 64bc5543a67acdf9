"""What EC2 refuses in launch data by itself."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from embedded_aws.calls import AwsError
from embedded_aws.services.ec2.launch_form import check_form


def volume(**ebs: Any) -> dict[str, Any]:
    return {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": ebs}]}


def script(size: int) -> dict[str, Any]:
    return {"UserData": base64.b64encode(b"#" * size).decode()}


def hops(limit: int) -> dict[str, Any]:
    return {"MetadataOptions": {"HttpPutResponseHopLimit": limit}}


def tagged(kind: str, key: str) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": key, "Value": "v"}]}]}


@pytest.mark.parametrize(
    "data",
    [
        {},
        script(16_384),
        hops(1),
        hops(64),
        volume(),
        volume(VolumeSize=16_384),
        volume(VolumeType="gp3", VolumeSize=65_536, Iops=80_000, Throughput=2000),
        volume(VolumeType="io2", VolumeSize=4, Iops=100),
        volume(Encrypted=True, KmsKeyId="alias/mine"),
        {"BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "NoDevice": ""}]},
        {"InstanceType": "t4g.micro", "MaintenanceOptions": {"AutoRecovery": "disabled"}},
        tagged("network-interface", "Project"),
    ],
)
def test_what_ec2_accepts_passes(data: dict[str, Any]) -> None:
    check_form(data)


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        ({"UserData": "#!/bin/sh"}, "InvalidUserData.Malformed", "BASE64"),
        (script(16_385), "InvalidParameterValue", "limited to 16384 bytes"),
        (hops(0), "InvalidParameterValue", "(0) for parameter httpPutResponseHopLimit"),
        (hops(65), "InvalidParameterValue", "1 to 64"),
        (volume(VolumeType="gp9"), "UnknownVolumeType", "'gp9'"),
        (volume(VolumeType="gp3", VolumeSize=0), "InvalidParameterValue", "minimum is 1GiB"),
        (volume(VolumeType="io1", VolumeSize=3), "InvalidParameterValue", "minimum is 4GiB"),
        (volume(VolumeType="gp2", VolumeSize=16_385), "InvalidParameterValue", "maximum is 16384GiB"),
        (volume(VolumeSize=8, Iops=3000), "InvalidParameterCombination", "iops is not supported for gp2"),
        (volume(VolumeType="gp3", Iops=80_001), "InvalidParameterValue", "maximum is 80000"),
        (volume(VolumeType="gp3", Iops=2999), "InvalidParameterValue", "minimum is 3000"),
        (volume(VolumeType="io2", Throughput=125), "InvalidParameterCombination", "throughput is not supported"),
        (volume(Encrypted=False, KmsKeyId="alias/mine"), "InvalidParameterDependency", "KmsKeyId"),
        ({"InstanceType": "t9.micro"}, "InvalidParameterValue", "(t9.micro) for parameter instanceType"),
        ({"MetadataOptions": {"HttpTokens": "maybe"}}, "InvalidParameterValue", "(maybe) for parameter httpTokens"),
        ({"MaintenanceOptions": {"AutoRecovery": "no"}}, "InvalidParameterValue", "autoRecovery"),
        (tagged("machine", "Project"), "InvalidParameterValue", "(machine) for parameter resourceType"),
        (tagged("instance", "aws:mine"), "InvalidParameterValue", "reserved"),
    ],
)
def test_what_ec2_refuses_is_refused_with_its_code(data: dict[str, Any], code: str, said: str) -> None:
    with pytest.raises(AwsError) as refused:
        check_form(data)

    assert refused.value.code == code
    assert said in refused.value.message
