"""A day with the real program in a local AWS: what fails, what is interrupted, what changes, and what is seen of it.

One file, because the stack is deployed once for it: with `--dist loadfile` by one worker.
"""

from __future__ import annotations

import io
import json
import os
import pty
import select
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError
from support.command import TAP, clean

from .conftest import Deployed
from .place import Place, names

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
GROUP = "tap-fleet-try"
HEALER = "tap-healer-try"


def test_a_refused_resource_is_exit_code_1_and_says_what_stands_and_how_to_go_on(deployed: Deployed) -> None:
    refused = deployed.refused

    assert refused.code == 1
    assert "VpcLimitExceeded: not a fourth one" in refused.err
    assert refused.err.startswith("error: create of urn:pulumi:dev::tap::")
    assert "failed" in refused.out
    assert "Resources: + " in refused.out
    assert "recorded in .tap/stacks/dev.json; `tap up` goes on from there" in refused.out
    assert len(deployed.after_refusal) > 3


def test_an_interrupted_up_is_exit_code_130_and_has_recorded_what_stands(deployed: Deployed) -> None:
    interrupted = deployed.interrupted

    assert interrupted.code == 130
    assert "interrupted" in interrupted.err
    assert "Traceback" not in interrupted.out + interrupted.err
    assert names(deployed.after_interruption, SUBNET) != []
    assert len(deployed.after_refusal) < len(deployed.after_interruption) < len(deployed.place.state())


def test_the_next_up_goes_on_from_there_and_makes_nothing_twice(deployed: Deployed) -> None:
    document = deployed.finished.json
    made = {step["urn"] for step in document["steps"] if step["op"] == "create"}
    stood = {each["urn"] for each in deployed.after_interruption}

    assert deployed.finished.code == 0
    assert document["result"] == "succeeded"
    assert made & stood == set()
    assert len(deployed.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Project", "Values": ["tap"]}])["Vpcs"]) == 1


def test_a_second_up_changes_nothing(deployed: Deployed) -> None:
    again = deployed.place.tap("up", "--yes", "--json").json

    assert again["steps"] == []
    assert set(again["changes"]) == {"same"}
    assert len(again["outputs"]) >= 30


def test_three_zones_to_two_and_back_touches_that_zone_alone_and_the_preview_says_so(deployed: Deployed) -> None:
    place = deployed.place
    stood = place.state()
    less = place.tap("preview", "-c", "zones=2")
    assert place.state() == stood
    assert "note: zones is for this run alone; to keep it:\n    tap config set zones=2\n" in less.err
    with place.time_running():
        done = place.tap("up", "--yes", "--json", "-c", "zones=2").json
        more = place.tap("preview")
        place.tap("up", "--yes", "--json")

    zone_c = [
        "tap-private-c-nat-try",
        "tap-private-c-try",
        "tap-private-c-try",
        "tap-private-c-try",
        "tap-public-c-try",
        "tap-public-c-try",
    ]
    group = ("~", "tap-fleet-try")
    assert sorted(less.signed()) == sorted([*(("-", name) for name in zone_c), group])
    assert sorted(more.signed()) == sorted([*(("+", name) for name in zone_c), group])
    assert "- vpcZoneIdentifiers[2]: " in less.out
    assert "+ vpcZoneIdentifiers[2]: [unknown]" in more.out
    assert "Resources: ~ 1 to update, - 6 to delete, " in less.out
    assert sorted(step["name"] for step in done["steps"]) == sorted([*zone_c, "tap-fleet-try"])


def test_what_was_changed_behind_the_stacks_back_is_found_shown_and_undone(deployed: Deployed) -> None:
    (vpc,) = (each["id"] for each in deployed.place.state() if each["type"] == VPC)
    deployed.client("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Environment", "Value": "mine"}])
    functions = deployed.client("lambda")
    ours = functions.get_function_configuration(FunctionName=HEALER)["CodeSha256"]
    theirs = functions.update_function_code(FunctionName=HEALER, ZipFile=a_zip("index.py", "lambda_handler = print"))

    found = deployed.place.tap("refresh", "--yes")
    undone = deployed.place.tap("up", "--yes", "--json").json

    assert set(found.signed()) == {("~", "tap-vpc-try"), ("~", HEALER)}
    assert '~ tags.Environment: "dev" => "mine"' in found.out
    assert f'~ codeSha256: "{ours}" => "{theirs["CodeSha256"]}"' in found.out
    tag = {"path": "tags.Environment", "kind": "update", "old": "mine", "new": "dev"}
    code = {"path": "codeSha256", "kind": "update", "old": theirs["CodeSha256"], "new": ours}
    assert [(step["op"], step["properties"]) for step in undone["steps"]] == [("update", [tag]), ("update", [code])]
    assert functions.get_function_configuration(FunctionName=HEALER)["CodeSha256"] == ours


