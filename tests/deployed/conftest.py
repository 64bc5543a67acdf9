"""The real program, deployed once for all tests of a worker: what they look at is what AWS says is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tap_stack.local.sandbox import Sandbox

from .stack import REGION, ROOT, SPEED, Deployed


@pytest.fixture(scope="package")  # not the session: there is one embedded AWS in a process at a time
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The stack with three zones; its clock stands still once it is deployed."""
    folder = tmp_path_factory.mktemp("deployed")
    config = {"tap:zones": "3", "tap:minSize": "3", "tap:desiredCapacity": "3", "tap:maxSize": "6"}
    with Sandbox(ROOT, "test", config, region=REGION, folder=folder, speed=SPEED) as sandbox:
        outputs = dict(sandbox.up().outputs)
        sandbox.cloud.clock.stop()
        yield Deployed(sandbox, outputs)
        assert sandbox.cloud.failures == []
