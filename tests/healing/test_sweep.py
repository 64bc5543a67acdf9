"""Whole sweeps against the model of AWS: what is called, and what is marked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.healing.world import Context, a_broken_world, a_world, failing

from tap_stack.healer.vetoes import INSTANCE_TAG

QUIET = ["DescribeAutoScalingGroups", *["DescribeInstanceStatus"] * 3, "PutMetricData"]


# --- quiet ---


@pytest.mark.parametrize("size", [0, 1, 10, 10_000])
def test_a_quiet_sweep_makes_five_calls_whatever_the_size(size: int) -> None:
    world = a_world(size)

    line = world.sweep()

    assert world.aws.made() == QUIET
    assert (line["result"], line["reasons"]) == ("quiet", {})


def test_faults_of_other_peoples_instances_are_no_business_of_ours() -> None:
    world = a_world()
    world.aws.strangers = ["i-stranger"]
    world.aws.advance(600)

    assert world.sweep()["result"] == "quiet"
    assert world.aws.made() == QUIET


def test_no_describe_is_ever_without_a_name_or_a_filter_and_none_has_ids() -> None:
    for world in (a_world(0), a_world(), a_broken_world()):
        world.sweep()
        for action, params in world.aws.requests:
            assert "InstanceIds" not in params
            if action == "DescribeAutoScalingGroups":
                assert params == {"AutoScalingGroupNames": ["web"]}
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
            {"InstanceId": "i-00001"}
            | {key: {"Status": status} for key in ("SystemStatus", "InstanceStatus", "AttachedEbsStatus")}
            for status in ("ok", "initializing", "insufficient-data", "not-applicable")
        ]
    }

    assert world.sweep()["result"] == "quiet"


def test_the_fault_on_the_last_page_is_found() -> None:
    world = a_world(40)
    world.aws.page = 5
    world.aws.strangers = [f"i-00001-stranger{number}" for number in range(20)]
    world.aws.fail("i-00002")
    world.aws.advance(300)

    assert world.sweep()["reasons"] == {"marked": ["i-00002"]}


def test_a_sweep_that_acts_looks_again_right_before_it() -> None:
    world = a_broken_world()
    world.sweep()

    assert world.aws.made()[:4] == QUIET[:4]
    assert sorted(world.aws.made()[4:8]) == [
        "DescribeInstanceRefreshes",
        "DescribeLogStreams",
        "DescribeScalingActivities",
        "DescribeTags",
    ]
    assert world.aws.made()[8:] == [
        *["CreateLogStream"] * 2,
        "DescribeAutoScalingGroups",
        "DescribeInstanceRefreshes",
        "CreateLogStream",
        "SetInstanceHealth",
        "DescribeInstanceStatus",
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
    world.aws.instance_tags["i-00001", INSTANCE_TAG] = f"{world.aws.now + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"

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
    world.aws.grace = 10**7

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


def test_with_less_time_left_than_a_call_and_its_report_may_take_no_new_mark_is_begun() -> None:
    world = a_broken_world(40)
    world.aws.fail("i-00002")
    world.aws.advance(300)

    def before(action: str) -> None:
        if action == "SetInstanceHealth":
            world.aws.now += timedelta(seconds=38)

    world.aws.before = before
    line = world.sweep({"source": "by hand"})

    assert line["reasons"] == {"marked": ["i-00001"], "capped_calls": ["i-00002"]}
    assert line["notes"] == ["less than 13 s of the invocation left"]


def test_an_event_that_grows_old_on_the_way_stops_marking_10_seconds_before_its_end() -> None:
    world = a_broken_world(40)
    world.aws.fail("i-00002")
    world.aws.advance(300)
    event = world.event()

    def before(action: str) -> None:
        if action == "SetInstanceHealth":
            world.aws.now += timedelta(seconds=51)

    world.aws.before = before

    assert world.sweep(event, Context(world.aws, 900))["reasons"] == {
        "marked": ["i-00001"],
        "capped_calls": ["i-00002"],
    }


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
    line = a_broken_world().sweep({"time": "yesterday"})

    assert (line["result"], line["why"]) == ("stale", "the event's time 'yesterday' cannot be read")


def test_a_run_by_hand_has_no_time_and_works() -> None:
    assert a_broken_world().sweep({})["result"] == "acted"


def test_without_a_context_it_works_too() -> None:
    world = a_broken_world()

    assert world.sweep(context=object())["result"] == "acted"
    assert "CreateLogStream" not in world.aws.made()


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


def test_a_broken_member_is_replaced_and_then_all_is_quiet() -> None:
    world = a_broken_world()

    world.run(10)

    assert world.aws.marked() == ["i-00001"]
    assert world.lines[-1]["result"] == "quiet"
    assert len(world.aws.instances) == 10
    assert all(instance.lifecycle == "InService" for instance in world.aws.instances.values())
