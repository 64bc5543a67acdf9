"""The examples in other languages: `pulumi install` makes a module of TAP's package, and the program is deployed.

Each needs `pulumi` on the PATH with the language's host, and the host of Python, which runs the package, beside it.
What the language's own package manager brings must be in its cache: nothing is fetched here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from embedded_aws import access

from .cli import STACK, Cli
from .conftest import REGION, ROOT, has_language_host


@dataclass(frozen=True)
class Language:
    """A language of Pulumi's.

    Attributes:
        folder: The example's, in `examples/`.
        host: What the CLI runs its programs with.
        tool: What installs packages; empty if it needs none.
        offline: Keeps that from the network.
        uncached: What it says of a package that it would have to fetch.
    """

    folder: str
    host: str
    tool: str
    offline: dict[str, str]
    uncached: str


COMPILING_SECONDS = 900
"""Go compiles Pulumi's SDK, once."""
GO_OFFLINE = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOSUMDB": "off"}
LANGUAGES = (
    Language("yaml", "pulumi-language-yaml", "", {}, "-"),
    Language("typescript", "pulumi-language-nodejs", "npm", {"npm_config_offline": "true"}, "ENOTCACHED"),
    Language("go", "pulumi-language-go", "go", GO_OFFLINE, "GOPROXY=off"),
)


@pytest.fixture(params=LANGUAGES, ids=lambda language: language.folder)
def example(request: pytest.FixtureRequest, environ: dict[str, str], package: Path) -> Iterator[Cli]:
    """The example of a language with what `pulumi install` brings, and a stack that is not deployed yet."""
    language: Language = request.param
    if not shutil.which("pulumi") or not has_language_host():
        pytest.skip("no Pulumi CLI with its Python language host on the PATH, which starts packages of components")
    missing = [each for each in (language.host, language.tool) if each and not shutil.which(each)]
    if missing:
        pytest.skip(f"{missing[0]} is not on the PATH, which Pulumi needs for the example in {language.folder}")
    folder = package.parent / "examples" / language.folder
    shutil.copytree(ROOT / "examples" / language.folder, folder, ignore=shutil.ignore_patterns("sdks", "node_modules"))
    cli = Cli(folder, environ | language.offline, COMPILING_SECONDS)
    try:
        cli.run("install")
    except AssertionError as error:
        if language.uncached in str(error):
            pytest.skip(f"the cache of {language.tool} lacks a package: `pulumi install` fetches it in {folder.name}")
        raise
    cli.run("stack", "init", STACK)
    cli.set("aws:region", REGION)
    yield cli
    cli.destroy()
    cli.run("stack", "rm", STACK, "--yes", "--force")


def test_it_is_deployed_and_nothing_is_left_to_change(example: Cli, endpoint: str) -> None:
    example.up()

    groups = access.client("autoscaling", REGION, endpoint).describe_auto_scaling_groups(
        AutoScalingGroupNames=[example.outputs["group"]]
    )["AutoScalingGroups"]
    functions = access.client("lambda", REGION, endpoint)
    own, observer = (
        functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        for name in example.outputs["healers"]
    )
    assert [(each["MinSize"], each["MaxSize"]) for each in groups] == [(3, 6)]
    assert ("Owner", "platform") in {(each["Key"], each["Value"]) for each in groups[0]["Tags"]}
    assert json.loads(own["HEALER_POLICY"])["instance_check_window_seconds"] == 240
    assert (own["HEALER_MODE"], observer["HEALER_MODE"]) == ("live", "observe")
    assert own["GROUP_NAME"] == observer["GROUP_NAME"] == example.outputs["group"]
    example.up("--expect-no-changes")