def a_zip(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


def answered(place: Place, command: str, answer: Callable[[int, int], object], *, columns: int = 80) -> tuple[int, str]:
    """Run a command on a terminal, and when it asks call `answer` with the terminal and the process.

    Returns:
        Its exit code, and what it showed.
    """
    ours, theirs = pty.openpty()
    env = clean({"COLUMNS": str(columns)})
    process = subprocess.Popen(
        [*TAP, *command.split()], cwd=place.folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown, asked, deadline = b"", False, time.monotonic() + 60
    while time.monotonic() < deadline:
        ready, _, _ = select.select([ours], [], [], 0.2)
        try:
            shown += os.read(ours, 4096) if ready else b""
        except OSError:  # the other end has closed
            break
        if not asked and b"[y/N]" in shown:
            answer(ours, process.pid)
            asked = True
    os.close(ours)
    return process.wait(10), shown.decode()


def test_a_question_answered_with_no_touches_nothing(deployed: Deployed) -> None:
    before = len(deployed.place.state())

    code, shown = answered(deployed.place, "destroy", lambda terminal, _: os.write(terminal, b"n\n"))

    assert code == 2
    assert "Do you want to destroy all of this?" in shown
    assert "declined: nothing was touched" in shown
    assert len(deployed.place.state()) == before


def test_ctrl_c_at_the_question_is_an_interruption(deployed: Deployed) -> None:
    def press(_: int, pid: int) -> None:
        time.sleep(0.5)  # let it come to wait: a signal between the question and the wait is heard only after the wait
        os.kill(pid, signal.SIGINT)

    code, shown = answered(deployed.place, "destroy", press)

    assert code == 130
    assert "Traceback" not in shown


def test_where_nobody_can_be_asked_it_says_so_and_touches_nothing(deployed: Deployed) -> None:
    done = deployed.place.tap("destroy")

    assert done.code == 2
    assert "tap destroy --yes" in done.err


def test_the_state_is_exported_as_pulumi_imports_it(deployed: Deployed) -> None:
    place = deployed.place
    document = place.tap("stack", "export").json
    place.tap("stack", "export", "--file", "state.json")

    assert (document["version"], document["features"]) == (4, ["hooks"])  # the launch template has a hook
    assert document["deployment"]["resources"] == place.state()
    assert json.loads((place.folder / "state.json").read_text()) == document
    assert (place.folder / "state.json").stat().st_mode & 0o777 == 0o600


def test_an_exported_state_is_taken_again_and_nothing_is_to_be_done(deployed: Deployed) -> None:
    place = deployed.place
    before = place.state()
    place.tap("stack", "export", "--file", "state.json")

    taken = place.tap("stack", "import", "--file", "state.json")

    assert (taken.code, taken.err) == (0, "")
    assert taken.out == f"Imported {len(before)} resources into the stack dev: `tap refresh` looks for them.\n"
    assert [each["urn"] for each in place.state()] == [each["urn"] for each in before]
    assert "Nothing to change" in place.tap("preview").out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the exported state is not JSON"),
        ("[]", "the document is [], expected an object"),
        ('{"version": 3, "checkpoint": {}}', "it lacks the key 'deployment', which `pulumi stack export` writes"),
        ('{"version": 9, "deployment": {}}', "version 9 of the format is not supported"),
        (None, "No such file or directory"),
    ],
)
def test_what_is_no_exported_state_is_not_taken(deployed: Deployed, content: str | None, said: str) -> None:
    place = deployed.place
    before, file = place.state(), place.folder / "given.json"
    file.unlink(missing_ok=True)
    if content is not None:
        file.write_text(content)

    done = place.tap("stack", "import", "--file", "given.json")

    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert said in line
    assert place.state() == before


