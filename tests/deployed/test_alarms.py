"""R6 and the healer's property 18 as deployed: whoever is subscribed hears of every trouble, in time, and not before.

Each test begins with a healer that sweeps in peace, brings one cause about through the API as it happens in real
accounts, and undoes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.config import Config
from support.deployed.stack import Deployed, OneAtATime, Variant
from support.deployed.watch import Watch

WATCHED = Variant("dev", {}, "eu-west-1")
FIVE_MINUTES = 300
UNSEEN = "ebs"
"""A fault that is the healer's alone: a group whose health check type is EC2 does not look at volumes."""
RULE = "tap-scaling-failures-dev"


@pytest.fixture
def watch(stacks: OneAtATime) -> Watch:
    watch = Watch(stacks.deployed(WATCHED))
    watch.settle()
    return watch


def healer(stack: Deployed) -> dict[str, str]:
    return {"FunctionName": stack.outputs["lambda_function_name"]}


def schedule(stack: Deployed) -> dict[str, str]:
    return {"Name": stack.outputs["health_check_rule_arn"].rpartition("/")[2]}


def inline_policy(stack: Deployed) -> dict[str, str]:
    return {"RoleName": stack.outputs["lambda_role_name"], "PolicyName": "heal"}


def statements(stack: Deployed) -> list[dict[str, Any]]:
    document: dict[str, Any] = stack.client("iam").get_role_policy(**inline_policy(stack))["PolicyDocument"]
    return list(document["Statement"])


