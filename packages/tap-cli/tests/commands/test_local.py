"""The local AWS as a background process: it starts once, survives its terminal, and lets nobody else in."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.command import TAP, clean

from embedded_aws.kinds import KINDS
from tap_cli.commands.options import AccountName
from tap_cli.commands.shell import client_that_is_too_old

from .place import Place


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_starts_once(running: Place) -> None:
    twice = running.tap("local", "start")

    assert (twice.code, twice.out) == (2, "")
    assert f"runs already: process {running.record['pid']} at {running.record['endpoint']}" in twice.err


def test_it_says_how_it_is(running: Place) -> None:
    status = running.tap("local", "status", "--json").json

    assert (status["running"], status["speed"], status["region"], status["failures"]) == (True, 60, "eu-west-1", [])
    assert f"endpoint  {status['endpoint']} (eu-west-1, process {status['pid']})" in running.tap("local", "status").out


def test_it_is_the_kind_of_account_that_is_asked_for(place: Place) -> None:
    wrong = place.tap("local", "start", "--account", "old")
    started = place.tap("local", "start", "--account", "locked")
    status = place.tap("local", "status", "--json").json
    place.tap("local", "stop")

    assert (wrong.code, started.code, status["account"]) == (2, 0, "locked")
    assert all(f"'{kind}'" in wrong.err for kind in KINDS)
    assert KINDS["locked"].told in started.out
    assert all(f"It wants {need}." in started.out for need in KINDS["locked"].needs)


def test_every_kind_of_account_can_be_asked_for() -> None:
    assert [each.value for each in AccountName] == list(KINDS)


def test_what_lies_in_its_folder_is_for_its_owner_alone(running: Place) -> None:
    folder = running.folder / ".tap"
    modes = {path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in folder.rglob("*")}

    assert folder.stat().st_mode & 0o777 == 0o700
    assert modes == {"local.json": 0o600, "local.lock": 0o600, "local.log": 0o600, "stacks": 0o700}


def test_it_survives_its_terminal_answers_on_its_port_and_is_gone_when_stopped(place: Place) -> None:
    """The shell and everything in its process group are killed, as when a terminal window is closed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = [*TAP, "local", "start", "--port", str(port)]
    shell = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, time; subprocess.run({start!r}); time.sleep(60)"],
        cwd=place.folder,
        env=clean({}),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert shell.stdout is not None
    told = shell.stdout.readline()
    os.killpg(shell.pid, signal.SIGHUP)
    os.killpg(shell.pid, signal.SIGKILL)
    shell.communicate(timeout=10)
    time.sleep(0.2)
    pid = place.record["pid"]

    assert f"A local AWS is running at http://127.0.0.1:{port} (process {pid}, us-east-1)" in told
    assert place.tap("local", "status").code == 0
    assert place.tap("local", "stop").code == 0
    assert not alive(pid)
    assert place.tap("local", "status").code == 1


def test_a_killed_one_leaves_nothing_that_is_believed(place: Place) -> None:
    place.tap("local", "start")
    killed = place.record["pid"]
    (place.folder / ".tap" / "stacks" / "dev.json").write_text("{}")
    os.kill(killed, signal.SIGKILL)
    while alive(killed):
        time.sleep(0.02)
    status = place.tap("local", "status", "--json")
    preview = place.tap("preview")
    again = place.tap("local", "start")

    assert (status.code, status.json) == (1, {"running": False})
    assert (preview.code, preview.out) == (2, "")
    assert "start one with `tap local start`" in preview.err
    assert again.code == 0
    assert "The stack dev was deployed in a local AWS that has ended" in again.out
    assert not (place.folder / ".tap" / "stacks" / "dev.json").exists()


