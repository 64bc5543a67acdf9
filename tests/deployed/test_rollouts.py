"""Rollouts as deployed: `up` wants a version, AWS moves the group's template on success, and somebody is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.deployed import nursery, plain
from support.deployed.stack import SPEED, Deployed, OneAtATime, Variant
from support.deployed.watch import Watch

from embedded_aws.fleet import Check
from embedded_pulumi.engine.steps import Op
from tap_cli.sandbox import Sandbox

SMALL = {"tap:volumeSize": "20"}  # moto gives images volumes of other sizes
TWO = Variant("rollouts", SMALL, "eu-west-1")
FLEET = "tap-fleet-dev"
HOUR = 3600


@pytest.fixture(scope="module")
def stack(stacks: OneAtATime) -> Iterator[Deployed]:
    """A stack with two instances."""
    yield stacks.deployed_anew(TWO)
    stacks.close()


@pytest.fixture(scope="module")
def watch(stack: Deployed) -> Watch:
    found = Watch(stack)
    found.pass_time(600)
    return found


def up(stack: Deployed, image: str) -> list[tuple[Op, str]]:
    """Deploy with this image; what was done to what."""
    stack.sandbox.cloud.clock.set_speed(SPEED)
    done = stack.sandbox.engine_for({**SMALL, "tap:imageId": image}).up()
    stack.sandbox.cloud.clock.stop()
    return [(step.op, step.urn.rpartition("::")[2]) for step in done.steps if step.op is not Op.SAME]


def spoil(stack: Deployed, version: str, check: Check | None) -> None:
    cloud, template = stack.sandbox.cloud, stack.outputs["launch_template_id"]
    cloud.autoscaling.fleet(FLEET).spoil_template(f"{template}:{version}", check, cloud.clock.now())


def versions(stack: Deployed) -> Counter[str]:
    return Counter(each["LaunchTemplate"]["Version"] for each in stack.group["Instances"])


def group_version(stack: Deployed) -> str:
    return str(stack.group["LaunchTemplate"]["Version"])


def refreshes(stack: Deployed) -> list[dict[str, Any]]:
    found = stack.client("autoscaling").describe_instance_refreshes(AutoScalingGroupName=FLEET)
    return list(found["InstanceRefreshes"])


def version_of(refresh: dict[str, Any]) -> str:
    return str(refresh["DesiredConfiguration"]["LaunchTemplate"]["Version"])


def lines(stack: Deployed) -> list[dict[str, Any]]:
    """What the rollout has logged, oldest first."""
    found = stack.client("logs").filter_log_events(logGroupName="/aws/lambda/tap-rollout-dev")["events"]
    return [json.loads(each["message"]) for each in found if each["message"].startswith("{")]


def alarms_on(stack: Deployed) -> set[str]:
    found = stack.client("cloudwatch").describe_alarms(AlarmNamePrefix="tap-rollout-")["MetricAlarms"]
    return {each["AlarmName"] for each in found if each["StateValue"] == "ALARM"}


def times_on(stack: Deployed, alarm: str) -> int:
    """How often an alarm has gone off since it exists."""
    items = stack.client("cloudwatch").describe_alarm_history(AlarmName=alarm)["AlarmHistoryItems"]
    return sum("to ALARM" in each["HistorySummary"] for each in items)


def until_done(watch: Watch, version: str, limit: int = 2 * HOUR) -> int:
    """Let time pass until a refresh to this version has ended; the seconds that took, after `up`."""
    for seconds in range(0, limit, 30):
        found = [each for each in refreshes(watch.stack) if version_of(each) == version]
        if found and found[0].get("EndTime"):
            watch.pass_time(120)  # the last that was replaced goes, and the next run tells of the end
            return seconds
        watch.pass_time(30)
    raise AssertionError(f"no refresh has ended in {limit} s: {lines(watch.stack)[-1]}")


def told(watch: Watch, words: str) -> list[str]:
    return [message for message in watch.messages() if words in message]


def launched(stack: Deployed, version: str) -> int:
    """How many instances of this version there are or were in the last hour, at work or not."""
    found = stack.client("ec2").describe_instances()["Reservations"]
    tags = [{tag["Key"]: tag["Value"] for tag in each["Tags"]} for one in found for each in one["Instances"]]
    return sum(each["aws:ec2launchtemplate:version"] == version for each in tags)


def test_a_new_stack_has_nothing_to_roll_out_and_alarms_nobody(watch: Watch) -> None:
    """The first run comes before the alarm that misses runs."""
    assert {line["result"] for line in lines(watch.stack)} == {"done"}
    assert refreshes(watch.stack) == []
    assert alarms_on(watch.stack) == set()
    assert times_on(watch.stack, "tap-rollout-silent-dev") == 0


def test_a_function_that_no_longer_runs_is_missed_within_five_minutes(watch: Watch) -> None:
    rule, events = watch.stack.outputs["rollout_schedule_rule_arn"].rpartition("/")[2], watch.stack.client("events")
    events.disable_rule(Name=rule)
    watch.pass_time(121)
    assert alarms_on(watch.stack) == set()
    watch.pass_time(179)

    assert alarms_on(watch.stack) == {"tap-rollout-silent-dev"}
    assert told(watch, "The rollout's function has not reported for minutes")
    assert times_on(watch.stack, "tap-rollout-silent-dev") == 1
    events.enable_rule(Name=rule)
    watch.pass_time(180)
    assert alarms_on(watch.stack) == set()


def test_a_bad_version_is_rolled_back_and_the_group_never_has_it(watch: Watch) -> None:
    stack = watch.stack
    spoil(stack, "2", Check.INSTANCE)  # the rollout begins while `up` still runs
    done = up(stack, plain.new_image(stack.sandbox, "bad"))

    assert [name for op, name in done if op is Op.UPDATE] == ["tap-instance-dev", "tap-rollout-dev"]
    assert not [name for op, name in done if op not in {Op.UPDATE, Op.DELETE}]
    assert until_done(watch, "2") < HOUR
    (refresh,) = refreshes(stack)
    assert (refresh["Status"], group_version(stack), versions(stack)) == ("RollbackSuccessful", "1", {"1": 2})
    assert launched(stack, "2") == 1
    assert "tap-rollout-unhealthy-dev" in refresh["RollbackDetails"]["RollbackReason"]


def test_the_bad_version_is_not_launched_again(watch: Watch) -> None:
    stack = watch.stack
    launched = len(list(stack.sandbox.cloud.autoscaling.events))
    watch.pass_time(HOUR / 2)  # `python -m bench.rollouts` waits for a day

    assert len(refreshes(stack)) == 1
    assert (group_version(stack), versions(stack)) == ("1", {"1": 2})
    assert not [each for each in list(stack.sandbox.cloud.autoscaling.events)[launched:] if each.instance_id]
    assert lines(stack)[-1]["result"] == "failed"
    assert alarms_on(stack) == {"tap-rollout-failed-dev"}


@pytest.mark.parametrize(
    "words",
    [
        "has started",
        "fails its checks: AWS is to roll it back",
        "instance check impaired for",
        "was rolled back",
        "EC2 Auto Scaling Instance Refresh Rollback Succeeded in tap-fleet-dev",
        "The wanted launch template version could not be rolled out",
    ],
)
def test_somebody_is_told_once_with_the_evidence(watch: Watch, words: str) -> None:
    assert len(told(watch, words)) >= 1
    assert len([message for message in told(watch, words) if message.startswith(FLEET)]) <= 1


def test_a_retry_tries_the_same_version_once_more(watch: Watch) -> None:
    stack = watch.stack
    payload = json.dumps({"retry": f"{stack.outputs['launch_template_id']}:2"})
    answer = stack.client("lambda").invoke(FunctionName=stack.outputs["rollout_function_name"], Payload=payload)

    assert json.loads(answer["Payload"].read())["result"] == "started"
    watch.pass_time(900)
    assert [each["Status"] for each in refreshes(stack)] == ["RollbackSuccessful"] * 2
    assert (group_version(stack), versions(stack)) == ("1", {"1": 2})


def test_the_next_version_is_rolled_out_with_its_canary_first(watch: Watch) -> None:
    stack = watch.stack
    up(stack, plain.new_image(stack.sandbox, "good"))
    took = until_done(watch, "3")

    assert (refreshes(stack)[0]["Status"], group_version(stack), versions(stack)) == ("Successful", "3", {"3": 2})
    assert refreshes(stack)[0]["Preferences"]["CheckpointPercentages"] == [50, 100]
    assert took < HOUR
    watch.pass_time(300)
    assert alarms_on(stack) == set()
    assert told(watch, "has reached 50 %")
    assert told(watch, ":3 is done")


@contextmanager
def held_up(stack: Deployed) -> Iterator[None]:
    """The operator's tag holds rollouts up."""
    tag = {"ResourceId": FLEET, "ResourceType": "auto-scaling-group", "Key": "tap:rollout"}
    stack.client("autoscaling").create_or_update_tags(Tags=[{**tag, "Value": "off", "PropagateAtLaunch": False}])
    yield
    stack.client("autoscaling").delete_tags(Tags=[tag])