@pytest.mark.parametrize(
    "args",
    [
        ["preview"],
        ["up", "--yes"],
        ["refresh", "--yes"],
        ["destroy", "--yes"],
        ["outputs"],
        ["stack", "export"],
        ["logs", "healer"],
    ],
    ids=" ".join,
)
def test_a_damaged_state_is_one_line_of_every_command(deployed: Deployed, args: list[str]) -> None:
    file = deployed.place.folder / ".tap" / "stacks" / "dev.json"
    sound = file.read_text()
    file.write_text(sound.replace('"custom": true', '"custom": "yes"', 1))

    # In a process of its own: the rules, which judge the program meanwhile, may still have something to say.
    done = deployed.place.run(*args)

    file.write_text(sound)
    assert done.code == 1
    (line,) = done.err.splitlines()
    assert line.startswith("error: ")
    assert """'custom' is "yes", expected true or false""" in line


def test_outputs_are_printed_as_text_and_as_json(deployed: Deployed) -> None:
    outputs = deployed.place.tap("outputs", "--json").json

    assert outputs["auto_scaling_group_name"] == "tap-fleet-try"
    assert f'vpc_id                     "{outputs["vpc_id"]}"' in deployed.place.tap("outputs").out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["preview", "--stack", "nope"], "no stack 'nope'"),
        (["preview", "--stack", "../dev"], "--stack = '../dev' is not accepted"),
        (["preview", "-c", "zones"], "--config = 'zones' is not accepted; accepted: KEY=VALUE"),
        (["preview", "-c", "zones=99"], "tap:zones = '99' is not accepted"),
        (["preview", "-c", "tapp:zones=2"], "tapp:zones = '2' is not accepted; accepted: a key of tap, aws or pulumi"),
        (["up", "--yes", "-c", "minSize=5"], "or together: `tap config set minSize=5 maxSize=5 desiredCapacity=5`"),
        (["outputs", "--stack", "other"], "`tap up --stack other`"),
        (["break", "i-0"], "'i-0' is no member of an Auto Scaling group"),
        (["load", GROUP, "50", "--for", "soon"], "--for = 'soon' is not accepted; accepted: a duration, such as 90s"),
        (["load", "nope", "50"], "there is no Auto Scaling group 'nope'; there are: tap-fleet-try"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(deployed: Deployed, args: list[str], said: str) -> None:
    done = deployed.place.tap(*args)

    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert line.startswith("error: ")
    assert said in line


# --- what can be done to the deployed fleet, and what can be seen of it ---


def eventually(place: Place, look: Callable[[], Any]) -> Any:
    """What a look gives as soon as it gives anything, within an hour of the cloud's time."""
    for _ in range(60):
        if found := look():
            return found
        place.tap("local", "time", "--advance", "60")
    return None


def members(deployed: Deployed) -> list[str]:
    groups = deployed.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])
    return [each["InstanceId"] for each in groups["AutoScalingGroups"][0]["Instances"]]


def settled(deployed: Deployed) -> list[str]:
    """The members, once none of them comes or goes any more: an earlier test has moved them between zones.

    While a group balances its zones it has one member too many, in service like the others, and takes one away.
    """
    groups = deployed.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])
    (group,) = groups["AutoScalingGroups"]
    members = group["Instances"]
    all_serve = {each["LifecycleState"] for each in members} == {"InService"}
    balanced = len({each["AvailabilityZone"] for each in members}) == len(members) == group["DesiredCapacity"]
    return [each["InstanceId"] for each in members] if all_serve and balanced else []


