"""EventBridge rules: when they fire, what they send, to whom, and who may be reached. All in cloud time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .world import World

MINUTE = timedelta(minutes=1)


def rule(world: World, name: str = "tick", **params: Any) -> str:
    """Put a rule; returns its ARN."""
    return str(world.client("events").put_rule(Name=name, **params)["RuleArn"])


def target(world: World, arn: str, name: str = "tick", **params: Any) -> None:
    """Give a rule one target."""
    world.client("events").put_targets(Rule=name, Targets=[{"Id": "target", "Arn": arn, **params}])


def permit(world: World, **conditions: str) -> None:
    """Let EventBridge invoke the function, under these conditions."""
    world.awslambda.add_permission(
        FunctionName="probe",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        **conditions,
    )


def scheduled(world: World, expression: str = "rate(5 minutes)", **params: Any) -> str:
    """A rule on a schedule with a function as its target; returns the rule's ARN."""
    function = world.deploy()
    arn = rule(world, ScheduleExpression=expression)
    target(world, function, **params)
    permit(world, SourceArn=arn)
    return arn


def minutes(world: World) -> list[float]:
    """When the function ran, in minutes since the beginning."""
    return [(each.started - world.seen[0].started) / MINUTE for each in world.seen]


def test_a_rate_fires_one_period_after_it_was_put_and_then_each_period(world: World) -> None:
    began = world.clock.now()
    scheduled(world)

    world.advance(minutes=16)

    assert [(each.started - began) / MINUTE for each in world.seen] == [5, 10, 15]
    assert all(each.asynchronous for each in world.seen)


def test_the_function_gets_the_scheduled_event(world: World) -> None:
    arn = scheduled(world)

    world.advance(minutes=5)

    event = json.loads(world.seen[0].event)
    assert len(event.pop("id")) == 36
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-03-01T12:05:00Z",
        "region": "eu-west-1",
        "resources": [arn],
        "detail": {},
    }


def test_a_cron_rule_fires_at_its_times(world: World) -> None:
    scheduled(world, "cron(30 12,14 * * ? *)")

    world.advance(days=1)

    assert minutes(world) == [0, 120]


def test_a_target_may_get_a_constant_instead(world: World) -> None:
    scheduled(world, Input='{"mode": "observe"}')

    world.advance(minutes=5)

    assert json.loads(world.seen[0].event) == {"mode": "observe"}


def test_a_disabled_rule_is_silent_until_it_is_enabled(world: World) -> None:
    scheduled(world)
    events = world.client("events")
    events.disable_rule(Name="tick")
    world.advance(minutes=12)
    silent = list(world.seen)
    enabled = world.clock.now()
    events.enable_rule(Name="tick")

    world.advance(minutes=11)

    assert silent == []
    assert [each.started - enabled for each in world.seen] == [5 * MINUTE, 10 * MINUTE]


def test_a_deleted_rule_fires_no_more(world: World) -> None:
    scheduled(world)
    world.advance(minutes=5)
    world.client("events").remove_targets(Rule="tick", Ids=["target"])
    world.client("events").delete_rule(Name="tick")

    world.advance(minutes=30)

    assert len(world.seen) == 1


def test_a_rule_that_is_put_again_follows_its_new_schedule_alone(world: World) -> None:
    scheduled(world)
    world.advance(minutes=3)
    changed = world.clock.now()
    rule(world, ScheduleExpression="rate(10 minutes)")

    world.advance(minutes=21)

    assert [each.started - changed for each in world.seen] == [10 * MINUTE, 20 * MINUTE]


def test_without_a_permission_nothing_runs_and_the_failure_is_counted(world: World) -> None:
    function = world.deploy()
    rule(world, ScheduleExpression="rate(1 minute)")
    target(world, function)

    world.advance(minutes=1)

    assert world.seen == []
    assert _sums(world, "TriggeredRules") == [1]
    assert _sums(world, "FailedInvocations") == [1]


RULE_ARN = "arn:aws:events:eu-west-1:123456789012:rule/tick"
PERMISSIONS: dict[str, tuple[dict[str, str], bool]] = {
    "whoever": ({}, True),
    "this rule": ({"SourceArn": RULE_ARN}, True),
    "rules like it": ({"SourceArn": RULE_ARN.replace("tick", "ti*")}, True),
    "another rule": ({"SourceArn": RULE_ARN.replace("tick", "tock")}, False),
    "this account": ({"SourceAccount": "123456789012"}, True),
    "another account": ({"SourceAccount": "210987654321"}, False),
    "this rule of another account": ({"SourceArn": RULE_ARN, "SourceAccount": "210987654321"}, False),
}


def test_the_functions_policy_decides_which_rule_may_invoke_it(world: World) -> None:
    target_arn = world.deploy()
    rule(world, ScheduleExpression="rate(1 minute)")
    target(world, target_arn)
    ran = {}

    for name, (conditions, _) in PERMISSIONS.items():
        permit(world, **conditions)
        before = len(world.seen)
        world.advance(minutes=1)
        ran[name] = len(world.seen) > before
        world.awslambda.remove_permission(FunctionName="probe", StatementId="events")

    assert ran == {name: runs for name, (_, runs) in PERMISSIONS.items()}


