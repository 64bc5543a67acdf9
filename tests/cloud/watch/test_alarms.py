"""Alarms in cloud time through boto3: state, history, events, and what they do to topics, policies and functions."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

REGION = "us-east-1"
ACCOUNT = "123456789012"
ALARM_ARN = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:cpu"
SCALE_UP = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:1:autoScalingGroupName/tap:policyName/up"
DIMENSIONS = [{"Name": "AutoScalingGroupName", "Value": "tap"}]


def put_alarm(world: Any, **options: Any) -> None:
    alarm = {
        "AlarmName": "cpu",
        "Namespace": "tap/Test",
        "MetricName": "Cpu",
        "Dimensions": DIMENSIONS,
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 70.0,
        "ComparisonOperator": "GreaterThanThreshold",
    } | options
    world.client("cloudwatch").put_metric_alarm(**{name: value for name, value in alarm.items() if value is not None})


def put(world: Any, value: float, **datum: Any) -> None:
    data = {"MetricName": "Cpu", "Dimensions": DIMENSIONS, "Value": value} | datum
    world.client("cloudwatch").put_metric_data(Namespace="tap/Test", MetricData=[data])


def pass_minutes(world: Any, *values: float | None) -> None:
    """A datum at the beginning of each minute (None: no datum), then that minute."""
    world.clock.advance(-world.clock.now().timestamp() % 60)
    for value in values:
        if value is not None:
            put(world, value)
        world.clock.advance(60)


def alarm(world: Any) -> dict[str, Any]:
    found: dict[str, Any] = world.client("cloudwatch").describe_alarms(AlarmNames=["cpu"])["MetricAlarms"][0]
    return found


def state(world: Any) -> str:
    return str(alarm(world)["StateValue"])


def topic(world: Any, **attributes: str) -> str:
    return str(world.client("sns").create_topic(Name="alerts", Attributes=attributes)["TopicArn"])


def subscribed(world: Any, topic_arn: str) -> None:
    world.client("sns").subscribe(TopicArn=topic_arn, Protocol="sms", Endpoint="+15550100")


def summaries(world: Any, kind: str | None = None, name: str = "cpu") -> list[str]:
    kinds = {} if kind is None else {"HistoryItemType": kind}
    answer = world.client("cloudwatch").describe_alarm_history(AlarmName=name, ScanBy="TimestampAscending", **kinds)
    return [item["HistorySummary"] for item in answer["AlarmHistoryItems"]]


def test_a_new_alarm_is_unchecked_and_has_no_data(world: Any) -> None:
    put_alarm(world)

    new = alarm(world)

    assert (new["StateValue"], new["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    assert new["StateUpdatedTimestamp"] == new["AlarmConfigurationUpdatedTimestamp"] == world.clock.now()


def test_an_alarm_goes_off_and_comes_back_with_the_metric(world: Any) -> None:
    put_alarm(world)

    pass_minutes(world, 50)
    calm = state(world)
    pass_minutes(world, 90)
    alarmed = state(world)
    pass_minutes(world, 50)

    assert (calm, alarmed, state(world)) == ("OK", "ALARM", "OK")


def test_state_changes_carry_cloud_time_and_reason(world: Any) -> None:
    put_alarm(world)
    pass_minutes(world, 90)

    changed = alarm(world)
    began = world.clock.now() - timedelta(minutes=1)

    assert changed["StateUpdatedTimestamp"] == changed["StateTransitionedTimestamp"] == world.clock.now()
    assert changed["StateReason"] == (
        f"Threshold Crossed: 1 datapoint [90.0 ({began:%d/%m/%y %H:%M:%S})] was greater than the threshold (70.0)."
    )
    data = json.loads(changed["StateReasonData"])
    assert (data["statistic"], data["period"], data["recentDatapoints"]) == ("Average", 60, [90.0])


def test_m_out_of_n_datapoints_make_an_alarm(world: Any) -> None:
    put_alarm(world, EvaluationPeriods=3, DatapointsToAlarm=2)

    pass_minutes(world, 90, 50, 50)
    one = state(world)
    pass_minutes(world, 90, 90)

    assert (one, state(world)) == ("OK", "ALARM")


def test_a_missing_heartbeat_alarms_when_missing_is_breaching(world: Any) -> None:
    put_alarm(
        world,
        Statistic="Sum",
        Threshold=1.0,
        ComparisonOperator="LessThanThreshold",
        EvaluationPeriods=3,
        TreatMissingData="breaching",
    )
    pass_minutes(world, 1, 1, 1, 1, 1)
    alive = state(world)

    pass_minutes(world, None, None, None, None)
    still = state(world)
    pass_minutes(world, None)

    # Three periods and the two more that are looked at: five minutes of silence.
    assert (alive, still, state(world)) == ("OK", "OK", "ALARM")
    assert alarm(world)["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 3 periods "
        "and 3 missing datapoints were treated as [Breaching]."
    )


def test_silence_is_insufficient_data_by_default(world: Any) -> None:
    put_alarm(world)
    pass_minutes(world, 50)

    pass_minutes(world, None, None, None)

    assert state(world) == "INSUFFICIENT_DATA"
    assert alarm(world)["StateReason"] == "Insufficient Data: 1 datapoint was unknown."


def test_windows_longer_than_a_minute_slide_by_the_minute(world: Any) -> None:
    put_alarm(world, Period=300, Statistic="Sum", Threshold=3.0, ComparisonOperator="GreaterThanOrEqualToThreshold")

    pass_minutes(world, 1, 1)
    before = state(world)
    pass_minutes(world, 1)

    assert (before, state(world)) == ("OK", "ALARM")


def test_periods_under_a_minute_are_evaluated_every_ten_seconds(world: Any) -> None:
    put_alarm(world, Period=10)
    pass_minutes(world)
    put(world, 90)

    world.clock.advance(10)

    assert state(world) == "ALARM"


def test_dimensions_must_match_exactly(world: Any) -> None:
    put_alarm(world, TreatMissingData="notBreaching")

    put(world, 90, Dimensions=[])
    put(world, 90, Dimensions=[*DIMENSIONS, {"Name": "Zone", "Value": "a"}])
    pass_minutes(world)
    put(world, 90, Dimensions=[{"Name": "AutoScalingGroupName", "Value": "other"}])
    pass_minutes(world, None)

    assert state(world) == "OK"


def test_an_alarm_on_a_percentile_judges_the_percentile(world: Any) -> None:
    put_alarm(world, Statistic=None, ExtendedStatistic="p50")
    pass_minutes(world)
    for value in (10, 20, 100):
        put(world, value)

    pass_minutes(world, 90)

    assert json.loads(alarm(world)["StateReasonData"])["recentDatapoints"] == [55.0]


def test_a_percentile_of_few_samples_changes_nothing_if_told_so(world: Any) -> None:
    put_alarm(world, Statistic=None, ExtendedStatistic="p90", EvaluateLowSampleCountPercentile="ignore")

    pass_minutes(world, 100)
    few = state(world)
    for _ in range(100):
        put(world, 100)
    pass_minutes(world, None)

    assert (few, state(world)) == ("INSUFFICIENT_DATA", "ALARM")


def test_an_alarm_may_watch_an_expression(world: Any) -> None:
    def query(name: str, metric: str) -> dict[str, Any]:
        of = {"Namespace": "tap/Test", "MetricName": metric, "Dimensions": DIMENSIONS}
        return {"Id": name, "MetricStat": {"Metric": of, "Period": 60, "Stat": "Sum"}, "ReturnData": False}

    put_alarm(
        world,
        **dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period")),
        Metrics=[
            query("errors", "Errors"),
            query("calls", "Calls"),
            {"Id": "rate", "Expression": "errors / calls * 100", "ReturnData": True},
        ],
    )
    pass_minutes(world)
    put(world, 3, MetricName="Errors")
    put(world, 4, MetricName="Calls")
    world.clock.advance(60)

    assert state(world) == "ALARM"
    assert "75.0" in alarm(world)["StateReason"]
    assert alarm(world)["Metrics"][2]["Expression"] == "errors / calls * 100"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"ComparisonOperator": "LessThanLowerThreshold", "ThresholdMetricId": "ad1"}, "LessThanLowerThreshold"),
        ({"TreatMissingData": "shrug"}, "shrug"),
        ({"EvaluationPeriods": 2, "DatapointsToAlarm": 3}, "DatapointsToAlarm"),
        ({"Period": 45}, "45"),
        ({"Statistic": None, "ExtendedStatistic": "tm99"}, "tm99"),
        ({"AlarmActions": [f"arn:aws:automate:{REGION}:ec2:terminate"]}, "ec2:terminate"),
        (
            {
                **dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period")),
                "Metrics": [{"Id": "e", "Expression": "ANOMALY_DETECTION_BAND(m1)", "Period": 60}],
            },
            "ANOMALY_DETECTION_BAND",
        ),
    ],
)
def test_what_cannot_be_evaluated_or_done_is_refused_by_name(world: Any, options: dict[str, Any], named: str) -> None:
    with pytest.raises(ClientError, match=named):
        put_alarm(world, **options)

    assert world.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_composite_alarms_are_refused(world: Any) -> None:
    with pytest.raises(ClientError, match="composite alarms"):
        world.client("cloudwatch").put_composite_alarm(AlarmName="all", AlarmRule="ALARM(cpu)")


def test_an_updated_alarm_keeps_its_state(world: Any) -> None:
    put_alarm(world)
    pass_minutes(world, 90)
    before = alarm(world)

    world.clock.advance(5)
    put_alarm(world, Threshold=99.0)

    after = alarm(world)
    assert (after["StateValue"], after["StateReason"]) == ("ALARM", before["StateReason"])
    assert after["StateUpdatedTimestamp"] == before["StateUpdatedTimestamp"]
    assert after["AlarmConfigurationUpdatedTimestamp"] == world.clock.now()


def test_the_history_tells_configuration_state_and_actions(world: Any) -> None:
    where = topic(world)
    put_alarm(world, AlarmName="told", AlarmActions=[where])
    pass_minutes(world, 90)
    put_alarm(world, AlarmName="told")
    world.client("cloudwatch").delete_alarms(AlarmNames=["told"])

    assert summaries(world, name="told") == [
        'Alarm "told" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        f"Successfully executed action {where}",
        'Alarm "told" updated',
        'Alarm "told" deleted',
    ]


def test_history_can_be_narrowed_and_paged(world: Any) -> None:
    put_alarm(world, AlarmName="paged")
    pass_minutes(world, 50, 90, 50)
    cloudwatch = world.client("cloudwatch")
    asked = {"AlarmName": "paged", "HistoryItemType": "StateUpdate", "MaxRecords": 2}

    first = cloudwatch.describe_alarm_history(**asked)
    second = cloudwatch.describe_alarm_history(**asked, NextToken=first["NextToken"])

    shown = [item["HistorySummary"] for page in (first, second) for item in page["AlarmHistoryItems"]]
    assert shown == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
    ]
    assert "NextToken" not in second
    newest = json.loads(first["AlarmHistoryItems"][0]["HistoryData"])
    assert (newest["oldState"]["stateValue"], newest["newState"]["stateValue"]) == ("ALARM", "OK")


def test_a_notification_says_what_changed(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    put_alarm(world, AlarmActions=[where], AlarmDescription="hot")

    pass_minutes(world, 90)

    (delivery,) = world.notifications.deliveries(where)
    message = json.loads(delivery.message)
    assert delivery.subject == 'ALARM: "cpu" in US East (N. Virginia)'
    assert (delivery.publisher, delivery.time) == ("cloudwatch.amazonaws.com", world.clock.now())
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert (message["AlarmDescription"], message["AlarmArn"]) == ("hot", ALARM_ARN)
    assert message["Trigger"]["Statistic"] == "AVERAGE"
    assert message["Trigger"]["Dimensions"] == [{"value": "tap", "name": "AutoScalingGroupName"}]


def test_each_state_has_its_own_actions_and_they_happen_once(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    put_alarm(world, OKActions=[where])

    pass_minutes(world, 90, 90, 50, 50)

    assert [delivery.subject for delivery in world.notifications.deliveries(where)] == [
        'OK: "cpu" in US East (N. Virginia)'
    ]


def test_disabled_actions_do_nothing_but_the_event_is_sent(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    put_alarm(world, AlarmActions=[where, SCALE_UP], ActionsEnabled=False)

    pass_minutes(world, 90, 90)

    assert world.notifications.deliveries(where) == ()
    assert world.around.scaled == []
    assert len(world.around.events) == 1


def test_the_state_change_is_an_event(world: Any) -> None:
    put_alarm(world)

    pass_minutes(world, 90)

    (event,) = world.around.events
    assert (event["source"], event["detail-type"]) == ("aws.cloudwatch", "CloudWatch Alarm State Change")
    assert (event["resources"], event["time"]) == ([ALARM_ARN], world.clock.now())
    assert event["detail"]["state"]["value"] == "ALARM"
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    (metric,) = event["detail"]["configuration"]["metrics"]
    assert metric["metricStat"]["metric"]["dimensions"] == {"AutoScalingGroupName": "tap"}
    json.dumps(event["detail"])


def test_scaling_goes_on_each_minute_for_as_long_as_the_alarm_lasts(world: Any) -> None:
    put_alarm(world, AlarmActions=[SCALE_UP])

    pass_minutes(world, 90, 90, 90, 50, 50)

    assert world.around.scaled == [SCALE_UP] * 3


def test_a_policy_that_cannot_scale_is_a_failed_action(world: Any) -> None:
    put_alarm(world, AlarmName="busy", AlarmActions=[SCALE_UP])
    world.around.busy = True

    pass_minutes(world, 90, 90)

    assert summaries(world, "Action", "busy") == [
        f'Failed to execute action {SCALE_UP}. Received error: "The scaling policy is in cooldown."'
    ]


def failed(world: Any, name: str) -> str:
    (item,) = world.client("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType="Action")[
        "AlarmHistoryItems"
    ]
    data = json.loads(item["HistoryData"])
    assert data["actionState"] == "Failed"
    return str(data["error"])


def publishing(service: str, topic_arn: str, **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish", "Resource": topic_arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | condition]})


def test_a_topic_whose_policy_leaves_cloudwatch_out_gets_nothing(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    policy = publishing("events.amazonaws.com", where)
    world.client("sns").set_topic_attributes(TopicArn=where, AttributeName="Policy", AttributeValue=policy)
    put_alarm(world, AlarmName="shut-out", AlarmActions=[where])

    pass_minutes(world, 90)

    assert world.notifications.deliveries(where) == ()
    assert failed(world, "shut-out") == (
        f"CloudWatch Alarms is not authorized to perform: SNS:Publish on resource: {where} "
        "because no resource-based policy allows the SNS:Publish action"
    )


@pytest.mark.parametrize(("prefix", "count"), [("cpu", 1), ("other", 0)])
def test_a_topic_policy_may_ask_which_alarm_it_is(world: Any, prefix: str, count: int) -> None:
    where = topic(world)
    subscribed(world, where)
    source = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{prefix}*"}}
    account = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    policy = publishing("cloudwatch.amazonaws.com", where, Condition=source | account)
    world.client("sns").set_topic_attributes(TopicArn=where, AttributeName="Policy", AttributeValue=policy)
    put_alarm(world, AlarmActions=[where])

    pass_minutes(world, 90)

    assert len(world.notifications.deliveries(where)) == count


def test_the_key_that_aws_manages_keeps_cloudwatch_out(world: Any) -> None:
    where = topic(world, KmsMasterKeyId="alias/aws/sns")
    put_alarm(world, AlarmName="managed", AlarmActions=[where])

    pass_minutes(world, 90)

    assert failed(world, "managed") == (
        "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
    )


def key_policy(*services: str) -> str:
    """A key policy as AWS makes it, that also lets services use the key."""
    root = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    statements: list[dict[str, Any]] = [root | {"Action": "kms:*", "Resource": "*"}]
    use = {"Effect": "Allow", "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*"}
    statements += [use | {"Principal": {"Service": service}} for service in services]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.mark.parametrize(("services", "count"), [((), 0), (("cloudwatch.amazonaws.com",), 1)])
def test_a_key_of_ones_own_must_let_cloudwatch_in(world: Any, services: tuple[str, ...], count: int) -> None:
    key = world.client("kms").create_key(Policy=key_policy(*services))["KeyMetadata"]["KeyId"]
    where = topic(world, KmsMasterKeyId=key)
    subscribed(world, where)
    put_alarm(world, AlarmActions=[where])

    pass_minutes(world, 90)

    assert len(world.notifications.deliveries(where)) == count


def test_a_topic_that_is_gone_is_a_failed_action(world: Any) -> None:
    where = topic(world)
    put_alarm(world, AlarmName="orphan", AlarmActions=[where])
    world.client("sns").delete_topic(TopicArn=where)

    pass_minutes(world, 90)

    assert failed(world, "orphan") == "Topic does not exist"


def make_function(world: Any) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = world.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("index.py", "def lambda_handler(event, context):\n    return None\n")
    made = world.client("lambda").create_function(
        FunctionName="react",
        Runtime="python3.13",
        Role=role,
        Handler="index.lambda_handler",
        Code={"ZipFile": archive.getvalue()},
    )
    return str(made["FunctionArn"])


def test_a_function_is_invoked_only_with_its_permission(world: Any) -> None:
    function = make_function(world)
    put_alarm(world, AlarmName="without", AlarmActions=[function])
    pass_minutes(world, 90)
    refused, before = failed(world, "without"), list(world.around.invoked)

    world.client("lambda").add_permission(
        FunctionName="react",
        StatementId="alarm",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceArn=ALARM_ARN,
    )
    put_alarm(world, AlarmActions=[function])
    pass_minutes(world, 90)

    assert refused.startswith("CloudWatch Alarms is not authorized to perform: lambda:InvokeFunction on resource: ")
    assert before == []
    ((invoked, event),) = world.around.invoked
    assert (invoked, event["alarmArn"], event["alarmData"]["state"]["value"]) == (function, ALARM_ARN, "ALARM")


def test_a_state_that_is_set_by_hand_acts_and_lasts_until_the_next_evaluation(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    put_alarm(world, AlarmActions=[where])
    pass_minutes(world, 50)

    world.client("cloudwatch").set_alarm_state(AlarmName="cpu", StateValue="ALARM", StateReason="a drill")
    drilled = alarm(world)
    pass_minutes(world, 50)

    assert (drilled["StateValue"], drilled["StateReason"]) == ("ALARM", "a drill")
    assert len(world.notifications.deliveries(where)) == 1
    assert state(world) == "OK"


@pytest.mark.parametrize("method", ["set_alarm_state", "delete_alarms"])
def test_an_alarm_that_does_not_exist_is_not_found(world: Any, method: str) -> None:
    params: dict[str, dict[str, Any]] = {
        "set_alarm_state": {"AlarmName": "none", "StateValue": "OK", "StateReason": "r"},
        "delete_alarms": {"AlarmNames": ["none"]},
    }

    with pytest.raises(ClientError, match="ResourceNotFound"):
        getattr(world.client("cloudwatch"), method)(**params[method])


def test_alarms_are_found_by_prefix_state_action_and_metric(world: Any) -> None:
    put_alarm(world, AlarmName="a-1", AlarmActions=[SCALE_UP])
    put_alarm(world, AlarmName="a-2")
    put_alarm(world, AlarmName="b-1", MetricName="Other")
    cloudwatch = world.client("cloudwatch")

    def names(**asked: Any) -> list[str]:
        return [each["AlarmName"] for each in cloudwatch.describe_alarms(**asked)["MetricAlarms"]]

    assert names(AlarmNamePrefix="a-") == ["a-1", "a-2"]
    assert names(ActionPrefix="arn:aws:autoscaling") == ["a-1"]
    assert names(StateValue="ALARM") == []
    assert names(AlarmTypes=["CompositeAlarm"]) == []
    page = cloudwatch.describe_alarms(MaxRecords=2)
    assert names(MaxRecords=2, NextToken=page["NextToken"]) == ["b-1"]
    for_metric = cloudwatch.describe_alarms_for_metric(Namespace="tap/Test", MetricName="Other", Dimensions=DIMENSIONS)
    assert [each["AlarmName"] for each in for_metric["MetricAlarms"]] == ["b-1"]


def test_an_alarm_that_is_deleted_evaluates_no_more(world: Any) -> None:
    put_alarm(world)
    world.client("cloudwatch").delete_alarms(AlarmNames=["cpu"])

    pass_minutes(world, 90)

    assert world.around.events == []
