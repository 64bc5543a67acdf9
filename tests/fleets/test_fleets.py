"""Thirty Auto Scaling groups of public programs, each expressed in TAP's configuration, deployed, and looked at.

`tests/fleets/fleets.yaml` has them as facts. What a definition presupposes is there before it is deployed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.fleets.checks import CHECKS
from support.fleets.definitions import Book, Definition, book
from support.fleets.presupposed import make
from support.fleets.running import Running

from embedded_pulumi.testing import DeployedStack, SharedAws

PROGRAM = Path(__file__).parents[2]
REGION = "eu-west-1"
FLEETS = {each.name: each for each in book().fleets}
EXPRESSED = 0.9
"""The share of the definitions that TAP is to express."""

BOOTED = 240  # seconds until the first members serve and the warm pool's wait


@pytest.fixture(scope="module")
def aws() -> Iterator[SharedAws]:
    with SharedAws(region=REGION) as aws:
        yield aws
        assert aws.cloud.failures == []


@pytest.fixture(scope="module")
def things(aws: SharedAws) -> Mapping[str, str]:
    return make(aws.cloud)


def silence(stack: DeployedStack) -> None:
    """Have nobody called each minute: nothing here fails, and time that passes for others costs nothing then."""
    events = stack.boto3("events")
    for rule in events.list_rules()["Rules"]:
        if "ScheduleExpression" in rule and rule["State"] == "ENABLED":
            events.disable_rule(Name=rule["Name"])


def end(fleet: Running) -> None:
    """Take away what happens by itself, which would go on while the next fleets are deployed."""
    alarms = fleet.client("cloudwatch")
    alarms.delete_alarms(AlarmNames=[each["AlarmName"] for each in alarms.describe_alarms()["MetricAlarms"]])
    fleet.client("autoscaling").delete_auto_scaling_group(**fleet.of_group, ForceDelete=True)


@pytest.fixture
def running(request: pytest.FixtureRequest, aws: SharedAws, things: Mapping[str, str]) -> Iterator[Running]:
    """A definition's fleet, deployed in the account that all of them share; one in a network of its own goes again."""
    definition = FLEETS[request.param]
    suffix = f"f{list(FLEETS).index(definition.name)}"
    config = {"tap:environmentSuffix": suffix, "aws:region": REGION, **definition.config(things)}
    stack = aws.deploy(PROGRAM, config, stack=suffix, name="tap")
    silence(stack)
    stack.pass_time(seconds=BOOTED)
    fleet = Running(stack, things)
    if not fleet.group["DesiredCapacity"] and "WarmPoolSize" not in fleet.group:  # it grows: nothing else can be seen
        fleet.client("autoscaling").set_desired_capacity(**fleet.of_group, DesiredCapacity=1)
        stack.pass_time(seconds=BOOTED)
    yield fleet
    if "tap:vpcId" in config:
        end(fleet)
    else:
        stack.destroy()


@pytest.mark.parametrize("running", FLEETS, indirect=True)
def test_the_fleet_of_a_public_definition_runs_as_the_definition_says(
    running: Running, request: pytest.FixtureRequest
) -> None:
    definition = FLEETS[request.node.callspec.params["running"]]
    found = {name: CHECKS[name].check(running, value) for name, value in definition.asks.items()}

    assert {name: there for name, (there, _) in found.items()} == {name: wanted for name, (_, wanted) in found.items()}


def not_expressed(read: Book) -> Mapping[str, list[str]]:
    """The definitions with a knob that TAP cannot express, and why."""
    return {
        f"{each.repository}: {each.name}": [f"{knob}: {read.cannot[knob]}" for knob in each.cannot]
        for each in read.fleets
        if each.cannot
    }


def test_nine_in_ten_definitions_can_be_expressed() -> None:
    read = book()
    missing = not_expressed(read)

    assert len(missing) <= (1 - EXPRESSED) * len(read.fleets) + 1e-9, missing


def test_there_are_thirty_from_twenty_repositories_or_more() -> None:
    assert len(FLEETS) == len(book().fleets) == 30
    assert len({each.repository for each in book().fleets}) >= 20
    assert {each.language for each in book().fleets} == {"Terraform", "Pulumi Python", "Pulumi TypeScript"}


@pytest.mark.parametrize("definition", FLEETS.values(), ids=FLEETS)
def test_every_knob_of_a_definition_has_its_check_or_its_reason(definition: Definition) -> None:
    read = book()

    assert definition.asks.keys() <= CHECKS.keys()
    assert set(definition.chosen) <= definition.asks.keys()
    assert set(definition.otherwise) <= read.otherwise.keys()
    assert set(definition.cannot) <= read.cannot.keys()
    told = Counter([*definition.asks, *definition.otherwise, *definition.cannot])
    assert [name for name, times in told.items() if times > 1] == []


def test_every_check_and_every_reason_is_needed() -> None:
    read = book()
    knobs = set[str]().union(*(each.knobs for each in read.fleets))

    assert {*CHECKS, *read.otherwise, *read.cannot} <= knobs
