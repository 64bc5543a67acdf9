"""Every command that a document shows runs, or is one of those that cannot run here, each kind with its reason.

One shell in a terminal of 80 columns runs them in the order of the documents, in a copy of the project; what follows
a deployment in one document uses what an earlier one has deployed.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from support.command import Done, clean
from support.documents import DOCUMENTS, ROOT, Shown, differs, hidden, inline, shown
from support.shell import Shell

from tap_cli.cli import app

RUN_IN = (
    "README.md",
    "docs/commands.md",
    "docs/guardrails.md",
    "docs/accounts.md",
    "docs/simulation.md",
    "docs/real-cli.md",
    "docs/runbooks.md",
    "packages/tap-cli/README.md",
)
"""The documents whose `tap` commands are run, in this order."""

ELSEWHERE = {
    r"git clone ": "the tree is there already",
    r"make ": "test_what_is_not_run_is_there: each takes minutes, and this is a part of `make test`",
    r"python (-m )?bench": "test_what_is_not_run_is_there: a measurement of minutes",
    r"(.* )?pulumi |\.tap/pulumi": "needs the Pulumi CLI; tests/realcli runs it where there is one",
    r"export PULUMI_|mkdir -p \.tap/real-state": "is for the Pulumi CLI alone",
    r"go ": "builds the Pulumi CLI from the network, for ten minutes",
    r"aws ": "test_runbooks.py holds each against AWS's own models, tests/deployed/test_aws_cli.py runs the CLI",
    r"export AWS_REGION|GROUP=": "only names things for the AWS CLI's commands in the runbooks",
    r"tap local start --port": "the port may be taken on this machine; test_local.py starts at a port",
    r"tap local start --account": "test_accounts.py starts each kind of account",
    r"tap local stop": "would end what the rest is run in; the last command of README stops it",
    r"tap config set --secret": "asks for the passphrase; test_config.py answers it",
    r"tap config set tap:(userDataFile|instancePolicyArns)": "tests/deployed/test_workload.py deploys both",
    r"tap config set tap:(schedules|maxInstanceLifetimeDays|volumeSize)": "test_capacity.py deploys these",
    r"tap config set tap:cpuTarget": "tests/deployed/test_scaling.py deploys it",
    r"tap config set tap:instanceTypes": "tests/deployed/test_mixed_fleet.py deploys them",
    r"tap config set tap:(loadBalancer|targetGroupArns|targetSourceGroups)": "tests/deployed/test_web.py deploys them",
    r"tap check$": "`tap check --stack prod` is run",
    r"tap simulate one-instance( zone-outage)?$": "it is run with `--compare`",
    r"tap break --any$": "it is run with `--kind system`",
    r"tap destroy$": "it is run with `--stack dev`",
    r"tap preview$": "it is run with `-c zones=3`",
    r"tap preview && tap up$": "both are run by themselves",
    r"tap demo": "the demo's tests run it in every variant, in packages/tap-cli/tests/demo; it takes an AWS of its own",
    r"tap simulate( --compare|$)": "plays every scenario, for minutes; test_scenarios.py plays each",
    r"tap simulate false-alarms": "twenty seeds of five policies, for minutes",
}
"""What is not run here, by how it begins, and why."""


@dataclass(frozen=True)
class Expected:
    """How a command is used, where it does not simply end with 0."""

    code: int = 0
    answer: str = ""
    interrupt: bool = False


LAST = ('eval "$(tap local env --unset)"', "tap destroy --yes && tap local stop")
"""What ends the shell's work, wherever it stands, so that all of it is done in one deployment."""

SPEEDS = {"tap local start": 1, LAST[-1]: 60}
"""Before these commands the clock gets another speed: each minute of it costs a sweep of the healer."""

EXAMPLE = "i-0123456789abcdef0"
"""The instance of the documents; one of the stack's stands in for it."""

EXPECTED = {
    "tap local start": Expected(2),  # there is one
    "tap destroy --stack dev": Expected(2, answer="n"),
    "tap fleet --watch": Expected(130, interrupt=True),
    "tap logs healer --follow": Expected(130, interrupt=True),
    "tap rollout cancel": Expected(1),
    "tap config get natStrategy": Expected(2),  # it has been removed by then
    "tap config rm alarmEmail": Expected(2),
}
COMMANDS = [each for document in DOCUMENTS for each in shown(document)]


def why_not(command: str) -> str | None:
    """Why a command is not run here."""
    return next((why for begin, why in ELSEWHERE.items() if re.match(begin, command)), None)


def to_run() -> list[Shown]:
    """Each command that is run, once, in the order in which it is."""
    by_document = {name: [each for each in COMMANDS if each.document == name] for name in RUN_IN}
    found: dict[str, Shown] = {}
    for each in (each for name in RUN_IN for each in by_document[name] if not why_not(each.command)):
        if each.output is not None:
            found.pop(each.command, None)  # it prints what is shown where it is shown
        found.setdefault(each.command, each)
    return sorted(found.values(), key=lambda each: each.command in LAST)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with its virtual environment, and with the files that the documents speak of."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "__main__.py", "guardrails.yaml"):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    scenarios = ROOT / "packages/tap-cli/src/tap_cli/sim/scenarios"
    shutil.copy(scenarios / "group-of-1.yaml", folder / "mine.yaml")
    return folder