def test_a_broken_instance_is_replaced_and_everything_about_it_can_be_seen(deployed: Deployed) -> None:
    place = deployed.place
    place.tap("local", "time", "--advance", "600")  # past the grace period
    broken = eventually(place, lambda: settled(deployed))[0]
    unsure = place.tap("break")
    told = place.tap("break", broken, "--kind", "ebs")
    seen = place.tap("fleet", "--json").json

    assert (unsure.code, broken in unsure.err) == (2, True)
    assert seen["group"] == GROUP
    (ill,) = [each for each in seen["members"] if each["id"] == broken]
    assert ill["checks"] == ["ebs impaired"] or ill["verdict"] != "healthy"
    assert told.out.endswith(f"{broken} fails its ebs status check.\n")
    assert eventually(place, lambda: broken not in members(deployed))
    log = place.tap("logs", "healer", "--last", "0").out
    assert f"    marked: {broken}" in log
    assert f"    waiting_window: {broken}" in log
    events = [json.loads(line) for line in place.tap("logs", "healer", "--json", "--last", "0").out.splitlines()]
    assert any(each["message"].startswith("REPORT RequestId") for each in events)
    healers = place.tap("local", "calls", "--role", "tap-healer", "--last", "0", "--json").json
    assert "SetInstanceHealth" in {each["action"] for each in healers}
    assert {each["allowed"] for each in healers} == {True}


def test_its_notice_is_shown_though_nobody_has_confirmed_a_subscription(deployed: Deployed) -> None:
    place = deployed.place

    sent = place.tap("local", "notifications", "--last", "0", "--json").json
    (notice, *_) = [each for each in sent if "role/tap-healer" in each["publisher"]]
    shown = place.tap("local", "notifications", "--last", "0").out

    assert (notice["kind"], notice["protocol"], notice["endpoint"]) == ("Notification", None, None)
    assert GROUP in notice["message"]
    assert f"{notice['time']}  tap-notifications-try -> no subscriber\n" in shown
    assert f"    {notice['subject']}\n" in shown


def test_an_alarm_is_shown_in_words(deployed: Deployed) -> None:
    shown = deployed.place.tap("local", "notifications", "--last", "0").out

    assert '-> no subscriber: OK: "tap-healer-blind-try" in US East (N. Virginia)\n' in shown
    assert "AlarmName" not in shown


def test_on_a_terminal_notices_are_wrapped_to_its_width(deployed: Deployed) -> None:
    _, shown = answered(deployed.place, "local notifications --last 0", lambda *_: None, columns=60)

    rows = shown.splitlines()
    assert [row for row in rows if len(row) > 60 and len(row.split()) > 1] == []  # a long word has a row of its own
    assert sum(row.startswith("    ") for row in rows) > len(rows) / 2


def test_a_repaired_instance_is_left_alone(deployed: Deployed) -> None:
    instance = members(deployed)[0]
    deployed.place.tap("break", instance, "--kind", "instance")
    repaired = deployed.place.tap("repair", instance, "--json").json

    status = deployed.client("ec2").describe_instance_status(InstanceIds=[instance])["InstanceStatuses"][0]
    assert repaired["instance"] == instance
    assert status["InstanceStatus"]["Status"] == "ok"


def test_a_rollout_is_seen_stopped_and_tried_again(deployed: Deployed) -> None:
    place = deployed.place
    before = place.tap("rollout", "status", "--json").json
    assert (before["wanted"], before["refresh"], place.tap("rollout", "watch").code) == (before["current"], None, 0)
    nothing = place.tap("rollout", "cancel")
    assert (nothing.code, nothing.err.count("\n")) == (1, 1)
    assert "No in progress or pending Instance Refresh" in nothing.err

    changed = place.tap("up", "--yes", "-c", "volumeSize=9")
    assert "gets a new version: the rollout replaces the fleet's instances" in changed.out + changed.err
    assert "goaway" not in changed.out + changed.err
    place.tap("local", "time", "--advance", "90")
    running = place.tap("rollout", "status", "--json").json
    assert (running["refresh"]["status"], running["current"]) == ("InProgress", before["current"])
    assert running["refresh"]["to"] == running["wanted"] != running["current"]
    assert "The rollout rolls back." in place.tap("rollout", "cancel").out
    place.tap("local", "time", "--advance", "300")

    watched = place.tap("rollout", "watch")
    assert watched.code == 1
    assert f"{running['wanted']} was not rolled out" in watched.err
    assert "RollbackSuccessful" in watched.out
    assert "started" in place.tap("rollout", "retry").out
    assert place.tap("rollout", "cancel", "--keep", "--json").json["kept"] is True
    place.tap("local", "time", "--advance", "600")
    place.tap("up", "--yes", "--json")
    place.tap("local", "time", "--advance", "1200")
    assert place.tap("rollout", "watch", "--json").code == 0