def test_an_operator_can_hold_rollouts_up_with_a_tag(watch: Watch) -> None:
    stack = watch.stack
    with held_up(stack):
        up(stack, plain.new_image(stack.sandbox, "held"))
        watch.pass_time(720)

        assert group_version(stack) == "3"
        assert lines(stack)[-1]["result"] == "off"
        assert len(told(watch, "waits: off")) == 1
    until_done(watch, "4")
    assert group_version(stack) == "4"


def test_a_rollout_waits_while_the_healer_replaces_an_instance(watch: Watch) -> None:
    stack = watch.stack
    with held_up(stack):
        up(stack, plain.new_image(stack.sandbox, "next"))
        stack.sandbox.cloud.break_instance(stack.group["Instances"][0]["InstanceId"], "system")
        watch.pass_time(200)
    watch.pass_time(61)

    assert lines(stack)[-1]["result"] == "healing"
    until_done(watch, "5")
    assert (group_version(stack), versions(stack)) == ("5", {"5": 2})


def test_no_call_of_the_rollout_was_refused(watch: Watch) -> None:
    assert [each.refusal for each in watch.stack.sandbox.cloud.calls if not each.allowed] == []


def test_pulumi_awss_own_refresh_ends_on_the_bad_version(stacks: OneAtATime, tmp_path: Path) -> None:
    """The fault that rollouts are there for (hashicorp/terraform-provider-aws 34189), as the provider has it."""
    stacks.close()
    program = plain.write_program(tmp_path / "program")
    with Sandbox(
        program, "plain", {}, region="eu-west-1", folder=tmp_path, speed=SPEED, launch=nursery.launch
    ) as sandbox:
        first, bad = (plain.new_image(sandbox, name) for name in ("first", "bad"))
        outputs = sandbox.engine_for(plain.config_of(first, size=2, healthy=(100, 150))).up().outputs
        clock, autoscaling = sandbox.cloud.clock, sandbox.cloud.client("autoscaling", "eu-west-1")
        fleet = sandbox.cloud.autoscaling.fleet(plain.GROUP)
        fleet.spoil_template(f"{outputs['launch_template_id']}:2", Check.INSTANCE, clock.now())
        sandbox.engine_for(plain.config_of(bad, size=2, healthy=(100, 150))).up()
        clock.stop()
        clock.advance(4 * HOUR)
        (refresh,) = autoscaling.describe_instance_refreshes(AutoScalingGroupName=plain.GROUP)["InstanceRefreshes"]
        old = next(iter(fleet.members)).id
        autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=old, ShouldDecrementDesiredCapacity=False)
        clock.advance(120)

        group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[plain.GROUP])["AutoScalingGroups"][0]
        assert (refresh["Status"], group["LaunchTemplate"]["Version"]) == ("RollbackSuccessful", "2")
        assert "2" in {each["LaunchTemplate"]["Version"] for each in group["Instances"]}, "each launch is a bad one"
