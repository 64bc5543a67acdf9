"""The embedded AWS as a whole: it starts empty, is deterministic, leaks nothing and listens on loopback only."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from embedded_aws.embedded import SERVICES, Cloud
from embedded_aws.warmup import LATE, QUIET_CALLS

IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
START = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(start=START, seed=5) as cloud:
        yield cloud
        assert cloud.failures == []


def test_every_service_answers(cloud: Cloud) -> None:
    questions = [("arc-zonal-shift", "ListManagedResources", {}), *QUIET_CALLS]

    assert {service for service, _, _ in questions} | LATE == SERVICES
    for service, question, params in questions:
        answer = getattr(cloud.client(service), xform_name(question))(**params)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_each_cloud_starts_empty() -> None:
    for _ in range(2):
        with Cloud() as cloud:
            assert cloud.client("sns").list_topics()["Topics"] == []
            cloud.client("sns").create_topic(Name="left-over")


def test_the_same_seed_gives_the_same_ids_and_another_seed_gives_others() -> None:
    def made(seed: int) -> list[str]:
        with Cloud(seed=seed) as cloud:
            ec2 = cloud.client("ec2")
            return [ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(3)]

    first = made(1)

    assert made(1) == first
    assert not set(made(2)) & set(first)


def test_what_moto_stamps_is_cloud_time(cloud: Cloud) -> None:
    cloud.clock.advance(3600)

    role = cloud.client("iam").create_role(
        RoleName="r", AssumeRolePolicyDocument=policy(trusting("lambda.amazonaws.com"))
    )

    assert role["Role"]["CreateDate"] - START == timedelta(hours=1)
    assert role["ResponseMetadata"]["HTTPHeaders"]["date"] == "Tue, 06 May 2031 08:08:09 GMT"


def test_log_events_of_a_far_cloud_time_are_not_too_new(cloud: Cloud) -> None:
    logs = cloud.client("logs")
    cloud.clock.advance(3 * 3600)
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    stamp = int(cloud.clock.now().timestamp() * 1000)

    answer = logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": stamp, "message": "m"}])

    assert "rejectedLogEventsInfo" not in answer


def test_the_aws_managed_policies_are_there_with_their_documents(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"

    document = iam.get_policy_version(
        PolicyArn=arn, VersionId=iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    )

    actions = [action for each in document["PolicyVersion"]["Document"]["Statement"] for action in each["Action"]]
    assert "ssmmessages:CreateControlChannel" in actions


def test_only_one_cloud_runs_in_a_process(cloud: Cloud) -> None:
    assert cloud.account == "123456789012"
    with pytest.raises(RuntimeError, match="already running"):
        Cloud()


def test_closing_twice_is_harmless_and_the_port_is_free_again() -> None:
    cloud = Cloud()
    address = urlsplit(cloud.endpoint_url)
    cloud.close()
    cloud.close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=1)


def test_it_leaves_the_environment_and_motos_time_as_they_were() -> None:
    from moto.core import utils  # noqa: PLC0415 - its state is what is looked at

    before, clock_before = dict(os.environ), utils.utcnow
    with Cloud() as cloud:
        cloud.client("sns").list_topics()

    assert dict(os.environ) == before
    assert utils.utcnow is clock_before


def test_it_listens_on_the_loopback_interface_only(cloud: Cloud) -> None:
    assert urlsplit(cloud.endpoint_url).hostname == "127.0.0.1"


def test_a_process_with_its_environment_is_its_client_whatever_the_users_configuration_is(cloud: Cloud) -> None:
    stray = {
        **os.environ,
        "AWS_PROFILE": "nobody",
        "AWS_ENDPOINT_URL_SNS": "http://192.0.2.1",
        "AWS_SESSION_TOKEN": "t",
        "HTTP_PROXY": "http://192.0.2.1:3128",
        "KEPT": "yes",
    }
    cloud.client("sns").create_topic(Name="seen")
    program = "import boto3, os; print(os.environ['KEPT'], boto3.client('sns').list_topics()['Topics'][0]['TopicArn'])"

    done = subprocess.run(
        [sys.executable, "-c", program], env=cloud.environment(stray), capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "yes arn:aws:sns:us-east-1:123456789012:seen"


HANDLER = """
import os, boto3, botocore
def lambda_handler(event, context):
    topics = boto3.client("sns").list_topics()["Topics"]
    try:
        boto3.client("ec2").describe_vpcs()
    except botocore.exceptions.ClientError as error:
        return {"topics": len(topics), "denied": error.response["Error"]["Code"], "time": event["time"]}
