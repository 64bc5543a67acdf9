"""Unhealthy targets: told in the line, the metrics and the notices, and never a reason to mark, to wait or to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from support.healing.world import Context, World, a_broken_world, a_world, failing

from embedded_aws.in_process.alterations import puzzling
from tap_stack.healer.balancers import LOOK_SECONDS, MOST_GROUPS

ASKED = "DescribeTargetHealth"
QUIET = ["DescribeAutoScalingGroups", *["DescribeInstanceStatus"] * 3, ASKED, "PutMetricData"]
CHANGED = "EC2 Instance Launch Successful"
SICK = "i-00003"


def balanced(world: World, number: int = 1) -> World:
    """The same world, whose group has target groups; one member is an unhealthy target in each of them."""
    world.aws.balance(number)
    world.aws.fail_target(SICK, "Target.ResponseCodeMismatch")
    return world


# --- what is told ---


def test_a_member_that_a_load_balancer_calls_unhealthy_is_told_with_the_reason_code_and_is_not_marked() -> None:
    world = balanced(a_world())

    line = world.sweep()

    assert line["targets"] == {
        "groups": 1,
        "looked_at": 1,
        "states": {"healthy": 9, "unhealthy": 1},
        "unhealthy": 1,
        "members": [
            {"id": SICK, "state": "unhealthy", "reason": "Target.ResponseCodeMismatch", "target_group": "web-1"}
        ],
        "missing": "",
    }
    assert (line["result"], line["reasons"], world.aws.marked()) == ("quiet", {}, [])


def test_it_does_not_count_as_healthy() -> None:
    world = balanced(a_world())
    world.sweep()

    assert (world.aws.metrics[0]["HealthyInstances"], world.aws.metrics[0]["UnhealthyInstances"]) == (9, 1)


def test_one_that_is_impaired_as_well_keeps_its_reason_and_counts_once() -> None:
    world = balanced(a_broken_world())
    world.aws.fail_target("i-00001")

    line = world.sweep()

    assert line["reasons"] == {"marked": ["i-00001"]}
    assert [each["id"] for each in line["targets"]["members"]] == ["i-00001", SICK]
    assert (world.aws.metrics[0]["HealthyInstances"], world.aws.metrics[0]["UnhealthyInstances"]) == (8, 2)


@pytest.mark.parametrize(
    ("state", "unhealthy"),
    [
        ("unhealthy", True),
        ("unhealthy.draining", True),
        ("unhealthy.of-a-new-kind", True),
        ("healthy", False),
        ("initial", False),
        ("draining", False),
        ("unused", False),
        ("unavailable", False),
        ("never heard of", False),
    ],
)
def test_only_what_the_load_balancer_calls_unhealthy_is(state: str, unhealthy: bool) -> None:  # noqa: FBT001 - a table
    world = a_world()
    world.aws.balance()
    world.aws.answers[ASKED] = lambda: health(("i-00001", state))

    told = world.sweep()["targets"]

    assert (told["unhealthy"], [each["state"] for each in told["members"]]) == ((1, [state]) if unhealthy else (0, []))
    assert told["states"] == {state if state != "never heard of" else "other": 1}


def health(*targets: tuple[str, str]) -> dict[str, Any]:
    """An answer of DescribeTargetHealth with these ids and states."""
    entries = [{"Target": {"Id": id_, "Port": 80}, "TargetHealth": {"State": state}} for id_, state in targets]
    return {"TargetHealthDescriptions": entries}


def test_targets_that_are_no_members_in_service_are_not_the_groups() -> None:
    world = a_world()
    world.aws.balance()
    world.aws.instances["i-00002"].lifecycle = "Standby"
    targets = [("10.0.0.7", "unhealthy"), ("i-other", "unhealthy"), ("i-00002", "unhealthy"), ("i-00001", "healthy")]
    world.aws.answers[ASKED] = lambda: health(*targets)

    told = world.sweep()["targets"]

    assert (told["unhealthy"], told["states"]) == (0, {"healthy": 1, "unhealthy": 1})


def test_a_member_of_several_target_groups_is_unhealthy_if_one_says_so_and_is_named_once() -> None:
    world = balanced(a_world(), 3)

    told = world.sweep()["targets"]

    assert (told["groups"], told["looked_at"], told["unhealthy"]) == (3, 3, 1)
    assert told["states"] == {"healthy": 27, "unhealthy": 3}
    assert [each["target_group"] for each in told["members"]] == ["web-1"]


def test_the_line_names_twenty_and_counts_all() -> None:
    world = a_world(30)
    world.aws.balance()
    for number in range(25):
        world.aws.fail_target(f"i-{number:05}")

    told = world.sweep()["targets"]

    assert (told["unhealthy"], len(told["members"])) == (25, 20)


def test_a_notice_names_them_and_the_runbook_and_they_alone_are_none() -> None:
    world = balanced(a_world())
    world.run(3)
    assert world.aws.notices == []

    world.aws.fail("i-00001", since=world.aws.now)
    world.run(5)

    message = world.aws.notices[0]["Message"]
    assert f"Unhealthy targets:\n  {SICK}: unhealthy in web-1: Target.ResponseCodeMismatch\n" in message
    assert "docs/runbooks.md#unhealthy-targets" in message


def test_the_notice_of_a_recovery_does_not_say_that_all_is_well_while_a_target_is_unhealthy() -> None:
    world = balanced(a_broken_world())
    world.run(5)
    told = len(world.aws.notices)

    line = world.sweep(world.event() | {"source": "aws.autoscaling", "detail-type": CHANGED})

    (notice,) = world.aws.notices[told:]
    assert line["targets"]["unhealthy"] == 1
    assert notice["Subject"].startswith("web: not all is well: load balancers call instances unhealthy: ")
    assert f"{SICK}: unhealthy in web-1" in notice["Message"]


# --- what it costs, and that nothing waits for it ---


def test_a_group_without_target_groups_is_not_asked_for_any_and_has_nothing_to_tell() -> None:
    world = a_world()

    assert world.sweep()["targets"] == {}
    assert ASKED not in world.aws.made()


def test_each_target_group_costs_one_call_after_everything_else_is_read() -> None:
    world = balanced(a_world())
    world.sweep()

    assert world.aws.made() == QUIET
    (params,) = [params for action, params in world.aws.requests if action == ASKED]
    assert params == {"TargetGroupArn": world.aws.world.target_groups[0]}


def test_marks_are_made_first() -> None:
    world = balanced(a_broken_world())
    world.sweep()

    made = world.aws.made()
    assert made.index("SetInstanceHealth") < made.index(ASKED) < made.index("PutMetricData")


def test_in_observe_mode_the_same_is_told() -> None:
    lines = [balanced(a_broken_world(mode=mode)).sweep() for mode in ("live", "observe")]

    assert lines[0]["targets"] == lines[1]["targets"] != {}


def test_a_sweep_looks_at_ten_target_groups_and_says_that_there_are_more() -> None:
    world = balanced(a_world(), MOST_GROUPS + 2)

    told = world.sweep()["targets"]

    assert (told["groups"], told["looked_at"]) == (MOST_GROUPS + 2, MOST_GROUPS)
    assert world.aws.made().count(ASKED) == MOST_GROUPS
    assert told["missing"] == "at most 10 target groups are looked at in a sweep"


def test_the_same_target_group_is_asked_for_once_although_aws_names_it_twice() -> None:
    world = balanced(a_world())
    arn = world.aws.world.target_groups[0]
    lattice = "arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-1"
    answered(world, lambda group: group.update(TargetGroupARNs=[arn], TrafficSources=[{"Identifier": lattice}]))
    world.sweep()
    answered(world, lambda group: group.update(TargetGroupARNs=[], TrafficSources=[{"Identifier": arn}]))
    world.sweep()

    assert [params["TargetGroupArn"] for action, params in world.aws.requests if action == ASKED] == [arn, arn]


def answered(world: World, change: Callable[[dict[str, Any]], Any]) -> None:
    """Let DescribeAutoScalingGroups answer with something changed."""

    def after(action: str, reply: dict[str, Any]) -> None:
        if action == "DescribeAutoScalingGroups":
            change(reply["AutoScalingGroups"][0])

    world.aws.after(after)


# --- what cannot be read ---


def same_as_without(world: World, plain: World) -> dict[str, Any]:
    """One sweep in each: its line, which but for the targets is the same; so are marks, metrics and the record."""
    line, other = world.sweep(), plain.sweep()
    assert {key: line[key] for key in other if key not in {"calls", "targets"}} == {
        key: other[key] for key in other if key not in {"calls", "targets"}
    }
    assert world.aws.metrics == plain.aws.metrics
    assert set(world.aws.streams) == set(plain.aws.streams)
    assert [action for action in world.aws.made() if action != ASKED] == plain.aws.made()
    assert world.aws.account.notices == plain.aws.account.notices
    return dict(line["targets"])


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("code", "status"),
    [("Throttling", 400), ("InternalFailure", 500), ("AccessDenied", 403), ("HealthUnavailable", 500)],
)
def test_a_call_that_fails_is_made_once_and_the_sweep_goes_on_as_without_it(
    code: str,
    status: int,
    broken: bool,  # noqa: FBT001 - a table
) -> None:
    make = a_broken_world if broken else a_world
    world = balanced(make(), 3)
    failing(world, ASKED, code, status)

    told = same_as_without(world, make())

    assert (told["looked_at"], told["unhealthy"], told["states"]) == (0, 0, {})
    assert told["missing"].startswith(f"{ASKED} failed: {code}")
    assert world.aws.made().count(ASKED) == 1
    assert world.slept == []


def test_a_target_group_that_is_gone_does_not_hide_the_others() -> None:
    world = balanced(a_world(), 3)
    failing(world, ASKED, "TargetGroupNotFound", times=1)

    told = world.sweep()["targets"]

    assert (told["groups"], told["looked_at"], told["unhealthy"]) == (3, 2, 1)
    assert "TargetGroupNotFound" in told["missing"]


WRONG: list[Any] = [
    None,
    5,
    "text",
    {},
    [5],
    [None],
    [{}],
    [{"Target": {"Id": SICK}}],
    [{"Target": {}, "TargetHealth": {"State": "healthy"}}],
    [{"Target": {"Id": SICK}, "TargetHealth": {}}],
    [{"Target": {"Id": SICK}, "TargetHealth": {"State": None}}],
    [{"Target": {"Id": ["x"]}, "TargetHealth": {"State": "unhealthy"}}],
    [{"Target": {"Id": SICK}, "TargetHealth": {"State": "unhealthy", "Reason": "x" * 10_000}}],
]


@pytest.mark.parametrize("value", WRONG)
def test_an_answer_of_another_form_is_a_target_group_that_was_not_looked_at(value: Any) -> None:
    world = a_broken_world()
    world.aws.balance()
    world.aws.answers[ASKED] = lambda: {"TargetHealthDescriptions": value}

    told = same_as_without(world, a_broken_world())

    assert (told["groups"], told["looked_at"], told["unhealthy"]) == (1, 0, 0)
    assert ASKED in told["missing"]


@pytest.mark.parametrize("key", ["TargetHealthDescriptions", "Target", "Id", "TargetHealth", "State"])
def test_a_value_that_nobody_can_look_at_ends_nothing(key: str) -> None:
    world = a_broken_world()
    world.aws.balance()
    world.aws.misbehave(altered={ASKED: puzzling(key)})

    told = same_as_without(world, a_broken_world())

    assert told["looked_at"] == 0
    assert told["missing"] != ""


@pytest.mark.parametrize("value", [None, 5, "text", {}, [5], [None], [["x"]], ["x" * 600]])
@pytest.mark.parametrize("key", ["TargetGroupARNs", "TrafficSources"])
def test_target_groups_that_cannot_be_read_leave_the_group_readable(key: str, value: Any) -> None:
    world = a_broken_world()
    answered(world, lambda group: group.update({key: value}))

    told = same_as_without(world, a_broken_world())

    assert told["missing"] == "the group's target groups cannot be read"
    assert ASKED not in world.aws.made()


def test_nor_does_a_puzzle_among_the_target_groups_end_the_sweep() -> None:
    world = a_broken_world()
    world.aws.balance()
    world.aws.misbehave(altered={"DescribeAutoScalingGroups": puzzling("TrafficSources")})

    assert world.sweep()["result"] == "acted"


def test_a_blind_sweep_asks_for_no_targets() -> None:
    world = balanced(a_broken_world())
    failing(world, "DescribeInstanceStatus", "InternalFailure", 500)

    assert world.sweep()["targets"] == {}
    assert ASKED not in world.aws.made()


# --- time ---


def hanging(world: World, seconds: float) -> None:
    """Let each look at a target group take so long and get no answer."""

    def before(action: str) -> None:
        if action == ASKED:
            world.aws.advance(seconds)
            raise ReadTimeoutError(endpoint_url="https://elasticloadbalancing.example")

    world.aws.before = before


@pytest.mark.parametrize("seconds", [20, 25, 30, 35, 50])
@pytest.mark.parametrize("broken", [False, True])
def test_a_call_that_hangs_leaves_the_time_for_the_line_the_metrics_and_the_record(
    seconds: int,
    broken: bool,  # noqa: FBT001 - a table
) -> None:
    world = balanced(a_broken_world() if broken else a_world(), 3)
    hanging(world, 10)
    context = Context(world.aws, seconds=seconds)

    line = world.sweep(context=context)

    assert world.aws.made().count(ASKED) <= 1
    assert line["targets"]["missing"] != ""
    assert context.get_remaining_time_in_millis() >= 3000
    assert world.aws.metrics != []
    assert len(world.aws.notices) == broken
    assert len(world.aws.marked()) == broken


def test_with_too_little_time_left_no_target_group_is_asked_for_and_the_line_says_so() -> None:
    world = balanced(a_broken_world())

    told = world.sweep(context=Context(world.aws, seconds=20))["targets"]

    assert ASKED not in world.aws.made()
    assert told["missing"] == f"{ASKED} failed: NotTried: less than 23 s of the invocation left"


def test_slow_answers_end_the_look_after_some_seconds() -> None:
    world = balanced(a_world(), MOST_GROUPS)

    def before(action: str) -> None:
        if action == ASKED:
            world.aws.advance(2)

    world.aws.before = before

    told = world.sweep()["targets"]

    assert (told["looked_at"], told["unhealthy"]) == (3, 1)
    assert told["missing"] == f"{ASKED} takes more than {LOOK_SECONDS:g} s"


def test_a_wrong_time_in_a_load_balancers_answer_is_no_time_of_the_sweeps() -> None:
    world = balanced(a_broken_world())

    def after(action: str, reply: dict[str, Any]) -> None:
        if action == ASKED:
            reply["ResponseMetadata"]["HTTPHeaders"]["date"] = "Fri, 01 Jan 2055 00:00:00 GMT"

    world.aws.after(after)
    world.sweep()

    assert not any("2055" in name for name in world.aws.streams)


def test_a_quiet_sweep_that_has_used_its_retries_makes_one_call_more_for_each_target_group() -> None:
    world = balanced(a_world(), 2)
    failing(world, "DescribeInstanceStatus", times=5, filtered="attached-ebs-status.status")

    line = world.sweep()

    assert (line["result"], line["retries"], line["targets"]["unhealthy"]) == ("quiet", 5, 1)
    assert len(world.aws.requests) == 10 + 2
