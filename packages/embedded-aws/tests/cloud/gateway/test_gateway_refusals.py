"""The gateway turns away what is not for it, and says so as AWS does."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.calls import Call

from .house import NOW, House, signature


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
        ({"Authorization": signature("glacier")}, "", 501, "NotImplemented"),
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
