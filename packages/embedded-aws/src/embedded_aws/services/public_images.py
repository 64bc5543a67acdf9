"""The public parameters that name the newest images of Amazon Linux, in every region.

moto carries AWS's own lists for thirty regions and has none for the newest, China and GovCloud, which have the same
names with other ids. There this cloud publishes the names of another region, with ids made from the region's name.

Source: Amazon Linux 2023 User Guide, "Launching AL2023 using AWS Systems Manager"; EC2 user guide, "Reference AMIs
using Systems Manager parameters".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from copy import copy
from typing import Any

from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import Call, Routes

ROOT = "/aws/service/ami-amazon-linux-latest"
LISTED_REGION = "us-east-1"
ID_DIGITS = 17


def routes() -> Routes:
    """The calls that must find the parameters."""

    def answer(call: Call) -> dict[str, Any]:
        publish(call.region)
        return call.forward()

    return {("ssm", action): answer for action in ("GetParameter", "GetParameters", "GetParametersByPath")}


def public_images(region: str) -> Iterator[tuple[str, str]]:
    """Every parameter of a region: its full name and the image id in it. Hold the cloud's lock."""
    publish(region)
    yield from ((each.name, each.value) for each in _parameters(region))


def publish(region: str) -> None:
    """Have a region's parameters exist; again is harmless. Hold the cloud's lock."""
    ssm: Any = get_backend("ssm")[ACCOUNT][region]
    if ssm.get_parameters_by_path(ROOT, recursive=True)[0]:
        return
    for listed in _parameters(LISTED_REGION):
        own = copy(listed)
        own.value = f"ami-{hashlib.sha256(f'{region} {listed.value}'.encode()).hexdigest()[:ID_DIGITS]}"
        ssm._parameters[own.name].append(own)  # noqa: SLF001 - users cannot put names that begin with /aws


def _parameters(region: str) -> Iterator[Any]:
    ssm: Any = get_backend("ssm")[ACCOUNT][region]
    token: str | None = None
    while True:
        found, token = ssm.get_parameters_by_path(ROOT, recursive=True, next_token=token)
        yield from found
        if token is None:
            return
