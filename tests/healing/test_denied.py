"""Sweeps that may not, are throttled, or are set up wrongly: how often they try, and how they say so."""

from __future__ import annotations

import pytest
from botocore.exceptions import ReadTimeoutError
from support.healing.world import Context, a_broken_world, a_world, failing, refuse

from tap_stack.healer.calls import HealerError


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("DescribeAutoScalingGroups", "AccessDenied"),
        ("DescribeInstanceStatus", "UnauthorizedOperation"),
        ("CreateLogStream", "AccessDeniedException"),
        ("SetInstanceHealth", "AccessDenied"),
        ("PutMetricData", "AccessDenied"),
        ("Publish", "AuthorizationError"),
    ],
)
def test_access_denied_is_reported_and_then_raised_and_is_not_retried(action: str, code: str) -> None:
    world = a_broken_world()
    failing(world, action, code, 403)

    with pytest.raises(HealerError, match=f"{action} failed: {code}"):
        world.sweep()

    assert len(world.lines) == 1
    assert world.aws.made().count(action) == 1
    assert (world.aws.metrics == []) is (action == "PutMetricData")
    assert (world.aws.instances["i-00001"].health == "Unhealthy") is (action in {"PutMetricData", "Publish"})


def test_and_the_next_sweep_works_as_soon_as_it_is_allowed() -> None:
    world = a_broken_world()
    failing(world, "SetInstanceHealth", "AccessDenied", 403, times=1)
    with pytest.raises(HealerError):
        world.sweep()
    world.aws.advance(60)

    assert world.sweep()["result"] == "acted"


def test_a_call_is_retried_three_times_with_growing_waits_and_full_jitter() -> None:
    world = a_broken_world(random=lambda: 1.0)
    failing(world, "SetInstanceHealth", "InternalFailure", 500)

    line = world.sweep()

    assert world.slept == [0.5, 1.0, 2.0]
    assert len(world.aws.marked()) == 4
    assert line["reasons"] == {"blind": ["i-00001"]}


def test_retries_at_most_double_the_calls_of_a_quiet_sweep() -> None:
    world = a_world()
    refused: set[int] = set()

    def every_other(action: str) -> None:
        number = len(world.aws.requests)
        if number % 2:
            refused.add(number)
            raise refuse(action, "Throttling", "Rate exceeded")

    world.aws.before = every_other
    line = world.sweep()

    assert line["result"] == "quiet"
    assert len(world.aws.requests) == 10


def test_a_quiet_sweep_whose_calls_fail_twice_each_gives_up_in_time() -> None:
    world = a_world()

    def two_of_three(action: str) -> None:
        if len(world.aws.requests) % 3:
            raise refuse(action, "Throttling", "Rate exceeded")

    world.aws.before = two_of_three

    with pytest.raises(HealerError, match="PutMetricData"):
        world.sweep()

    assert world.lines[0]["result"] == "blind"
    assert len(world.aws.requests) <= 10


def test_with_no_time_left_a_call_is_not_tried_again() -> None:
    world = a_broken_world()
    failing(world, "DescribeInstanceStatus")

    world.sweep(context=Context(world.aws, seconds=13.4))

    assert world.aws.made().count("DescribeInstanceStatus") == 1


def test_no_read_begins_that_might_leave_no_time_for_the_line() -> None:
    """The longest that a call may take is 10 s: each of these takes it, and no answer comes."""
    world = a_broken_world()

    def before(action: str) -> None:
        if action == "DescribeInstanceStatus":
            world.aws.advance(10)
            raise ReadTimeoutError(endpoint_url="https://ec2.example")

    world.aws.before = before
    context = Context(world.aws)
    line = world.sweep(context=context)

    assert line["result"] == "blind"
    assert context.get_remaining_time_in_millis() > 0


def test_the_jitter_is_full_so_that_healers_do_not_knock_together() -> None:
    world = a_broken_world(random=lambda: 0.25)
    failing(world, "SetInstanceHealth", "InternalFailure", 500)
    world.sweep()

    assert world.slept == [0.125, 0.25, 0.5]


def test_a_quiet_sweep_never_makes_more_than_ten_calls_even_if_all_fail() -> None:
    world = a_world()

    def always(action: str) -> None:
        raise refuse(action, "Throttling", "Rate exceeded")

    world.aws.before = always
    with pytest.raises(HealerError):
        world.sweep()

    assert len(world.aws.requests) <= 10


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"GROUP_NAME": ""}, "GROUP_NAME is not set"),
        ({"HEALER_MODE": "Live"}, "HEALER_MODE = 'Live' is not accepted; accepted: live or observe"),
        ({"HEALER_POLICY": "{"}, "a JSON object"),
        ({"HEALER_POLICY": '{"zone_brake": 1}'}, "zone_brake = 1 is not accepted; accepted: zone_brake_"),
    ],
)
def test_a_wrong_setting_is_a_line_a_metric_of_its_own_and_a_notice_and_no_error(
    environ: dict[str, str], message: str
) -> None:
    """So that the alarm of this setting goes off, and no other."""
    world = a_broken_world()

    line = world.sweep(None, None, AWS_LAMBDA_LOG_GROUP_NAME="/aws/lambda/tap-healer", **environ)

    assert line["result"] == "settings"
    assert message in line["why"]
    assert world.aws.metrics == [{"WrongSettings": 1, "Heartbeat": 1, "BlindSweeps": 0}]
    (published,) = [params for action, params in world.aws.requests if action == "PutMetricData"]
    assert published["MetricData"][0]["Dimensions"][1] == {"Name": "Setting", "Value": next(iter(environ))}
    assert message in world.aws.notices[0]["Message"]
    assert world.aws.marked() == []