def permit(stack: Deployed, statements: list[dict[str, Any]]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    stack.client("iam").put_role_policy(**inline_policy(stack), PolicyDocument=document)


def test_nobody_is_alarmed_while_the_healer_sweeps_in_peace(watch: Watch) -> None:
    watch.pass_time(300)  # new alarms become OK, which is told
    before = len(watch.messages())

    watch.pass_time(1800)

    assert set(watch.states().values()) <= {"OK", "INSUFFICIENT_DATA"}
    assert len(watch.messages()) == before


# Stopped, crashing, throttled, denied.


@pytest.mark.parametrize("offset", [0, 25, 50])
def test_a_healer_whose_schedule_is_disabled_is_missed_within_five_minutes(watch: Watch, offset: int) -> None:
    """Wherever in the minute that CloudWatch looks at it stops."""
    events = watch.stack.client("events")
    watch.pass_time(offset)

    with watch.trouble(
        lambda: events.disable_rule(**schedule(watch.stack)), lambda: events.enable_rule(**schedule(watch.stack))
    ):
        assert watch.seconds_until("silent", limit=FIVE_MINUTES) > 120
        assert watch.told_of("silent")[-1] == "ALARM"

    assert watch.told_of("silent")[-1] == "OK"


def test_a_sweep_that_is_left_out_is_no_alarm(watch: Watch) -> None:
    events = watch.stack.client("events")

    with watch.trouble(
        lambda: events.disable_rule(**schedule(watch.stack)), lambda: events.enable_rule(**schedule(watch.stack))
    ):
        watch.pass_time(61)
        events.enable_rule(**schedule(watch.stack))
        watch.pass_time(600)

        assert "ALARM" not in watch.states().values()


@contextmanager
def configured(watch: Watch, **variables: str) -> Iterator[None]:
    """The function's variables are others for as long as this lasts."""
    functions = watch.stack.client("lambda")
    right = functions.get_function_configuration(**healer(watch.stack))["Environment"]["Variables"]

    def configure(values: dict[str, str]) -> None:
        functions.update_function_configuration(**healer(watch.stack), Environment={"Variables": values})

    with watch.trouble(lambda: configure({**right, **variables}), lambda: configure(right)):
        yield


@pytest.mark.parametrize(
    ("variable", "wrong", "alarms"),
    [
        ("HEALER_MODE", "Live", {"settings-healer-mode"}),
        ("HEALER_POLICY", "{", {"settings-healer-policy"}),
        # The heartbeat carries the group's name: without one it is missed.
        ("GROUP_NAME", " ", {"settings-group-name", "silent"}),
    ],
)
def test_a_wrong_setting_sets_its_own_alarm_off_and_no_other(
    watch: Watch, variable: str, wrong: str, alarms: set[str]
) -> None:
    with configured(watch, **{variable: wrong}):
        watch.seconds_until(*alarms, limit=FIVE_MINUTES)
        watch.pass_time(FIVE_MINUTES)
        assert watch.alarmed() == alarms
        assert watch.told_of(min(alarms))[-1] == "ALARM"


@pytest.mark.parametrize("setting", ["GROUP_NAME", "HEALER_MODE", "HEALER_POLICY"])
def test_a_setting_that_is_told_to_be_wrong_is_named_by_its_alarm(watch: Watch, setting: str) -> None:
    """The metric as the healer publishes it: the test above does without, once the healer does."""
    thing = f"settings-{setting.lower().replace('_', '-')}"

    publish(watch, "WrongSettings", {**healer(watch.stack), "Setting": setting})
    watch.seconds_until(thing, limit=120)

    assert watch.alarmed() == {thing}
    assert watch.told_of(thing)[-1] == "ALARM"
    watch.settle()
    assert watch.told_of(thing)[-1] == "OK"


def test_a_healer_that_cannot_even_be_imported_is_noticed_within_five_minutes(watch: Watch) -> None:
    functions = watch.stack.client("lambda")

    def handle(handler: str) -> None:
        functions.update_function_configuration(**healer(watch.stack), Handler=handler)

    with watch.trouble(lambda: handle("nowhere.handler"), lambda: handle("index.lambda_handler")):
        watch.seconds_until("errors", "silent", limit=FIVE_MINUTES)
        assert watch.told_of("errors")[-1] == "ALARM"


def test_a_healer_without_concurrency_is_missed_and_its_events_are_counted_as_dropped(watch: Watch) -> None:
    functions = watch.stack.client("lambda")

    def reserve(number: int) -> None:
        functions.put_function_concurrency(**healer(watch.stack), ReservedConcurrentExecutions=number)

    with watch.trouble(lambda: reserve(0), lambda: reserve(1)):
        watch.seconds_until("dropped", "silent", limit=FIVE_MINUTES)
        assert (watch.told_of("dropped")[-1], watch.told_of("silent")[-1]) == ("ALARM", "ALARM")


def test_a_healer_that_is_turned_away_again_and_again_is_throttled(watch: Watch) -> None:
    once = Config(retries={"total_max_attempts": 1})
    functions = watch.stack.sandbox.cloud.client("lambda", config=once)

    def reserve(number: int) -> None:
        functions.put_function_concurrency(**healer(watch.stack), ReservedConcurrentExecutions=number)

    with watch.trouble(lambda: reserve(0), lambda: reserve(1)):
        for _ in range(3):
            with pytest.raises(functions.exceptions.TooManyRequestsException):
                functions.invoke(**healer(watch.stack), Payload=b"{}")
            assert watch.states()["throttled"] != "ALARM"
            watch.pass_time(60)
        watch.seconds_until("throttled", limit=60)
        assert watch.told_of("throttled")[-1] == "ALARM"


def test_a_healer_that_is_denied_everything_is_noticed_within_five_minutes(watch: Watch) -> None:
    allowed = statements(watch.stack)
    log_only = [each for each in allowed if each["Sid"] == "Log"]

    with watch.trouble(lambda: permit(watch.stack, log_only), lambda: permit(watch.stack, allowed)):
        watch.seconds_until("errors", "silent", limit=FIVE_MINUTES)
        assert (watch.told_of("errors")[-1], watch.told_of("silent")[-1]) == ("ALARM", "ALARM")


def test_a_healer_that_may_not_mark_is_noticed_when_it_would_and_sweeps_on(watch: Watch) -> None:
    allowed = statements(watch.stack)
    harmless = [each for each in allowed if each["Sid"] != "MarkUnhealthy"]
    stack = watch.stack
    victim = stack.group["Instances"][0]["InstanceId"]

    def deny() -> None:
        permit(stack, harmless)
        stack.sandbox.cloud.break_instance(victim, UNSEEN)

    def allow() -> None:
        stack.sandbox.cloud.autoscaling.repair_instance(victim)
        permit(stack, allowed)

    with watch.trouble(deny, allow):
        watch.seconds_until("errors", limit=120 + FIVE_MINUTES)
        assert watch.told_of("errors")[-1] == "ALARM"
        assert watch.states()["silent"] == "OK"


# What it says itself: blind, suspended, behind.


def test_three_blind_sweeps_in_a_row_are_an_alarm_and_two_are_not(watch: Watch) -> None:
    allowed = statements(watch.stack)
    sightless = [each for each in allowed if each["Sid"] != "Read"]

    with watch.trouble(lambda: permit(watch.stack, sightless), lambda: permit(watch.stack, allowed)):
        watch.pass_time(120)
        assert watch.states()["blind"] == "OK"
        watch.seconds_until("blind", limit=180)
        assert watch.told_of("blind")[-1] == "ALARM"
        assert watch.states()["silent"] == "OK"


def test_a_healer_that_suspends_itself_says_so(watch: Watch) -> None:
    """Two failed launches within a quarter of an hour speak against the image; that is looked at when one is needed."""
    stack = watch.stack
    autoscaling, group = stack.client("autoscaling"), {"AutoScalingGroupName": stack.outputs["auto_scaling_group_name"]}
    victim = stack.group["Instances"][0]["InstanceId"]

    def break_one_and_fail_to_launch() -> None:
        stack.sandbox.cloud.break_instance(victim, UNSEEN)
        take_profile(stack)
        autoscaling.set_desired_capacity(**group, DesiredCapacity=3)

    def recover() -> None:
        autoscaling.set_desired_capacity(**group, DesiredCapacity=2)
        give_profile(stack)
        stack.sandbox.cloud.autoscaling.repair_instance(victim)

    with watch.trouble(break_one_and_fail_to_launch, recover):
        watch.seconds_until("suspended", limit=FIVE_MINUTES)
        assert watch.told_of("suspended")[-1] == "ALARM"
    assert victim in [each["InstanceId"] for each in stack.group["Instances"]]


def test_a_suspension_is_on_until_no_sweep_has_said_so_for_a_quarter_of_an_hour(watch: Watch) -> None:
    """A sweep without an impaired member does not know, and leaves the metric out."""
    publish(watch, "Suspended", fleet(watch.stack))
    watch.seconds_until("suspended", limit=120)
    watch.pass_time(600)
    assert watch.alarmed() == {"suspended"}
    watch.pass_time(600)
    assert watch.alarmed() == set()


def test_an_instance_that_nobody_may_replace_is_an_alarm_after_a_quarter_of_an_hour(watch: Watch) -> None:
    stack = watch.stack
    autoscaling, name = stack.client("autoscaling"), stack.outputs["auto_scaling_group_name"]
    processes = {"AutoScalingGroupName": name, "ScalingProcesses": ["ReplaceUnhealthy"]}
    victim = stack.group["Instances"][0]["InstanceId"]

    def hold_back() -> None:
        autoscaling.suspend_processes(**processes)
        stack.sandbox.cloud.break_instance(victim, UNSEEN)

    def let_go() -> None:
        stack.sandbox.cloud.autoscaling.repair_instance(victim)
        autoscaling.resume_processes(**processes)

    with watch.trouble(hold_back, let_go):
        watch.pass_time(840)
        assert watch.states()["behind"] == "OK"
        watch.seconds_until("behind", limit=240)
        assert watch.told_of("behind")[-1] == "ALARM"


def test_the_sweep_that_marks_is_not_behind_however_old_the_fault(watch: Watch) -> None:
    stack, before = watch.stack, watch.told_of("behind")
    events, victim = stack.client("events"), stack.group["Instances"][0]["InstanceId"]

    def miss_it() -> None:
        events.disable_rule(**schedule(stack))
        stack.sandbox.cloud.break_instance(victim, UNSEEN)

    with watch.trouble(miss_it, lambda: events.enable_rule(**schedule(stack))):
        watch.pass_time(1200)
        events.enable_rule(**schedule(stack))
        watch.pass_time(600)

    assert victim not in [each["InstanceId"] for each in stack.group["Instances"]]
    assert watch.told_of("behind") == before


def publish(watch: Watch, metric: str, dimensions: dict[str, str]) -> None:
    """Publish a metric of 1 as the healer would."""
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    data = [{"MetricName": metric, "Dimensions": named, "Value": 1, "Unit": "Count"}]
    watch.stack.client("cloudwatch").put_metric_data(Namespace="tap/HealthCheck", MetricData=data)


def fleet(stack: Deployed) -> dict[str, str]:
    return {"AutoScalingGroupName": stack.outputs["auto_scaling_group_name"]}


def test_an_impairment_without_a_beginning_is_an_alarm_after_fifteen_sweeps_and_not_before(watch: Watch) -> None:
    """The embedded EC2 always says since when, so that here the test speaks for the healer."""
    for _ in range(14):
        publish(watch, "Undated", fleet(watch.stack))
        watch.pass_time(60)
    assert watch.states()["undated"] != "ALARM"
    publish(watch, "Undated", fleet(watch.stack))
    watch.seconds_until("undated", limit=120)

    assert watch.alarmed() == {"undated"}
    assert watch.told_of("undated")[-1] == "ALARM"
    watch.settle()


def test_a_mark_that_nobody_acts_upon_is_an_alarm(watch: Watch) -> None:
    """The metric as the healer publishes it 15 minutes after a mark; its own sweep would need a group that hangs."""
    publish(watch, "Stuck", fleet(watch.stack))
    watch.seconds_until("stuck", limit=120)

    assert watch.alarmed() == {"stuck"}
    assert watch.told_of("stuck")[-1] == "ALARM"
    watch.settle()


# What Auto Scaling could not do, by way of EventBridge.


def take_profile(stack: Deployed) -> None:
    """Delete the instance profile: EC2 refuses to launch anything with it."""
    iam, profile = stack.client("iam"), stack.outputs["ec2_instance_profile_name"]
    iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=stack.outputs["ec2_role_name"])
    iam.delete_instance_profile(InstanceProfileName=profile)


