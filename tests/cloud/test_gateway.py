"""The gateway in front of moto: protocols, guards, handlers, errors, dates and the log."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_stack.local.cloud import motoserver
from tap_stack.local.cloud.calllog import CallLog, CallRecord
from tap_stack.local.cloud.calls import AwsError, Call, Caller, Handler, Routes
from tap_stack.local.cloud.gateway import Gateway, merge
from tap_stack.local.cloud.httpd import LoopbackServer

NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
SERVICES = ("ec2", "autoscaling", "sts", "iam", "sns", "cloudwatch", "lambda", "events", "logs", "ssm", "kms")
KEY = "AKIAIOSFODNN7EXAMPLE"


@dataclass
class House:
    """A gateway over moto whose routes and guards a test may change while it runs."""

    routes: Routes = field(default_factory=dict)
    guards: list[Any] = field(default_factory=list)
    unlocked: set[tuple[str, str]] = field(default_factory=set)
    calls: CallLog = field(default_factory=CallLog)
    lock: Any = field(default_factory=threading.RLock)
    gateway: Gateway = field(init=False)
    server: LoopbackServer = field(init=False)

    def open(self, backend: motoserver.MotoServer) -> None:
        self.gateway = Gateway(
            backend=backend,
            now=lambda: NOW,
            lock=self.lock,
            calls=self.calls,
            services=SERVICES,
            regions=("us-east-1", "eu-west-1"),
            identify=lambda key: Caller("123456789012", key),
            guards=self.guards,
            routes=self.routes,
            unlocked=self.unlocked,
        )
        self.server = LoopbackServer(self.gateway)

    def client(self, service: str, region: str = "us-east-1", **options: Any) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.server.url,
            aws_access_key_id=KEY,
            aws_secret_access_key="made-up",
            config=Config(retries={"total_max_attempts": 1}, **options),
        )

    def raw(self, method: str = "POST", path: str = "/", body: str = "", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.read_body = response.read().decode()  # type: ignore[attr-defined]
        connection.close()
        return response

    def last(self) -> CallRecord:
        return list(self.calls)[-1]


def remember(calls: list[Call]) -> Handler:
    def handler(call: Call) -> dict[str, Any]:
        calls.append(call)
        return {}

    return handler


def signature(service: str = "ec2", region: str = "us-east-1") -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential={KEY}/20310506/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    house = House()
    with motoserver.running(lambda: NOW, seed=1) as backend:
        house.open(backend)
        yield house
        house.server.close()


@pytest.fixture
def house(running: House) -> Iterator[House]:
    yield running
    running.routes.clear()
    running.guards.clear()
    running.unlocked.clear()
    running.calls.clear()
    assert running.gateway.failures == []


ROUND_TRIPS = [
    (
        "ec2",
        "DescribeInstanceStatus",
        {"InstanceIds": ["i-1", "i-2"], "Filters": [{"Name": "x", "Values": ["a", "b"]}], "IncludeAllInstances": True},
        {"InstanceStatuses": [{"InstanceId": "i-1", "SystemStatus": {"Details": [{"ImpairedSince": NOW}]}}]},
    ),
    (
        "autoscaling",
        "DescribeScalingActivities",
        {"AutoScalingGroupName": "tap", "MaxRecords": 7, "Filters": [{"Name": "StartTimeLowerBound", "Values": ["x"]}]},
        {"Activities": [{"ActivityId": "1", "Cause": "<&>", "StartTime": NOW, "Progress": 50}], "NextToken": "n"},
    ),
    (
        "sts",
        "AssumeRole",
        {"RoleArn": "arn:aws:iam::1:role/abcdefghijk", "RoleSessionName": "me"},
        {"SourceIdentity": "x"},
    ),
    (
        "iam",
        "GetRolePolicy",
        {"RoleName": "r", "PolicyName": "p"},
        {"RoleName": "r", "PolicyName": "p", "PolicyDocument": {}},
    ),
    ("sns", "Publish", {"TopicArn": "arn:t", "Message": "höi\n2"}, {"MessageId": "m"}),
    (
        "cloudwatch",
        "GetMetricStatistics",
        {"Namespace": "n", "MetricName": "m", "StartTime": NOW, "EndTime": NOW, "Period": 60},
        {"Label": "l", "Datapoints": [{"Timestamp": NOW, "Average": 1.5}]},
    ),
    (
        "lambda",
        "Invoke",
        {
            "FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "InvocationType": "Event",
            "Payload": b'{"a":1}',
        },
        {"StatusCode": 200, "Payload": b'{"b": 2}', "FunctionError": "Unhandled"},
    ),
    (
        "lambda",
        "GetFunction",
        {"FunctionName": "f", "Qualifier": "7"},
        {"Configuration": {"Timeout": 3}, "Tags": {"a.b": "c"}},
    ),
    ("events", "PutRule", {"Name": "r", "ScheduleExpression": "rate(1 minute)", "Tags": []}, {"RuleArn": "arn:r"}),
    ("logs", "FilterLogEvents", {"logGroupName": "g", "limit": 3}, {"events": [{"timestamp": 12, "message": "m"}]}),
    (
        "ssm",
        "GetParameter",
        {"Name": "/a", "WithDecryption": True},
        {"Parameter": {"Name": "/a", "LastModifiedDate": NOW}},
    ),
    ("kms", "Decrypt", {"CiphertextBlob": b"\x00\xff"}, {"KeyId": "k", "Plaintext": b"\xfe\x01"}),
]


@pytest.mark.parametrize(
    ("service", "action", "params", "result"), ROUND_TRIPS, ids=[f"{each[0]}-{each[1]}" for each in ROUND_TRIPS]
)
def test_a_handler_gets_what_the_client_wrote_and_the_client_what_the_handler_returned(
    house: House, service: str, action: str, params: dict[str, Any], result: dict[str, Any]
) -> None:
    seen: list[Call] = []

    def handler(call: Call) -> dict[str, Any]:
        seen.append(call)
        return result

    house.routes[service, action] = handler
    client = house.client(service)

    answer = getattr(client, _method(client, action))(**params)

    call = seen[0]
    told = {name: answer[name] for name in result}
    if "Payload" in answer:  # a stream, and the connection is free again when it has been read
        told |= {"Payload": answer["Payload"].read()}
    assert told == result
    assert call.params == params
    assert (call.service, call.action, call.region, call.time) == (service, action, "us-east-1", NOW)
    assert call.caller == Caller("123456789012", KEY)


def _method(client: Any, action: str) -> str:
    methods: dict[str, str] = client.meta.method_to_api_mapping
    return next(method for method, name in methods.items() if name == action)


TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("service", "action", "wanted", "told"),
    [
        ("ec2", "CreateKeyPair", "KeyName", "KeyFingerprint"),
        ("sns", "Publish", "Message", "MessageId"),
        ("ssm", "PutParameter", "Value", "Tier"),
        ("lambda", "UpdateFunctionConfiguration", "Description", "Description"),
    ],
)
def test_any_text_survives_each_protocol_both_ways(
    running: House, service: str, action: str, wanted: str, told: str
) -> None:
    running.routes[service, action] = lambda call: {told: call.params[wanted]}
    extra = {"ssm": {"Name": "n"}, "lambda": {"FunctionName": "f"}, "sns": {"TopicArn": "t"}}.get(service, {})
    client = running.client(service)
    method = getattr(client, _method(client, action))

    @settings(max_examples=25)
    @given(TEXT)
    def check(text: str) -> None:
        assert method(**{wanted: text}, **extra)[told] == text

    check()
    running.routes.clear()


def test_moto_answers_what_no_handler_wants_in_the_region_of_the_signature(house: House) -> None:
    created = house.client("sns", "eu-west-1").create_topic(Name="tap")["TopicArn"]

    assert created == "arn:aws:sns:eu-west-1:123456789012:tap"
    assert [topic["TopicArn"] for topic in house.client("sns", "eu-west-1").list_topics()["Topics"]] == [created]
    assert house.client("sns", "us-east-1").list_topics()["Topics"] == []


def test_the_region_of_the_signature_wins_over_the_one_in_the_user_agent(house: House) -> None:
    client = house.client("sns", "eu-west-1", user_agent_extra="region/us-east-1")

    assert client.create_topic(Name="agent")["TopicArn"].split(":")[3] == "eu-west-1"


def test_moto_stamps_cloud_time(house: House) -> None:
    group = {"logGroupName": "/tap/time"}
    house.client("logs").create_log_group(**group)

    described = house.client("logs").describe_log_groups(logGroupNamePrefix="/tap/time")["logGroups"][0]

    assert described["creationTime"] == NOW.timestamp() * 1000


def test_a_handler_may_adjust_what_moto_says(house: House) -> None:
    def with_a_note(call: Call) -> dict[str, Any]:
        result = call.forward()
        return result | {"Vpcs": [vpc | {"DhcpOptionsId": "noted"} for vpc in result["Vpcs"]]}

    house.routes["ec2", "DescribeVpcs"] = with_a_note

    vpcs = house.client("ec2").describe_vpcs()["Vpcs"]

    assert [(vpc["IsDefault"], vpc["DhcpOptionsId"]) for vpc in vpcs] == [(True, "noted")]


def test_a_refusal_of_motos_reaches_the_handler_as_an_aws_error(house: House) -> None:
    refusals: list[AwsError] = []

    def handler(call: Call) -> dict[str, Any]:
        try:
            return call.forward()
        except AwsError as error:
            refusals.append(error)
            raise

    house.routes["logs", "DeleteLogGroup"] = handler

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        house.client("logs").delete_log_group(logGroupName="/none")

    assert (refusals[0].code, refusals[0].status) == ("ResourceNotFoundException", 400)


ERRORS = [
    ("ec2", "describe_vpcs", {}, "UnauthorizedOperation", 403),
    ("autoscaling", "describe_auto_scaling_groups", {}, "ValidationError", 400),
    ("iam", "list_roles", {}, "AccessDenied", 403),
    ("cloudwatch", "describe_alarms", {}, "AccessDenied", 403),
    ("cloudwatch", "get_dashboard", {"DashboardName": "d"}, "ResourceNotFound", 404),
    ("lambda", "get_function", {"FunctionName": "f"}, "ResourceNotFoundException", 404),
    ("lambda", "invoke", {"FunctionName": "f"}, "TooManyRequestsException", 429),
    ("events", "list_rules", {}, "ThrottlingException", 400),
    ("ssm", "get_parameter", {"Name": "n"}, "ParameterNotFound", 400),
    ("kms", "list_keys", {}, "KMSInternalException", 500),
]


@pytest.mark.parametrize(("service", "method", "params", "code", "status"), ERRORS)
def test_an_error_of_a_handler_reaches_the_client_in_its_protocols_own_words(
    *, house: House, service: str, method: str, params: dict[str, Any], code: str, status: int
) -> None:
    client = house.client(service)

    def refuse(_: Call) -> dict[str, Any]:
        raise AwsError(code, "because <of> this & that", status)

    house.routes[service, client.meta.method_to_api_mapping[method]] = refuse

    with pytest.raises(ClientError) as caught:
        getattr(client, method)(**params)

    response = caught.value.response
    assert (response["Error"]["Code"], response["Error"]["Message"]) == (code, "because <of> this & that")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["ResponseMetadata"]["RequestId"]
    assert house.last().error == code


def test_an_exception_of_the_model_can_be_caught_by_its_class(house: House) -> None:
    client = house.client("ssm")

    with pytest.raises(client.exceptions.ParameterNotFound):
        client.get_parameter(Name="/none")

    assert house.last().error == "ParameterNotFound"


def test_a_guard_refuses_before_anything_is_done(house: House) -> None:
    done: list[Call] = []
    house.routes["sns", "Publish"] = remember(done)

    def deny(call: Call) -> None:
        raise AwsError("AuthorizationError", f"not {call.action}", 403)

    house.guards.append(deny)

    with pytest.raises(ClientError, match=r"AuthorizationError.*not Publish"):
        house.client("sns").publish(TopicArn="arn:t", Message="m")

    record = house.last()
    assert done == []
    assert (record.allowed, record.error, record.action) == (False, "AuthorizationError", "Publish")


def test_every_answer_is_dated_in_cloud_time_and_has_a_request_id(house: House) -> None:
    answers = [house.raw(), house.raw(Authorization=signature("nothing")), house.raw(Authorization=signature())]
    metadata = house.client("ec2").describe_vpcs()["ResponseMetadata"]

    headers = [*(dict(answer.getheaders()) for answer in answers), metadata["HTTPHeaders"]]
    lower = [{name.lower(): value for name, value in each.items()} for each in headers]
    assert [parsedate_to_datetime(each["date"]) for each in lower] == [NOW] * 4
    assert all(each["x-amzn-requestid"] for each in lower)


def test_no_answer_invites_a_web_page(house: House) -> None:
    signed = house.raw(Authorization=signature(), Origin="http://evil.example", body="Action=DescribeVpcs")
    preflight = house.raw("OPTIONS", Origin="http://evil.example", Access_Control_Request_Method="POST")

    for answer in (signed, preflight):
        assert not [name for name, _ in answer.getheaders() if name.lower().startswith("access-control")]
    assert preflight.status == 403


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1:4566", "[::1]:80", "ec2.us-east-1.amazonaws.com", "ec2.cn-north-1.amazonaws.com.cn:443"],
)
def test_this_machines_names_and_awss_are_welcome(house: House, host: str) -> None:
    answer = house.raw(
        body="Action=DescribeVpcs&Version=2016-11-15",
        Host=host,
        Authorization=signature(),
        Content_Type="application/x-www-form-urlencoded",
    )

    assert answer.status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "amazonaws.com.evil.example", "notamazonaws.com", "10.0.0.1", "", "::"]
)
def test_a_foreign_host_name_is_turned_away(house: House, host: str) -> None:
    answer = house.raw(Host=host, Authorization=signature(), body="Action=DescribeVpcs")

    assert (answer.status, house.last().error) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({}, "Action=DescribeVpcs", 403, "MissingAuthenticationToken"),
        ({"Authorization": "Basic dTpw"}, "", 403, "IncompleteSignature"),
        ({"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c"}, "", 403, "IncompleteSignature"),
        ({"Authorization": signature(region="us-east-9")}, "Action=DescribeVpcs", 401, "AuthFailure"),
        ({"Authorization": signature("iam", "us-east-9")}, "Action=ListRoles", 403, "SignatureDoesNotMatch"),
        ({"Authorization": signature("logs", "us-east-9")}, "{}", 403, "InvalidSignatureException"),
        ({"Authorization": signature("s3")}, "", 501, "NotImplemented"),
        ({"Authorization": signature("ec2")}, "Action=Nonsense", 400, "InvalidAction"),
        ({"Authorization": signature("ec2")}, "", 404, "UnknownOperationException"),
        (
            {"Authorization": signature("logs"), "X-Amz-Target": "Logs_20140328.No"},
            "{}",
            400,
            "UnknownOperationException",
        ),
        (
            {"Authorization": signature("logs"), "X-Amz-Target": "Logs_20140328.DescribeLogGroups"},
            "[1]",
            400,
            "SerializationException",
        ),
        ({"Authorization": signature("lambda")}, "", 404, "UnknownOperationException"),
        (
            {"Authorization": signature("monitoring"), "Smithy-Protocol": "rpc-v2-cbor"},
            "",
            404,
            "UnknownOperationException",
        ),
        (
            {"Authorization": signature("ec2"), "Content-Encoding": "gzip"},
            "Action=DescribeVpcs",
            400,
            "SerializationException",
        ),
        ({"Authorization": signature("ec2")}, "Action=DescribeVpcs&MaxResults=many", 400, "SerializationException"),
    ],
)
def test_what_cannot_be_understood_is_refused_as_aws_refuses_it(
    house: House, headers: dict[str, str], body: str, status: int, code: str
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"} if body.startswith("Action") else {}

    answer = house.raw(body=body, **form, **headers)

    assert (answer.status, house.last().error) == (status, code)
    assert code in answer.read_body + str(answer.getheaders())  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/moto-api/reset", "/moto-api/data.json", "/latest/meta-data/", "/favicon.ico"])
def test_motos_own_pages_are_out_of_reach(house: House, path: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    signed = house.raw(path=path, body="Action=DescribeVpcs", Authorization=signature(), **form)

    assert (signed.status, house.raw("GET", path).status) == (400, 403)


def test_what_moto_does_not_implement_is_refused_by_name(house: House) -> None:
    with pytest.raises(ClientError, match="ec2:DescribeScheduledInstances is not part of the embedded AWS"):
        house.client("ec2").describe_scheduled_instances()
    with pytest.raises(ClientError, match="lambda:ListCapacityProviders is not part"):
        house.client("lambda").list_capacity_providers()


def test_an_unexpected_exception_is_a_500_and_a_traceback_for_us(running: House) -> None:
    def broken(_: Call) -> dict[str, Any]:
        raise ZeroDivisionError("secret of ours")

    running.routes["ec2", "DescribeVpcs"] = broken

    with pytest.raises(ClientError) as caught:
        running.client("ec2").describe_vpcs()

    assert caught.value.response["Error"]["Code"] == "InternalFailure"
    assert "secret of ours" not in str(caught.value)
    assert "secret of ours" in running.gateway.failures.pop()
    running.routes.clear()


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
