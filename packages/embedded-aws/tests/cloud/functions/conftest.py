"""The cloud that the tests of this folder talk to; `world` says what it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_aws.services.lambda_.package import AWS_RUNTIME, OWN_RUNTIME

from .world import World, running_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The cloud with the runtime that this platform uses."""
    with running_world(tmp_path, None) as running:
        yield running


@pytest.fixture(params=[AWS_RUNTIME, OWN_RUNTIME], ids=["awslambdaric", "own"])
def either_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The cloud with AWS's runtime client, and again with the one for platforms that have none."""
    if not request.param.installed:
        pytest.skip("awslambdaric is published for Linux only")
    with running_world(tmp_path, request.param) as running:
        yield running
