"""The types that plain moto lacks live their whole life in the embedded AWS, every property in its turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.cloud_server import cloud
from support.provider import life
from support.provider.case import Change, changes
from support.provider.cases import CASES
from support.provider.cases.containers import on_machines
from support.provider.cases.serverless import reader
from support.provider.stock import Stock
from support.provider.world import REGION, World

from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.aws.registry import RESOURCES
from embedded_pulumi.provider import DiffKind, DiffRequest, UpdateRequest

OURS = {type_: case for type_, case in CASES.items() if not case.plain}
TAGS = {"tags": {"Owner": "fleet"}}
EACH = pytest.mark.parametrize("type_", OURS, ids=[each.rpartition(":")[2] for each in OURS])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with cloud(REGION, speed=600) as url:
        yield World(AwsProvider(endpoint_url=url).configure({"region": REGION, "defaultTags": TAGS}))


@pytest.fixture(scope="module")
def stock(world: World) -> Iterator[Stock]:
    stock = Stock(world)
    yield stock
    stock.clear()


@EACH
def test_every_property_has_a_case(type_: str) -> None:
    case, resource = OURS[type_], RESOURCES[type_]
    for name, field in resource.fields.items():
        if name not in ("region", "tags", *case.apart):
            assert name in (case.replaces if field.force_new else {**case.replaces, **case.updates}), name


@EACH
def test_what_is_created_is_what_is_read(type_: str, world: World) -> None:
    life.is_read_as_created(type_, world)


@EACH
def test_the_preview_of_a_creation_tells_nothing_untrue(type_: str, world: World) -> None:
    life.is_foretold(type_, world)


@EACH
def test_what_is_imported_needs_no_change(type_: str, world: World) -> None:
    life.is_imported(type_, world)


@EACH
def test_what_is_deleted_is_gone_and_may_be_deleted_again(type_: str, world: World) -> None:
    life.is_gone_after_its_end(type_, world)


@EACH
def test_what_a_create_made_is_found_by_its_token(type_: str, world: World) -> None:
    life.is_found_by_its_token(type_, world)


@pytest.mark.parametrize("change", list(changes(OURS, "updates")), ids=str)
def test_a_property_is_updated_in_place_and_back(change: Change, world: World, stock: Stock) -> None:
    life.is_updated_and_back(change, world, stock)


@pytest.mark.parametrize("change", list(changes(OURS, "replaces")), ids=str)
def test_a_property_that_cannot_change_in_place_replaces(change: Change, world: World, stock: Stock) -> None:
    life.is_replaced(change, world, stock)


def test_the_concurrency_of_a_queues_mapping_is_changed_in_place_and_taken_back(world: World) -> None:
    type_, aws = "aws:lambda/eventSourceMapping:EventSourceMapping", world.aws
    queue = world.make("aws:sqs/queue:Queue", "of-mapping")["arn"]
    base = {"eventSourceArn": queue, "functionName": reader(world)}
    stood = world.stand(type_, "of-queue", base)

    limited = {**stood.inputs, "scalingConfig": {"maximumConcurrency": 2}}
    asked = UpdateRequest(type_, stood.id, stood.inputs, stood.outputs, limited, preview=False)
    now = aws.update(asked)
    back = aws.update(UpdateRequest(type_, stood.id, limited, now, stood.inputs, preview=False))
    aws.delete(type_, stood.id, stood.inputs, back)

    assert (stood.outputs["batchSize"], stood.outputs["state"]) == (10, "Enabled")
    assert now["scalingConfig"] == {"maximumConcurrency": 2}
    assert back.get("scalingConfig") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (
            "orderedPlacementStrategies",
            [{"type": "spread", "field": "instanceId"}, {"type": "binpack", "field": "cpu"}],
        ),
        ("placementConstraints", [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}]),
    ],
)
def test_how_a_service_on_ec2_is_placed_is_changed_in_place_and_taken_back(name: str, value: Any, world: World) -> None:
    type_, aws = "aws:ecs/service:Service", world.aws
    on_ec2 = on_machines(value="EC2")(world)
    stood = world.stand(type_, "placed", {**OURS[type_].inputs(world), **on_ec2.also, "launchType": "EC2"})

    placed = {**stood.inputs, name: value}
    now = aws.update(UpdateRequest(type_, stood.id, stood.inputs, stood.outputs, placed, preview=False))
    unchanged = aws.diff(DiffRequest(type_, stood.id, placed, now, placed)).detailed
    back = aws.update(UpdateRequest(type_, stood.id, placed, now, stood.inputs, preview=False))
    aws.delete(type_, stood.id, stood.inputs, back)

    assert now[name] == value
    assert unchanged == {}
    assert not back.get(name)


def test_another_controller_of_deployments_replaces_a_service() -> None:
    field = RESOURCES["aws:ecs/service:Service"].fields["deploymentController"]

    assert field.diff("c", {"type": "ECS"}, {"type": "CODE_DEPLOY"}) == {"c.type": DiffKind.UPDATE_REPLACE}
    assert field.diff("c", {"type": "ECS"}, None) == {}
