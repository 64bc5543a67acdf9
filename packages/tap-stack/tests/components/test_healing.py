"""R5 and R6: the healer's function, its archive, its schedule, its surroundings."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_stack.components.code import packed, zipped
from tap_stack.components.component import events_of_group
from tap_stack.components.healing import CHANGED, healer_files
from tap_stack.healer.model import Policy
from tap_stack.healer.settings import read_settings

from .recording import Region, tap

SOURCE = Path(__file__).parents[4] / "packages/tap-stack/src/tap_stack/healer"


def function(**settings: str) -> dict[str, Any]:
    return tap(**settings).one("aws:lambda/function:Function", "tap-healer-dev").inputs


def test_the_archive_holds_the_healers_source_files_and_one_way_in() -> None:
    modules = {f"healer/{path.name}": path.read_text() for path in SOURCE.glob("*.py")}

    assert {name: text for name, text in healer_files().items() if name != "index.py"} == modules


def test_the_archive_is_the_functions_code_and_index_its_handler() -> None:
    found = function()

    content = Path(found["code"].path).read_bytes()
    assert found["handler"] == "index.lambda_handler"
    assert content == zipped(healer_files())
    assert base64.b64decode(found["codeSha256"]) == hashlib.sha256(content).digest()


def test_the_zip_file_says_nothing_of_when_where_and_by_whom_it_was_made() -> None:
    with zipfile.ZipFile(io.BytesIO(zipped({"b.py": "2", "a/c.py": "1"}))) as archive:
        entries = [
            (each.filename, each.date_time[0], each.external_attr >> 16, each.create_system, each.compress_type)
            for each in archive.infolist()
        ]

    assert entries == [("a/c.py", 1980, 0o644, 3, 0), ("b.py", 1980, 0o644, 3, 0)]


def test_unpacked_anywhere_the_archive_is_a_lambda_of_its_own(tmp_path: Path) -> None:
    """`index.py` finds the healer beside itself, which needs nothing of the package that it was packed from."""
    with zipfile.ZipFile(packed("healer", healer_files()).archive.path) as archive:
        archive.extractall(tmp_path)
    look = "import sys, index; print(index.lambda_handler.__module__, any('tap_stack' in name for name in sys.modules))"

    done = subprocess.run([sys.executable, "-c", look], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "healer.handler False\n"


def test_runtime_timeout_and_memory_are_the_configured_ones() -> None:
    found = function(lambdaRuntime="python3.12", lambdaTimeout="45", lambdaMemorySize="256")

    assert (found["runtime"], found["timeout"], found["memorySize"]) == ("python3.12", 45, 256)
    assert function()["runtime"] == "python3.13"


def test_the_healer_understands_the_settings_that_it_is_given() -> None:
    variables = function(healerMode="observe", healerHourPercent="33")["environment"]["variables"]

    settings = read_settings(variables)
    assert settings.group_name == "tap-fleet-dev"
    assert settings.topic_arn == "arn:tap-notifications-dev"
    assert settings.mode == "observe"
    assert settings.policy == Policy(hour_percent=33)
    assert json.loads(variables["HEALER_POLICY"])["hour_percent"] == 33


@pytest.mark.parametrize(("setting", "reserved"), [("true", 1), ("false", -1)])
def test_one_sweep_at_a_time_is_reserved_unless_switched_off(setting: str, reserved: int) -> None:
    assert function(reservedConcurrency=setting)["reservedConcurrentExecutions"] == reserved


@pytest.mark.parametrize(("age", "kept"), [("30", 60), ("60", 60), ("200", 200)])
def test_a_failed_or_late_event_is_never_tried_again(age: str, kept: int) -> None:
    found = (
        tap(healerEventAgeSeconds=age)
        .one("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "tap-healer-dev")
        .inputs
    )

    assert (found["maximumRetryAttempts"], found["maximumEventAgeInSeconds"]) == (0, kept)


def test_the_schedule_starts_the_function_every_minute_and_may() -> None:
    recording = tap()

    rule = recording.one("aws:cloudwatch/eventRule:EventRule", "tap-healer-schedule-dev").inputs
    assert rule["scheduleExpression"] == "rate(1 minute)"
    target = recording.one("aws:cloudwatch/eventTarget:EventTarget", "tap-healer-schedule-dev").inputs
    assert (target["rule"], target["arn"]) == ("tap-healer-schedule-dev", "arn:tap-healer-dev")
    permission = recording.one("aws:lambda/permission:Permission", "tap-healer-schedule-dev").inputs
    assert permission["principal"] == "events.amazonaws.com"
    assert permission["sourceArn"] == "arn:tap-healer-schedule-dev"


def test_a_launch_of_its_own_group_starts_the_function_and_may() -> None:
    recording = tap(environmentSuffix="t1")

    rule = recording.one("aws:cloudwatch/eventRule:EventRule", "tap-healer-changes-t1").inputs
    assert json.loads(rule["eventPattern"]) == {
        "source": ["aws.autoscaling"],
        "detail-type": ["EC2 Instance Launch Successful", "EC2 Instance Terminate Successful"],
        "detail": {"AutoScalingGroupName": ["tap-fleet-t1"]},
    }
    target = recording.one("aws:cloudwatch/eventTarget:EventTarget", "tap-healer-changes-t1").inputs
    assert (target["rule"], target["arn"]) == ("tap-healer-changes-t1", "arn:tap-healer-t1")
    permission = recording.one("aws:lambda/permission:Permission", "tap-healer-changes-t1").inputs
    assert (permission["principal"], permission["sourceArn"]) == ("events.amazonaws.com", "arn:tap-healer-changes-t1")


@given(st.text())
def test_whatever_a_group_is_called_the_pattern_is_json_that_names_it_alone(name: str) -> None:
    assert json.loads(events_of_group(CHANGED, name))["detail"] == {"AutoScalingGroupName": [name]}


def test_the_log_group_is_the_functions_own_and_is_not_kept_for_ever() -> None:
    recording = tap(logRetentionDays="30")

    group = recording.one("aws:cloudwatch/logGroup:LogGroup", "tap-healer-log-dev").inputs
    assert (group["name"], group["retentionInDays"]) == ("/aws/lambda/tap-healer-dev", 30)


def test_the_function_is_not_there_before_its_log_group_and_its_permissions() -> None:
    recording = tap()

    before = recording.one("aws:lambda/function:Function", "tap-healer-dev").dependencies
    log_group = recording.one("aws:cloudwatch/logGroup:LogGroup", "tap-healer-log-dev")
    permissions = recording.one("aws:iam/rolePolicy:RolePolicy", "tap-healer-us-east-1-dev")
    assert {log_group.urn, permissions.urn} <= set(before)


@pytest.mark.parametrize(
    ("left_behind", "names"),
    [
        ((), ("/aws/lambda/tap-healer-dev", "tap-flow-logs-dev")),
        (
            ("/aws/lambda/tap-healer-dev", "tap-flow-logs-dev", "tap-flow-logs-dev-2"),
            ("/aws/lambda/tap-healer-dev-2", "tap-flow-logs-dev-3"),
        ),
    ],
)
def test_a_log_group_that_an_earlier_stack_kept_is_left_alone(
    left_behind: tuple[str, ...], names: tuple[str, str]
) -> None:
    """Creating it again would be refused: hashicorp/terraform-provider-aws 44676."""
    recording = tap(Region(log_groups=left_behind))

    groups = recording.of("aws:cloudwatch/logGroup:LogGroup")
    assert (groups["tap-healer-log-dev"].inputs["name"], groups["tap-flow-logs-dev"].inputs["name"]) == names
    assert {found.ignore_changes for found in groups.values()} == {("name",)}
    function = recording.one("aws:lambda/function:Function", "tap-healer-dev").inputs
    assert function["loggingConfig"] == {"logFormat": "Text", "logGroup": names[0]}
