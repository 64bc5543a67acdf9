"""A resource's whole life, as a check for any type: in a plain moto server, or in the embedded AWS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from embedded_pulumi.aws.registry import RESOURCES
from embedded_pulumi.provider import CheckRequest, DiffRequest, ProviderError, UpdateRequest
from embedded_pulumi.values import UNKNOWN
from support.provider.case import Change
from support.provider.cases import CASES
from support.provider.stock import Stock
from support.provider.world import World

SEED = bytes(range(16, 32))


def untrue(preview: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
    """What the preview said and what came, where they differ."""
    return {name: (said, outputs.get(name)) for name, said in preview.items() if not _agrees(said, outputs.get(name))}


def _agrees(said: Any, came: Any) -> bool:
    if said is UNKNOWN:
        return True
    if isinstance(said, dict) and isinstance(came, dict):
        return all(_agrees(value, came.get(name)) for name, value in said.items())
    if isinstance(said, list) and isinstance(came, list):
        return len(said) == len(came) and all(map(_agrees, said, came))
    return bool(said == came)


def is_read_as_created(type_: str, world: World) -> None:
    """Create, read, and find no difference."""
    aws, made = world.aws, world.stand(type_, "created", CASES[type_].inputs(world))

    read = aws.read(type_, made.id, made.inputs, made.outputs)
    assert read is not None
    assert read.outputs == made.outputs
    assert read.inputs == made.inputs
    assert aws.diff(DiffRequest(type_, made.id, made.inputs, made.outputs, made.inputs)).detailed == {}
    aws.delete(type_, made.id, made.inputs, made.outputs)


def is_foretold(type_: str, world: World) -> None:
    """Create in a preview and for real, and find nothing untrue in the preview."""
    aws = world.aws
    checked = aws.check(CheckRequest(type_, "foretold", {}, CASES[type_].inputs(world), SEED))

    preview = aws.create(type_, checked.inputs, preview=True)
    made = aws.create(type_, checked.inputs, preview=False)
    assert preview.id == ""
    assert untrue(preview.outputs, made.outputs) == {}
    assert set(preview.outputs) >= set(RESOURCES[type_].outputs)
    aws.delete(type_, made.id, checked.inputs, made.outputs)


def is_imported(type_: str, world: World) -> None:
    """Import what stands, and find nothing to change; or be told that it cannot be imported."""
    aws, case = world.aws, CASES[type_]
    made = world.stand(type_, "imported", case.inputs(world))

    import_id = case.import_id.format(**{**made.outputs, **made.inputs, "id": made.id})
    if not case.imports:
        try:
            aws.read(type_, import_id, {}, {})
        except ProviderError as error:
            assert "cannot be imported" in str(error)  # noqa: PT017 - this module knows no pytest
        else:
            raise AssertionError(type_)
        return
    read = aws.read(type_, import_id, {}, {})
    assert read is not None
    assert read.id == made.id
    kept_by_the_program = {name: made.inputs[name] for name in case.unreadable}
    checked = aws.check(CheckRequest(type_, "imported", read.inputs, {**read.inputs, **kept_by_the_program}, SEED))
    assert checked.failures == ()
    assert aws.diff(DiffRequest(type_, made.id, checked.inputs, read.outputs, checked.inputs)).detailed == {}
    aws.delete(type_, made.id, made.inputs, made.outputs)


def is_gone_after_its_end(type_: str, world: World) -> None:
    """Delete, twice."""
    aws, made = world.aws, world.stand(type_, "deleted", CASES[type_].inputs(world))

    aws.delete(type_, made.id, made.inputs, made.outputs)
    if not CASES[type_].outlives:
        assert aws.read(type_, made.id, made.inputs, made.outputs) is None
        aws.delete(type_, made.id, made.inputs, made.outputs)


def is_updated_and_back(change: Change, world: World, stock: Stock) -> None:
    """Change a property in place, and change it back."""
    type_, name, _ = change
    aws, stood = world.aws, stock.take(type_)
    news = aws.check(CheckRequest(type_, "stock", stood.inputs, change.of(stood.inputs, world), SEED))
    assert news.failures == ()

    diff = aws.diff(DiffRequest(type_, stood.id, stood.inputs, stood.outputs, news.inputs))
    assert diff.replaces == ()
    assert name in {path.partition(".")[0].partition("[")[0] for path in diff.detailed}

    preview = aws.update(UpdateRequest(type_, stood.id, stood.inputs, stood.outputs, news.inputs, preview=True))
    outputs = aws.update(UpdateRequest(type_, stood.id, stood.inputs, stood.outputs, news.inputs, preview=False))
    assert untrue(preview, outputs).keys() <= {*CASES[type_].stale}
    assert aws.diff(DiffRequest(type_, stood.id, news.inputs, outputs, news.inputs)).detailed == {}

    back = aws.update(UpdateRequest(type_, stood.id, news.inputs, outputs, stood.inputs, preview=False))
    assert aws.diff(DiffRequest(type_, stood.id, stood.inputs, back, stood.inputs)).detailed == {}
    stock.give_back(replace(stood, outputs=back))


def is_replaced(change: Change, world: World, stock: Stock) -> None:
    """Change a property that cannot change in place."""
    type_, name, _ = change
    aws, stood = world.aws, stock.take(type_)
    news = aws.check(CheckRequest(type_, "stock", stood.inputs, change.of(stood.inputs, world), SEED))

    diff = aws.diff(DiffRequest(type_, stood.id, stood.inputs, stood.outputs, news.inputs))
    stock.give_back(stood)
    assert news.failures == ()
    assert name in {path.partition(".")[0].partition("[")[0] for path in diff.replaces}


def is_found_by_its_token(type_: str, world: World) -> None:
    """Create, and find what was made as if the answer had been lost."""
    aws, case = world.aws, CASES[type_]
    inputs = aws.check(CheckRequest(type_, "lost", {}, case.inputs(world), SEED)).inputs

    made = aws.create(type_, inputs, f"our {type_}", preview=False)

    expected = made if case.found_again else None
    assert aws.resume(type_, inputs, f"our {type_}", preview=True) == expected
    assert aws.resume(type_, inputs, f"our {type_}", preview=False) == expected
    aws.delete(type_, made.id, inputs, made.outputs)
    assert aws.resume(type_, inputs, f"our {type_}", preview=True) is None
