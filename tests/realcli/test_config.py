"""`tap config` and `pulumi config` on the same files: they write the same bytes, and read each other's secrets."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.command import Done, called

from tap_cli.cli import app

from .cli import STACK, Cli

pytestmark = pytest.mark.skipif(
    not shutil.which("pulumi"),
    reason="the Pulumi CLI is not on the PATH (https://www.pulumi.com/docs/iac/download-install/)",
)

PASSPHRASE = "correct horse"
SHIPPED = (Path(__file__).parents[2] / "Pulumi.prod.yaml").read_text(encoding="utf-8")
BY_HAND = """\
# A stack of ours.

# It is small.
config:
    # how many
    tap:zones: 3 # one for each of us

    tap:natStrategy: 'single'

    # from where, most of all
    tap:authorizedIpRanges:
    - 10.0.0.0/8 # the office
    # and this
    - "172.16.0.0/12"

    tap:tags: {Owner: me, Cost: 0x10}
    tap:openEgress: yes
    aws:defaultTags:
        tags:
            Team: one

            # a flow
            Room: |
                two
                floors
    tap:alarmEmail: # nobody yet

# the end
"""


@dataclass(frozen=True)
class Both:
    """A project for the one command and a copy of it for the other."""

    theirs: Cli
    ours: Path

    def write(self, text: str) -> None:
        """Make the stack's file of both."""
        for folder in (self.theirs.folder, self.ours):
            (folder / f"Pulumi.{STACK}.yaml").write_text(text)

    @property
    def texts(self) -> tuple[str, str]:
        """The stack's file of the CLI, and ours."""
        name = f"Pulumi.{STACK}.yaml"
        return (self.theirs.folder / name).read_text(), (self.ours / name).read_text()

    def tap(self, *args: str) -> Done:
        """Run `tap config`."""
        return called(lambda: app(["config", *args]), self.ours)

    def run(self, *args: str) -> None:
        """Run a command of `config` with both."""
        self.theirs.on_stack("config", *args)
        assert self.tap(*args, "--stack", STACK).code == 0


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    made = tmp_path_factory.mktemp("config")
    for name in ("home", "state", "theirs", "ours"):
        (made / name).mkdir()
    for name in ("theirs", "ours"):
        (made / name / "Pulumi.yaml").write_text("name: tap\nruntime: python\n")
    environ: Mapping[str, str] = {
        "PATH": os.environ["PATH"],
        "PULUMI_HOME": str(made / "home"),
        "PULUMI_BACKEND_URL": f"file://{made / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    cli = Cli(made / "theirs", environ)
    cli.run("stack", "init", STACK)
    return Both(cli, made / "ours")


@pytest.mark.parametrize("text", [SHIPPED, BY_HAND, ""], ids=["shipped", "by hand", "empty"])
def test_they_write_the_same_bytes(both: Both, text: str) -> None:
    both.write(text)

    for words in (
        ["set", "natStrategy", "none"],
        ["set", "tap:zones", "2"],
        ["set", "--path", "tags.Owner", "true"],
        ["set", "--path", "authorizedIpRanges[0]", "192.168.0.0/16"],
        ["set", "--path", 'aws:defaultTags.tags["a key: odd"]', "x: 007"],
        ["set", "--type", "int", "volumeSize", "9"],
        ["rm", "--path", "aws:defaultTags.tags.Team"] if "Team" in text else ["rm", "volumeSize"],
        ["rm", "zones"],
    ):
        both.run(*words)
        theirs, ours = both.texts
        assert ours == theirs, words


def test_they_read_the_same_and_each_others_secrets(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    both.write("config:\n  tap:natStrategy: single\n")
    both.theirs.on_stack("config", "set", "--secret", "aws:theirs", "one")
    (both.ours / f"Pulumi.{STACK}.yaml").write_text(both.texts[0])

    assert both.tap("set", "--secret", "aws:ours", "two").code == 0
    assert both.tap("set", "--secret", "--path", "aws:deep.word", "three").code == 0
    both.write(both.texts[1])

    for key in ("aws:theirs", "aws:ours", "aws:deep"):
        assert both.theirs.on_stack("config", "get", key) == both.tap("get", key).out
    for more in ([], ["--show-secrets"]):
        theirs = both.theirs.on_stack("config", *more, "--json")
        assert json.loads(theirs) == both.tap("ls", *more, "--json").json


def test_a_salt_of_ours_is_where_theirs_is(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    for text in ("", "config:\n  aws:region: eu-west-1\n"):
        both.write(text)
        both.run("set", "--secret", "aws:word", "one")

        theirs, ours = (re.sub(r"v1:\S+", "v1:…", each) for each in both.texts)
        assert ours == theirs
