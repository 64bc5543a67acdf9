"""What a function sees, says and answers: the same with AWS's runtime client and with our own. No cloud, no cost."""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from .world import World

LOOK_AROUND = """
import importlib.util, os, sys

def lambda_handler(event, context):
    return {
        "importable": [name for name in event if importlib.util.find_spec(name)],
        "environment": dict(os.environ),
        "path": sys.path,
        "folder": os.getcwd(),
        "remaining": context.get_remaining_time_in_millis(),
        "context": [context.function_name, context.function_version, context.memory_limit_in_mb,
                    context.invoked_function_arn, context.aws_request_id, context.log_group_name],
    }
"""


def test_the_handler_gets_the_event_and_its_answer_comes_back(either_world: World) -> None:
    either_world.deploy()

    answer = either_world.invoke({"numbers": [1, 2.5, None, True], "text": "é"})

    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert answer["Payload"] == {"numbers": [1, 2.5, None, True], "text": "é"}
    assert "FunctionError" not in answer


def test_nothing_at_all_is_an_empty_event(either_world: World) -> None:
    either_world.deploy()

    assert either_world.invoke()["Payload"] == {}


def test_a_function_can_import_what_awss_runtime_has_and_nothing_of_ours(either_world: World) -> None:
    either_world.deploy(LOOK_AROUND)
    ours = ["tap_stack", "moto", "pulumi", "pytest", "pydantic", "yaml", "editables"]
    awss = ["boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six"]

    seen = either_world.invoke([*ours, *awss])["Payload"]

    assert seen["importable"] == awss
    assert [entry for entry in seen["path"] if "site-packages" in entry or entry.endswith("src")] == []


