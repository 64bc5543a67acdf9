"""An embedded AWS in a process of its own, and the executable that the Pulumi CLI would start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_pulumi.plugin.installation import install, plugin_environment

from .host import EngineLog, Plugin, Remote, engine, running

REGION = "eu-west-1"
CLOUD = f"""
from embedded_aws.embedded import Cloud
with Cloud(speed=600, region={REGION!r}) as cloud:
    print(cloud.endpoint_url, flush=True)
    input()
"""


@pytest.fixture(scope="package")
def endpoint() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", CLOUD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("\n")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pulumi-home")


@pytest.fixture(scope="session")
def executable(home: Path) -> Path:
    return install(home)


@pytest.fixture(scope="package")
def environ(endpoint: str, home: Path) -> dict[str, str]:
    # A tree that is on PYTHONPATH, and not installed, is the one to test.
    path = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    return {"PATH": os.environ["PATH"], "HOME": str(home), **path, **plugin_environment(endpoint, home)}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder, in which the engine starts its plugins."""
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def engine_log() -> Iterator[tuple[str, EngineLog]]:
    with engine() as pair:
        yield pair


@pytest.fixture(scope="module")
def plugin(
    executable: Path, environ: dict[str, str], folder: Path, engine_log: tuple[str, EngineLog]
) -> Iterator[Plugin]:
    address, _ = engine_log
    with running(executable, environ, "--logtostderr", "-v=9", address, folder=folder) as started:
        started.handshake(address)
        yield started


@pytest.fixture(scope="module")
def aws(plugin: Plugin) -> Remote:
    return Remote(plugin).configure({"region": REGION, "version": "7.51.1"})
