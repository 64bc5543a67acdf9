"""Whole sweeps against the model of AWS: what is called, what is marked, what is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tap_stack.healer.calls import HealerError, SettingsError

from .fake_aws import Instance, refuse
from .world import Context, World, a_broken_world, a_world

QUIET = ["DescribeAutoScalingGroups", *["DescribeInstanceStatus"] * 3, "PutMetricData"]
METRICS = [
    "HealthyInstances",
    "UnhealthyInstances",
    "ReplacedInstances",
    "Heartbeat",
    "Deferred",
    "InFlight",
    "Width",
    "Suspended",
    "BlindSweeps",
    "OldestImpairedAge",
]


def failing(
    world: World, action: str, code: str = "ThrottlingException", status: int = 400, times: int = 10**6
) -> None:
    """Let an operation fail so many times."""
    left = [times]

    def before(called: str) -> None:
        if called == action and left[0] > 0:
            left[0] -= 1
            raise refuse(action, code, "because a test says so", status)

    world.aws.before = before


# --- quiet ---


@pytest.mark.parametrize("size", [0, 1, 10, 10_000])
def test_a_quiet_sweep_makes_five_calls_whatever_the_size(size: int) -> None:
    world = a_world(size)

    line = world.sweep()

    assert world.aws.made() == QUIET
    assert (line["result"], line["reasons"]) == ("quiet", {})


def test_faults_of_other_peoples_instances_are_no_business_of_ours() -> None:
    world = a_world()
    world.aws.strangers = {"i-stranger": Instance("i-stranger", "zone-a", faults={"system": world.aws.now})}
    world.aws.advance(600)

    assert world.sweep()["result"] == "quiet"
    assert world.aws.made() == QUIET


def test_no_describe_is_ever_without_a_name_or_a_filter_and_none_has_ids() -> None:
    for world in (a_world(0), a_world(), a_broken_world()):
        world.sweep()
        for action, params in world.aws.requests:
            assert "InstanceIds" not in params
            if action == "DescribeAutoScalingGroups":
                assert params == {"AutoScalingGroupNames": ["tap-web"]}
            if action == "DescribeInstanceStatus":
                assert [item["Values"] for item in params["Filters"]] == [["impaired"]]


def test_the_three_checks_are_asked_for_one_by_one_because_filters_are_anded() -> None:
    world = a_world()
    world.sweep()

    assert [
        params["Filters"][0]["Name"] for action, params in world.aws.requests if action == "DescribeInstanceStatus"
    ] == [
        "system-status.status",
        "instance-status.status",
        "attached-ebs-status.status",
    ]


# --- acting ---


def test_a_broken_member_is_marked_with_respect_for_its_grace_period() -> None:
    world = a_broken_world()

    line = world.sweep()

    marks = [params for action, params in world.aws.requests if action == "SetInstanceHealth"]
    assert marks == [{"InstanceId": "i-00001", "HealthStatus": "Unhealthy", "ShouldRespectGracePeriod": True}]
    assert (line["result"], line["reasons"]) == ("acted", {"marked": ["i-00001"]})


@pytest.mark.parametrize("check", ["system", "instance", "attached-ebs"])
def test_each_of_the_three_checks_leads_to_a_replacement(check: str) -> None:
    world = a_world()
    world.aws.fail("i-00001", check)
    world.aws.advance(300)

    assert world.sweep()["reasons"] == {"marked": ["i-00001"]}


def test_a_check_that_is_not_impaired_is_no_fault_even_if_the_filter_lets_it_through() -> None:
    world = a_broken_world()
    world.aws.instances["i-00001"].faults.clear()
    world.aws.answers["DescribeInstanceStatus"] = lambda: {
        "InstanceStatuses": [
            {"InstanceId": "i-00001", "SystemStatus": {"Status": status}}
            for status in ("ok", "initializing", "insufficient-data", "not-applicable")
        ]
    }

    assert world.sweep()["result"] == "quiet"


def test_the_fault_on_the_last_page_is_found() -> None:
    world = a_world(40)
    world.aws.page = 5
    world.aws.strangers = {
        f"i-stranger{number}": Instance(f"i-stranger{number}", "zone-a", faults={"system": world.aws.now})
        for number in range(20)
    }
    world.aws.fail("i-00001")
    world.aws.strangers["i-00001"] = world.aws.instances.pop("i-00001")
    world.aws.instances["i-00001"] = world.aws.strangers.pop("i-00001")
    world.aws.advance(300)

    assert world.sweep()["reasons"] == {"marked": ["i-00001"]}


def test_a_sweep_that_acts_looks_again_right_before_it() -> None:
    world = a_broken_world()
    world.sweep()

    assert world.aws.made()[:4] == QUIET[:4]
    assert sorted(world.aws.made()[4:7]) == ["DescribeInstanceRefreshes", "DescribeScalingActivities", "DescribeTags"]
    assert world.aws.made()[7:] == [
        "DescribeAutoScalingGroups",
        "CreateLogStream",
        "SetInstanceHealth",
        "PutMetricData",
        "Publish",
    ]


def test_what_changed_between_the_two_looks_counts() -> None:
    world = a_broken_world()

    def before(action: str) -> None:
        if action == "DescribeTags":
            world.aws.suspended.add("Launch")

    world.aws.before = before

    assert world.sweep()["reasons"] == {"process_suspended": ["i-00001"]}
    assert world.aws.marked() == []


def test_a_candidate_that_leaves_between_the_two_looks_counts_as_somebody_elses_mark() -> None:
    world = a_world(40)
    for number in range(8):
        world.aws.fail(f"i-{number:05}")
    world.aws.advance(300)

    def before(action: str) -> None:
        if action == "DescribeTags":
            for number in range(7):
                world.aws.instances.pop(f"i-{number:05}", None)
            world.aws.desired = 33

    world.aws.before = before

    assert world.sweep()["reasons"] == {"capped_rate": ["i-00007"]}


def test_a_tag_of_the_instance_spares_it() -> None:
    world = a_broken_world()
    world.aws.instance_tags["i-00001"] = f"{world.aws.now + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"

    assert world.sweep()["reasons"] == {"vetoed": ["i-00001"]}


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"])
def test_a_refresh_under_way_holds_everything_back(status: str) -> None:
    world = a_broken_world()
    world.aws.refreshes = [{"Status": "Successful", "StartTime": world.aws.now}, {"Status": status}]

    assert world.sweep()["reasons"] == {"refresh": ["i-00001"]}


@pytest.mark.parametrize("status", ["Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"])
def test_a_refresh_that_is_over_does_not(status: str) -> None:
    world = a_broken_world()
    world.aws.refreshes = [{"Status": status, "StartTime": world.aws.now}]

    assert world.sweep()["reasons"] == {"marked": ["i-00001"]}


def test_the_groups_tag_switches_it_off() -> None:
    world = a_broken_world()
    world.aws.group_tags["tap:healer"] = "Off"

    assert world.sweep()["reasons"] == {"vetoed": ["i-00001"]}


def test_a_zonal_shift_is_asked_for_only_where_the_group_follows_it() -> None:
    follows, ignores = a_broken_world(), a_broken_world()
    follows.aws.shifts = [{"awayFrom": "id-of-zone-b", "appliedStatus": "APPLIED"}]

    assert follows.sweep()["reasons"] == {"zone_brake": ["i-00001"]}
    assert ignores.sweep()["reasons"] == {"marked": ["i-00001"]}
    assert "GetManagedResource" not in ignores.aws.made()


def test_a_zonal_shift_that_is_not_applied_or_elsewhere_does_not_matter() -> None:
    world = a_broken_world()
    world.aws.shifts = [
        {"awayFrom": "id-of-zone-b", "appliedStatus": "NOT_APPLIED"},
        {"awayFrom": "id-of-zone-c", "appliedStatus": "APPLIED"},
    ]

    assert world.sweep()["reasons"] == {"marked": ["i-00001"]}


def test_a_group_that_is_not_registered_for_zonal_shift_has_none() -> None:
    world = a_broken_world()
    world.aws.shifts = []
    failing(world, "GetManagedResource", "ResourceNotFoundException")

    assert world.sweep()["reasons"] == {"marked": ["i-00001"]}


def test_a_refusal_for_the_grace_period_is_a_skip_and_is_not_tried_again() -> None:
    """The member has no launch activity, so only AWS knows how young it is."""
    world = a_broken_world()
    world.aws.grace = 10**6

    line = world.sweep()

    assert line["reasons"] == {"skipped_grace": ["i-00001"]}
    assert line["decided"] == {"marked": ["i-00001"]}
    assert len(world.aws.marked()) == 1


def test_a_refusal_because_it_is_gone_is_not_in_service() -> None:
    world = a_broken_world()

    def before(action: str) -> None:
        if action == "SetInstanceHealth":
            world.aws.instances["i-00001"].lifecycle = "Terminating"

    world.aws.before = before

    assert world.sweep()["reasons"] == {"not_in_service": ["i-00001"]}


def test_contention_is_retried() -> None:
    world = a_broken_world()
    failing(world, "SetInstanceHealth", "ResourceContention", 500, times=3)

    assert world.sweep()["reasons"] == {"marked": ["i-00001"]}
    assert len(world.aws.marked()) == 4


def test_with_less_than_5_seconds_left_no_new_mark_is_begun() -> None:
    world = a_broken_world(40)
    world.aws.fail("i-00002")
    world.aws.advance(300)

    def before(action: str) -> None:
        if action == "SetInstanceHealth":
            world.aws.now += timedelta(seconds=46)

    world.aws.before = before
    line = world.sweep({"source": "by hand"})

    assert line["reasons"] == {"marked": ["i-00001"], "capped_rate": ["i-00002"]}
    assert line["notes"] == ["less than 5 s of the invocation left"]


def test_an_event_that_grows_old_on_the_way_stops_marking_10_seconds_before_its_end() -> None:
    world = a_broken_world(40)
    world.aws.fail("i-00002")
    world.aws.advance(300)
    event = world.event()

    def before(action: str) -> None:
        if action == "SetInstanceHealth":
            world.aws.now += timedelta(seconds=51)

    world.aws.before = before

    assert world.sweep(event, Context(world.aws, 900))["reasons"] == {"marked": ["i-00001"], "capped_rate": ["i-00002"]}


@pytest.mark.parametrize(("age", "result"), [(0, "acted"), (45, "acted"), (61, "stale"), (6 * 3600, "stale")])
def test_an_event_older_than_60_seconds_does_nothing_but_says_so(age: float, result: str) -> None:
    world = a_broken_world()
    event = world.event()
    world.aws.advance(age)

    assert world.sweep(event)["result"] == result
    assert (world.aws.marked() == []) is (result == "stale")
    assert (world.aws.metrics == []) is (result == "stale")
    assert world.lines[-1]["result"] == result


def test_an_event_whose_time_cannot_be_read_does_nothing() -> None:
    assert a_broken_world().sweep({"time": "yesterday"}) == {
        "schema": 1,
        "group": "tap-web",
        "result": "stale",
        "why": "the event's time 'yesterday' cannot be read",
    }


def test_a_run_by_hand_has_no_time_and_works() -> None:
    assert a_broken_world().sweep({})["result"] == "acted"


def test_without_a_context_it_works_too() -> None:
    world = a_broken_world()

    assert world.sweep(context=object())["result"] == "acted"
    assert "CreateLogStream" not in world.aws.made()


# --- blind ---


@pytest.mark.parametrize(
    "action",
    [
        "DescribeAutoScalingGroups",
        "DescribeInstanceStatus",
        "DescribeTags",
        "DescribeInstanceRefreshes",
        "DescribeScalingActivities",
        "GetManagedResource",
    ],
)
@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("InternalError", 500), ("Strange", 400)])
def test_whichever_read_fails_nothing_is_marked(action: str, code: str, status: int) -> None:
    world = a_broken_world()
    world.aws.shifts = []
    failing(world, action, code, status)

    line = world.sweep()

    assert world.aws.marked() == []
    assert line["result"] == "blind"
    assert line["blind"] == f"{action} failed: {code}: because a test says so"
    assert set(line["reasons"]) <= {"blind"}
    assert world.aws.metrics == [{"Heartbeat": 1, "BlindSweeps": 1}]


def test_one_failed_page_of_many_is_enough_to_be_blind() -> None:
    world = a_broken_world()
    world.aws.page = 1
    for number in range(5):
        world.aws.fail(f"i-{number:05}", "instance", world.aws.now - timedelta(seconds=600))
    pages: list[str] = []

    def before(action: str) -> None:
        pages.append(action)
        if action == "DescribeInstanceStatus" and pages.count(action) > 4:
            raise refuse(action, "InternalError", "no", 500)

    world.aws.before = before

    assert world.sweep()["result"] == "blind"
    assert world.aws.marked() == []


@pytest.mark.parametrize(
    "reply",
    [
        {"AutoScalingGroups": []},
        {},
        {"AutoScalingGroups": [{"AutoScalingGroupName": "tap-other", "DesiredCapacity": 1, "Instances": []}]},
        {"AutoScalingGroups": [{"AutoScalingGroupName": "tap-web", "Instances": []}]},
        {"AutoScalingGroups": [{"AutoScalingGroupName": "tap-web", "DesiredCapacity": 1}]},
        {
            "AutoScalingGroups": [
                {"AutoScalingGroupName": "tap-web", "DesiredCapacity": 1, "Instances": [{"InstanceId": "i-00001"}]}
            ]
        },
        {"AutoScalingGroups": [{"AutoScalingGroupName": "tap-web", "DesiredCapacity": 1, "Instances": []}] * 2},
    ],
)
def test_an_answer_that_cannot_be_trusted_makes_blind(reply: dict[str, Any]) -> None:
    world = a_broken_world()
    world.aws.answers["DescribeAutoScalingGroups"] = lambda: reply

    assert world.sweep()["result"] == "blind"
    assert world.aws.marked() == []


def test_a_member_that_appears_twice_makes_blind() -> None:
    world = a_broken_world()
    twice = world.aws.on_DescribeAutoScalingGroups({})
    twice["AutoScalingGroups"][0]["Instances"] *= 2
    world.aws.answers["DescribeAutoScalingGroups"] = lambda: twice

    assert world.sweep()["result"] == "blind"


@pytest.mark.parametrize(("token", "why"), [("again", "the same NextToken twice"), (None, "more than 100 pages")])
def test_pages_without_end_make_blind(token: str | None, why: str) -> None:
    world = a_broken_world()
    numbers = iter(range(10**6))
    world.aws.answers["DescribeInstanceStatus"] = lambda: {
        "InstanceStatuses": [],
        "NextToken": token or str(next(numbers)),
    }

    assert world.sweep()["blind"] == f"DescribeInstanceStatus: {why}"


def test_a_status_that_does_not_say_whose_it_is_makes_blind() -> None:
    world = a_broken_world()
    world.aws.answers["DescribeInstanceStatus"] = lambda: {"InstanceStatuses": [{}]}

    assert world.sweep()["blind"] == "DescribeInstanceStatus: no 'InstanceId' in the answer"


def test_an_answer_without_a_date_makes_blind() -> None:
    world = a_broken_world()
    world.aws.dated = False

    assert world.sweep()["blind"] == "AWS's answer has no Date header"


def test_a_shift_of_a_zone_that_cannot_be_told_makes_blind() -> None:
    world = a_broken_world()
    world.aws.shifts = [{"awayFrom": "id-unknown", "appliedStatus": "APPLIED"}]
    group = world.aws.on_DescribeAutoScalingGroups({})
    for item in group["AutoScalingGroups"][0]["Instances"]:
        del item["AvailabilityZoneId"]
    world.aws.answers["DescribeAutoScalingGroups"] = lambda: group

    assert world.sweep()["result"] == "blind"


def test_keys_that_an_older_sdk_does_not_know_may_be_missing() -> None:
    world = a_broken_world()
    reply = world.aws.on_DescribeAutoScalingGroups({})
    group = reply["AutoScalingGroups"][0]
    for key in (
        "AvailabilityZoneImpairmentPolicy",
        "SuspendedProcesses",
        "Tags",
        "LaunchTemplate",
        "HealthCheckGracePeriod",
    ):
        del group[key]
    for item in group["Instances"]:
        del item["AvailabilityZoneId"], item["LaunchTemplate"]
    world.aws.answers["DescribeAutoScalingGroups"] = lambda: reply

    assert world.sweep()["result"] == "acted"


# --- denied, throttled, wrong settings ---


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
    failing(world, "SetInstanceHealth")

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

    assert world.sweep()["result"] == "blind"
    assert len(world.aws.requests) <= 10


def test_with_no_time_left_a_call_is_not_tried_again() -> None:
    world = a_broken_world()
    failing(world, "DescribeInstanceStatus")

    world.sweep(context=Context(world.aws, seconds=5.4))

    assert world.aws.made().count("DescribeInstanceStatus") == 1


def test_the_jitter_is_full_so_that_healers_do_not_knock_together() -> None:
    world = a_broken_world(random=lambda: 0.25)
    failing(world, "SetInstanceHealth")
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
def test_wrong_settings_are_a_line_a_metric_and_an_error(environ: dict[str, str], message: str) -> None:
    world = a_broken_world()

    with pytest.raises(SettingsError, match=message):
        world.sweep(None, None, **environ)

    assert world.lines[0]["result"] == "settings"
    assert world.aws.metrics == [{"Heartbeat": 0, "BlindSweeps": 1}]
    assert world.aws.made() == ["PutMetricData"]


# --- observe ---


def test_observe_marks_nothing_and_decides_the_same() -> None:
    live, observing = a_broken_world(), a_broken_world(mode="observe")

    one, other = live.sweep(), observing.sweep()

    assert {"SetInstanceHealth", "CreateLogStream"} & set(observing.aws.made()) == set()
    assert other["reasons"] == {"observed": ["i-00001"]}
    assert other["result"] == "observed"
    same = ("decided", "width", "limits", "in_flight", "burst", "braked_zones", "suspended", "blind")
    assert {key: one[key] for key in same} == {key: other[key] for key in same}


def test_the_groups_tag_can_ask_for_observing_too() -> None:
    world = a_broken_world()
    world.aws.group_tags["tap:healer"] = "observe"

    assert world.sweep()["mode"] == "observe"
    assert world.aws.marked() == []


# --- what is told ---


def test_the_metrics_are_these_in_this_order() -> None:
    world = a_broken_world()
    world.aws.fail("i-00002")
    world.sweep()

    assert list(world.aws.metrics[0]) == METRICS
    assert world.aws.metrics[0] == {
        "HealthyInstances": 8,
        "UnhealthyInstances": 2,
        "ReplacedInstances": 1,
        "Heartbeat": 1,
        "Deferred": 0,
        "InFlight": 0,
        "Width": 1,
        "Suspended": 0,
        "BlindSweeps": 0,
        "OldestImpairedAge": 300,
    }


def test_metrics_carry_aws_time_and_the_group() -> None:
    world = a_world()
    world.sweep()
    params = world.aws.requests[-1][1]

    assert {item["Timestamp"] for item in params["MetricData"]} == {world.aws.now}
    assert {item["Dimensions"][0]["Value"] for item in params["MetricData"]} == {"tap-web"}
    assert {item["Dimensions"][0]["Name"] for item in params["MetricData"]} == {"AutoScalingGroupName"}


def test_a_mark_is_told_and_says_who_and_why() -> None:
    world = a_broken_world()
    world.sweep()

    assert world.aws.notices[0]["Subject"] == "tap: tap-web: the healer replaces 1 of 1 impaired instances."
    assert "i-00001 in zone-b: system check impaired for 300 s: marked" in world.aws.notices[0]["Message"]


def test_without_a_topic_nobody_is_told() -> None:
    world = a_broken_world()
    world.sweep(TOPIC_ARN="")

    assert "Publish" not in world.aws.made()


def test_what_is_held_back_is_told_when_it_begins_and_again_each_hour() -> None:
    world = a_broken_world(seconds=0)
    world.aws.suspended.add("Launch")

    world.run(3 * 60)

    assert len(world.aws.notices) == 3
    assert "process_suspended" in world.aws.notices[0]["Message"]


def test_a_broken_member_is_replaced_and_then_all_is_quiet() -> None:
    world = a_broken_world()

    world.run(10)

    assert world.aws.marked() == ["i-00001"]
    assert world.lines[-1]["result"] == "quiet"
    assert len(world.aws.instances) == 10
    assert all(instance.lifecycle == "InService" for instance in world.aws.instances.values())
