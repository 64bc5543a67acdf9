"""A stack that stands from the first release is updated in place by today's program, at its default configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from support.deployed.stack import SPEED, OneAtATime
from support.releases import put_first, put_today

from embedded_pulumi.engine.events import StepFinished, Summary
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.provider import DiffKind
from tap_cli.sandbox import Sandbox

REGION, GROUP = "eu-west-1", "tap-fleet-dev"
IN_PLACE = {Op.SAME, Op.CREATE, Op.UPDATE}


@dataclass(frozen=True)
class Updated:
    """A stack that was updated: what the preview said, what `up` did, and who was in the group before and after."""

    sandbox: Sandbox
    preview: Summary
    done: Summary
    before: set[str]
    after: set[str]

    def client(self, service: str) -> Any:
        return self.sandbox.cloud.client(service, REGION)


@pytest.fixture(scope="module")
def updated(stacks: OneAtATime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Updated]:
    stacks.close()
    folder = tmp_path_factory.mktemp("upgrade")
    project = folder / "program"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: tap\nruntime: python\n")
    put_first(project)
    with Sandbox(project, "dev", {}, region=REGION, folder=folder, speed=SPEED) as sandbox:
        sandbox.engine.up()
        before = members(sandbox)
        put_today(project)
        preview = sandbox.engine.preview()
        done = sandbox.engine.up()
        yield Updated(sandbox, preview, done, before, members(sandbox))
        assert sandbox.cloud.failures == []


def members(sandbox: Sandbox) -> set[str]:
    return {each.id for each in sandbox.cloud.autoscaling.fleet(GROUP).members}


def step(deployment: Summary, type_: str, name: str) -> StepFinished:
    (found,) = [each for each in deployment.steps if each.urn.endswith(f":{type_}::{name}")]
    return found


def test_the_preview_says_that_the_rollouts_function_is_new_with_all_that_is_its_own(updated: Updated) -> None:
    new = {
        ("Function", "tap-rollout-dev"),
        ("Role", f"tap-rollout-{REGION}-dev"),
        ("RolePolicy", f"tap-rollout-{REGION}-dev"),
        ("LogGroup", "tap-rollout-log-dev"),
        ("EventRule", "tap-rollout-schedule-dev"),
        ("MetricAlarm", "tap-rollout-unhealthy-dev"),
        ("MetricAlarm", "tap-rollout-silent-dev"),
    }
    function = step(updated.preview, "Function", "tap-rollout-dev").new

    assert {step(updated.preview, *each).op for each in new} == {Op.CREATE}
    assert function is not None
    assert function.inputs["description"].startswith("Rolls the wanted launch template version out")


def test_the_preview_says_that_the_group_is_not_replaced_and_what_it_loses(updated: Updated) -> None:
    group = step(updated.preview, "Group", GROUP)

    assert group.op is Op.UPDATE
    assert group.diff == {"instanceRefresh": DiffKind.DELETE, "waitForCapacityTimeout": DiffKind.UPDATE}
    assert {each.op for each in updated.preview.steps} == IN_PLACE


def test_the_update_does_what_the_preview_said_and_then_nothing_is_left_to_do(updated: Updated) -> None:
    def summary(deployment: Summary) -> Counter[tuple[str, Op]]:
        return Counter((each.urn, each.op) for each in deployment.steps)

    assert summary(updated.done) == summary(updated.preview)
    assert {each.op for each in updated.sandbox.engine.up().steps} == {Op.SAME}


def test_no_instance_goes_with_the_update_itself_and_the_new_template_is_rolled_out(updated: Updated) -> None:
    clock = updated.sandbox.cloud.clock
    clock.stop()
    clock.advance(1200)
    group = updated.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]
    (refresh,) = updated.client("autoscaling").describe_instance_refreshes(AutoScalingGroupName=GROUP)[
        "InstanceRefreshes"
    ]

    assert updated.before <= updated.after
    assert refresh["Status"] == "Successful"
    assert refresh["Preferences"]["CheckpointPercentages"] == [50, 100]
    assert group["LaunchTemplate"]["Version"] == "2"
    assert [each["LaunchTemplate"]["Version"] for each in group["Instances"]] == ["2", "2"]


def test_no_alarm_of_the_rollout_went_off(updated: Updated) -> None:
    """The first release's own did: an idle fleet was alarming, and so was a healer that had not begun."""
    history = updated.client("cloudwatch").describe_alarm_history(HistoryItemType="StateUpdate", MaxRecords=100)
    of_rollouts = [each for each in history["AlarmHistoryItems"] if each["AlarmName"].startswith("tap-rollout-")]

    assert of_rollouts
    assert [each for each in of_rollouts if each["HistorySummary"].endswith("to ALARM")] == []
