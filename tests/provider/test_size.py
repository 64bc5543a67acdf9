"""What a call costs however much there is: work is counted in lines of Python that run, not in seconds.

A resource is made, read, changed and deleted among few others of its type and among many. If each of the others costs
so little that among 5,000 this takes at most twice the work that it takes alone, the work for 5,000 has grown with an
exponent of at most 1.1 from that for 50.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from moto.core.common_models import BaseModel
from support.provider.world import REGION, TRUST, World

from embedded_aws.embedded import Cloud
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.provider import UpdateRequest
from embedded_pulumi.values import Properties

FEW, MANY = 5, 35
LARGE = 5_000
AT_LARGE = 2.5  # a subnet, the dearest, is at 2.3: moto looks at each for some lines
"""How much more work a life may be among a large number of others."""

LIVES = 3
"""How many equal lives are counted: now and then the server runs some lines more, so that the fewest count."""

TAGS = {"Name": "one"}
PER_GROUP, PER_VPC = 10, 20


class Lines:
    """Counts the lines that run in threads which begin while it is set, between `begin` and `end`."""

    def __init__(self) -> None:
        self.count = 0
        self.counting = False

    def __call__(self, _: FrameType, event: str, __: Any) -> Lines | None:
        """Count a line. What is called while nothing is counted runs untraced."""
        self.count += self.counting and event == "line"
        return self if self.counting else None

    def of(self, work: Callable[[], Any]) -> int:
        """How many lines the cloud runs for this."""
        self.count, self.counting = 0, True
        work()
        self.counting = False
        return self.count


@contextmanager
def counted() -> Iterator[tuple[World, Lines]]:
    """A cloud whose lines are counted; each connection has a thread of its own."""
    lines = Lines()
    threading.settrace(lines)
    try:
        with Cloud(region=REGION) as cloud:
            yield World(AwsProvider(endpoint_url=cloud.endpoint_url).configure({"region": REGION})), lines
            assert cloud.failures == []
    finally:
        threading.settrace(None)


class Stock:
    """Makes resources of one type: as AWS's quotas have it, only so many of them are in one group or VPC."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._vpcs: list[str] = []
        self._groups: list[str] = []

    def vpc(self, number: int) -> str:
        if number % PER_VPC == 0:
            self._vpcs.append(self.world.make("aws:ec2/vpc:Vpc", f"vpc-{number}", cidrBlock="10.0.0.0/16")["id"])
        return self._vpcs[-1]

    def group(self, number: int) -> str:
        if number % PER_GROUP == 0:
            made = self.world.make("aws:ec2/securityGroup:SecurityGroup", f"group-{number}", vpcId=self.vpc(number))
            self._groups.append(made["id"])
        return self._groups[-1]


Inputs = Callable[[Stock, int], Properties]

KINDS: dict[str, tuple[Inputs, Properties]] = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        lambda stock, number: {
            "securityGroupId": stock.group(number),
            "ipProtocol": "tcp",
            "fromPort": number + 1,
            "toPort": number + 1,
            "cidrIpv4": "10.0.0.0/8",
            "tags": TAGS,
        },
        {"description": "other"},
    ),
    "aws:ec2/securityGroup:SecurityGroup": (
        lambda stock, number: {"vpcId": stock.vpc(number), "tags": TAGS},
        {"tags": {}},
    ),
    "aws:ec2/subnet:Subnet": (
        lambda stock, number: {"vpcId": stock.vpc(number), "cidrBlock": f"10.0.{number}.0/24", "tags": TAGS},
        {"tags": {}},
    ),
    "aws:ec2/routeTable:RouteTable": (
        lambda stock, number: {"vpcId": stock.vpc(number), "tags": TAGS},
        {"tags": {}},
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": (
        lambda *_: {"instanceType": "t3.micro", "tags": TAGS},
        {"instanceType": "t3.small"},
    ),
    "aws:ec2/eip:Eip": (lambda *_: {"tags": TAGS}, {"tags": {}}),
    "aws:cloudwatch/logGroup:LogGroup": (lambda *_: {"retentionInDays": 7, "tags": TAGS}, {"retentionInDays": 5}),
    "aws:ssm/parameter:Parameter": (lambda *_: {"type": "String", "value": "one", "tags": TAGS}, {"value": "other"}),
    "aws:iam/role:Role": (lambda *_: {"assumeRolePolicy": TRUST % "ec2", "tags": TAGS}, {"description": "other"}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        lambda *_: {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "metricName": "Errors",
            "namespace": "Ours",
            "period": 60,
            "statistic": "Sum",
            "threshold": 1,
        },
        {"threshold": 2},
    ),
    "aws:sns/topic:Topic": (lambda *_: {"tags": TAGS}, {"displayName": "other"}),
    "aws:cloudwatch/eventRule:EventRule": (
        lambda *_: {"scheduleExpression": "rate(5 minutes)", "tags": TAGS},
        {"description": "other"},
    ),
    "aws:kms/key:Key": (lambda *_: {"description": "one", "tags": TAGS}, {"description": "other"}),
}
"""A type to what makes the inputs of the resource with a number, and to what an update changes."""


