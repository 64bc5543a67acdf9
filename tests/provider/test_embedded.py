"""What plain moto drops or lacks, against the embedded AWS, which adds it: applied, read back, and taken back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.cloud_server import cloud
from support.provider.case import Change
from support.provider.cases import CASES
from support.provider.world import REGION, TRUST, Standing, World

from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.provider import (
    CheckRequest,
    DiffRequest,
    OutcomeUnknown,
    ProviderError,
    UpdateRequest,
    allowing,
)
from embedded_pulumi.values import Properties

GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
FUNCTION = "aws:lambda/function:Function"
ADDED = {
    GROUP: (
        "context",
        "defaultCooldown",
        "defaultInstanceWarmup",
        "desiredCapacityType",
        "instanceMaintenancePolicy",
        "maxInstanceLifetime",
        "terminationPolicies",
    ),
    "aws:cloudwatch/logGroup:LogGroup": ("kmsKeyId",),
    "aws:dynamodb/table:Table": ("serverSideEncryption", "streamViewType", "tableClass"),
    "aws:ec2/instance:Instance": ("instanceInitiatedShutdownBehavior", "monitoring", "userData", "userDataBase64"),
    "aws:ec2/networkAcl:NetworkAcl": ("ingress",),
    "aws:iam/group:Group": ("path",),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ("clientIdLists",),
    "aws:iam/user:User": ("name", "path", "permissionsBoundary"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ("transitionDefaultMinimumObjectSize",),
    "aws:sqs/queue:Queue": ("redriveAllowPolicy",),
    "aws:lambda/function:Function": (
        "architectures",
        "deadLetterConfig",
        "ephemeralStorage",
        "kmsKeyArn",
        "loggingConfig",
        "tracingConfig",
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
        "maximumEventAgeInSeconds",
        "maximumRetryAttempts",
    ),
}
PAIRS = [(type_, name) for type_, names in ADDED.items() for name in names]


@pytest.fixture(scope="module")
def embedded() -> Iterator[World]:
    """The world in the embedded AWS, where time runs so fast that an instance boots in a blink."""
    with cloud(REGION, speed=600) as url:
        yield World(AwsProvider(endpoint_url=url).configure({"region": REGION}))


@pytest.mark.parametrize("added", PAIRS, ids=[f"{type_.rpartition(':')[2]}.{name}" for type_, name in PAIRS])
def test_what_moto_drops_is_applied_and_taken_back(added: tuple[str, str], embedded: World) -> None:
    type_, name = added
    aws, case = embedded.aws, CASES[type_]
    made = embedded.stand(type_, "embedded", case.inputs(embedded))
    news = Change(type_, name, {**case.dropped, **case.created, **case.stuck}[name]).of(made.inputs, embedded)

    outputs = aws.update(UpdateRequest(type_, made.id, made.inputs, made.outputs, news, preview=False))
    assert aws.diff(DiffRequest(type_, made.id, news, outputs, news)).detailed == {}
    back = aws.update(UpdateRequest(type_, made.id, news, outputs, made.inputs, preview=False))
    assert aws.diff(DiffRequest(type_, made.id, made.inputs, back, made.inputs)).detailed == {}
    aws.delete(type_, made.id, made.inputs, back)


@pytest.fixture
def fleet(embedded: World) -> Standing:
    template = embedded.template(embedded.next_name())
    return embedded.stand(
        GROUP,
        "fleet",
        {
            "minSize": 1,
            "maxSize": 2,
            "vpcZoneIdentifiers": [embedded.subnet],
            "launchTemplate": {"id": template["id"], "version": "1"},
            "instanceRefresh": {"strategy": "Rolling", "preferences": {"autoRollback": True, "instanceWarmup": "60"}},
        },
    )


def refreshes(world: World, fleet: Standing) -> list[Any]:
    answer = world.session.autoscaling.describe_instance_refreshes(AutoScalingGroupName=fleet.id)
    return list(answer["InstanceRefreshes"])


def second_version(world: World, template: str) -> None:
    data = {"InstanceType": "t3.small"}
    world.session.ec2.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData=data
    )


def test_a_new_group_is_made_with_its_instances_in_service(embedded: World, fleet: Standing) -> None:
    groups = embedded.session.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[fleet.id])

    states = [each["LifecycleState"] for each in groups["AutoScalingGroups"][0]["Instances"]]
    assert states == ["InService"]


def test_a_new_template_version_starts_a_refresh_that_can_roll_back(embedded: World, fleet: Standing) -> None:
    template = fleet.inputs["launchTemplate"]["id"]
    second_version(embedded, template)
    news = {**fleet.inputs, "launchTemplate": {"id": template, "version": "2"}}

    embedded.aws.update(UpdateRequest(GROUP, fleet.id, fleet.inputs, fleet.outputs, news, preview=False))
    (started,) = refreshes(embedded, fleet)
    assert started["Preferences"]["AutoRollback"] is True
    assert started["Preferences"]["InstanceWarmup"] == 60
    assert started["DesiredConfiguration"]["LaunchTemplate"]["Version"] == "2"


def test_an_update_that_was_cut_off_before_its_refresh_starts_it_when_it_is_made_again(
    embedded: World, fleet: Standing
) -> None:
    template = fleet.inputs["launchTemplate"]["id"]
    second_version(embedded, template)
    news = {**fleet.inputs, "launchTemplate": {"id": template, "version": "2"}}
    embedded.session.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=fleet.id, LaunchTemplate={"LaunchTemplateId": template, "Version": "2"}
    )
    read = embedded.aws.read(GROUP, fleet.id, fleet.inputs, fleet.outputs)
    assert read is not None

    embedded.aws.update(UpdateRequest(GROUP, fleet.id, read.inputs, read.outputs, news, preview=False))
    embedded.aws.update(UpdateRequest(GROUP, fleet.id, read.inputs, read.outputs, news, preview=False))
    assert len(refreshes(embedded, fleet)) == 1


def test_a_subscription_that_nobody_confirmed_can_be_given_up(embedded: World) -> None:
    inputs = {"topic": embedded.topic, "protocol": "email", "endpoint": "ops@example.com"}
    waiting = embedded.stand("aws:sns/topicSubscription:TopicSubscription", "waiting", inputs)

    embedded.aws.delete(waiting.type_, waiting.id, waiting.inputs, waiting.outputs)


def test_another_change_starts_no_refresh(embedded: World, fleet: Standing) -> None:
    news = {**fleet.inputs, "healthCheckGracePeriod": 60}

    embedded.aws.update(UpdateRequest(GROUP, fleet.id, fleet.inputs, fleet.outputs, news, preview=False))
    assert refreshes(embedded, fleet) == []


def test_a_change_that_is_named_as_a_trigger_starts_a_refresh(embedded: World, fleet: Standing) -> None:
    wish = {**fleet.inputs["instanceRefresh"], "triggers": ["tag"]}
    news = {**fleet.inputs, "instanceRefresh": wish, "tags": [{"key": "a", "value": "b", "propagateAtLaunch": True}]}

    embedded.aws.update(UpdateRequest(GROUP, fleet.id, fleet.inputs, fleet.outputs, news, preview=False))
    assert len(refreshes(embedded, fleet)) == 1


def test_a_refresh_that_runs_gives_way_to_the_next(embedded: World, fleet: Standing) -> None:
    template = fleet.inputs["launchTemplate"]["id"]
    first, outputs = fleet.inputs, fleet.outputs
    for version in ("2", "3"):
        second_version(embedded, template)
        news = {**first, "launchTemplate": {"id": template, "version": version}}
        outputs = embedded.aws.update(UpdateRequest(GROUP, fleet.id, first, outputs, news, preview=False))
        first = news

    assert len(refreshes(embedded, fleet)) == 2


def test_a_capacity_that_the_group_itself_raised_does_not_stand_in_the_way_of_an_update(embedded: World) -> None:
    """AWS raises the desired capacity with the minimum; the program that once said 1 has it ignored since."""
    template = embedded.template(embedded.next_name())
    inputs = {
        "minSize": 1,
        "maxSize": 3,
        "desiredCapacity": 1,
        "vpcZoneIdentifiers": [embedded.subnet],
        "launchTemplate": {"id": template["id"], "version": "1"},
    }
    group = embedded.stand(GROUP, "raised", inputs)
    outputs = embedded.aws.update(
        UpdateRequest(GROUP, group.id, group.inputs, group.outputs, {**group.inputs, "minSize": 2}, preview=False)
    )

    assert (outputs["minSize"], outputs["desiredCapacity"]) == (2, 2)


def ignoring(
    world: World, group: Standing, state: tuple[Properties, Properties], **news: Any
) -> tuple[dict[str, Any], Properties]:
    """Plan and make an update for which the program has the desired capacity ignored; returns plan and outputs.

    As the engine does, this sets the ignored input back to what it was.
    """
    inputs, outputs = state
    wanted = {**inputs, **news}
    ignored = ("desiredCapacity",)
    plan = world.aws.diff(DiffRequest(GROUP, group.id, inputs, outputs, wanted, ignored)).detailed
    update = UpdateRequest(GROUP, group.id, inputs, outputs, wanted, ignored, preview=False)
    return dict(plan), world.aws.update(update)


def desired_of(world: World, group: Standing) -> int:
    answer = world.session.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group.id])
    return int(answer["AutoScalingGroups"][0]["DesiredCapacity"])


def sized(world: World, name: str, **sizes: Any) -> Standing:
    template = world.template(world.next_name())
    launch = {"id": template["id"], "version": "1"}
    return world.stand(GROUP, name, {**sizes, "vpcZoneIdentifiers": [world.subnet], "launchTemplate": launch})


@pytest.mark.parametrize("refreshed", ["refreshed", "not refreshed"])
def test_an_ignored_capacity_is_neither_planned_nor_sent(embedded: World, refreshed: str) -> None:
    group = sized(embedded, "ignored", minSize=1, maxSize=5, desiredCapacity=1)
    embedded.session.autoscaling.set_desired_capacity(AutoScalingGroupName=group.id, DesiredCapacity=4)
    outputs = group.outputs
    if refreshed == "refreshed":
        read = embedded.aws.read(GROUP, group.id, group.inputs, outputs)
        assert read is not None
        outputs = read.outputs

    plan, outputs = ignoring(embedded, group, (group.inputs, outputs), healthCheckGracePeriod=60)
    assert list(plan) == ["healthCheckGracePeriod"]
    inputs = {**group.inputs, "healthCheckGracePeriod": 60}
    plan, outputs = ignoring(embedded, group, (inputs, outputs), healthCheckGracePeriod=90)
    assert list(plan) == ["healthCheckGracePeriod"]
    assert (desired_of(embedded, group), outputs["desiredCapacity"]) == (4, 4)


@pytest.mark.parametrize("least", [8, 3])
def test_a_new_minimum_waits_for_exactly_what_is_recorded_as_pulumi_aws_does(embedded: World, least: int) -> None:
    """Somebody raised the capacity: the state knows nothing of it (terraform-aws-modules/terraform-aws-eks 3102)."""
    group = sized(embedded, "raised-by-hand", minSize=0, maxSize=9, desiredCapacity=2)
    embedded.session.autoscaling.set_desired_capacity(AutoScalingGroupName=group.id, DesiredCapacity=5)
    changes = {"minSize": least, "maxSize": 9, "waitForCapacityTimeout": "3s"}

    if least < 5:
        with pytest.raises(ProviderError, match=f"exactly {least} healthy instances .* after 3 s"):
            ignoring(embedded, group, (group.inputs, group.outputs), **changes)
    else:
        assert ignoring(embedded, group, (group.inputs, group.outputs), **changes)[1]["desiredCapacity"] == 8


def test_a_group_that_waits_for_nothing_takes_a_new_minimum_however_much_it_has_scaled(embedded: World) -> None:
    group = sized(embedded, "not-awaited", minSize=0, maxSize=9, desiredCapacity=2, waitForCapacityTimeout="0")
    embedded.session.autoscaling.set_desired_capacity(AutoScalingGroupName=group.id, DesiredCapacity=5)

    plan, outputs = ignoring(embedded, group, (group.inputs, group.outputs), minSize=3)

    assert set(plan) == {"minSize"}
    assert outputs["desiredCapacity"] == 5


def test_a_refusal_of_what_this_aws_lacks_leaves_nobody_in_doubt(embedded: World) -> None:
    template = embedded.template(embedded.next_name())
    inputs = {
        "minSize": 0,
        "maxSize": 1,
        "vpcZoneIdentifiers": [embedded.subnet],
        "launchTemplate": {"id": template["id"], "version": "1"},
        "placementGroup": "close-together",
    }
    news = embedded.aws.check(CheckRequest(GROUP, "lacking", {}, inputs, b"seed of it")).inputs

    with pytest.raises(ProviderError, match="PlacementGroup") as refused:
        embedded.aws.create(GROUP, news, "our call", preview=False)
    assert not isinstance(refused.value, OutcomeUnknown)


def test_a_group_may_heed_load_balancers_before_it_has_one(embedded: World) -> None:
    made = sized(embedded, "heeding", minSize=0, maxSize=1)
    news = {**made.inputs, "healthCheckType": "ELB"}

    outputs = embedded.aws.update(UpdateRequest(GROUP, made.id, made.inputs, made.outputs, news, preview=False))

    assert outputs["healthCheckType"] == "ELB"


def test_processes_are_suspended_once_the_first_instances_are_there(embedded: World) -> None:
    template = embedded.template(embedded.next_name())
    inputs = {
        "minSize": 1,
        "maxSize": 2,
        "vpcZoneIdentifiers": [embedded.subnet],
        "launchTemplate": {"id": template["id"], "version": "1"},
        "suspendedProcesses": ["Launch"],
        "waitForCapacityTimeout": "20s",
    }
    assert embedded.stand(GROUP, "suspended", inputs).outputs["suspendedProcesses"] == ["Launch"]


def test_a_subnet_is_deleted_once_the_groups_instances_have_moved_out_of_it(embedded: World) -> None:
    """A zone less: the group launches in the others first, and only then terminates what it has here."""
    leaving = embedded.stand(
        "aws:ec2/subnet:Subnet",
        "leaving",
        {"vpcId": embedded.vpc["id"], "cidrBlock": embedded.next_block(), "availabilityZone": "eu-west-1c"},
    )
    template = embedded.template(embedded.next_name())
    inputs = {
        "minSize": 2,
        "maxSize": 4,
        "vpcZoneIdentifiers": [embedded.subnet, leaving.id],
        "launchTemplate": {"id": template["id"], "version": "1"},
    }
    group = embedded.stand(GROUP, "moving", inputs)
    less = {**group.inputs, "vpcZoneIdentifiers": [embedded.subnet]}
    outputs = embedded.aws.update(UpdateRequest(GROUP, group.id, group.inputs, group.outputs, less, preview=False))

    embedded.aws.delete(leaving.type_, leaving.id, leaving.inputs, leaving.outputs)

    assert embedded.aws.read(leaving.type_, leaving.id, leaving.inputs, leaving.outputs) is None
    embedded.aws.delete(GROUP, group.id, less, outputs)


@pytest.mark.parametrize("type_", ["aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"])
def test_a_nat_gateway_given_as_a_gateway_deploys_and_is_a_change_ever_after(type_: str, embedded: World) -> None:
    """As hashicorp/terraform#8035 and hashicorp/terraform-provider-aws#19373 report."""
    aws, route = embedded.aws, {"gatewayId": embedded.nat}
    inputs: dict[str, Any] = {"vpcId": embedded.vpc["id"], "routes": [{"cidrBlock": "10.200.0.0/16", **route}]}
    if type_.endswith("Route"):
        inputs = {"routeTableId": embedded.route_table, "destinationCidrBlock": "10.200.0.0/16", **route}
    made = embedded.stand(type_, "nat", inputs)

    (told,) = made.outputs.get("routes", [made.outputs])
    assert told["natGatewayId"] == embedded.nat
    assert not told.get("gatewayId")
    outputs = made.outputs
    for _ in range(2):
        diff = aws.diff(DiffRequest(type_, made.id, made.inputs, outputs, made.inputs))
        assert {path.partition("[")[0] for path in diff.detailed} in ({"routes"}, {"gatewayId", "natGatewayId"})
        assert diff.replaces == ()
        outputs = aws.update(UpdateRequest(type_, made.id, made.inputs, outputs, made.inputs, preview=False))
    aws.delete(type_, made.id, made.inputs, outputs)


XRAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "xray:Put*", "Resource": "*"}]}


def traced(world: World, role: Properties) -> Properties:
    """Inputs of a function whose role must be allowed to trace it."""
    return {**CASES[FUNCTION].inputs(world), "role": role["arn"], "tracingConfig": {"mode": "Active"}}


def test_a_function_waits_for_what_its_role_is_given_beside_it(embedded: World) -> None:
    """A program need not say that the function depends on the policy: the real provider repeats the call."""
    role = embedded.make("aws:iam/role:Role", "late", assumeRolePolicy=TRUST % "lambda")
    refused = threading.Event()
    embedded.session.lambda_.meta.events.register(
        "response-received.lambda.CreateFunction", lambda **_: refused.set(), unique_id="refused"
    )

    with ThreadPoolExecutor() as threads:
        made = threads.submit(embedded.stand, FUNCTION, "late", traced(embedded, role))
        assert refused.wait(10)
        embedded.make("aws:iam/rolePolicy:RolePolicy", "late", role=role["name"], policy=XRAY)

    assert made.result().outputs["tracingConfig"] == {"mode": "Active"}


def test_what_never_comes_is_told_in_the_words_of_aws(embedded: World) -> None:
    role = embedded.make("aws:iam/role:Role", "never", assumeRolePolicy=TRUST % "lambda")
    with allowing(0.1), pytest.raises(ProviderError, match="does not have permissions to call PutTraceSegments"):
        embedded.stand(FUNCTION, "never", traced(embedded, role))


