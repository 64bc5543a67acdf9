"""Every resource type lives its whole life against a plain moto server, every property in its turn."""

from __future__ import annotations

import pytest
from support.provider import life
from support.provider.case import Change
from support.provider.cases import CASES
from support.provider.life import SEED
from support.provider.stock import Stock
from support.provider.world import World

from embedded_pulumi.aws.provider import ConfiguredAws
from embedded_pulumi.aws.registry import RESOURCES
from embedded_pulumi.provider import (
    CheckRequest,
    DiffRequest,
    InitFailed,
    ProviderError,
    UpdateRequest,
)

ALWAYS_ALIKE = ("region", "tags")  # tried once for all types below


def test_every_property_has_a_case(type_: str) -> None:
    case, resource = CASES[type_], RESOURCES[type_]
    replacing = {*case.replaces, *case.refused}
    tried = replacing | {*case.updates, *case.dropped, *case.stuck, *case.created, *case.missing}

    for name, field in resource.fields.items():
        has_a_choice = len(getattr(field, "one_of", ())) != 1
        if name not in ALWAYS_ALIKE and has_a_choice:
            assert name in (replacing if field.force_new else tried), name


def test_what_is_accepted_no_more_is_refused(type_: str, world: World, aws: ConfiguredAws) -> None:
    case = CASES[type_]
    for name, value in case.refused.items():
        news = {**case.inputs(world), name: value}
        assert [each.property for each in aws.check(CheckRequest(type_, "refused", {}, news, SEED)).failures] == [name]


def test_what_is_created_is_what_is_read(type_: str, world: World) -> None:
    life.is_read_as_created(type_, world)


def test_the_preview_of_a_creation_tells_nothing_untrue(type_: str, world: World) -> None:
    life.is_foretold(type_, world)


def test_what_is_imported_needs_no_change(type_: str, world: World) -> None:
    life.is_imported(type_, world)


@pytest.mark.parametrize("prefixed", [each for each in RESOURCES if "namePrefix" in RESOURCES[each].fields])
def test_a_name_is_made_up_from_its_prefix(prefixed: str, world: World, aws: ConfiguredAws) -> None:
    wished = {**CASES[prefixed].inputs(world), "namePrefix": "alias/web-" if prefixed.endswith("Alias") else "web-"}
    wished.pop("name", None)
    checked = aws.check(CheckRequest(prefixed, "prefixed", {}, wished, SEED))

    made = aws.create(prefixed, checked.inputs, preview=False)

    assert checked.failures == ()
    assert "name" not in checked.inputs
    assert len(made.outputs["name"].removeprefix(wished["namePrefix"]).removesuffix(".fifo")) == 26
    assert aws.diff(DiffRequest(prefixed, made.id, checked.inputs, made.outputs, checked.inputs)).detailed == {}
    read = aws.read(prefixed, made.id, checked.inputs, made.outputs)
    assert read is not None
    assert read.inputs == checked.inputs
    aws.delete(prefixed, made.id, checked.inputs, made.outputs)


def test_what_is_deleted_is_gone_and_may_be_deleted_again(type_: str, world: World) -> None:
    life.is_gone_after_its_end(type_, world)


def test_a_property_is_updated_in_place_and_back(updates_of: Change, world: World, stock: Stock) -> None:
    life.is_updated_and_back(updates_of, world, stock)


def test_a_property_that_cannot_change_in_place_replaces(replaces_of: Change, world: World, stock: Stock) -> None:
    life.is_replaced(replaces_of, world, stock)


def test_a_property_that_the_endpoint_drops_is_not_passed_over(
    dropped_of: Change, world: World, aws: ConfiguredAws
) -> None:
    """These are what the embedded cloud adds to moto: there, each of them is applied."""
    type_, name, _ = dropped_of
    news = aws.check(CheckRequest(type_, "dropped", {}, dropped_of.of(CASES[type_].inputs(world), world), SEED))
    assert news.failures == ()

    with pytest.raises(InitFailed, match=f"did not apply them: .*{name}") as refusal:
        aws.create(type_, news.inputs, preview=False)
    aws.delete(type_, refusal.value.id, news.inputs, refusal.value.outputs)


def test_an_update_that_the_endpoint_drops_is_not_passed_over(
    stuck_of: Change, world: World, aws: ConfiguredAws, stock: Stock
) -> None:
    """These too the embedded cloud adds to moto."""
    type_, name, _ = stuck_of
    stood = stock.take(type_)  # and not given back: what such an update leaves behind nobody knows
    news = aws.check(CheckRequest(type_, "stock", {}, stuck_of.of(stood.inputs, world), SEED))
    assert news.failures == ()

    with pytest.raises(ProviderError, match=f"did not apply them: .*{name}"):
        aws.update(UpdateRequest(type_, stood.id, stood.inputs, stood.outputs, news.inputs, preview=False))
    aws.delete(type_, stood.id, stood.inputs, stood.outputs)


def test_a_property_that_the_endpoint_cannot_change_can_be_created(
    created_of: Change, world: World, aws: ConfiguredAws
) -> None:
    type_ = created_of.type_
    made = world.stand(type_, "with", created_of.of(CASES[type_].inputs(world), world))

    read = aws.read(type_, made.id, made.inputs, made.outputs)
    assert read is not None
    assert (read.outputs, read.inputs) == (made.outputs, made.inputs)
    aws.delete(type_, made.id, made.inputs, made.outputs)


def test_a_property_that_the_endpoint_does_not_know_is_refused_by_it(
    missing_of: Change, world: World, aws: ConfiguredAws
) -> None:
    """These too the embedded cloud adds, or nobody needs them."""
    type_ = missing_of.type_
    news = aws.check(CheckRequest(type_, "missing", {}, missing_of.of(CASES[type_].inputs(world), world), SEED))
    assert news.failures == ()

    with pytest.raises(ProviderError):
        aws.create(type_, news.inputs, preview=False)
