"""Public images: found by the names and owners that their publishers document, and by the public parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from embedded_aws.embedded import Cloud

AMAZON, CANONICAL, DEBIAN = ["amazon"], ["099720109477"], ["136693071363"]

DOCUMENTED = [
    (AMAZON, "amzn2-ami-hvm-*-x86_64-gp2", "x86_64"),
    (AMAZON, "amzn2-ami-hvm-2.0.*-arm64-gp2", "arm64"),
    (AMAZON, "amzn2-ami-kernel-5.10-hvm-*-x86_64-gp2", "x86_64"),
    (AMAZON, "al2023-ami-2023.*-x86_64", "x86_64"),
    (AMAZON, "al2023-ami-2023.*-kernel-6.1-arm64", "arm64"),
    (AMAZON, "al2023-ami-minimal-2023.*-x86_64", "x86_64"),
    (CANONICAL, "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*", "x86_64"),
    (CANONICAL, "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-*", "arm64"),
    (CANONICAL, "ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-*", "x86_64"),
    (DEBIAN, "debian-12-amd64-*", "x86_64"),
    (DEBIAN, "debian-13-arm64-*", "arm64"),
    (AMAZON, "Windows_Server-2022-English-Full-Base-*", "x86_64"),
    (["801119661308"], "Windows_Server-2025-English-Core-Base-*", "x86_64"),
]

PARAMETERS = [
    "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
    "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    "/aws/service/canonical/ubuntu/server/jammy/stable/current/arm64/hvm/ebs-gp2/ami-id",
    "/aws/service/debian/release/12/latest/amd64",
    "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=7) as cloud:
        yield cloud
        assert cloud.failures == []


def images(cloud: Cloud, region: str, owners: list[str], name: str) -> list[dict[str, Any]]:
    filters = [{"Name": "name", "Values": [name]}]
    found: list[dict[str, Any]] = cloud.client("ec2", region).describe_images(Owners=owners, Filters=filters)["Images"]
    return found


@pytest.mark.parametrize(("owners", "name", "architecture"), DOCUMENTED, ids=[name for _, name, _ in DOCUMENTED])
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_an_image_is_found_by_its_documented_name(
    cloud: Cloud, region: str, owners: list[str], name: str, architecture: str
) -> None:
    found = images(cloud, region, owners, name)

    assert {image["Architecture"] for image in found} == {architecture}
    assert {image["State"] for image in found} == {"available"}


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1", "mx-central-1"])
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_what_a_public_parameter_names_exists(cloud: Cloud, region: str, parameter: str) -> None:
    image = cloud.client("ssm", region).get_parameter(Name=parameter)["Parameter"]["Value"]

    (told,) = cloud.client("ec2", region).describe_images(ImageIds=[image])["Images"]

    assert told["Architecture"] == ("arm64" if "arm64" in parameter else "x86_64")


def test_every_parameter_of_amazon_linux_leads_to_an_image(cloud: Cloud) -> None:
    pages = cloud.client("ssm").get_paginator("get_parameters_by_path")
    listed = pages.paginate(Path="/aws/service/ami-amazon-linux-latest")
    ids = {parameter["Value"] for page in listed for parameter in page["Parameters"]}

    known = {image["ImageId"] for image in cloud.client("ec2").describe_images(Owners=AMAZON)["Images"]}

    assert ids <= known


def test_an_images_root_is_told(cloud: Cloud) -> None:
    (linux,) = images(cloud, "us-east-1", AMAZON, "amzn2-ami-hvm-*-x86_64-gp2")
    (windows,) = images(cloud, "us-east-1", AMAZON, "Windows_Server-2022-English-Full-Base-*")

    assert (linux["RootDeviceName"], linux["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"]) == ("/dev/xvda", 8)
    assert (windows["RootDeviceName"], windows["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"]) == ("/dev/sda1", 30)
    assert (linux["PlatformDetails"], windows["Platform"]) == ("Linux/UNIX", "windows")
    assert (linux["ImageOwnerAlias"], linux["Public"]) == ("amazon", True)
