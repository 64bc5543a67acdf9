"""What the embedded AWS does not do: refused in the preview by name, and really refused or dropped by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.cloud_server import cloud
from support.provider.case import Change, With, changes
from support.provider.cases import CASES
from support.provider.cases.observability import BY_QUERY
from support.provider.world import REGION, World

from embedded_aws.services.autoscaling.requests import NOT_MODELLED
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.aws.endpoint_limits import EMBEDDED_AWS
from embedded_pulumi.aws.registry import RESOURCES
from embedded_pulumi.aws.shapes import pascal
from embedded_pulumi.provider import CheckFailure, CheckRequest, DiffRequest, InitFailed, ProviderError, allowing
from embedded_pulumi.values import UNKNOWN, Properties

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
FUNCTION = "aws:lambda/function:Function"
GROUP = "aws:autoscaling/group:Group"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
RESERVED = "capacityReservationSpecification.capacityReservationTarget"
RESERVATIONS = f"arn:aws:resource-groups:{REGION}:123456789012:group/reserved"
NAT = "aws:ec2/natGateway:NatGateway"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
SUBNET = "aws:ec2/subnet:Subnet"
POLICY = "aws:autoscaling/policy:Policy"
KINDS = ("updates", "replaces", "dropped", "stuck", "created", "missing")
REBOOT = [f"arn:aws:automate:{REGION}:ec2:reboot"]
INCIDENT = [f"arn:aws:ssm:{REGION}:123456789012:opsitem:1"]
METRIC = {"metricName": "m", "namespace": "n", "period": 60, "stat": "Sum"}
BAND = {"id": "e", "expression": "ANOMALY_DETECTION_BAND(m)", "returnData": True}
MEASURED = {**BY_QUERY, "dimensions": None}
TRACKED = "targetTrackingConfiguration"


def tracking(**specification: Any) -> With:
    """A target that is followed, with this metric."""
    return With({"targetValue": 5, **specification}, CASES[POLICY].created[TRACKED].also)


def of_metric(statistic: str) -> dict[str, Any]:
    """A query of target tracking that returns no data."""
    metric = {"metricName": "m", "namespace": "n"}
    return {"id": "m", "metricStat": {"metric": metric, "stat": statistic}, "returnData": False}


OVERRIDES = "mixedInstancesPolicy.launchTemplate.overrides[]"


def overridden(world: World, **override: Any) -> With:
    """A mixed instances policy with one override."""
    template = {"launchTemplateId": world.launch_template["id"], "version": "1"}
    launched = {"launchTemplateSpecification": template, "overrides": [{"instanceType": "t3.small", **override}]}
    return With({"launchTemplate": launched}, {"launchTemplate": None})


PREDICTED = "predictiveScalingConfiguration"


def predicting(mode: str = "ForecastOnly", **specification: Any) -> With:
    """A forecast by these metrics."""
    forecast = {"mode": mode, "metricSpecification": {"targetValue": 5, **specification}}
    return With(forecast, CASES[POLICY].created[PREDICTED].also)


def customized(name: str) -> dict[str, Any]:
    """Metrics of one's own, and what goes with them."""
    query = {"metricDataQueries": [{**of_metric("Sum"), "returnData": True}]}
    load = {} if "Load" in name else {"customizedLoadMetricSpecification": query}
    scaled = {} if "Scaling" in name else {"customizedScalingMetricSpecification": query}
    return {name: query, **load, **scaled}