def test_an_invocation_waits_for_a_function_that_is_at_its_limit(embedded: World) -> None:
    """Another event may be at work in the only execution that is reserved: the real provider tries 25 times."""
    functions, name, refusals = embedded.session.lambda_, embedded.function["name"], threading.Semaphore(0)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    functions.meta.events.register("response-received.lambda.Invoke", lambda **_: refusals.release(), unique_id="busy")

    with ThreadPoolExecutor() as threads:
        made = threads.submit(
            embedded.stand, "aws:lambda/invocation:Invocation", "busy", {"functionName": name, "input": "{}"}
        )
        for _ in range(6):
            assert refusals.acquire(timeout=20)
        functions.delete_function_concurrency(FunctionName=name)

    assert made.result().id.startswith(f"{name},")


def test_a_deleted_function_leaves_its_security_groups_first(embedded: World) -> None:
    moved: list[Any] = []
    embedded.session.lambda_.meta.events.register(
        "provide-client-params.lambda.UpdateFunctionConfiguration", lambda params, **_: moved.append(params)
    )
    network = {"subnetIds": [embedded.subnet], "securityGroupIds": [embedded.group]}
    inputs = {**CASES[FUNCTION].inputs(embedded), "vpcConfig": network, "replaceSecurityGroupsOnDestroy": True}
    for more in ({}, {"replacementSecurityGroupIds": [embedded.other_group]}):
        made = embedded.stand(FUNCTION, "leaving", {**inputs, **more})
        embedded.aws.delete(FUNCTION, made.id, made.inputs, made.outputs)

    groups = [each["VpcConfig"]["SecurityGroupIds"] for each in moved]
    assert groups == [[embedded.vpc["defaultSecurityGroupId"]], [embedded.other_group]]