def cost(stock: Stock, lines: Lines, type_: str, number: int) -> dict[str, int]:
    """How many lines the cloud runs, at least, for each step in the life of one more resource."""
    lives = [life(stock, lines, type_, number) for _ in range(LIVES)]
    return {step: min(each[step] for each in lives) for step in lives[0]}


def life(stock: Stock, lines: Lines, type_: str, number: int) -> dict[str, int]:
    """How many lines the cloud ran for each step in one life."""
    world, (inputs_of, news) = stock.world, KINDS[type_]
    inputs = inputs_of(stock, number)
    made = []
    work = {"create": lines.of(lambda: made.append(world.stand(type_, f"one-{number}", inputs)))}
    (one,) = made
    changed = {**one.inputs, **news}
    change = UpdateRequest(type_, one.id, one.inputs, one.outputs, changed, preview=False)
    work["read"] = lines.of(lambda: world.aws.read(type_, one.id, one.inputs, one.outputs))
    work["update"] = lines.of(lambda: world.aws.update(change))
    work["delete"] = lines.of(lambda: world.aws.delete(type_, one.id, changed, one.outputs))
    return work


@pytest.mark.parametrize("type_", KINDS)
def test_a_resource_costs_the_same_among_many(type_: str) -> None:
    with counted() as (world, lines):
        stock = Stock(world)
        for number in range(FEW):
            world.stand(type_, f"other-{number}", KINDS[type_][0](stock, number))
        life(stock, lines, type_, FEW)  # what the first call of a kind loads belongs to none
        few = cost(stock, lines, type_, FEW + 1)
        for number in range(FEW + 2, MANY):
            world.stand(type_, f"other-{number}", KINDS[type_][0](stock, number))
        many = cost(stock, lines, type_, MANY)

    assert min(few.values()) > 1_000, "the cloud's lines were not counted"
    alone = sum(few.values())
    each = (sum(many.values()) - alone) / (MANY - FEW - 2)
    assert alone + each * LARGE <= AT_LARGE * alone, f"alone {few}, among {MANY} {many}"


def test_what_is_deleted_is_freed(request: pytest.FixtureRequest) -> None:
    """moto keeps, for its dashboard, every object that it ever made or copied; a read of a rule copies every rule."""

    def kept() -> int:
        gc.collect()
        return sum(isinstance(each, BaseModel) for each in gc.get_objects())

    rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    with Cloud(region=REGION) as cloud:
        world = World(AwsProvider(endpoint_url=cloud.endpoint_url).configure({"region": REGION}))
        stock = Stock(world)
        stock.group(0)
        gc.collect()
        gc.freeze()  # what other tests of this process have left is not looked through again and again
        request.addfinalizer(gc.unfreeze)
        before = kept()
        made = [
            world.stand(rule, f"rule-{number}", KINDS[rule][0](stock, number + 1)) for number in range(PER_GROUP - 1)
        ]
        standing = kept()
        for one in made:
            world.aws.read(rule, one.id, one.inputs, one.outputs)
        assert kept() == standing >= before + len(made)

        for one in made:
            world.aws.delete(rule, one.id, one.inputs, one.outputs)
        assert kept() == before
