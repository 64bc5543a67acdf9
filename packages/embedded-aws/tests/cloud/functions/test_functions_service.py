"""The Lambda service around the function: warm processes, new code, concurrency, logs, metrics, the control plane."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.clock import Clock
from embedded_aws.services.lambda_.service import Functions

from .world import World, zip_of

if TYPE_CHECKING:
    from pathlib import Path


COUNTING = """
count = 0
def lambda_handler(event, context):
    global count
    count += 1
    return count
"""
WAITING = """
import time
def lambda_handler(event, context):
    time.sleep(event)
    return "done"
"""


def test_a_process_is_kept_warm_between_invocations(world: World) -> None:
    world.deploy(COUNTING)

    counts = [world.invoke({})["Payload"] for _ in range(3)]

    assert counts == [1, 2, 3]
    assert [each.cold for each in world.seen] == [True, False, False]
    assert len({each.process_id for each in world.seen}) == 1
    assert len({each.log_stream for each in world.seen}) == 1


def test_new_code_replaces_the_warm_process(world: World) -> None:
    world.deploy("def lambda_handler(event, context):\n    return 'old'\n")
    before = world.invoke({})["Payload"]
    updated = world.awslambda.update_function_code(
        FunctionName="probe",
        ZipFile=zip_of({"index.py": "def lambda_handler(event, context):\n    return 'new'\n"}),
    )

    after = world.invoke({})["Payload"]

    assert (before, after) == ("old", "new")
    assert updated["LastUpdateStatus"] == "InProgress"
    assert world.awslambda.get_function_configuration(FunctionName="probe")["LastUpdateStatus"] == "Successful"
    with pytest.raises(ProcessLookupError):
        os.kill(world.seen[0].process_id, 0)


def test_a_new_configuration_replaces_the_warm_process(world: World) -> None:
    source = "import os\ndef lambda_handler(event, context):\n    return os.environ.get('MODE')\n"
    world.deploy(source, Environment={"Variables": {"MODE": "live"}})
    before = world.invoke({})["Payload"]

    world.awslambda.update_function_configuration(FunctionName="probe", Environment={"Variables": {"MODE": "observe"}})
    after = world.invoke({})["Payload"]
    world.awslambda.update_function_configuration(FunctionName="probe", Environment={})
    without = world.invoke({})["Payload"]

    assert (before, after, without) == ("live", "observe", None)


def test_an_environment_is_renewed_after_some_hours(world: World) -> None:
    world.deploy(COUNTING)
    world.invoke({})
    world.advance(hours=3)

    assert world.invoke({})["Payload"] == 1
    assert world.seen[1].cold


def test_a_deleted_function_leaves_no_process(world: World) -> None:
    world.deploy(COUNTING)
    world.invoke({})

    world.awslambda.delete_function(FunctionName="probe")

    with pytest.raises(ProcessLookupError):
        os.kill(world.seen[0].process_id, 0)
    with pytest.raises(ClientError) as gone:
        world.invoke({})
    assert gone.value.response["Error"]["Code"] == "ResourceNotFoundException"


BEGINNING = """
import pathlib, time
def lambda_handler(event, context):
    pathlib.Path(event["begun"]).touch()
    time.sleep(event["seconds"])
