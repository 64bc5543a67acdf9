"""Whatever a tag, a setting, an event, a header or an answer holds: the sweep leaves its line, metric and reasons."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.healing.world import Context, World, a_broken_world

from embedded_aws.in_process.alterations import puzzling
from tap_stack.healer.calls import HealerError
from tap_stack.healer.vetoes import INSTANCE_TAG

NESTED = "[" * 200_000
TAGS = st.one_of(
    st.sampled_from(
        [
            "9999-12-31T23:59:59-05:00",
            "0001-01-01T00:00:00+23:59",
            "2026-11-24t00:00:00z",
            "off until 9999-12-31T23:59:59-23:59",
            "off until never",
            "\0",
        ]
    ),
    st.text(max_size=256),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def told(world: World, run: Callable[[], Any]) -> dict[str, Any]:
    """Run one sweep, which may raise what it has reported; its only line."""
    with contextlib.suppress(HealerError):
        run()
    (line,) = world.lines
    assert {"schema", "time", "group", "mode", "result", "why", "reasons", "notes", "errors"} <= line.keys()
    json.dumps(line)
    return line


def assert_explained(world: World, line: dict[str, Any]) -> None:
    """Each impaired member that was seen has its reason, and a metric was published."""
    if line["result"] not in {"stale", "settings"}:
        seen = "DescribeInstanceStatus" in world.aws.made()
        assert [id_ for ids in line["reasons"].values() for id_ in ids] == (["i-00001"] if seen else [])
        assert world.aws.metrics != []


@given(TAGS, TAGS)
@settings(max_examples=60)
def test_whatever_the_tags_hold(of_group: str, of_instance: str) -> None:
    world = a_broken_world()
    world.aws.group_tags["tap:healer"] = of_group
    world.aws.instance_tags["i-00001", INSTANCE_TAG] = of_instance

    assert_explained(world, told(world, world.sweep))


def test_what_nobody_has_foreseen_leaves_its_line_and_fails_the_sweep() -> None:
    world = a_broken_world()
    world.aws.misbehave(altered={"DescribeAutoScalingGroups": puzzling("HealthCheckGracePeriod")})

    with pytest.raises(HealerError, match="UnforeseenError"):
        world.sweep()

    (line,) = world.lines
    assert (line["result"], line["reasons"]) == ("crashed", {})
    assert line["errors"] == [line["why"]] != []


def test_one_tag_that_lies_beyond_the_calendar_spares_its_instance_and_nobody_else() -> None:
    world = a_broken_world(40)
    world.aws.fail("i-00002", since=world.aws.now)
    world.aws.advance(300)
    world.aws.instance_tags["i-00001", INSTANCE_TAG] = "9999-12-31T23:59:59-05:00"

    line = world.sweep()

    assert line["reasons"] == {"vetoed": ["i-00001"], "marked": ["i-00002"]}
    assert "counted as 7 days from now" in line["notes"][0]


@given(st.one_of(ANY_JSON, ANY_JSON.map(lambda value: {"time": value, "detail-type": value})))
@settings(max_examples=80)
def test_whatever_the_event_is(event: Any) -> None:
    world = a_broken_world()

    assert_explained(world, told(world, lambda: world.sweep(event, Context(world.aws))))


@pytest.mark.parametrize("event", [None, [], "text", 5, {"time": "9999-12-31T23:59:59-05:00"}, {"time": {"a": []}}])
def test_an_event_that_is_none_marks_nobody(event: Any) -> None:
    world = a_broken_world()
    around = world.surroundings()

    from tap_stack.healer.handler import sweep  # noqa: PLC0415 - world.sweep takes None for the event of now

    assert sweep(event, Context(world.aws), around)["result"] == "stale"
    assert world.aws.marked() == []


@given(
    st.one_of(st.text(), st.just(NESTED), ANY_JSON.map(json.dumps)),
    st.text(),
    st.sampled_from(["live", "observe", "Live", "", "off"]),
)
@settings(max_examples=60)
def test_whatever_the_settings_hold(policy: str, topic: str, mode: str) -> None:
    world = a_broken_world()
    environ = {"HEALER_POLICY": policy, "TOPIC_ARN": topic, "HEALER_MODE": mode}

    line = told(world, lambda: world.sweep(None, None, **environ))

    assert line["result"] in {"settings", "acted", "observed"}
    assert len(json.dumps(line)) < 10_000


@given(
    st.one_of(
        st.text(),
        st.sampled_from(["Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +0000", "0", "Thu, 99 Foo"]),
        st.none(),
    ),
    st.sampled_from(["DescribeAutoScalingGroups", "DescribeInstanceStatus", "DescribeTags", "SetInstanceHealth", ""]),
)
@settings(max_examples=60)
def test_whatever_the_date_header_is(header: str | None, action: str) -> None:
    """A header that is no time tells none; one that is far off makes the event stale, so that nobody is marked."""
    world = a_broken_world()

    def after(called: str, reply: dict[str, Any]) -> None:
        if action in {"", called}:
            reply["ResponseMetadata"]["HTTPHeaders"]["date"] = header

    world.aws.after(after)
    line = told(world, world.sweep)

    assert_explained(world, line)


def test_a_date_that_is_far_off_confirms_nothing() -> None:
    world = a_broken_world(seconds=30)
    later = world.aws.now.replace(year=2099)

    def after(action: str, reply: dict[str, Any]) -> None:
        if action == "DescribeInstanceStatus":
            reply["ResponseMetadata"]["HTTPHeaders"]["date"] = format_datetime(later, usegmt=True)

    world.aws.after(after)

    assert told(world, world.sweep)["result"] != "acted"
    assert world.aws.marked() == []


LACKING = [
    ("DescribeAutoScalingGroups", "AutoScalingGroups"),
    ("DescribeInstanceStatus", "InstanceStatuses"),
    ("DescribeScalingActivities", "Activities"),
    ("DescribeInstanceRefreshes", "InstanceRefreshes"),
    ("DescribeTags", "Tags"),
    ("GetManagedResource", "zonalShifts"),
]
WRONG: list[Any] = [None, 5, "text", "", {}, (), [5], [None], [[]], [{}], {"a": 1}]


def answered(world: World, action: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Let an operation answer with something changed."""

    def after(called: str, reply: dict[str, Any]) -> None:
        if called == action:
            change(reply)

    world.aws.after(after)