FORECASTS = {
    (POLICY, f"{PREDICTED}.mode"): predicting(
        "ForecastAndScale", predefinedMetricPairSpecification={"predefinedMetricType": "ASGCPUUtilization"}
    ),
    **{
        (POLICY, f"{PREDICTED}.metricSpecification.{name}"): predicting(**customized(name))
        for name in (f"customized{what}MetricSpecification" for what in ("Capacity", "Load", "Scaling"))
    },
    **{
        (
            POLICY,
            f"{PREDICTED}.metricSpecification.predefined{what}MetricSpecification.predefinedMetricType",
        ): predicting(
            predefinedLoadMetricSpecification={"predefinedMetricType": "ASGTotalNetworkIn"},
            predefinedScalingMetricSpecification={"predefinedMetricType": "ASGAverageNetworkIn"},
        )
        for what in ("Load", "Scaling")
    },
    (POLICY, f"{PREDICTED}.metricSpecification.predefinedMetricPairSpecification.predefinedMetricType"): predicting(
        predefinedMetricPairSpecification={"predefinedMetricType": "ASGNetworkIn"}
    ),
}
OTHERS: dict[tuple[str, str], Any] = {
    **FORECASTS,  # where a case has no value to ask for
    (ALARM, "alarmActions[]"): REBOOT,
    (ALARM, "insufficientDataActions[]"): INCIDENT,
    (ALARM, "okActions[]"): REBOOT,
    (ALARM, "comparisonOperator"): With("LessThanLowerOrGreaterThanUpperThreshold", {"threshold": 1}),
    (ALARM, "extendedStatistic"): With("TM(10%:90%)", {"statistic": None}),
    (ALARM, "metricQueries[].expression"): With([BAND, {"id": "m", "metric": METRIC}], MEASURED),
    (ALARM, "metricQueries[].metric.stat"): With([{"id": "m", "metric": {**METRIC, "stat": "IQM"}}], MEASURED),
    (FLOW_LOG, "logDestinationType"): With("s3", {"logDestination": "arn:aws:s3:::logs", "iamRoleArn": None}),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "ipAddressType"): "ipv6",
    (FUNCTION, "s3Bucket"): With("code", {"s3Key": "code.zip", "code": None}),
    (GROUP, f"{RESERVED}.capacityReservationResourceGroupArns"): {
        "capacityReservationTarget": {"capacityReservationResourceGroupArns": [RESERVATIONS]}
    },
    (TEMPLATE, f"{RESERVED}.capacityReservationResourceGroupArn"): {
        "capacityReservationTarget": {"capacityReservationResourceGroupArn": RESERVATIONS}
    },
    (GROUP, "healthCheckType"): "EC2,PING",
    (GROUP, f"{OVERRIDES}.launchTemplateSpecification"): lambda w: overridden(
        w, launchTemplateSpecification={"launchTemplateId": w.launch_template["id"], "version": "1"}
    ),
    (GROUP, "terminationPolicies[]"): ["arn:aws:lambda:eu-west-1:123456789012:function:chooser"],
    (GROUP, "instanceRefresh.strategy"): {"strategy": "ReplaceRootVolume"},
    (GROUP, "instanceRefresh.preferences.alarmSpecification"): {
        "strategy": "Rolling",
        "preferences": {"alarmSpecification": {"alarms": ["a"]}},
    },
    (POLICY, f"{TRACKED}.predefinedMetricSpecification.predefinedMetricType"): tracking(
        predefinedMetricSpecification={"predefinedMetricType": "ASGAverageNetworkIn"}
    ),
    (POLICY, f"{TRACKED}.customizedMetricSpecification.metrics[].expression"): tracking(
        customizedMetricSpecification={"metrics": [{**BAND, "returnData": True}, of_metric("Sum")]}
    ),
    (POLICY, f"{TRACKED}.customizedMetricSpecification.metrics[].metricStat.stat"): tracking(
        customizedMetricSpecification={"metrics": [{**of_metric("IQM"), "returnData": True}]}
    ),
    ("aws:ec2/routeTableAssociation:RouteTableAssociation", "gatewayId"): lambda w: With(w.gateway, {"subnetId": None}),
    (MAPPING, "eventSourceArn"): f"arn:aws:kinesis:{REGION}:123456789012:stream/clicks",
    (MAPPING, "startingPosition"): "AT_TIMESTAMP",
    ("aws:ecs/service:Service", "deploymentController.type"): {"type": "CODE_DEPLOY"},
    ("aws:ecs/service:Service", "launchType"): "EXTERNAL",
    ("aws:rds/instance:Instance", "engine"): "sqlserver-ex",
    ("aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment", "trafficSource.type"): {
        "identifier": "arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-1",
        "type": "vpc-lattice",
    },
    (SUBSCRIPTION, "endpointAutoConfirms"): With(
        value=True, also={"protocol": "https", "endpoint": "https://example.com"}
    ),
    ("aws:kms/key:Key", "customerMasterKeySpec"): With(
        "ML_DSA_44", {"keyUsage": "SIGN_VERIFY", "enableKeyRotation": False}
    ),
    ("aws:ssm/parameter:Parameter", "dataType"): "aws:ssm:integration",
    (TARGET, "arn"): f"arn:aws:sqs:{REGION}:123456789012:queue",
    ("aws:sns/topic:Topic", "signatureVersion"): 2,
}
ROWS = [(type_, path) for type_, paths in EMBEDDED_AWS.items() for path in paths]


