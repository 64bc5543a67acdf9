"""An embedded AWS, the plugin in a PULUMI_HOME of its own, and projects for the CLI to work on."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import venv
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from support.cloud_server import cloud

from embedded_aws import access
from embedded_pulumi.plugin.installation import install, plugin_environment

from .cli import STACK, Cli, copy_project

REGION = "eu-west-1"
ROOT = Path(__file__).parents[2]
LIFE = Path(__file__).parent / "life"
LANGUAGE_HOST = Path(__file__).parent / "languagehost.py"


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with cloud(REGION, speed=60) as url:
        yield url


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PULUMI_HOME with the plugin, and with the language host where the CLI has none."""
    home = tmp_path_factory.mktemp("pulumi-home")
    install(home)
    if not has_language_host():
        install_language_host(home)
    return home


@pytest.fixture(scope="session")
def environ(endpoint: str, home: Path) -> dict[str, str]:
    return environ_of(endpoint, home)


def environ_of(endpoint: str, home: Path) -> dict[str, str]:
    """All that the CLI finds in its environment, led to an embedded AWS."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH") if name in os.environ}
    return access.environment(endpoint, REGION, {**kept, **plugin_environment(endpoint, home)})


def has_language_host() -> bool:
    """Whether the CLI came with its Python language host, which the published one has beside it."""
    cli = Path(shutil.which("pulumi") or "").resolve()
    return (cli.parent / "pulumi-language-python").exists()


def install_language_host(home: Path) -> None:
    """Put ours where the CLI looks for plugins."""
    host = home / "plugins" / f"language-python-v{version('pulumi')}" / "pulumi-language-python"
    host.parent.mkdir()
    host.write_text(f'#!/bin/sh\nexec "{sys.executable}" -W ignore "{LANGUAGE_HOST}" "$@"\n')
    host.chmod(0o755)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """TAP's package of components; its virtual environment has all that is installed here."""
    plugin = shutil.copytree(ROOT / "plugin", tmp_path / "plugin")
    (plugin / "requirements.txt").write_text("")  # the package itself would come from the index
    venv.create(plugin / "venv")
    (site,) = (plugin / "venv").glob("lib/python*/site-packages")
    (site / "here.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    return plugin


MakeCli = Callable[..., Cli]


@pytest.fixture
def project(environ: dict[str, str], tmp_path: Path) -> Iterator[MakeCli]:
    """Copy a project and begin a stack; whatever a failed test leaves of it is destroyed."""
    made: list[Cli] = []

    def make(source: Path, *names: str, **more: str) -> Cli:
        cli = Cli(copy_project(source, tmp_path / source.name, *names), {**environ, **more})
        cli.run("stack", "init", STACK)
        made.append(cli)
        return cli

    yield make
    for cli in made:
        cli.destroy()
        cli.run("stack", "rm", STACK, "--yes", "--force")


@pytest.fixture
def tap(project: MakeCli) -> Cli:
    """TAP itself, unmodified, with the stack that is checked in."""
    return project(ROOT, "Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py")


@pytest.fixture
def life(project: MakeCli) -> Cli:
    """A small program, each of whose steps is known."""
    return project(LIFE, "Pulumi.yaml", "__main__.py", "lib")
