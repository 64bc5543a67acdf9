"""DescribeInstanceStatus as EC2 means it, seen by boto3 through the whole cloud."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.calls import AwsError, Call, Caller
from embedded_aws.fleet.health import Checks, CheckStatus
from embedded_aws.in_process.instance_status import Instance
from embedded_aws.services.ec2.instance_status import InstanceStatus

SINCE = datetime(2031, 1, 1, 12, tzinfo=UTC)
OK = CheckStatus("ok")
IMPAIRED = CheckStatus("impaired", SINCE)


@dataclass
class Region:
    """A region with instances and what is known of their checks, asked as the gateway asks."""

    instances: list[Instance] = field(default_factory=list)
    checks: dict[str, Checks] = field(default_factory=dict)

    def add(self, number: int, *, state: str = "running", zone: str = "us-east-1a", **failing: CheckStatus) -> str:
        identity = f"i-{number:017x}"
        code = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}[
            state
        ]
        self.instances.append(Instance(identity, state, code, zone, f"id-of-{zone}"))
        if failing:
            self.checks[identity] = Checks(**({"system": OK, "instance": OK, "ebs": OK} | failing))
        return identity

    def known(self, ids: Collection[str]) -> dict[str, Checks]:
        return {each: self.checks[each] for each in ids if each in self.checks}

    def describe(self, **params: Any) -> dict[str, Any]:
        part = InstanceStatus(lambda _: self.instances, [self.known])
        caller = Caller("123456789012", "AKIAIOSFODNN7EXAMPLE")
        call = Call("ec2", "DescribeInstanceStatus", params, "us-east-1", caller, SINCE, dict)
        return part.routes()["ec2", "DescribeInstanceStatus"](call)

    def ids(self, **params: Any) -> list[str]:
        return [each["InstanceId"] for each in self.describe(**params)["InstanceStatuses"]]


def where(**wanted: str | list[str]) -> list[dict[str, Any]]:
    return [
        {"Name": name.replace("__", ".").replace("_", "-"), "Values": [value] if isinstance(value, str) else value}
        for name, value in wanted.items()
    ]


@pytest.fixture
def region() -> Region:
    return Region()


def test_an_instance_that_nobody_speaks_for_passes_its_checks_while_it_runs(region: Region) -> None:
    one = region.add(1)

    passed = {"Status": "ok", "Details": [{"Name": "reachability", "Status": "passed"}]}
    assert region.describe()["InstanceStatuses"] == [
        {
            "AvailabilityZone": "us-east-1a",
            "AvailabilityZoneId": "id-of-us-east-1a",
            "InstanceId": one,
            "InstanceState": {"Code": 16, "Name": "running"},
            "InstanceStatus": passed,
            "SystemStatus": passed,
            "AttachedEbsStatus": passed,
            "ApplicationStatus": {"Status": "not-applicable"},
        }
    ]


@pytest.mark.parametrize(
    ("check", "shown"), [("instance", "InstanceStatus"), ("system", "SystemStatus"), ("ebs", "AttachedEbsStatus")]
)
def test_a_failed_check_is_told_with_the_time_since_when(region: Region, check: str, shown: str) -> None:
    region.add(1, **{check: IMPAIRED})  # type: ignore[arg-type]

    status = region.describe()["InstanceStatuses"][0]

    detail = {"Name": "reachability", "Status": "failed", "ImpairedSince": SINCE}
    assert status.pop(shown) == {"Status": "impaired", "Details": [detail]}
    others = [status[name] for name in ("InstanceStatus", "SystemStatus", "AttachedEbsStatus") if name in status]
    assert [other["Status"] for other in others] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("status", "detail"), [("initializing", "initializing"), ("insufficient-data", "insufficient-data")]
)
def test_a_check_without_a_verdict_says_so_and_gives_no_time(region: Region, status: str, detail: str) -> None:
    region.add(1, system=CheckStatus(status))

    told = region.describe()["InstanceStatuses"][0]["SystemStatus"]

    assert told == {"Status": status, "Details": [{"Name": "reachability", "Status": detail}]}


@pytest.mark.parametrize("state", ["pending", "shutting-down", "terminated", "stopping", "stopped"])
def test_only_running_instances_are_told_unless_all_are_asked_for(region: Region, state: str) -> None:
    other, one = region.add(2, state=state, system=IMPAIRED), region.add(1)

    assert region.ids() == [one]
    assert region.ids(InstanceIds=[other, one]) == [one]
    assert region.ids(IncludeAllInstances=True) == [one, other]
    told = region.describe(InstanceIds=[other], IncludeAllInstances=True)["InstanceStatuses"][0]
    assert told["SystemStatus"] == {"Status": "not-applicable"}


def test_filters_of_different_names_must_all_match(region: Region) -> None:
    region.add(1, system=IMPAIRED)
    region.add(2, instance=IMPAIRED)
    both = region.add(3, system=IMPAIRED, instance=IMPAIRED)

    assert region.ids(Filters=where(system_status__status="impaired", instance_status__status="impaired")) == [both]


def test_any_value_of_a_filter_may_match(region: Region) -> None:
    one, two = region.add(1, system=IMPAIRED), region.add(2, system=CheckStatus("initializing"))
    region.add(3)

    assert region.ids(Filters=where(system_status__status=["impaired", "initializing"])) == [one, two]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attached-ebs-status.status", "impaired"),
        ("system-status.reachability", "failed"),
        ("instance-status.reachability", "init*"),
        ("availability-zone", "us-east-1b"),
        ("availability-zone-id", "id-of-us-east-1b"),
    ],
)
def test_each_filter_looks_at_its_own_property(region: Region, name: str, value: str) -> None:
    region.add(1)
    odd = region.add(2, zone="us-east-1b", ebs=IMPAIRED, system=IMPAIRED, instance=CheckStatus("initializing"))

    assert region.ids(Filters=[{"Name": name, "Values": [value]}]) == [odd]


def test_a_state_filter_needs_all_instances_to_find_those_that_do_not_run(region: Region) -> None:
    region.add(1)
    stopped = region.add(2, state="stopped")

    assert region.ids(Filters=where(instance_state_name="stopped")) == []
    assert region.ids(Filters=where(instance_state_name="stopped"), IncludeAllInstances=True) == [stopped]
    assert region.ids(Filters=where(instance_state_code="80"), IncludeAllInstances=True) == [stopped]


def test_scheduled_events_can_be_asked_for_and_there_are_none(region: Region) -> None:
    region.add(1)

    assert region.ids(Filters=[{"Name": "event.code", "Values": ["*"]}]) == []


def test_it_cannot_be_filtered_by_tag_or_group(region: Region) -> None:
    with pytest.raises(AwsError, match="InvalidParameterValue: The filter 'tag:Project' is invalid"):
        region.ids(Filters=[{"Name": "tag:Project", "Values": ["tap"]}])


def test_pages_of_the_asked_size_follow_each_other_to_the_end(region: Region) -> None:
    everyone = [region.add(number) for number in range(12)]
    seen, token, sizes = list[str](), None, list[int]()
    while True:
        answer = region.describe(MaxResults=5, **({"NextToken": token} if token else {}))
        page = [each["InstanceId"] for each in answer["InstanceStatuses"]]
        seen, sizes, token = seen + page, [*sizes, len(page)], answer.get("NextToken")
        if token is None:
            break

    assert (seen, sizes) == (everyone, [5, 5, 2])


def test_a_page_holds_a_thousand_even_when_no_size_was_asked(region: Region) -> None:
    for number in range(1001):
        region.add(number)

    answer = region.describe()

    assert len(answer["InstanceStatuses"]) == 1000
    assert len(region.describe(NextToken=answer["NextToken"])["InstanceStatuses"]) == 1


@pytest.mark.parametrize("size", [-1, 0, 4, 1001])
def test_a_page_size_outside_of_5_to_1000_is_refused(region: Region, size: int) -> None:
    with pytest.raises(AwsError, match="InvalidParameterValue"):
        region.describe(MaxResults=size)


def test_ids_and_a_page_size_exclude_each_other(region: Region) -> None:
    with pytest.raises(AwsError, match="InvalidParameterCombination"):
        region.describe(InstanceIds=[region.add(1)], MaxResults=5)


def test_a_hundred_ids_are_the_most(region: Region) -> None:
    ids = [region.add(number) for number in range(101)]

    assert region.ids(InstanceIds=ids[:100]) == ids[:100]
    with pytest.raises(AwsError, match="InvalidParameterValue"):
        region.ids(InstanceIds=ids)


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        (["i-0000000000000000f"], "InvalidInstanceID.NotFound"),
        (["i-0000000000000000f", "i-0000000000000000e"], "InvalidInstanceID.NotFound"),
        (["i-xyz"], "InvalidInstanceID.Malformed"),
        (["vpc-0000000000000000f"], "InvalidInstanceID.Malformed"),
    ],
)
def test_ids_that_do_not_exist_are_refused(region: Region, ids: list[str], code: str) -> None:
    region.add(1)

    with pytest.raises(AwsError) as caught:
        region.ids(InstanceIds=ids)

    assert caught.value.code == code


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    from embedded_aws.embedded import Cloud  # noqa: PLC0415 - only these two tests need all of it

    with Cloud(start=SINCE) as cloud:
        yield cloud.client("ec2")
        assert cloud.failures == []


def test_boto3_reads_the_status_of_a_real_instance(client: Any) -> None:
    instance = client.run_instances(ImageId="ami-12345678", InstanceType="t3.micro", MinCount=1, MaxCount=1)[
        "Instances"
    ][0]

    status = client.describe_instance_status(InstanceIds=[instance["InstanceId"]])["InstanceStatuses"][0]

    assert status["InstanceStatus"]["Status"] == "ok"
    assert status["AttachedEbsStatus"]["Details"] == [{"Name": "reachability", "Status": "passed"}]
    assert instance["LaunchTime"] - SINCE < timedelta(seconds=1)


def test_boto3s_paginator_and_errors_work(client: Any) -> None:
    pages = list(client.get_paginator("describe_instance_status").paginate(PaginationConfig={"PageSize": 5}))

    assert [len(page["InstanceStatuses"]) for page in pages] == [1]
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.Malformed"):
        client.describe_instance_status(InstanceIds=["nonsense"])


def test_an_impaired_application_says_since_when(region: Region) -> None:
    region.add(1, application=IMPAIRED)
    region.add(2, application=CheckStatus("suppressed"))

    found = region.describe(Filters=where(application_status__status="impaired"))["InstanceStatuses"]

    assert [each["ApplicationStatus"] for each in found] == [{"Status": "impaired", "ImpairedSince": SINCE}]
    assert region.ids(Filters=where(application_status__status="not-applicable")) == ["i-00000000000000002"]
