"""Every resource type lives its whole life against a plain moto server, every property in its turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from embedded_pulumi.aws.registry import RESOURCES
from embedded_pulumi.provider import (
    CheckRequest,
    DiffRequest,
    InitFailed,
    ProviderError,
    UpdateRequest,
)
from embedded_pulumi.values import UNKNOWN

SEED = bytes(range(16, 32))
ALWAYS_ALIKE = ("region", "tags")  # tried once for all types below


def changed(base: dict[str, Any], name: str, wish: Any) -> dict[str, Any]:
    """Inputs with one property changed, and what must change with it."""
    value, also = wish if isinstance(wish, tuple) else (wish, {})
    return {**base, name: value, **also}


def untrue(preview: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
    """What the preview said and what came, where they differ."""
    return {name: (said, outputs.get(name)) for name, said in preview.items() if not agrees(said, outputs.get(name))}


def agrees(said: Any, came: Any) -> bool:
    if said is UNKNOWN:
        return True
    if isinstance(said, dict) and isinstance(came, dict):
        return all(agrees(value, came.get(name)) for name, value in said.items())
    if isinstance(said, list) and isinstance(came, list):
        return len(said) == len(came) and all(map(agrees, said, came))
    return bool(said == came)


def test_every_property_has_a_case(type_: str, cases: Any, world: Any) -> None:
    case, resource = cases[type_], RESOURCES[type_]
    replacing = {*case.replaces(world)}
    tried = replacing | {
        *case.updates(world),
        *case.dropped(world),
        *case.stuck(world),
        *case.created(world),
        *case.missing(world),
    }

    for name, field in resource.fields.items():
        has_a_choice = len(getattr(field, "one_of", ())) != 1
        if name not in ALWAYS_ALIKE and has_a_choice:
            assert name in (replacing if field.force_new else tried), name


def test_what_is_created_is_what_is_read(type_: str, cases: Any, world: Any, aws: Any) -> None:
    made = world.stand(type_, "created", cases[type_].inputs(world))

    read = aws.read(type_, made.id, made.inputs, made.outputs)
    assert read.outputs == made.outputs
    assert read.inputs == made.inputs
    assert aws.diff(DiffRequest(type_, made.id, made.inputs, made.outputs, made.inputs)).detailed == {}
    aws.delete(type_, made.id, made.inputs, made.outputs)


def test_the_preview_of_a_creation_tells_nothing_untrue(type_: str, cases: Any, world: Any, aws: Any) -> None:
    checked = aws.check(CheckRequest(type_, "foretold", {}, cases[type_].inputs(world), SEED))

    preview = aws.create(type_, checked.inputs, preview=True)
    made = aws.create(type_, checked.inputs, preview=False)
    assert preview.id == ""
    assert untrue(preview.outputs, made.outputs) == {}
    assert set(preview.outputs) >= set(RESOURCES[type_].outputs)
    aws.delete(type_, made.id, checked.inputs, made.outputs)


def test_what_is_imported_needs_no_change(type_: str, cases: Any, world: Any, aws: Any) -> None:
    made = world.stand(type_, "imported", cases[type_].inputs(world))

    import_id = cases[type_].import_id.format(**made.inputs, id=made.id)
    read = aws.read(type_, import_id, {}, {})
    assert read.id == made.id
    kept_by_the_program = {name: made.inputs[name] for name in cases[type_].unreadable}
    checked = aws.check(CheckRequest(type_, "imported", read.inputs, {**read.inputs, **kept_by_the_program}, SEED))
    assert checked.failures == ()
    assert aws.diff(DiffRequest(type_, made.id, checked.inputs, read.outputs, checked.inputs)).detailed == {}
    aws.delete(type_, made.id, made.inputs, made.outputs)


@pytest.mark.parametrize("prefixed", [each for each in RESOURCES if "namePrefix" in RESOURCES[each].fields])
def test_a_name_is_made_up_from_its_prefix(prefixed: str, cases: Any, world: Any, aws: Any) -> None:
    wished = {**cases[prefixed].inputs(world), "namePrefix": "alias/web-" if prefixed.endswith("Alias") else "web-"}
    wished.pop("name", None)
    checked = aws.check(CheckRequest(prefixed, "prefixed", {}, wished, SEED))

    made = aws.create(prefixed, checked.inputs, preview=False)

    assert checked.failures == ()
    assert "name" not in checked.inputs
    assert len(made.outputs["name"].removeprefix(wished["namePrefix"])) == 26
    assert aws.diff(DiffRequest(prefixed, made.id, checked.inputs, made.outputs, checked.inputs)).detailed == {}
    assert aws.read(prefixed, made.id, checked.inputs, made.outputs).inputs == checked.inputs
    aws.delete(prefixed, made.id, checked.inputs, made.outputs)


def test_what_is_deleted_is_gone_and_may_be_deleted_again(type_: str, cases: Any, world: Any, aws: Any) -> None:
    made = world.stand(type_, "deleted", cases[type_].inputs(world))

    aws.delete(type_, made.id, made.inputs, made.outputs)
    if not cases[type_].outlives:
        assert aws.read(type_, made.id, made.inputs, made.outputs) is None
        aws.delete(type_, made.id, made.inputs, made.outputs)


def test_a_property_is_updated_in_place_and_back(
    updates_of: tuple[str, str], cases: Any, world: Any, aws: Any, stock: Any
) -> None:
    type_, name = updates_of
    case, stood = cases[type_], stock.take(type_)
    news = aws.check(
        CheckRequest(type_, "stock", stood.inputs, changed(stood.inputs, name, case.updates(world)[name]), SEED)
    )
    assert news.failures == ()

    diff = aws.diff(DiffRequest(type_, stood.id, stood.inputs, stood.outputs, news.inputs))
    assert diff.replaces == ()
    assert name in {path.partition(".")[0].partition("[")[0] for path in diff.detailed}

    preview = aws.update(UpdateRequest(type_, stood.id, stood.inputs, stood.outputs, news.inputs, preview=True))
    outputs = aws.update(UpdateRequest(type_, stood.id, stood.inputs, stood.outputs, news.inputs, preview=False))
    assert untrue(preview, outputs) == {}
    assert aws.diff(DiffRequest(type_, stood.id, news.inputs, outputs, news.inputs)).detailed == {}

    back = aws.update(UpdateRequest(type_, stood.id, news.inputs, outputs, stood.inputs, preview=False))
    assert aws.diff(DiffRequest(type_, stood.id, stood.inputs, back, stood.inputs)).detailed == {}
    stock.give_back(replace(stood, outputs=back))


def test_a_property_that_cannot_change_in_place_replaces(
    replaces_of: tuple[str, str], cases: Any, world: Any, aws: Any, stock: Any
) -> None:
    type_, name = replaces_of
    stood = stock.take(type_)
    news = aws.check(
        CheckRequest(
            type_, "stock", stood.inputs, changed(stood.inputs, name, cases[type_].replaces(world)[name]), SEED
        )
    )

    diff = aws.diff(DiffRequest(type_, stood.id, stood.inputs, stood.outputs, news.inputs))
    stock.give_back(stood)
    assert news.failures == ()
    assert name in {path.partition(".")[0].partition("[")[0] for path in diff.replaces}


def test_a_property_that_the_endpoint_drops_is_not_passed_over(
    dropped_of: tuple[str, str], cases: Any, world: Any, aws: Any
) -> None:
    """These are what the embedded cloud adds to moto: there, each of them is applied."""
    type_, name = dropped_of
    case = cases[type_]
    news = aws.check(
        CheckRequest(type_, "dropped", {}, changed(case.inputs(world), name, case.dropped(world)[name]), SEED)
    )
    assert news.failures == ()

    with pytest.raises(InitFailed, match=f"did not apply them: .*{name}") as refusal:
        aws.create(type_, news.inputs, preview=False)
    aws.delete(type_, refusal.value.id, news.inputs, refusal.value.outputs)


def test_an_update_that_the_endpoint_drops_is_not_passed_over(
    stuck_of: tuple[str, str], cases: Any, world: Any, aws: Any, stock: Any
) -> None:
    """These too the embedded cloud adds to moto."""
    type_, name = stuck_of
    stood = stock.take(type_)  # and not given back: what such an update leaves behind nobody knows
    news = aws.check(
        CheckRequest(type_, "stock", {}, changed(stood.inputs, name, cases[type_].stuck(world)[name]), SEED)
    )
    assert news.failures == ()

    with pytest.raises(ProviderError, match=f"did not apply them: .*{name}"):
        aws.update(UpdateRequest(type_, stood.id, stood.inputs, stood.outputs, news.inputs, preview=False))
    aws.delete(type_, stood.id, stood.inputs, stood.outputs)


def test_a_property_that_the_endpoint_cannot_change_can_be_created(
    created_of: tuple[str, str], cases: Any, world: Any, aws: Any
) -> None:
    type_, name = created_of
    case = cases[type_]
    made = world.stand(type_, "with", changed(case.inputs(world), name, case.created(world)[name]))

    read = aws.read(type_, made.id, made.inputs, made.outputs)
    assert (read.outputs, read.inputs) == (made.outputs, made.inputs)
    aws.delete(type_, made.id, made.inputs, made.outputs)


def test_a_property_that_the_endpoint_does_not_know_is_refused_by_it(
    missing_of: tuple[str, str], cases: Any, world: Any, aws: Any
) -> None:
    """These too the embedded cloud adds, or nobody needs them."""
    type_, name = missing_of
    case = cases[type_]
    news = aws.check(
        CheckRequest(type_, "missing", {}, changed(case.inputs(world), name, case.missing(world)[name]), SEED)
    )
    assert news.failures == ()

    with pytest.raises(ProviderError):
        aws.create(type_, news.inputs, preview=False)