def test_the_environment_is_the_functions_own_and_awss_and_nothing_else(
    either_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DEVELOPER", "leaked")
    arn = either_world.deploy(
        LOOK_AROUND, MemorySize=256, Environment={"Variables": {"GROUP": "tap-dev", "PYTHONPATH": "/nowhere"}}
    )

    seen = either_world.invoke([])["Payload"]

    environment: dict[str, str] = seen["environment"]
    assert environment["GROUP"] == "tap-dev"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert environment["AWS_ENDPOINT_URL"] == either_world.server.url
    assert environment["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert environment["_HANDLER"] == "index.lambda_handler"
    assert environment["LAMBDA_TASK_ROOT"] == os.path.realpath(seen["folder"])
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert "SECRET_OF_THE_DEVELOPER" not in environment
    request_id = either_world.seen[0].request_id
    assert seen["context"] == ["probe", "$LATEST", "256", arn, request_id, "/aws/lambda/probe"]


def test_the_remaining_time_counts_down_from_the_timeout(either_world: World) -> None:
    either_world.deploy(LOOK_AROUND, Timeout=7)

    remaining = either_world.invoke([])["Payload"]["remaining"]

    assert 5000 < remaining <= 7000


def test_an_exception_comes_back_as_awss_error_and_the_process_stays(either_world: World) -> None:
    either_world.deploy("def lambda_handler(event, context):\n    return {}[event['key']]\n")

    first = either_world.invoke({"key": "absent"})
    second = either_world.invoke({"key": "absent"})

    assert first["FunctionError"] == "Unhandled"
    assert first["Payload"]["errorType"] == "KeyError"
    assert first["Payload"]["errorMessage"] == "'absent'"
    assert first["Payload"]["requestId"] == either_world.seen[0].request_id
    assert "index.py" in first["Payload"]["stackTrace"][0]
    assert second["FunctionError"] == "Unhandled"
    assert either_world.seen[0].process_id == either_world.seen[1].process_id


UNLOADABLE = {
    "Runtime.ImportModuleError": ("import absent_module\n", "index.lambda_handler"),
    "Runtime.UserCodeSyntaxError": ("def lambda_handler(:\n", "index.lambda_handler"),
    "Runtime.HandlerNotFound": ("x = 1\n", "index.lambda_handler"),
    "Runtime.MalformedHandlerName": ("x = 1\n", "lambda_handler"),
    "ZeroDivisionError": ("1 / 0\n", "index.lambda_handler"),
}


def test_a_handler_that_cannot_be_loaded_is_named_for_why(either_world: World) -> None:
    for number, (source, handler) in enumerate(UNLOADABLE.values()):
        either_world.deploy(source, name=f"unloadable-{number}", Handler=handler)

    answers = [either_world.invoke({}, name=f"unloadable-{number}") for number in range(len(UNLOADABLE))]

    assert [answer["FunctionError"] for answer in answers] == ["Unhandled"] * len(UNLOADABLE)
    assert [answer["Payload"]["errorType"] for answer in answers] == list(UNLOADABLE)


def test_a_timeout_kills_the_process_and_the_next_invocation_starts_cold(either_world: World) -> None:
    source = "import time\ndef lambda_handler(event, context):\n    time.sleep(event)\n    return 'awake'\n"
    either_world.deploy(source, Timeout=1)

    late = either_world.invoke(30)
    after = either_world.invoke(0)

    assert late["FunctionError"] == "Unhandled"
    assert late["Payload"]["errorType"] == "Sandbox.Timedout"
    assert late["Payload"]["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert any("Task timed out after 1.00 seconds" in line for line in either_world.seen[0].log_lines)
    assert 1000 <= either_world.seen[0].duration_ms < 1500
    assert after["Payload"] == "awake"
    assert either_world.seen[1].cold
    with pytest.raises(ProcessLookupError):
        os.kill(either_world.seen[0].process_id, 0)


DEATHS = {
    "os._exit(3)": "Runtime exited with error: exit status 3",
    "os._exit(0)": "Runtime exited without providing a reason",
    "os.kill(os.getpid(), 9)": "Runtime exited with error: signal: killed",
}


def test_a_process_that_dies_is_an_exit_error(either_world: World) -> None:
    either_world.deploy("import os\ndef lambda_handler(event, context):\n    print('last words')\n    exec(event)\n")

    answers = [either_world.invoke(statement)["Payload"] for statement in DEATHS]

    seen = either_world.seen
    reasons = [
        f"RequestId: {each.request_id} Error: {reason}" for each, reason in zip(seen, DEATHS.values(), strict=True)
    ]
    assert [answer["errorMessage"] for answer in answers] == reasons
    assert {answer["errorType"] for answer in answers} == {"Runtime.ExitError"}
    assert all("last words" in each.log_lines for each in seen)
    assert all("Status: error\tError Type: Runtime.ExitError" in each.log_lines[-1] for each in seen)
    assert [each.cold for each in seen] == [True, True, True]


def test_logs_have_start_the_functions_lines_end_and_report(either_world: World) -> None:
    source = """
import logging
print("loading")
def lambda_handler(event, context):
    print("one")
    logging.getLogger().warning("two")
    print("three", end="")
"""
    either_world.deploy(source, Timeout=5)

    answer = either_world.invoke({}, LogType="Tail")

    lines = either_world.log_lines()
    request_id = either_world.seen[0].request_id
    assert lines[0] == "loading"
    assert lines[1] == f"START RequestId: {request_id} Version: $LATEST"
    assert lines[2] == "one"
    assert lines[3].startswith("[WARNING]\t")
    assert lines[3].endswith(f"\t{request_id}\ttwo")
    assert lines[4] == "three"
    assert lines[5] == f"END RequestId: {request_id}"
    assert lines[6].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert "\tMemory Size: 128 MB\tMax Memory Used: " in lines[6]
    assert "\tInit Duration: " in lines[6]
    assert base64.b64decode(answer["LogResult"]).decode().splitlines() == lines


def test_an_error_is_one_log_event_with_its_traceback(either_world: World) -> None:
    either_world.deploy("def lambda_handler(event, context):\n    raise ValueError('no')\n")

    either_world.invoke({})

    errors = [line for line in either_world.log_lines() if line.startswith("[ERROR]")]
    assert len(errors) == 1
    assert errors[0].splitlines()[0] == "[ERROR] ValueError: no"
    assert "Traceback (most recent call last):" in errors[0]


def test_a_function_that_outgrows_its_memory_is_killed(either_world: World) -> None:
    source = """
import time
def lambda_handler(event, context):
    hoard = b"x" * (300 * 1024 * 1024)
    time.sleep(1)
    return len(hoard)
"""
    either_world.deploy(source)
    if not Path("/proc/self/status").exists():
        pytest.skip("a process's size while it runs is seen on Linux only")

    answer = either_world.invoke({})

    assert answer["Payload"]["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert "Memory Size: 128 MB\tMax Memory Used: 128 MB" in either_world.seen[0].log_lines[-1]


def test_what_a_function_starts_ends_with_it(either_world: World) -> None:
    source = """
import subprocess, sys
def lambda_handler(event, context):
    return subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"]).pid
"""
    either_world.deploy(source)
    process_id = either_world.invoke({})["Payload"]
    os.kill(process_id, 0)

    either_world.functions.close()

    assert _ends(process_id)


def test_a_response_beyond_six_megabytes_is_refused(either_world: World) -> None:
    either_world.deploy("def lambda_handler(event, context):\n    return 'x' * 6_300_000\n")

    answer = either_world.invoke({})

    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_function_calls_the_cloud_with_its_roles_permissions(either_world: World) -> None:
    source = """
import boto3
def lambda_handler(event, context):
    who = boto3.client("sts").get_caller_identity()["Arn"]
    try:
        boto3.client("iam").list_roles()
    except Exception as error:
        return [who, error.response["Error"]["Code"]]
"""
    either_world.deploy(source)

    who, code = either_world.invoke({})["Payload"]

    assert who == "arn:aws:sts::123456789012:assumed-role/function-role/probe"
    assert code == "AccessDenied"


def test_an_event_that_is_not_json_never_reaches_the_function(world: World) -> None:
    world.deploy()

    with pytest.raises(ClientError) as refused:
        world.awslambda.invoke(FunctionName="probe", Payload=b"{not json")

    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"
    assert world.seen == []


def test_json_logging_makes_every_line_an_object(either_world: World) -> None:
    source = """
import logging
def lambda_handler(event, context):
    logging.getLogger("tap").info("swept")
    logging.getLogger("tap").debug("unseen")
    raise ValueError("no")
"""
    either_world.deploy(source, LoggingConfig={"LogFormat": "JSON"})

    either_world.invoke({})

    start, swept, error, report = (json.loads(line) for line in either_world.log_lines())
    request_id = either_world.seen[0].request_id
    assert start["type"] == "platform.start"
    assert start["record"] == {"requestId": request_id, "version": "$LATEST"}
    assert [swept[key] for key in ("level", "logger", "message", "requestId")] == ["INFO", "tap", "swept", request_id]
    assert [error[key] for key in ("level", "errorType", "errorMessage")] == ["ERROR", "ValueError", "no"]
    assert report["type"] == "platform.report"
    assert report["record"]["status"] == "error"
    assert report["record"]["errorType"] == "ValueError"
    assert report["record"]["metrics"]["memorySizeMB"] == 128


def _ends(process_id: int) -> bool:
    """Whether a killed process is gone within a second: the system takes its moment."""
    end = time.monotonic() + 1
    while _is_running(process_id) and time.monotonic() < end:
        time.sleep(0.01)
    return not _is_running(process_id)


def _is_running(process_id: int) -> bool:
    """Whether a process is there and not merely waiting to be reaped by whoever inherited it."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