def test_a_port_in_use_is_named(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = place.tap("local", "start", "--port", str(port))

    assert (done.code, done.out) == (2, "")
    assert f"127.0.0.1:{port}: Address already in use" in done.err


def control(place: Place, operation: str, body: bytes, token: str | None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(place.record["control"]).netloc, timeout=10)
    connection.request("POST", f"/{operation}", body, {"Authorization": f"Bearer {token}"} if token else {})
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


@pytest.mark.parametrize("token", [None, "guessed", "Bearer"])
def test_the_control_channel_wants_its_token(running: Place, token: str | None) -> None:
    assert control(running, "status", b"{}", token) == (401, {"error": "the token is missing or wrong"})


@pytest.mark.parametrize(
    ("operation", "body", "said"),
    [
        ("__import__", b"{}", "there is no operation '__import__'; there are: status, clock, break, repair, load, "),
        ("status", b"{", "Expecting property name"),
        ("status", b'["more"]', "dictionary update sequence"),
        ("status", b'{"more": 1}', "status: got an unexpected keyword argument 'more'"),
        ("clock", b'{"advance": -1}', "seconds and speed must be zero or more"),
        ("clock", b'{"speed": "fast"}', "seconds and speed must be zero or more"),
        ("load", b'{"group": "x", "percent": 1}', "there is no Auto Scaling group 'x'; there are: none"),
    ],
)
def test_the_control_channel_does_what_it_has_a_name_for_and_nothing_else(
    running: Place, operation: str, body: bytes, said: str
) -> None:
    status, answer = control(running, operation, body, running.record["token"])

    assert status == 400
    assert said in answer["error"]


def test_everything_listens_on_loopback(running: Place) -> None:
    assert {urlsplit(running.record[name]).hostname for name in ("control", "endpoint")} == {"127.0.0.1"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_that_evaluates_env_reaches_it_whatever_was_set_before(running: Place, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    stray = {"AWS_PROFILE": "production", "AWS_ENDPOINT_URL_STS": "https://sts.example.com", "AWS_SESSION_TOKEN": "x"}
    printed = running.run("local", "env", "--shell", shell, **stray).out
    ask = (
        f'{printed}\n{sys.executable} -c \'import boto3; s = boto3.client("sts"); '
        'print(s.meta.region_name, s.get_caller_identity()["Account"])\''
    )
    done = subprocess.run(
        [shell, "-c", ask], env=clean(stray), cwd=running.folder, capture_output=True, text=True, check=False
    )

    assert done.stdout.split() == ["eu-west-1", "123456789012"], done.stderr


def test_env_takes_the_region_of_the_stack_or_the_one_that_is_asked_for(running: Place) -> None:
    def region(*options: str) -> str:
        return str(running.tap("local", "env", "--json", *options).json["AWS_REGION"])

    file = running.folder / "Pulumi.north.yaml"
    file.write_text("config:\n  aws:region: eu-north-1\n")
    try:
        assert (region(), region("--stack", "north"), region("--region", "eu-west-3")) == (
            "eu-west-1", "eu-north-1", "eu-west-3",
        )  # fmt: skip
        refused = running.tap("local", "env", "--region", "mars-north-1")
    finally:
        file.unlink()
    assert (refused.code, refused.out) == (2, "")


def test_env_takes_back_what_it_has_set_and_no_passphrase(running: Place) -> None:
    given = running.tap("local", "env", "--json").json
    taken = running.tap("local", "env", "--unset", "--pulumi", "--json").json

    assert set(taken.values()) == {None}
    assert {name for name, value in given.items() if value and name.startswith("AWS_")} <= taken.keys()
    assert "PULUMI_HOME" in taken
    assert "PULUMI_CONFIG_PASSPHRASE" not in taken


@pytest.mark.parametrize(
    ("said", "warned"),
    [
        ("aws-cli/2.9.19 Python/3.11.2", "needs 2.13.0 or newer"),
        ("aws-cli/1.22.34 Python/3.10.6", "needs 1.29.0 or newer"),
        ("aws-cli/2.13.0 Python/3.11.4", ""),
        ("nonsense", ""),
    ],
)
def test_an_aws_cli_that_would_ask_amazon_is_named(tmp_path: Path, said: str, warned: str) -> None:
    program = tmp_path / "aws"
    program.write_text(f"#!/bin/sh\necho {said}\n")
    program.chmod(0o755)

    told = client_that_is_too_old({"PATH": str(tmp_path)})

    assert told.endswith(warned)
    assert bool(told) == bool(warned)


def test_no_calls_and_no_notifications_are_said_to_be_none(running: Place) -> None:
    assert running.tap("local", "calls", "--denied").out == "No calls.\n"
    assert running.tap("local", "notifications").out.startswith("No notifications")