def give_profile(stack: Deployed) -> None:
    iam, profile = stack.client("iam"), stack.outputs["ec2_instance_profile_name"]
    iam.create_instance_profile(InstanceProfileName=profile)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=stack.outputs["ec2_role_name"])


def launch_in_vain(watch: Watch) -> list[str]:
    """Ask for an instance that cannot be launched, until the rule is invoked; the sentences that were delivered."""
    stack, before, invoked = watch.stack, len(watch.messages()), watch.counted("Invocations", RULE)
    group = {"AutoScalingGroupName": stack.outputs["auto_scaling_group_name"]}
    autoscaling = stack.client("autoscaling")
    take_profile(stack)
    autoscaling.set_desired_capacity(**group, DesiredCapacity=3)
    for _ in range(120):  # after earlier failures the group waits before it tries again
        watch.pass_time(30)
        if watch.counted("Invocations", RULE) > invoked:
            break
    autoscaling.set_desired_capacity(**group, DesiredCapacity=2)
    give_profile(stack)
    assert watch.counted("Invocations", RULE) > invoked
    return [message for message in watch.messages()[before:] if message.startswith('"')]


def test_a_launch_that_fails_is_told_in_one_sentence(watch: Watch) -> None:
    group = watch.stack.outputs["auto_scaling_group_name"]

    first, *_ = launch_in_vain(watch)

    sentence = json.loads(first)
    assert sentence.startswith(f"EC2 Instance Launch Unsuccessful in {group}: ")
    assert "Invalid IAM Instance Profile name" in sentence
    assert "increasing the capacity from 2 to 3" in sentence
    assert "<" not in sentence
    watch.settle()


