"""Scheduled actions through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from embedded_aws.services.events.expression import InvalidScheduleError, parse_recurrence

from .conftest import Place

Create = Callable[..., str]
MONDAY = datetime(2026, 3, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "after", "following"),
    [
        ("0 6 * * *", "UTC", MONDAY, "2026-03-24T06:00:00+00:00"),
        ("30 8 * * SAT,0", "UTC", MONDAY, "2026-03-28T08:30:00+00:00"),
        ("0 0 * * 7", "UTC", MONDAY, "2026-03-29T00:00:00+00:00"),
        ("0 0 1 * MON", "UTC", MONDAY, "2026-03-30T00:00:00+00:00"),
        ("*/20 13 23 3 *", "UTC", MONDAY, "2026-03-23T13:00:00+00:00"),
        ("0 6 * * *", "Europe/Berlin", MONDAY, "2026-03-24T05:00:00+00:00"),
        ("0 6 * * SUN", "Europe/Berlin", MONDAY, "2026-03-29T04:00:00+00:00"),
        ("30 0 * * TUE", "Asia/Tokyo", MONDAY, "2026-03-23T15:30:00+00:00"),
    ],
)
def test_a_recurrence_is_five_fields_of_cron_in_its_time_zone(
    text: str, zone: str, after: datetime, following: str
) -> None:
    found = parse_recurrence(text, ZoneInfo(zone)).next_after(after)

    assert found is not None
    assert found.astimezone(UTC).isoformat() == following


@pytest.mark.parametrize("text", ["0 6 * *", "0 6 * * * *", "60 * * * *", "0 6 * * 8", "@daily"])
def test_another_text_is_no_recurrence(text: str) -> None:
    with pytest.raises(InvalidScheduleError):
        parse_recurrence(text, UTC)


def actions(place: Place, group: str) -> list[dict[str, Any]]:
    found = place.autoscaling.describe_scheduled_actions(AutoScalingGroupName=group)["ScheduledUpdateGroupActions"]
    return list(found)


def test_an_action_is_told_and_carried_out(place: Place, create: Create) -> None:
    group = create(DesiredCapacity=1)
    now = place.cloud.clock.now()
    hour = (now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    place.autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName=group,
        ScheduledActionName="up",
        MaxSize=5,
        DesiredCapacity=3,
        Recurrence="0 * * * *",
        TimeZone="Etc/UTC",
    )
    (told,) = actions(place, group)
    assert (told["StartTime"], told["Recurrence"], told["TimeZone"]) == (hour, "0 * * * *", "Etc/UTC")
    assert (told["MaxSize"], told["DesiredCapacity"]) == (5, 3)
    assert "MinSize" not in told
    assert told["ScheduledActionARN"].endswith(f":autoScalingGroupName/{group}:scheduledActionName/up")

    place.cloud.clock.advance((hour - now).total_seconds() + 120)
    found = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"][0]
    assert (found["MaxSize"], found["DesiredCapacity"], len(found["Instances"])) == (5, 3, 3)

    place.autoscaling.delete_scheduled_action(AutoScalingGroupName=group, ScheduledActionName="up")
    assert actions(place, group) == []


@pytest.mark.parametrize(
    ("params", "code", "said"),
    [
        ({"StartTime": "2000-01-01T00:00:00Z", "MinSize": 1}, "ValidationError", "is in the past"),
        ({"StartTime": "2199-01-01T00:00:00Z"}, "ValidationError", "At least one of MinSize"),
        ({"MinSize": 1}, "ValidationError", "Either StartTime or Recurrence"),
        ({"MinSize": 1, "Recurrence": "daily"}, "ValidationError", "recurrence string is not valid"),
        ({"MinSize": 1, "Recurrence": "0 0 * * *", "TimeZone": "Mars/Base"}, "ValidationError", "Invalid TimeZone"),
        (
            {"MinSize": 1, "StartTime": "2199-01-02T00:00:00Z", "EndTime": "2199-01-01T00:00:00Z"},
            "ValidationError",
            "end time is before the start time",
        ),
        ({"MinSize": 1, "StartTime": "2199-05-01T00:00:00Z"}, "AlreadyExists", "Another action is scheduled"),
    ],
)
def test_what_aws_refuses_is_refused(
    place: Place, create: Create, params: dict[str, Any], code: str, said: str
) -> None:
    group = create(DesiredCapacity=1)
    put = place.autoscaling.put_scheduled_update_group_action
    put(AutoScalingGroupName=group, ScheduledActionName="first", StartTime="2199-05-01T00:00:00Z", MinSize=1)

    with pytest.raises(ClientError, match=said) as caught:
        put(AutoScalingGroupName=group, ScheduledActionName="a", **params)
    assert caught.value.response["Error"]["Code"] == code


def test_several_are_put_and_deleted_at_once_and_failures_are_told(place: Place, create: Create) -> None:
    group = create(DesiredCapacity=1)
    good = {"ScheduledActionName": "good", "MinSize": 1, "Recurrence": "0 3 * * *"}
    bad = {"ScheduledActionName": "bad", "MinSize": 1}
    put = place.autoscaling.batch_put_scheduled_update_group_action(
        AutoScalingGroupName=group, ScheduledUpdateGroupActions=[good, bad]
    )
    gone = place.autoscaling.batch_delete_scheduled_action(
        AutoScalingGroupName=group, ScheduledActionNames=["good", "never"]
    )

    assert [each["ScheduledActionName"] for each in put["FailedScheduledUpdateGroupActions"]] == ["bad"]
    assert [each["ScheduledActionName"] for each in gone["FailedScheduledActions"]] == ["never"]
    assert actions(place, group) == []