def test_a_topic_gets_the_event_if_its_policy_lets_the_rule_in(world: World) -> None:
    sns = world.client("sns")
    topic = sns.create_topic(Name="ticks")["TopicArn"]
    arn = rule(world, ScheduleExpression="rate(1 minute)")
    target(world, topic)
    world.advance(minutes=1)
    before = world.messages(topic)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)

    world.advance(minutes=1)

    assert before == []
    [message] = world.messages(topic)
    assert json.loads(message)["time"] == "2026-03-01T12:02:00Z"
    assert _sums(world, "FailedInvocations") == [1]


def test_rules_of_the_same_name_in_two_regions_do_not_meet(world: World) -> None:
    scheduled(world)
    elsewhere = world.client("events", "us-east-1")
    elsewhere.put_rule(Name="tick", ScheduleExpression="rate(1 minute)")
    world.advance(minutes=3)
    early = list(world.seen)
    elsewhere.disable_rule(Name="tick")

    world.advance(minutes=2)

    assert early == []
    assert len(world.seen) == 1


def test_the_failure_of_a_function_does_not_stop_its_schedule(world: World) -> None:
    arn = rule(world, ScheduleExpression="rate(1 minute)")
    target(world, world.deploy("def lambda_handler(event, context):\n    raise RuntimeError('no')\n"))
    permit(world, SourceArn=arn)
    world.awslambda.put_function_event_invoke_config(FunctionName="probe", MaximumRetryAttempts=0)

    world.advance(minutes=3)

    assert minutes(world) == [0, 1, 2]


@pytest.mark.parametrize("expression", ["rate(1 minutes)", "cron(0 12 * * * *)", "rate(30 seconds)"])
def test_a_schedule_that_aws_would_not_take_is_refused(world: World, expression: str) -> None:
    with pytest.raises(ClientError, match="Parameter ScheduleExpression is not valid"):
        rule(world, ScheduleExpression=expression)

    assert world.client("events").list_rules()["Rules"] == []


def test_a_target_that_nothing_can_be_sent_to_is_refused_by_name(world: World) -> None:
    rule(world, ScheduleExpression="rate(1 minute)")

    with pytest.raises(ClientError, match="kinesis"):
        target(world, "arn:aws:kinesis:eu-west-1:123456789012:stream/ticks")


def test_an_event_triggers_the_rules_whose_pattern_it_fits(world: World) -> None:
    function = world.deploy()
    pattern = {
        "source": ["tap"],
        "detail": {"state": [{"prefix": "un"}], "count": [{"numeric": [">", 1]}], "note": [{"exists": False}]},
    }
    arn = rule(world, EventPattern=json.dumps(pattern))
    target(world, function)
    permit(world, SourceArn=arn)
    details = [
        {"state": "unhealthy", "count": 2},
        {"state": "healthy", "count": 2},
        {"state": "unhealthy", "count": 1},
        {"state": "unhealthy", "count": 2, "note": "x"},
    ]
    entries = [{"Source": "tap", "DetailType": "Change", "Detail": json.dumps(detail)} for detail in details]

    answer = world.client("events").put_events(Entries=entries)
    world.advance(seconds=0)

    assert answer["FailedEntryCount"] == 0
    assert [json.loads(each.event)["detail"] for each in world.seen] == [details[0]]
    assert json.loads(world.seen[0].event)["detail-type"] == "Change"


def test_what_the_cloud_emits_reaches_a_pattern_and_no_schedule(world: World) -> None:
    function = world.deploy()
    arn = rule(world, EventPattern=json.dumps({"source": [{"anything-but": "aws.ec2"}]}))
    target(world, function)
    permit(world, SourceArn=arn)
    rule(world, name="hourly", ScheduleExpression="rate(1 hour)")
    target(world, function, name="hourly")
    change = {"detail-type": "EC2 Instance Launch Successful", "account": "123456789012", "region": "eu-west-1"}

    for source in ("aws.autoscaling", "aws.ec2"):
        world.schedule.emit(change | {"source": source, "detail": {"from": source}})
    world.advance(seconds=0)

    assert [json.loads(each.event)["detail"] for each in world.seen] == [{"from": "aws.autoscaling"}]


def test_a_malformed_entry_is_refused_alone(world: World) -> None:
    good = {"Source": "tap", "DetailType": "Change", "Detail": "{}"}

    answer = world.client("events").put_events(
        Entries=[good, good | {"Detail": "{"}, {"Source": "tap", "Detail": "{}"}]
    )

    assert answer["FailedEntryCount"] == 2
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [None, "MalformedDetail", "InvalidArgument"]


def _sums(world: World, metric: str) -> list[float]:
    return [value for _, value in world.metric("AWS/Events", metric, RuleName="tick")]