def test_a_load_makes_the_group_grow(deployed: Deployed) -> None:
    before = len(members(deployed))
    told = deployed.place.tap("load", GROUP, "95")
    deployed.place.tap("local", "time", "--advance", "900")

    assert f"the instances of {GROUP} report 95 % CPU from now on" in told.out
    assert eventually(deployed.place, lambda: len(members(deployed)) > before)


def test_an_idle_group_shrinks_again_and_nobody_is_told(deployed: Deployed) -> None:
    place, before = deployed.place, len(members(deployed))
    (asked,) = place.tap("local", "inbox", "--json").json
    assert asked["link"] in place.tap("local", "inbox").out
    with urlopen(asked["link"], timeout=10) as confirmed:  # noqa: S310 - the local AWS's own
        assert confirmed.status == 200
    told = place.tap("load", GROUP, "5", "--for", "30m")
    place.tap("local", "time", "--advance", "1200")

    assert f"the instances of {GROUP} report 5 % CPU for 1800 s of the cloud's time" in told.out
    assert eventually(place, lambda: len(members(deployed)) < before)
    assert "tap-cpu-low-try" not in place.tap("local", "notifications", "--last", "0").out
    history = deployed.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=GROUP)["Activities"]
    causes = [each["Cause"] for each in reversed(history) if "a monitor alarm" in each["Cause"]]
    assert ("tap-cpu-high-try" in causes[0], "tap-cpu-low-try" in causes[-1]) == (True, True)


def test_a_denied_call_is_shown_as_such(deployed: Deployed) -> None:
    """An instance may report and be managed, and knows nothing of networks."""
    role = deployed.place.tap("outputs", "--json").json["ec2_role_arn"]
    issued = deployed.client("sts").assume_role(RoleArn=role, RoleSessionName="try")["Credentials"]
    keys = {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        deployed.client("ec2", **keys).describe_vpcs()

    (call,) = deployed.place.tap("local", "calls", "--denied", "--role", "tap-instance", "--json").json
    assert (call["caller"], call["service"], call["action"]) == (role, "ec2", "DescribeVpcs")
    assert (call["allowed"], call["error"]) == (False, "UnauthorizedOperation")
    assert "not authorized to perform: ec2:DescribeVpcs" in call["refusal"]
    assert (
        "tap-instance-us-east-1-try  ec2:DescribeVpcs  denied" in deployed.place.tap("local", "calls", "--denied").out
    )


def test_notifications_are_shown(deployed: Deployed) -> None:
    sent = deployed.place.tap("local", "notifications", "--last", "0", "--json").json

    assert {each["endpoint"] for each in sent} == {None, "oncall@example.com"}
    assert {each["kind"] for each in sent} == {"SubscriptionConfirmation", "Notification"}
    mails = deployed.place.tap("local", "inbox", "--last", "0", "--json").json
    taken = [each for each in sent if each["endpoint"] == "oncall@example.com"]
    assert [each["subject"] for each in mails] == [each["subject"] for each in taken]
    assert not mails[0]["pending"]
    assert "Subscription Confirmation (confirmed)\n" in deployed.place.tap("local", "inbox", "--last", "0").out
    assert "-> email:oncall@example.com\n" in deployed.place.tap("local", "notifications", "--last", "0").out


def test_a_log_can_be_followed(deployed: Deployed) -> None:
    process = deployed.place.start("logs", "healer", "--follow", "--last", "1")
    assert process.stdout is not None
    with deployed.place.time_running():
        lines = [process.stdout.readline() for _ in range(3)]
    process.terminate()
    process.communicate(timeout=10)

    assert [line.split()[1] for line in lines if line[:4].isdigit()] != []
    times = [line.split()[0] for line in lines if line[:4].isdigit()]
    assert times == sorted(set(times))


def test_the_clock_can_be_looked_at_moved_and_given_another_speed(deployed: Deployed) -> None:
    place = deployed.place
    stopped = place.tap("local", "time", "--speed", "0", "--json").json
    moved = place.tap("local", "time", "--advance", "60", "--json").json
    running = place.tap("local", "time", "--speed", "300", "--json").json

    assert (stopped["speed"], moved["speed"], running["speed"]) == (0, 0, 300)
    assert stopped["time"] < moved["time"] == running["time"]