def test_a_launch_that_succeeds_and_another_groups_failure_are_not_told(watch: Watch) -> None:
    stack, before = watch.stack, len(watch.messages())
    rule = stack.client("events").describe_rule(Name=RULE)
    autoscaling, group = stack.client("autoscaling"), {"AutoScalingGroupName": stack.outputs["auto_scaling_group_name"]}

    autoscaling.set_desired_capacity(**group, DesiredCapacity=3)
    watch.pass_time(180)
    autoscaling.set_desired_capacity(**group, DesiredCapacity=2)
    watch.pass_time(180)

    assert watch.messages()[before:] == []
    assert json.loads(rule["EventPattern"])["detail"] == {"AutoScalingGroupName": [group["AutoScalingGroupName"]]}


def test_eventbridge_may_publish_only_if_the_keys_policy_lets_it_use_the_key(watch: Watch) -> None:
    stack = watch.stack
    kms, sns = stack.client("kms"), stack.client("sns")
    key = sns.get_topic_attributes(TopicArn=watch.topic)["Attributes"]["KmsMasterKeyId"]
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    without = [each for each in json.loads(policy)["Statement"] if "events.amazonaws.com" not in json.dumps(each)]
    refused = watch.counted("FailedInvocations", RULE)

    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(json.loads(policy) | {"Statement": without}))
    told = launch_in_vain(watch)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)

    assert told == []
    assert watch.counted("FailedInvocations", RULE) > refused
    assert launch_in_vain(watch) != []
    watch.settle()


def test_kms_is_told_no_source_of_eventbridges_so_that_a_condition_on_one_keeps_it_out(watch: Watch) -> None:
    """What makes many a stack fall silent: such a condition is right for CloudWatch and wrong for EventBridge."""
    stack = watch.stack
    kms, sns = stack.client("kms"), stack.client("sns")
    key = sns.get_topic_attributes(TopicArn=watch.topic)["Attributes"]["KmsMasterKeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    bound = json.loads(json.dumps(policy))
    (statement,) = [each for each in bound["Statement"] if "events.amazonaws.com" in json.dumps(each)]
    statement["Condition"] = {"StringEquals": {"aws:SourceAccount": stack.sandbox.cloud.account}}

    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(bound))
    told = launch_in_vain(watch)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))

    assert told == []
    watch.settle()


def test_another_rule_may_not_publish_to_the_topic(watch: Watch) -> None:
    stack, events, before = watch.stack, watch.stack.client("events"), len(watch.messages())
    pattern = json.dumps({"source": ["made.up"]})
    events.put_rule(Name="other", EventPattern=pattern)
    events.put_targets(Rule="other", Targets=[{"Id": "topic", "Arn": watch.topic}])

    events.put_events(Entries=[{"Source": "made.up", "DetailType": "d", "Detail": "{}"}])

    assert watch.messages()[before:] == []
    assert watch.counted("FailedInvocations", "other") == 1
    events.remove_targets(Rule="other", Ids=["topic"])
    events.delete_rule(Name="other")
    assert stack.client("events").list_rules(NamePrefix="other")["Rules"] == []
