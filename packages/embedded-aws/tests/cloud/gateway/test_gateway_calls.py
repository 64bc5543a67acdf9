"""The gateway under way: compressed calls, one at a time, kept connections, and the log."""

from __future__ import annotations

import http.client
import threading
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from embedded_aws.calls import Call, Caller, Routes
from embedded_aws.gateway import merge

from .house import KEY, NOW, House, remember, signature


def test_a_big_compressed_call_is_read_like_any_other(house: House) -> None:
    seen: list[Call] = []
    house.routes["cloudwatch", "PutMetricData"] = remember(seen)
    data = [{"MetricName": f"metric-{number}", "Value": float(number)} for number in range(900)]

    house.client("cloudwatch").put_metric_data(Namespace="tap/HealthCheck", MetricData=data)

    assert seen[0].params["MetricData"] == data


def test_a_compressed_call_reaches_moto_too(house: House) -> None:
    data = [{"MetricName": f"metric-{number}", "Value": 1.0, "Timestamp": NOW} for number in range(900)]

    house.client("cloudwatch").put_metric_data(Namespace="compressed", MetricData=data)

    listed = house.client("cloudwatch").list_metrics(Namespace="compressed", MetricName="metric-899")
    assert [metric["MetricName"] for metric in listed["Metrics"]] == ["metric-899"]


def test_handlers_run_one_at_a_time(house: House) -> None:
    inside, crowded = threading.Semaphore(1), threading.Event()

    def handler(_: Call) -> dict[str, Any]:
        if not inside.acquire(blocking=False):
            crowded.set()
        else:
            threading.Event().wait(0.005)
            inside.release()
        return {}

    house.routes["ec2", "DescribeVpcs"] = handler
    client = house.client("ec2")
    threads = [threading.Thread(target=client.describe_vpcs) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(house.calls.of("ec2", "DescribeVpcs")) == 8
    assert not crowded.is_set()


def test_an_unlocked_handler_may_call_back_from_another_thread(house: House) -> None:
    house.unlocked.add(("lambda", "Invoke"))
    answers: list[Any] = []

    def invoke(_: Call) -> dict[str, Any]:
        inner = threading.Thread(target=lambda: answers.append(house.client("ec2").describe_vpcs()["Vpcs"]))
        inner.start()
        inner.join(timeout=10)
        return {"StatusCode": 200}

    house.routes["lambda", "Invoke"] = invoke

    answer = house.client("lambda").invoke(FunctionName="f")

    assert (answer["StatusCode"], answer["Payload"].read()) == (200, b"")
    assert len(answers[0]) == 1


def test_connections_are_kept_alive(house: House) -> None:
    connection = http.client.HTTPConnection(urlsplit(house.server.url).netloc)
    headers = {"Authorization": signature(), "Content-Type": "application/x-www-form-urlencoded"}
    sockets = set()

    for _ in range(3):
        connection.request("POST", "/", "Action=DescribeVpcs&Version=2016-11-15", headers)
        assert connection.getresponse().read().startswith(b"<?xml")
        sockets.add(connection.sock)
    connection.close()

    assert len(sockets) == 1


def test_the_log_tells_who_did_what_where_and_how_it_ended(house: House) -> None:
    house.client("ssm", "eu-west-1").describe_parameters(MaxResults=10)

    record = house.last()
    assert (record.time, record.service, record.action, record.region) == (
        NOW,
        "ssm",
        "DescribeParameters",
        "eu-west-1",
    )
    assert (record.caller, record.allowed, record.error) == (Caller("123456789012", KEY), True, None)
    assert record.params == {"MaxResults": 10}
    assert 0 < record.seconds < 10


def test_the_log_tells_of_an_error_that_moto_answered(house: House) -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        house.client("iam").get_role(RoleName="none")

    assert house.last().error == "NoSuchEntity"


def test_a_subscriber_hears_each_call_until_it_leaves(house: House) -> None:
    heard: list[str] = []
    leave = house.calls.subscribe(lambda record: heard.append(record.action))

    house.client("sts").get_caller_identity()
    leave()
    house.client("sts").get_caller_identity()

    assert heard == ["GetCallerIdentity"]


def test_two_handlers_for_one_call_are_a_mistake() -> None:
    one: Routes = {("ec2", "DescribeVpcs"): lambda _: {}}

    with pytest.raises(ValueError, match="DescribeVpcs"):
        merge([one, one])