def row_name(row: tuple[str, str]) -> str:
    return f"{row[0].rpartition(':')[2]}.{row[1]}"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with cloud(REGION, speed=600) as url:
        yield url


@pytest.fixture(scope="module")
def world(endpoint: str) -> World:
    """The world of a provider that asks the embedded AWS for everything."""
    return World(AwsProvider(endpoint_url=endpoint, limits={}).configure({"region": REGION}))


@pytest.fixture(scope="module")
def refusals(endpoint: str) -> Any:
    """What a provider that knows the embedded AWS refuses of inputs."""
    aws = AwsProvider(endpoint_url=endpoint).configure({"region": REGION})

    def refused(type_: str, inputs: Properties) -> tuple[CheckFailure, ...]:
        return aws.check(CheckRequest(type_, "limit", {}, inputs, bytes(16))).failures

    return refused


def asking(row: tuple[str, str], world: World) -> Properties:
    """Inputs that ask for what a row is about."""
    type_, path = row
    name = path.partition(".")[0].removesuffix("[]")
    base = CASES[type_].inputs(world)
    every = (getattr(CASES[type_], kind) for kind in KINDS)
    wish = OTHERS.get(row) or next(wishes[name] for wishes in every if name in wishes)
    return Change(type_, name, wish).of(base, world)


@pytest.mark.parametrize("row", ROWS, ids=row_name)
def test_what_the_embedded_aws_does_not_do_is_refused_in_the_preview(
    row: tuple[str, str], world: World, refusals: Any
) -> None:
    told = refusals(row[0], asking(row, world))

    paths = {failure.property.split("[")[0].split(".")[0] for failure in told}
    assert row[1].split("[")[0].split(".")[0] in paths
    assert all(failure.reason.startswith("is not supported by the embedded AWS") for failure in told)


AT_ONCE = [row for row in ROWS if not row[1].startswith("instanceRefresh")]  # which only an update starts


@pytest.mark.parametrize("row", AT_ONCE, ids=row_name)
def test_the_embedded_aws_does_not_do_what_is_refused(row: tuple[str, str], world: World) -> None:
    with allowing(2), pytest.raises(ProviderError) as refusal:
        world.stand(row[0], world.next_name(), asking(row, world))

    if isinstance(refusal.value, InitFailed):
        with suppress(ProviderError):  # moto has no filter for the gateway of an association
            world.aws.delete(row[0], refusal.value.id, {}, refusal.value.outputs)


@pytest.mark.parametrize("asked", [{"Strategy": "ReplaceRootVolume"}])
def test_the_embedded_aws_does_not_start_the_refreshes_that_are_refused(asked: dict[str, Any], world: World) -> None:
    with pytest.raises(ClientError, match="not part of the embedded AWS"):
        world.session.autoscaling.start_instance_refresh(AutoScalingGroupName=world.fleet, **asked)


TAKEN = [change for kind in ("dropped", "created") for change in changes(CASES, kind)]