"""


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trusting(service: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}


def a_role(cloud: Cloud, service: str, *actions: str) -> str:
    iam = cloud.client("iam")
    role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=policy(trusting(service)))["Role"]["Arn"]
    allowed = policy({"Effect": "Allow", "Action": list(actions), "Resource": "*"})
    iam.put_role_policy(RoleName="role", PolicyName="may", PolicyDocument=allowed)
    return str(role)


def a_function(cloud: Cloud, role: str, source: str = HANDLER) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", source)
    created = cloud.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.13",
        Handler="index.lambda_handler",
        Role=role,
        Timeout=30,
        Code={"ZipFile": code.getvalue()},
    )
    return str(created["FunctionArn"])


def test_a_schedule_runs_a_function_whose_calls_are_judged_by_its_role(cloud: Cloud) -> None:
    role = a_role(cloud, "lambda.amazonaws.com", "sns:ListTopics")
    function = a_function(cloud, role)
    events = cloud.client("events")
    rule = events.put_rule(Name="r", ScheduleExpression="rate(1 minute)")["RuleArn"]
    events.put_targets(Rule="r", Targets=[{"Id": "f", "Arn": function}])
    permission = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": rule}
    cloud.client("lambda").add_permission(FunctionName="f", StatementId="s", **permission)
    seen: list[Any] = []
    cloud.functions.subscribe(seen.append)

    cloud.clock.advance(61)

    answers = [json.loads(invocation.payload) for invocation in seen]
    assert answers == [{"topics": 0, "denied": "UnauthorizedOperation", "time": "2031-05-06T07:09:09Z"}]
    callers = {record.caller.role_arn for record in cloud.calls.of("sns", "ListTopics") if record.caller}
    assert callers == {role}
    assert [record.allowed for record in cloud.calls.of("ec2", "DescribeVpcs")] == [False]


def test_closing_does_not_wait_for_a_function_that_runs(tmp_path: Path) -> None:
    cloud, begun = Cloud(), tmp_path / "begun"
    sleeper = f"import time\ndef lambda_handler(event, context):\n    open({str(begun)!r}, 'w')\n    time.sleep(25)"
    a_function(cloud, a_role(cloud, "lambda.amazonaws.com", "logs:*"), sleeper)
    ended: list[Any] = []
    cloud.functions.subscribe(ended.append)
    client = cloud.client("lambda", config=Config(retries={"total_max_attempts": 1}))
    caller = threading.Thread(target=lambda: suppressed(client.invoke, FunctionName="f"))
    caller.start()
    while not begun.exists():
        threading.Event().wait(0.01)
    began = time.monotonic()

    cloud.close()

    assert time.monotonic() - began < 15
    caller.join()
    assert len(ended) == 1


def suppressed(call: Callable[..., Any], **params: Any) -> None:
    with suppress(BotoCoreError, ClientError):
        call(**params)["Payload"].read()


def a_group(cloud: Cloud) -> list[str]:
    """A group of two in two zones; the ids of its instances, in service."""
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
        for index, zone in enumerate("ab")
    ]
    data = {"ImageId": f"resolve:ssm:{IMAGE}", "InstanceType": "t3.micro", "Monitoring": {"Enabled": True}}
    template = ec2.create_launch_template(LaunchTemplateName="one", LaunchTemplateData=data)["LaunchTemplate"]
    autoscaling = cloud.client("autoscaling")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="g",
        MinSize=2,
        MaxSize=4,
        DesiredCapacity=2,
        VPCZoneIdentifier=",".join(subnet["SubnetId"] for subnet in subnets),
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "1"},
    )
    cloud.clock.advance(600)
    members = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"]
    assert {member["LifecycleState"] for member in members} == {"InService"}
    return [member["InstanceId"] for member in members]


def test_a_broken_instance_shows_in_its_status_checks(cloud: Cloud) -> None:
    broken, _ = a_group(cloud)
    since = cloud.clock.now()

    cloud.break_instance(broken, "system")

    impaired = [{"Name": "system-status.status", "Values": ["impaired"]}]
    told = cloud.client("ec2").describe_instance_status(Filters=impaired)["InstanceStatuses"]
    assert [each["InstanceId"] for each in told] == [broken]
    assert told[0]["SystemStatus"]["Details"][0]["ImpairedSince"] == since


def test_a_load_raises_the_alarm_that_lets_the_group_grow(cloud: Cloud) -> None:
    a_group(cloud)
    growth = cloud.client("autoscaling").put_scaling_policy(
        AutoScalingGroupName="g", PolicyName="up", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
    )["PolicyARN"]
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="high",
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "AutoScalingGroupName", "Value": "g"}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=2,
        Threshold=70,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[growth],
    )

    cloud.set_load("g", 95)
    cloud.clock.advance(300)

    alarm = cloud.client("cloudwatch").describe_alarms(AlarmNames=["high"])["MetricAlarms"][0]
    group = cloud.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert (alarm["StateValue"], group["DesiredCapacity"]) == ("ALARM", 3)


def test_a_load_that_ends_is_followed_by_the_one_before(cloud: Cloud) -> None:
    a_group(cloud)
    cloud.set_load("g", 20)
    began = cloud.clock.now()
    cloud.clock.advance(60)
    cloud.set_load("g", 95, lasting=timedelta(seconds=120))
    cloud.clock.advance(240)

    data = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "AutoScalingGroupName", "Value": "g"}],
        StartTime=began,
        EndTime=began + timedelta(minutes=10),
        Period=60,
        Statistics=["Average"],
    )["Datapoints"]
    assert [each["Average"] for each in sorted(data, key=lambda each: each["Timestamp"])] == [
        *(0.5, 20, 95, 95, 20, 20)  # idle before anybody gave it a load
    ]


def test_the_environment_alone_holds_nothing_of_the_users(cloud: Cloud) -> None:
    assert {name for name in cloud.environment() if not name.startswith("AWS_")} == {"NO_PROXY", "no_proxy"}


def test_the_users_profile_does_not_break_it(tmp_path: Path) -> None:
    program = (
        "from embedded_aws.embedded import Cloud\n"
        "with Cloud() as cloud:\n"
        "    cloud.client('ec2').describe_vpcs()\n"
        "    print(cloud.failures)"
    )
    stray = {**os.environ, "AWS_PROFILE": "nobody", "AWS_CONFIG_FILE": str(tmp_path / "none")}

    done = subprocess.run([sys.executable, "-c", program], env=stray, capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_speed_makes_time_run_by_itself() -> None:
    with Cloud(start=START, speed=1000) as cloud:
        ssm = cloud.client("ssm")
        while cloud.clock.now() < START + timedelta(seconds=30):
            ssm.describe_parameters()

        assert cloud.clock.failures == []


def test_a_made_up_temporary_key_is_refused(cloud: Cloud) -> None:
    stranger = cloud.client("ec2", aws_access_key_id="ASIAAAAAAAAAAAAAAAAA", aws_session_token="t")

    with pytest.raises(ClientError) as caught:
        stranger.describe_vpcs()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 401, 403}
    assert list(cloud.calls)[-1].error is not None


def test_a_rule_sees_an_alarm_change_its_state(cloud: Cloud) -> None:
    events, sns, cloudwatch = (cloud.client(service) for service in ("events", "sns", "cloudwatch"))
    topic = sns.create_topic(Name="t")["TopicArn"]
    pattern = {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}
    events.put_rule(Name="r", EventPattern=json.dumps(pattern))
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": topic, "InputPath": "$.time"}])
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    sns.confirm_subscription(TopicArn=topic, Token=cloud.notifications.deliveries(topic)[-1].message)
    cloudwatch.put_metric_alarm(
        AlarmName="a",
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )

    cloud.clock.advance(60)

    assert [each.message for each in cloud.notifications.deliveries(topic)][1:] == ['"2031-05-06T07:09:00Z"']


def test_motos_ec2_is_not_imported_before_it_is_needed() -> None:
    """It takes half a second, and reads the profile of whoever runs this."""
    code = "import sys, embedded_aws.embedded; sys.exit('moto.ec2.models' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