"""


def test_close_leaves_no_process_and_no_file(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    begun = tmp_path_factory.mktemp("elsewhere") / "second"
    world.deploy(BEGINNING)
    world.invoke({"begun": str(begun.with_name("first")), "seconds": 0})
    running = threading.Thread(target=lambda: world.invoke({"begun": str(begun), "seconds": 60}))
    running.start()
    while not begun.exists():
        threading.Event().wait(0.01)

    world.functions.close()
    running.join(timeout=5)

    assert not running.is_alive()
    assert [each.error for each in world.seen] == [None, "Runtime.ExitError"]
    assert list(world.data_dir.iterdir()) == []
    for invocation in world.seen:
        with pytest.raises(ProcessLookupError):
            os.kill(invocation.process_id, 0)


def test_after_close_nothing_is_started_any_more(world: World) -> None:
    world.deploy()
    world.functions.close()

    with pytest.raises(ClientError) as refused:
        world.invoke({})

    assert refused.value.response["Error"]["Code"] == "ServiceException"
    assert list(world.data_dir.iterdir()) == []


def test_all_folders_are_private(world: World) -> None:
    world.deploy()
    world.invoke({})

    folders = [path for path in world.data_dir.rglob("*") if path.is_dir() and not path.is_symlink()]

    created = [path for path in folders if world.data_dir in {path.parent, path.parent.parent}]
    assert created
    assert {path.stat().st_mode & 0o777 for path in created} == {0o700}


def test_a_folder_that_everybody_can_write_is_refused(tmp_path: Path) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)

    with pytest.raises(PermissionError, match="can be written by everybody"):
        Functions(Clock(), threading.RLock(), lambda: "http://127.0.0.1:1", lambda *_: {}, open_folder)


def test_reserved_concurrency_throttles_what_is_too_many(world: World) -> None:
    world.deploy(WAITING)
    world.awslambda.put_function_concurrency(FunctionName="probe", ReservedConcurrentExecutions=1)
    running = threading.Thread(target=lambda: world.invoke(0.6))
    running.start()
    _until_busy(world)

    with pytest.raises(ClientError) as throttled:
        world.invoke(0)
    running.join()

    assert throttled.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert throttled.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert world.invoke(0)["Payload"] == "done"
    assert [value for _, value in world.metric("AWS/Lambda", "Throttles", FunctionName="probe")] == [1]


def test_without_a_reservation_invocations_run_side_by_side(world: World) -> None:
    world.deploy(WAITING)
    running = threading.Thread(target=lambda: world.invoke(0.5))
    running.start()
    _until_busy(world)

    world.invoke(0)
    running.join()

    assert len({each.process_id for each in world.seen}) == 2
    peak = world.metric("AWS/Lambda", "ConcurrentExecutions", FunctionName="probe")
    assert [value for _, value in peak] == [1 + 2]


def test_a_reservation_leaves_a_hundred_executions_to_the_others(world: World) -> None:
    world.deploy()
    world.deploy(name="other")
    world.awslambda.put_function_concurrency(FunctionName="probe", ReservedConcurrentExecutions=850)

    with pytest.raises(ClientError) as refused:
        world.awslambda.put_function_concurrency(FunctionName="other", ReservedConcurrentExecutions=51)

    assert "below its minimum value of [100]" in refused.value.response["Error"]["Message"]
    assert world.awslambda.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 150


def test_metrics_are_published_at_cloud_time(world: World) -> None:
    world.deploy("def lambda_handler(event, context):\n    return 1 / event\n")
    started = world.clock.now()
    world.invoke(1)
    world.advance(minutes=10)
    world.invoke(0)

    def published(name: str) -> list[tuple[timedelta, float]]:
        found = world.metric("AWS/Lambda", name, FunctionName="probe")
        return [(when - started, value) for when, value in found]

    ten = timedelta(minutes=10)
    assert published("Invocations") == [(timedelta(0), 1), (ten, 1)]
    assert published("Errors") == [(timedelta(0), 0), (ten, 1)]
    assert [value > 0 for _, value in published("Duration")] == [True, True]


def test_log_events_and_streams_carry_cloud_time(world: World) -> None:
    world.deploy()
    world.advance(days=400)
    world.invoke({})

    [stream] = world.client("logs").describe_log_streams(logGroupName="/aws/lambda/probe")["logStreams"]

    assert stream["logStreamName"].startswith(f"{world.clock.now():%Y/%m/%d}/[$LATEST]")
    assert stream["firstEventTimestamp"] == int(world.clock.now().timestamp() * 1000)


def test_without_the_permission_to_log_the_lines_are_lost_and_the_function_runs(world: World) -> None:
    world.deploy(Role=world.create_role("silent"))

    assert world.invoke({"works": True})["Payload"] == {"works": True}
    assert world.client("logs").describe_log_groups()["logGroups"] == []


def test_a_log_group_of_ones_own_is_used(world: World) -> None:
    world.deploy("print('here')\ndef lambda_handler(e, c): pass\n", LoggingConfig={"LogGroup": "/tap/healer"})

    world.invoke({})

    assert "here" in world.log_lines("/tap/healer")


def test_a_dry_run_runs_nothing(world: World) -> None:
    world.deploy()

    answer = world.awslambda.invoke(FunctionName="probe", InvocationType="DryRun")

    assert answer["StatusCode"] == 204
    assert world.seen == []


def test_a_function_is_found_by_every_spelling_of_its_name(world: World) -> None:
    arn = world.deploy(COUNTING)
    spellings = ["probe", "probe:$LATEST", "123456789012:function:probe", arn, f"{arn}:$LATEST"]

    assert [world.invoke({}, name=spelling)["Payload"] for spelling in spellings] == [1, 2, 3, 4, 5]


def test_a_published_version_keeps_its_code(world: World) -> None:
    world.deploy("def lambda_handler(event, context):\n    return context.function_version\n")
    version = world.awslambda.publish_version(FunctionName="probe")["Version"]
    world.awslambda.update_function_code(
        FunctionName="probe", ZipFile=zip_of({"index.py": "def lambda_handler(e, c):\n    return 'new'\n"})
    )

    assert world.invoke({}, Qualifier=version)["Payload"] == "1"
    assert world.invoke({})["Payload"] == "new"


def test_a_layer_can_be_imported(world: World) -> None:
    layer = world.awslambda.publish_layer_version(
        LayerName="shared", Content={"ZipFile": zip_of({"python/shared.py": "ANSWER = 42\n"})}
    )
    source = "import shared\ndef lambda_handler(event, context):\n    return shared.ANSWER\n"
    world.deploy(source, Layers=[layer["LayerVersionArn"]])

    assert world.invoke({})["Payload"] == 42


def test_a_new_function_is_pending_and_then_active(world: World) -> None:
    created = world.awslambda.create_function(
        FunctionName="probe",
        Runtime="python3.13",
        Handler="index.lambda_handler",
        Role=world.role_arn,
        Code={"ZipFile": zip_of({"index.py": ""})},
        Architectures=["arm64"],
        LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"},
        DeadLetterConfig={"TargetArn": "arn:aws:sns:eu-west-1:123456789012:dead"},
        Tags={"Project": "tap"},
    )
    world.awslambda.get_waiter("function_active_v2").wait(FunctionName="probe")
    found = world.awslambda.get_function(FunctionName="probe")

    assert created["State"] == "Pending"
    assert found["Configuration"]["State"] == "Active"
    assert found["Configuration"]["LastUpdateStatus"] == "Successful"
    assert found["Configuration"]["Architectures"] == ["arm64"]
    assert found["Configuration"]["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "WARN",
        "LogGroup": "/aws/lambda/probe",
    }
    assert found["Configuration"]["DeadLetterConfig"] == {"TargetArn": "arn:aws:sns:eu-west-1:123456789012:dead"}
    assert found["Configuration"]["LastModified"] == "2026-03-01T12:00:00.000+0000"
    assert found["Tags"] == {"Project": "tap"}


def test_an_update_gives_a_new_revision_and_an_old_one_is_refused(world: World) -> None:
    world.deploy()
    old = world.awslambda.get_function_configuration(FunctionName="probe")["RevisionId"]
    new = world.awslambda.update_function_configuration(FunctionName="probe", Timeout=20, RevisionId=old)["RevisionId"]

    with pytest.raises(ClientError) as refused:
        world.awslambda.update_function_configuration(FunctionName="probe", Timeout=30, RevisionId=old)

    assert new != old
    assert refused.value.response["Error"]["Code"] == "PreconditionFailedException"
    assert world.awslambda.get_function_configuration(FunctionName="probe")["Timeout"] == 20


def test_a_reservation_of_none_is_told(world: World) -> None:
    world.deploy()
    world.awslambda.put_function_concurrency(FunctionName="probe", ReservedConcurrentExecutions=0)

    found = world.awslambda.get_function(FunctionName="probe")

    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 0}


def test_the_event_invoke_config_that_was_put_last_counts(world: World) -> None:
    world.deploy()
    world.awslambda.put_function_event_invoke_config(FunctionName="probe", MaximumRetryAttempts=1)
    world.awslambda.put_function_event_invoke_config(FunctionName="probe", MaximumEventAgeInSeconds=60)

    found = world.awslambda.get_function_event_invoke_config(FunctionName="probe")

    assert "MaximumRetryAttempts" not in found
    assert found["MaximumEventAgeInSeconds"] == 60
    assert found["FunctionArn"].endswith(":function:probe:$LATEST")
    assert found["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}


INVALID = "InvalidParameterValueException"
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"Runtime": "python3.99"}, INVALID, "Member must satisfy enum value set"),
    ({"Runtime": "python2.7"}, INVALID, "no longer supported"),
    ({"Timeout": 901}, "ValidationException", "less than or equal to 900"),
    ({"MemorySize": 10241}, INVALID, "less than or equal to 10240"),
    ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, INVALID, "AWS_REGION"),
    ({"Environment": {"Variables": {"BIG": "x" * 4096}}}, INVALID, "4KB limit"),
    ({"Role": "arn:aws:iam::123456789012:role/absent"}, INVALID, "cannot be assumed"),
    ({"Code": {"ZipFile": b"no zip"}}, INVALID, "Could not unzip"),
    ({"Code": {}}, INVALID, "provide a source for function code"),
    ({"LoggingConfig": {"SystemLogLevel": "INFO"}}, INVALID, "LogFormat is JSON"),
]


def test_what_lambda_refuses_is_refused_in_its_words(world: World) -> None:
    good = {"Runtime": "python3.13", "Handler": "index.h", "Role": world.role_arn, "Code": {"ZipFile": _EMPTY_ZIP}}

    for params, code, fragment in REFUSED:
        with pytest.raises(ClientError) as refused:
            world.awslambda.create_function(FunctionName="probe", **(good | params))
        assert refused.value.response["Error"]["Code"] == code
        assert fragment in refused.value.response["Error"]["Message"]
    assert world.awslambda.list_functions()["Functions"] == []


def test_a_role_that_does_not_trust_lambda_is_refused(world: World) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
    }
    role = world.create_role("of-instances", trust=trust)

    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        world.deploy(Role=role)


def test_a_statement_id_can_be_used_once(world: World) -> None:
    world.deploy()
    grant = {
        "FunctionName": "probe",
        "StatementId": "tick",
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
    }
    world.awslambda.add_permission(**grant)

    with pytest.raises(ClientError) as refused:
        world.awslambda.add_permission(**grant)

    assert refused.value.response["Error"]["Code"] == "ResourceConflictException"


_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


def _until_busy(world: World) -> None:
    """Wait until an invocation runs: from then on it counts."""
    for _ in range(500):
        if world.functions._running.total():
            return
        threading.Event().wait(0.01)
    raise AssertionError("no invocation ever began")


TELLING = "def lambda_handler(event, context):\n    return context.function_version\n"


def two_versions(world: World) -> None:
    world.deploy(TELLING)
    world.awslambda.publish_version(FunctionName="probe")
    world.awslambda.update_function_configuration(FunctionName="probe", Description="newer")
    world.awslambda.publish_version(FunctionName="probe")


def test_an_alias_invokes_its_version(world: World) -> None:
    two_versions(world)
    world.awslambda.create_alias(FunctionName="probe", Name="live", FunctionVersion="1")
    before = world.invoke({}, Qualifier="live")
    world.awslambda.update_alias(FunctionName="probe", Name="live", FunctionVersion="2")
    after = world.invoke({}, Qualifier="live")

    assert (before["Payload"], before["ExecutedVersion"]) == ("1", "1")
    assert (after["Payload"], after["ExecutedVersion"]) == ("2", "2")


def test_an_alias_sends_a_share_of_its_invocations_to_a_second_version(world: World) -> None:
    two_versions(world)
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    world.awslambda.create_alias(FunctionName="probe", Name="live", FunctionVersion="1", RoutingConfig=weights)

    answered = [world.invoke({}, Qualifier="live")["ExecutedVersion"] for _ in range(20)]
    world.awslambda.update_alias(FunctionName="probe", Name="live", RoutingConfig={})
    plain = [world.invoke({}, Qualifier="live")["ExecutedVersion"] for _ in range(5)]

    assert set(answered) == {"1", "2"}
    assert set(plain) == {"1"}


@pytest.mark.parametrize(
    ("version", "weights", "code"),
    [
        ("7", {}, "ResourceNotFoundException"),
        ("1", {"7": 0.5}, "ResourceNotFoundException"),
        ("1", {"1": 0.5}, "InvalidParameterValueException"),
        ("$LATEST", {"1": 0.5}, "InvalidParameterValueException"),
        ("1", {"2": 0.5, "1": 0.5}, "InvalidParameterValueException"),
        ("1", {"2": 1.5}, "InvalidParameterValueException"),
    ],
)
def test_an_alias_that_leads_nowhere_is_refused(
    world: World, version: str, weights: dict[str, float], code: str
) -> None:
    two_versions(world)

    with pytest.raises(ClientError) as refused:
        world.awslambda.create_alias(
            FunctionName="probe",
            Name="live",
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": weights},
        )

    assert refused.value.response["Error"]["Code"] == code


def test_an_alias_is_made_once(world: World) -> None:
    two_versions(world)
    world.awslambda.create_alias(FunctionName="probe", Name="live", FunctionVersion="1")

    with pytest.raises(ClientError, match="ResourceConflictException"):
        world.awslambda.create_alias(FunctionName="probe", Name="live", FunctionVersion="2")
