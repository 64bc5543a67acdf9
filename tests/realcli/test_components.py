"""TAP's components as a package: the real CLI starts it, and a program registers its components as remote.

Needs `pulumi` on the PATH with its Python host beside it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.remote import MANIFEST, PROGRAM

from embedded_aws import access

from .cli import STACK, Cli, copy_project
from .conftest import REGION, ROOT, has_language_host

pytestmark = pytest.mark.skipif(
    not shutil.which("pulumi") or not has_language_host(),
    reason="no Pulumi CLI with its Python language host on the PATH, which starts packages of components",
)


@pytest.fixture
def remote(environ: dict[str, str], package: Path) -> Iterator[Cli]:
    """A program beside the package."""
    source = package.parent / "source"
    source.mkdir()
    own = "runtime:\n  name: python\n  options:\n    virtualenv: .venv\n"
    (source / "Pulumi.yaml").write_text(MANIFEST.replace("runtime: python\n", own))
    (source / "__main__.py").write_text(PROGRAM)
    cli = Cli(copy_project(source, package.parent / "program", "Pulumi.yaml", "__main__.py"), environ)
    cli.run("stack", "init", STACK)
    cli.set("aws:region", REGION)
    yield cli
    cli.destroy()
    cli.run("stack", "rm", STACK, "--yes", "--force")


def test_the_schema_is_what_the_cli_reads(remote: Cli) -> None:
    read = json.loads(remote.run("package", "get-schema", "../plugin"))["resources"]
    kept = json.loads((ROOT / "plugin" / "schema.json").read_text())["resources"]

    assert read.keys() == kept.keys()
    for token, resource in kept.items():
        for kind in ("inputProperties", "properties"):
            types = {name: each.get("type") for name, each in resource[kind].items()}
            assert {name: each.get("type") for name, each in read[token][kind].items()} == types


def test_a_remote_stack_is_deployed_and_a_second_healer_beside_it(remote: Cli, endpoint: str) -> None:
    remote.up()

    groups = access.client("autoscaling", REGION, endpoint).describe_auto_scaling_groups(
        AutoScalingGroupNames=[remote.outputs["group"]]
    )["AutoScalingGroups"]
    assert (groups[0]["MinSize"], groups[0]["MaxSize"]) == (3, 6)
    functions = access.client("lambda", REGION, endpoint)
    first, second = (
        functions.get_function_configuration(FunctionName=remote.outputs[name])["Environment"]["Variables"]
        for name in ("function", "second")
    )
    assert json.loads(first["HEALER_POLICY"])["instance_check_window_seconds"] == 240
    assert first["GROUP_NAME"] == second["GROUP_NAME"] == remote.outputs["group"]
    assert second["HEALER_MODE"] == "observe"
    remote.up("--expect-no-changes")