@pytest.mark.parametrize(("action", "key"), LACKING)
def test_an_answer_that_lacks_what_the_api_promises_makes_the_sweep_blind(action: str, key: str) -> None:
    world = a_broken_world()
    world.aws.shifts = []
    answered(world, action, lambda reply: reply.pop(key))

    line = told(world, world.sweep)

    assert (line["result"], world.aws.marked()) == ("blind", [])
    assert f"{action}: no '{key}' in the answer" in line["why"]
    assert world.aws.metrics[-1]["BlindSweeps"] == 1


@pytest.mark.parametrize("key", ["SuspendedProcesses", "Tags", "Instances", "DesiredCapacity"])
def test_a_group_that_lacks_what_every_group_has_makes_the_sweep_blind(key: str) -> None:
    world = a_broken_world()
    answered(world, "DescribeAutoScalingGroups", lambda reply: reply["AutoScalingGroups"][0].pop(key))

    assert (told(world, world.sweep)["result"], world.aws.marked()) == ("blind", [])


@pytest.mark.parametrize(("action", "key"), LACKING)
@pytest.mark.parametrize("value", WRONG)
def test_an_answer_of_another_form_marks_nobody_and_leaves_its_line(action: str, key: str, value: Any) -> None:
    world = a_broken_world()
    world.aws.shifts = []
    answered(world, action, lambda reply: reply.update({key: value}))

    assert told(world, world.sweep)["result"] == "blind"
    assert world.aws.marked() == []


@pytest.mark.parametrize("status", ["Validating", "", None, 5])
def test_a_refresh_with_a_status_never_heard_of_counts_as_running(status: Any) -> None:
    world = a_broken_world()
    world.aws.refreshes = [{"Status": status, "StartTime": world.aws.now}]

    assert told(world, world.sweep)["reasons"] == {"refresh": ["i-00001"]}


@pytest.mark.parametrize("word", ["degraded", "", None])
def test_a_status_that_is_not_known_to_be_harmless_makes_the_sweep_blind(word: Any) -> None:
    world = a_broken_world()

    def change(reply: dict[str, Any]) -> None:
        for entry in reply["InstanceStatuses"]:
            entry["SystemStatus"]["Status"] = word

    answered(world, "DescribeInstanceStatus", change)

    assert told(world, world.sweep)["result"] == "blind"


@pytest.mark.parametrize("since", ["yesterday", 5])
def test_so_does_a_beginning_that_is_no_time(since: Any) -> None:
    world = a_broken_world()
    world.aws.instances["i-00001"].faults["system"] = since

    assert told(world, world.sweep)["result"] == "blind"


@pytest.mark.parametrize("error", [ValueError("bad date"), KeyError("x"), RecursionError(), AttributeError("gone")])
@pytest.mark.parametrize("action", ["DescribeAutoScalingGroups", "DescribeInstanceStatus", "DescribeTags"])
def test_whatever_a_client_raises_is_a_call_that_failed(action: str, error: Exception) -> None:
    world = a_broken_world()

    def before(called: str) -> None:
        if called == action:
            raise error

    world.aws.before = before

    assert told(world, world.sweep)["result"] == "blind"
    assert world.aws.metrics[-1]["BlindSweeps"] == 1


def test_a_record_of_marks_that_cannot_be_read_makes_it_slower_and_not_blind() -> None:
    world = a_broken_world()
    world.aws.streams.add(f"known/{world.aws.now:%Y-%m-%dT%H}-what is this")

    assert world.sweep()["result"] == "acted"