@pytest.fixture(scope="module")
def ran(project: Path) -> Iterator[dict[str, Done]]:
    """Every command that is run, with how it ended."""
    found: dict[str, Done] = {}
    path = os.pathsep.join(
        each for each in os.environ["PATH"].split(os.pathsep) if Path(each) != Path(sys.prefix, "bin")
    )
    with Shell(project, {**clean({}), "PATH": path}) as shell:
        try:
            instance = ""
            for each in to_run():
                how = EXPECTED.get(each.command, Expected())
                if EXAMPLE in each.command and not instance:
                    instance = re.findall(r"i-[0-9a-f]{17}", shell.run("tap fleet --json").out)[0]
                if each.command in SPEEDS:
                    shell.run(f"tap local time --speed {SPEEDS[each.command]}")
                command = each.command.replace(EXAMPLE, instance)
                found[each.command] = shell.run(command, answer=how.answer, interrupt=how.interrupt)
            yield found
        finally:
            subprocess.run(
                [Path(sys.prefix, "bin", "tap"), "local", "stop"],
                cwd=project,
                env=clean({}),
                capture_output=True,
                check=False,
            )


def test_every_command_is_run_or_has_a_reason_why_not() -> None:
    run = {each.command for each in to_run()}

    assert [str(each) for each in COMMANDS if each.command not in run and not why_not(each.command)] == []
    assert [begin for begin in ELSEWHERE if not any(re.match(begin, each.command) for each in COMMANDS)] == []
    assert set(EXPECTED) | set(LAST) <= run
    assert [line for document in DOCUMENTS for line in hidden(document)] == []


def test_each_ends_as_it_should(ran: dict[str, Done]) -> None:
    wrong = {
        command: (done.code, done.out[-600:])
        for command, done in ran.items()
        if done.code != EXPECTED.get(command, Expected()).code
    }

    assert wrong == {}


def test_each_prints_what_the_document_shows_and_no_traceback(ran: dict[str, Done]) -> None:
    compared = {str(each): (each.output, ran[each.command].out) for each in COMMANDS if each.output is not None}
    wrong = {
        name: (line, printed) for name, (output, printed) in compared.items() if (line := differs(output, printed))
    }

    assert len(compared) > 2
    assert wrong == {}
    assert [command for command, done in ran.items() if "Traceback" in done.out] == []


# --- what is not run ---


def options(words: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in words if word.startswith("--")]


def module_of(words: list[str]) -> Path:
    """The file that `python -m bench.x` or `python bench/x.py` runs."""
    if words[1] != "-m":
        return ROOT / words[1]
    base = ROOT / words[2].replace(".", "/")
    return base / "__main__.py" if base.is_dir() else base.with_suffix(".py")


def wrong_with(command: str) -> str | None:
    """What of a command that is not run does not exist."""
    words = shlex.split(command)
    if words[0] == "make":
        done = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
        return None if done.returncode == 0 else done.stderr
    if words[0] == "python":
        file = module_of(words)
        if not file.exists():
            return f"there is no {file}"
        texts = {each.value for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, ast.Constant)}
        return next((option for option in options(words) if option not in texts | {"--write"}), None)
    return of_tap(words[1:])


def of_tap(words: list[str]) -> str | None:
    """What `tap` does not have of these words."""
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return words[0]
        command, words = command.commands[words[0]], words[1:]
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
    return next((option for option in options(words) if option not in known), None)


def test_what_is_not_run_is_there() -> None:
    named = {each.command for each in COMMANDS if each.command.startswith(("make ", "python "))}
    named |= {each for document in DOCUMENTS for each in inline(document)}

    assert len(named) > 50
    assert {each: wrong for each in sorted(named) if (wrong := wrong_with(each))} == {}


@pytest.mark.parametrize(
    "command",
    ["make nothing", "python -m bench.nothing", "python bench/soak.py --nothing", "tap up --nothing", "tap nothing"],
)
def test_a_command_that_is_not_there_is_noticed(command: str) -> None:
    assert wrong_with(command)


# --- how output is compared ---


@pytest.mark.parametrize(
    ("output", "printed", "difference"),
    [
        (["a  1"], "a 1\n", None),
        (["i-… InService"], "i-0123  InService", None),
        (["a", "…", "z"], "a\nb\nc\nz\n", None),
        (["a", "…"], "a\nb\n", None),
        (["i-0123456789abcdef0 2 s"], "i-fedcba98765432100 15 s", None),
        (["i-0123456789abcdef0"], "eni-fedcba98765432100", "i-0123456789abcdef0"),
        (["2 s"], "two s", "2 s"),
        (["a"], "a\nb\n", "(not shown) b"),
        (["a", "…", "x"], "a\nb\n", "x"),
        (["b"], "a\nb\n", "b"),
    ],
)
def test_dots_numbers_and_ids_stand_for_others_and_nothing_else_does(
    output: list[str], printed: str, difference: str | None
) -> None:
    assert differs(output, printed) == difference
