"""An embedded AWS in a process of its own, and the executable that the Pulumi CLI would start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cloud_server import cloud

from embedded_pulumi.plugin.installation import install, plugin_environment

from .host import EngineLog, Plugin, Remote, engine, running

REGION = "eu-west-1"


@pytest.fixture(scope="package")
def endpoint() -> Iterator[str]:
    with cloud(REGION, speed=600) as url:
        yield url


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
