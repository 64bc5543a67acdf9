"""A command and its terminal: a reader that goes away, a full disk, Ctrl-C at any moment, and what is waited for.

One file, because the stack is deployed once for it, with the very troubles that it is about.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import resource
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from support.command import TAP, Done, clean

from tap_stack.components.code import zipped
from tap_stack.components.rollout import rollout_files

from .conftest import ended_with_this_process
from .place import Place, names

SUBNET, VPC = "aws:ec2/subnet:Subnet", "aws:ec2/vpc:Vpc"
FRAMES = {"utf-8": set("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"), "iso8859-1": set("|/-\\")}
"""Encoding of a terminal to what its spinner is drawn with."""
DISK = len(zipped(rollout_files())) + 1024
"""Bytes that a file may have on the disk that is full: as the program's largest, and less than the journal comes to."""


def started(place: Place, *args: str, out: int | IO[Any] = subprocess.PIPE, **options: Any) -> subprocess.Popen[str]:
    """Start a command as a job without a terminal, in a session of its own."""
    return subprocess.Popen(
        [*TAP, *args],
        cwd=place.folder,
        env=clean({}),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def unread(place: Place, *args: str, after: str = "") -> Done:
    """Run a command whose standard output is a pipe that nobody reads any more, from the beginning or after a text."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as out:
        if not after:
            out.close()
        process = started(place, *args, out=writer)
        os.close(writer)
        while after and after not in (line := out.readline()):
            assert line, process.stderr and process.stderr.read()
    _, err = process.communicate(timeout=60)
    return Done(process.returncode, "", err)


def heard(process: subprocess.Popen[str], words: str) -> str:
    """What a process says on its standard error until these words; fails where it ends before."""
    said = ""
    assert process.stderr is not None
    while words not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    return said


def ended(process: subprocess.Popen[str]) -> tuple[Done, float]:
    """How a process ends, and in how many seconds from now."""
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    return Done(process.returncode, out, err), time.monotonic() - began


@dataclass(frozen=True)
class Deployed:
    """The place with the stack deployed, by an `up` on a full disk and another whose reader went away."""

    place: Place
    on_full_disk: Done
    after_full_disk: list[dict[str, Any]]
    unread: Done


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    place = Place(tmp_path_factory.mktemp("project"))
    place.make()
    assert place.tap("local", "start", "--speed", "60").code == 0
    with ended_with_this_process(place):
        full = started(place, "up", "--yes", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (DISK, DISK)))
        on_full_disk, _ = ended(full)
        after = place.tap("stack", "export").json["deployment"]["resources"]
        yield Deployed(place, on_full_disk, after, unread(place, "up", "--yes", after="Updating"))


# --- a reader that goes away, a disk that is full ---


def test_a_full_disk_stops_the_deployment_in_good_order(deployed: Deployed) -> None:
    done = deployed.on_full_disk

    assert done.code == 1
    assert re.search(r"error: \S+dev\.\S+ cannot be written: File too large\n", done.err)
    assert "Traceback" not in done.out + done.err
    assert names(deployed.after_full_disk, VPC) == ["tap-vpc-try"]


def test_where_nobody_reads_the_output_the_deployment_is_finished_all_the_same(deployed: Deployed) -> None:
    document = deployed.place.tap("stack", "export").json["deployment"]
    vpcs = deployed.place.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Project", "Values": ["tap"]}])["Vpcs"]

    assert deployed.unread.code == 141
    assert "what was begun goes on to its end" in deployed.unread.err
    assert "Traceback" not in deployed.unread.err
    assert not document.get("pending_operations")
    assert set(deployed.place.tap("preview", "--json").json["changes"]) == {"same"}
    assert len(vpcs) == 1


@pytest.mark.parametrize("args", [["preview"], ["logs", "healer", "--follow"]], ids=" ".join)
def test_a_command_that_only_shows_something_ends_where_nobody_looks(deployed: Deployed, args: list[str]) -> None:
    done = unread(deployed.place, *args)

    assert done.code == 141
    assert "Traceback" not in done.err
    assert "error" not in done.err


def test_output_that_cannot_be_written_is_told_on_the_standard_error(deployed: Deployed) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done, _ = ended(started(deployed.place, "outputs", out=full))

    assert done.code == 1
    assert done.err.splitlines()[-1] == "error: the output cannot be written: No space left on device"
    assert "Traceback" not in done.err


def test_a_closed_standard_output_is_the_null_device(deployed: Deployed) -> None:
    done, _ = ended(started(deployed.place, "outputs", out=subprocess.DEVNULL, preexec_fn=lambda: os.close(1)))

    assert done.code == 0
    assert "Traceback" not in done.err


# --- Ctrl-C ---


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)], ids=str)
def test_an_interrupted_preview_says_so_at_once_and_records_nothing(
    deployed: Deployed, number: signal.Signals, code: int
) -> None:
    before = deployed.place.state()
    process = started(deployed.place, "preview")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    done, _ = ended(process)

    assert done.code == code
    assert "interrupted" in done.err
    assert "recorded" not in done.out + done.err
    assert "Traceback" not in done.out + done.err
    assert deployed.place.state() == before


@pytest.mark.parametrize("after", [0.1, 0.5])
def test_ctrl_c_while_a_command_gets_ready_is_no_traceback(deployed: Deployed, after: float) -> None:
    process = started(deployed.place, "preview", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    done, _ = ended(process)

    # Before Python runs the command, the signal is ignored here; then it ends the process, and soon it is answered.
    assert done.code in {0, -signal.SIGINT, 130}
    assert "Traceback" not in done.err


def test_a_second_deployment_at_once_is_told_that_nothing_was_touched(deployed: Deployed) -> None:
    with (deployed.place.folder / ".tap" / "stacks" / "dev.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = deployed.place.tap("up", "--yes")

    assert done.code == 2
    assert "another deployment of this stack is under way" in done.err
    assert "nothing was touched" in done.err
    assert "recorded" not in done.out + done.err


# --- what is waited for ---


def on_terminal(
    place: Place, *args: str, columns: int, encoding: str = "utf-8", typed: bytes = b""
) -> tuple[int, bytes]:
    """Run a command on a terminal of so many columns and an encoding; its exit code, and the bytes that it sent."""
    ours, theirs = pty.openpty()
    os.write(ours, typed)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = clean({"TERM": "xterm", "PYTHONIOENCODING": encoding})
    del env["COLUMNS"]
    process = subprocess.Popen([*TAP, *args], cwd=place.folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    sent, deadline = b"", time.monotonic() + 60
    with contextlib.suppress(OSError):  # the other end has closed
        while time.monotonic() < deadline:
            ready, _, _ = select.select([ours], [], [], 0.2)
            sent += os.read(ours, 4096) if ready else b""
    os.close(ours)
    return process.wait(10), sent


def rows(sent: str) -> list[str]:
    """What a terminal was sent, row by row, without escape codes; each drawing of the spinner is one."""
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", sent)
    return [row for row in re.split(r"[\r\n]+", plain) if row]


@pytest.mark.parametrize(("columns", "encoding"), [(60, "utf-8"), (120, "iso8859-1")])
def test_a_spinner_turns_until_there_is_something_to_show_and_no_row_is_wrapped(
    deployed: Deployed, columns: int, encoding: str
) -> None:
    code, sent = on_terminal(deployed.place, "preview", "-c", "zones=2", columns=columns, encoding=encoding)
    frames, shown = FRAMES[encoding], rows(sent.decode(encoding))

    assert code == 0
    assert shown[0][0] in frames
    assert "getting ready" in shown[0]
    assert any(row[0] in frames and "the program runs" in row for row in shown)
    assert any("tap-private-c-nat-try" in row for row in shown)
    assert [row for row in shown if len(row) > columns] == []
    assert shown[-1][0] not in frames


LISTS = [("simulate", "--list"), ("fleet",), ("local", "notifications")]


@pytest.mark.parametrize(("args", "columns"), [*((each, 60) for each in LISTS), (LISTS[0], 80)])
def test_a_list_is_as_wide_as_the_terminal_and_no_wider(
    deployed: Deployed, args: tuple[str, ...], columns: int
) -> None:
    code, sent = on_terminal(deployed.place, *args, columns=columns)
    shown = [len(row) for row in rows(sent.decode()) if "arn:" not in row]

    assert code == 0
    assert columns - 25 < max(shown) <= columns


def test_the_instance_to_break_is_chosen_by_its_number_or_its_id(deployed: Deployed) -> None:
    offered = deployed.place.tap("break").err.split("healthy:\n")[1].split()[::2]
    said = {}
    for typed in ("9", "i-0", "2", ""):
        _, sent = on_terminal(deployed.place, "break", "--kind", "ebs", columns=80, typed=f"{typed}\n".encode())
        said[typed] = rows(sent.decode())[-1]
    deployed.place.tap("repair", offered[1])
    deployed.place.tap("repair", offered[0])

    assert f"'9'; accepted: a number from 1 to {len(offered)}, or an id" in said["9"]
    assert "'i-0' is no member" in said["i-0"]
    assert f"{offered[1]} fails its ebs status check." in said["2"]
    assert f"{offered[0]} fails its ebs status check." in said[""]


def test_what_keeps_a_deletion_is_named_and_ctrl_c_ends_the_wait(deployed: Deployed) -> None:
    """The whole life of a destruction that somebody's instance stands in the way of; the last test, for it succeeds."""
    place, ec2 = deployed.place, deployed.place.client("ec2")
    subnet = place.tap("outputs", "--json").json["private_subnet_ids"][0]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    asked = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    instance = ec2.run_instances(**asked, SubnetId=subnet)["Instances"][0]["InstanceId"]

    process = started(place, "destroy", "--yes")
    said = heard(process, "still used by")
    process.send_signal(signal.SIGTERM)
    answer = heard(process, "interrupted")
    first, _ = ended(process)

    row = (
        rf"deleting aws:ec2:Subnet tap-private-a-try: "
        rf"still used by eni-\w+ of {instance} \(DependencyViolation\), \d+ s"
    )
    assert re.search(row, said)
    assert re.search(rf"interrupted: what runs is finished first \({row}\); a second Ctrl-C ends it", answer)
    assert first.code == 143
    assert "Resources: - " in first.out
    assert "interrupted: what was running has been finished and is recorded" in first.err
    assert names(place.state(), SUBNET) == ["tap-private-a-try"]

    process = started(place, "destroy", "--yes")
    heard(process, "deleting aws:ec2:Subnet")
    process.send_signal(signal.SIGINT)
    heard(process, "interrupted: what runs is finished first")
    process.send_signal(signal.SIGINT)
    second, seconds = ended(process)

    assert second.code == 130
    assert seconds < 2, "the issue's own limit"
    assert "Traceback" not in first.err + second.err

    ec2.terminate_instances(InstanceIds=[instance])
    assert place.tap("destroy", "--yes").code == 0
    assert place.state() == []


# --- one line instead of a traceback ---


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["stack", "export", "--file", "/nonexist/x"], "error: /nonexist/x: No such file or directory"),
        (["up", "--nope"], "error: no such option: --nope: `tap up --help` shows what there is"),
        (["nope"], "error: no such command 'nope': `tap --help` shows what there is"),
        (["local", "time", "--advance", "x"], "error: invalid value for '--advance'"),
        (["refresh"], "error: there is no terminal to ask on: `tap refresh --yes` does it"),
        (["destroy"], "error: there is no terminal to ask on: `tap destroy --yes` does it"),
        (["up"], "error: there is no terminal to ask on: `tap up --yes` does it, `tap preview` shows it"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_mistake_is_one_line_in_one_style(running: Place, args: list[str], said: str) -> None:
    if args[0] == "stack":
        (running.folder / ".tap" / "stacks" / "dev.json").write_text(
            json.dumps({"version": 3, "checkpoint": {"stack": "organization/tap/dev"}})
        )
    done = running.tap(*args)

    assert (done.code, done.out) == (1 if args[0] == "stack" else 2, "")
    (line,) = done.err.splitlines()
    assert line.startswith(said)
    assert len(line) < 160


def test_outputs_of_an_aws_that_has_ended_are_told_as_such(place: Place) -> None:
    stacks = place.folder / ".tap" / "stacks"
    stacks.mkdir(parents=True)
    (stacks / "dev.json").write_text(json.dumps({"version": 3, "checkpoint": {"stack": "organization/tap/dev"}}))

    done = place.tap("outputs", "--json")

    assert (done.code, done.json) == (0, {})
    assert done.err == (
        "warning: the local AWS of the stack dev has ended, with everything in it: these were its outputs\n"
    )


def test_a_folder_that_cannot_be_written_is_one_line(place: Place) -> None:
    (place.folder / ".tap").write_text("a file stands where the folder is to be made")

    done = place.tap("local", "start")

    assert done.code == 2
    assert done.err == f"error: the folder {place.folder / '.tap'} cannot be written: File exists\n"


BROKEN: dict[str, Callable[[], str]] = {
    "at once": lambda: 'def work():\n    return {}["missing"]\nwork()\n',
    "in an apply": lambda: (
        "import pulumi\n"
        'def work(_):\n    return {}["missing"]\n'
        'pulumi.export("x", pulumi.Output.from_input(1).apply(work))\n'
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_an_error_of_the_users_program_shows_the_users_lines_and_no_others(place: Place, kind: str) -> None:
    (place.folder / "__main__.py").write_text(BROKEN[kind]())

    done = place.tap("check")

    files = re.findall(r'File "([^"]+)"', done.err)
    assert done.code == 1
    assert files
    assert set(files) == {str(place.folder / "__main__.py")}
    assert 'return {}["missing"]' in done.err