@pytest.mark.parametrize("taken", TAKEN, ids=str)
def test_what_passes_the_preview_can_be_created(taken: Change, world: World, refusals: Any) -> None:
    inputs = taken.of(CASES[taken.type_].inputs(world), world)
    if refusals(taken.type_, inputs):
        return
    if taken.name == "destinationConfig":
        world.make("aws:iam/rolePolicy:RolePolicy", world.next_name(), role=world.role["name"], policy=PUBLISHING)

    made = world.stand(taken.type_, world.next_name(), inputs)

    world.aws.delete(taken.type_, made.id, made.inputs, made.outputs)


PUBLISHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}]}


def test_what_a_group_cannot_have_is_refused_in_the_preview() -> None:
    group = RESOURCES[GROUP]
    inputs = {each.aws or pascal(name): name for name, each in group.inputs.items()}

    wanted = {inputs[name] for name in NOT_MODELLED if name in inputs}
    assert wanted <= EMBEDDED_AWS[GROUP].keys()


@pytest.mark.parametrize(
    ("type_", "changed"),
    [
        (ALARM, {"alarmActions": [UNKNOWN]}),
        (ALARM, {"statistic": None, "extendedStatistic": "p99.9"}),
        (
            ALARM,
            {**MEASURED, "metricQueries": [{"id": "e", "expression": "IF(m > 1, FILL(m, 0), SUM([m])) * 100"}]},
        ),
        (GROUP, {"capacityRebalance": False, "targetGroupArns": [], "loadBalancers": [], "waitForElbCapacity": 0}),
        (NAT, {"availabilityMode": "zonal"}),
        ("aws:kms/key:Key", {"customerMasterKeySpec": "RSA_2048"}),
        ("aws:ssm/parameter:Parameter", {"dataType": "text"}),
        (SUBNET, {"enableDns64": False, "outpostArn": "", "mapCustomerOwnedIpOnLaunch": False}),
    ],
)
def test_what_means_nothing_or_is_not_known_is_taken(
    type_: str, changed: Properties, world: World, refusals: Any
) -> None:
    inputs = {**CASES[type_].inputs(world), **changed}
    assert refusals(type_, {name: value for name, value in inputs.items() if value is not None}) == ()


@pytest.mark.parametrize(
    ("type_", "inputs", "names"),
    [
        ("aws:ec2/vpc:Vpc", {"ipv4IpamPoolId": "ipam-pool-1", "ipv4NetmaskLength": 24}, ["ipv4IpamPoolId", "ipv4Ne"]),
        (FUNCTION, {"role": "r", "packageType": "Image", "imageUri": "i"}, ["imageUri"]),
        (GROUP, {"minSize": 0, "maxSize": 1, "launchConfiguration": "lc"}, ["launchConfiguration"]),
        ("aws:ec2/route:Route", {"routeTableId": "r", "localGatewayId": "l"}, ["localGatewayId"]),
    ],
)
def test_what_no_type_serves_is_the_only_thing_that_is_told(
    type_: str, inputs: Properties, names: list[str], refusals: Any
) -> None:
    told = refusals(type_, inputs)
    assert {failure.reason for failure in told} == {"is not supported by this provider"}
    assert [failure.property[: len(name)] for failure, name in zip(told, names, strict=True)] == names


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("aws:ec2/vpcEndpoint:VpcEndpoint", {"ipAddressType": "ipv4"}),
        ("aws:cloudwatch/logGroup:LogGroup", {"logGroupClass": "STANDARD"}),
        (POLICY, {"metricAggregationType": "Average"}),
    ],
)
def test_what_goes_without_saying_may_be_said(type_: str, said: Properties, world: World, refusals: Any) -> None:
    inputs = {**CASES[type_].inputs(world), **said}
    assert refusals(type_, inputs) == ()
    made = world.stand(type_, world.next_name(), inputs)
    assert made.outputs.items() >= said.items()
    assert world.aws.diff(DiffRequest(type_, made.id, made.inputs, made.outputs, made.inputs)).detailed == {}
    world.aws.delete(type_, made.id, made.inputs, made.outputs)
