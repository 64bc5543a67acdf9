"""The gateway in front of moto: each protocol both ways, and a handler or moto behind it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_aws.calls import AwsError, Call, Caller

from .house import KEY, NOW, House, remember

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
