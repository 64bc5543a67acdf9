"""A program of one's own in a sandbox: deployed, and its clock stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.deployed import nursery
from support.deployed.stack import SPEED
from tap_cli.sandbox import Sandbox


@contextmanager
def deployed(folder: Path, program: str, region: str) -> Iterator[Sandbox]:
    """Deploy the text of a program from a project in `folder`; no call of the cloud's may have failed at the end."""
    place = folder / "program"
    place.mkdir()
    (place / "Pulumi.yaml").write_text("name: tap\nruntime: python\n")
    (place / "__main__.py").write_text(program)
    config = {"aws:region": region}
    with Sandbox(place, "dev", config, region=region, folder=folder, speed=SPEED, launch=nursery.launch) as sandbox:
        sandbox.engine.up()
        sandbox.cloud.clock.stop()
        yield sandbox
        assert sandbox.cloud.failures == []


def outputs(sandbox: Sandbox) -> dict[str, Any]:
    """What the program exports."""
    return dict(next(each for each in sandbox.resources() if each.type == "pulumi:pulumi:Stack").outputs)
