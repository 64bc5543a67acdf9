"""`tap demo` as a user runs it: the command itself, in a process of its own, with an environment that means harm."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from support.command import TAP, called, clean, without_waits

from tap_cli.cli import app

ROOT = Path(__file__).parents[4]

STRAY = {
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "https://ec2.example.com",
    "AWS_ACCESS_KEY_ID": "AKIAI44QH8DHBEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
    "AWS_CA_BUNDLE": "/nowhere.pem",
    "HTTPS_PROXY": "http://proxy.example.com:3128",
    "HTTP_PROXY": "http://proxy.example.com:3128",
    "PULUMI_CONFIG": '{"tap:zones": "17"}',
}
"""What a developer may have set for other work. None of it may matter."""


def run(*args: str, environ: Mapping[str, str] | None = None, prefix: tuple[str, ...] = ()) -> Any:
    """Run `tap` with these arguments; nothing of this process's AWS settings is handed on."""
    command = [*prefix, *TAP, *args]
    return subprocess.run(
        command, cwd=ROOT, env=clean(environ or {}), capture_output=True, text=True, timeout=180, check=False
    )


def no_network() -> tuple[str, ...]:
    """A command prefix that leaves nothing but loopback; empty where this system does not let us."""
    prefix = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
    works = shutil.which("unshare") and shutil.which("ip")
    if not works or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        return ()
    return prefix


@pytest.fixture(scope="module")
def demo() -> Any:
    """One demo for several tests: three zones elsewhere, without a network if possible, and with stray settings."""
    args = ("--region", "ap-southeast-2", "--zones", "3", "--fault", "ebs", "--seed", "7", "--json")
    return run("demo", *args, environ=STRAY, prefix=no_network())


@pytest.fixture
def report(demo: Any) -> dict[str, Any]:
    """What the demo printed."""
    document: dict[str, Any] = json.loads(demo.stdout)
    return document


def test_it_needs_no_network_and_minds_no_stray_settings(demo: Any) -> None:
    """Outside of the namespace's loopback there is nothing to dial, so whatever works did not dial out."""
    assert (demo.returncode, without_waits(demo.stderr)) == (0, "")
    if not no_network():
        pytest.skip("that nothing is dialled needs unshare and ip, and the right to make a network namespace (Linux)")


def test_three_zones_in_another_region(report: dict[str, Any]) -> None:
    assert report["resources"]["aws:ec2/natGateway:NatGateway"] == 3
    assert len(report["outputs"]["private_route_table_ids"]) == 3
    assert len(report["outputs"]) == 30
    assert report["healed"] is True
    assert {member["zone"] for member in report["fleet"]} <= {f"ap-southeast-2{letter}" for letter in "abc"}
    assert report["outputs"]["region"] == "ap-southeast-2"


def test_the_document_tells_the_whole_story(report: dict[str, Any]) -> None:
    fault, replaced = report["fault"], report["replaced"]
    assert (fault["kind"], fault["zone"][:-1]) == ("ebs", "ap-southeast-2")
    assert replaced["old"] == fault["instance_id"]
    assert [member["state"] for member in report["fleet"]] == ["InService"] * len(report["fleet"])
    assert fault["instance_id"] not in {member["id"] for member in report["fleet"]}
    assert replaced["new"] in {member["id"] for member in report["fleet"]}
    told = [sweep["reasons"].get(fault["instance_id"]) for sweep in report["sweeps"]]
    assert told.count("marked") == 1
    assert "waiting_window" in told[: told.index("marked")]
    assert replaced["cloud_seconds"] >= 120


def test_a_quiet_sweep_makes_five_calls_and_none_is_denied(report: dict[str, Any]) -> None:
    quiet = [sweep for sweep in report["sweeps"] if not sweep["reasons"]]
    assert {sweep["aws_calls"] for sweep in quiet} == {5}
    assert [sweep["error"] for sweep in quiet] == [None] * len(quiet)


def children(of: int) -> set[int]:
    """Every process below this one, however deep."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(ppid) for pid, ppid in (line.split() for line in table.splitlines())}
    found: set[int] = set()
    while new := {pid for pid, ppid in parents.items() if (ppid == of or ppid in found) and pid not in found}:
        found |= new
    return found


@pytest.mark.parametrize("after", ["1. Deploy", "ec2:Subnet", "3. Heal"])
def test_ctrl_c_leaves_no_process_behind(after: str) -> None:
    demo = subprocess.Popen([*TAP, "demo"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    while after not in (line := demo.stdout.readline()):
        assert line, demo.stderr and demo.stderr.read()
    below = children(demo.pid)
    demo.send_signal(signal.SIGINT)
    _, errors = demo.communicate(timeout=60)
    time.sleep(0.2)

    assert demo.returncode == 130
    assert "Traceback" not in errors
    assert {pid for pid in below if Path(f"/proc/{pid}").exists()} == set()


Case: TypeAlias = tuple[dict[str, str], list[str], str, str]

REFUSED: list[Case] = [
    ({"AUTHORIZED_IP_RANGES": "0.0.0.0/0"}, [], "the environment variable AUTHORIZED_IP_RANGES", "0.0.0.0/0"),
    ({}, ["-c", "natStratgy=single"], "tap:natStratgy", "tap:natStrategy"),
    ({}, ["--region", "mars-north-1"], "aws:region", "mars-north-1"),
    # What only AWS can tell: too few zones, an instance type that no zone offers.
    ({}, ["--region", "eu-west-1", "--zones", "6"], "tap:zones", "eu-west-1c"),
    ({}, ["-c", "instanceType=z9.mega"], "tap:instanceType", "z9.mega"),
]
"""One of each way in; every value of every key is in packages/tap-stack/tests/config."""


@pytest.mark.parametrize(("environ", "args", "key", "value"), REFUSED)
def test_bad_input_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], args: list[str], key: str, value: str
) -> None:
    for name, setting in environ.items():
        monkeypatch.setenv(name, setting)

    done = called(lambda: app(["demo", "--json", *args]), ROOT)

    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert line.startswith(f"error: {key} = ")
    assert value in line
    assert "accepted: " in line


def test_every_command_has_help_with_an_example() -> None:
    done = run("demo", "--help")

    assert done.returncode == 0
    assert "Example" in done.stdout
