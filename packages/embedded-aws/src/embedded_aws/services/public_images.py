"""The public parameters that name the newest images of Amazon Linux, Ubuntu, Debian and Windows, in every region.

moto carries AWS's own lists of Amazon Linux for thirty regions and has none for the newest, China and GovCloud, which
have the same names with other ids. There this cloud publishes the names of another region, with ids made from the
region's name. The others are those of the catalogue.

Source: Amazon Linux 2023 User Guide, "Launching AL2023 using AWS Systems Manager"; EC2 user guide, "Reference AMIs
using Systems Manager parameters".
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import Call, Routes
from embedded_aws.services import image_catalogue
from embedded_aws.services.image_catalogue import PublicImage

ROOT = "/aws/service/ami-amazon-linux-latest"
LISTED_REGION = "us-east-1"
MARK = "embedded_public_images"
"""The attribute of moto's backend that says that a region's parameters are there."""


def routes() -> Routes:
    """The calls that must find the parameters."""

    def answer(call: Call) -> dict[str, Any]:
        publish(call.region)
        return call.forward()

    return {("ssm", action): answer for action in ("GetParameter", "GetParameters", "GetParametersByPath")}


def catalogue(region: str) -> list[PublicImage]:
    """The public images of a region. Hold the cloud's lock."""
    publish(region)
    return image_catalogue.images(region, [(each.name, each.value) for each in _parameters(region)])


def publish(region: str) -> None:
    """Have a region's parameters exist; again is harmless. Hold the cloud's lock."""
    ssm: Any = get_backend("ssm")[ACCOUNT][region]
    if getattr(ssm, MARK, False):
        return
    setattr(ssm, MARK, True)
    listed = list(_parameters(LISTED_REGION))
    if not ssm.get_parameters_by_path(ROOT, recursive=True)[0]:
        for each in listed:
            _add(ssm, each, each.name, image_catalogue.made_up_id(region, each.value))
    for image in image_catalogue.others(region):
        for name in image.parameters:
            _add(ssm, listed[0], name, image.id)


def release(region: str, parameter: str) -> tuple[str, int]:
    """Give a public parameter the id of a newer image. Hold the cloud's lock.

    Returns:
        The new image's id, and how many there were before it.

    Raises:
        LookupError: there is no such public parameter.
    """
    publish(region)
    ssm: Any = get_backend("ssm")[ACCOUNT][region]
    versions = ssm._parameters.get(parameter)  # noqa: SLF001 - users cannot put names that begin with /aws
    if not versions:
        raise LookupError(f"{region} has no public parameter {parameter}")
    image = image_catalogue.made_up_id(region, f"{parameter} {len(versions)}")
    _add(ssm, versions[-1], parameter, image)
    return image, len(versions) - 1


def _add(ssm: Any, like: Any, name: str, value: str) -> None:
    own = copy(like)
    own.name, own.value = name, value
    ssm._parameters[name].append(own)  # noqa: SLF001 - users cannot put names that begin with /aws


def _parameters(region: str) -> Iterator[Any]:
    ssm: Any = get_backend("ssm")[ACCOUNT][region]
    token: str | None = None
    while True:
        found, token = ssm.get_parameters_by_path(ROOT, recursive=True, next_token=token)
        yield from found
        if token is None:
            return
