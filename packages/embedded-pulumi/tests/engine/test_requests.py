"""Requests of a program as values: every option of a registration, in an order of its own, and Go's durations."""

from __future__ import annotations

import pytest
from pulumi.runtime.proto import alias_pb2, resource_pb2

from embedded_pulumi import wire
from embedded_pulumi.durations import seconds_of
from embedded_pulumi.wire.objects import MalformedValue
from embedded_pulumi.wire.requests import Alias, CustomTimeouts, Goal, decode_register

Request = resource_pb2.RegisterResourceRequest


def test_an_option_that_is_not_set_is_none() -> None:
    assert decode_register(Request(type="t", name="n", custom=True)) == Goal("t", "n", custom=True)


def test_every_option_of_a_registration_is_decoded() -> None:
    every = Request(
        type="t",
        name="n",
        custom=True,
        parent="p",
        object=wire.encode({"b": 2, "a": 1}),
        dependencies=["y", "x"],
        propertyDependencies={"a": Request.PropertyDependencies(urns=["y", "x"])},
        provider="aws",
        providers={"aws": "aws"},
        version="7",
        protect=False,
        retainOnDelete=True,
        deleteBeforeReplace=False,
        deleteBeforeReplaceDefined=True,
        ignoreChanges=["a"],
        replaceOnChanges=["b"],
        additionalSecretOutputs=["c"],
        aliasURNs=["urn:0"],
        aliases=[
            alias_pb2.Alias(urn="urn:1"),
            alias_pb2.Alias(spec=alias_pb2.Alias.Spec(name="old", parentUrn="q")),
            alias_pb2.Alias(spec=alias_pb2.Alias.Spec(noParent=True)),
        ],
        importId="i",
        customTimeouts=Request.CustomTimeouts(create="1m30s", delete="2h"),
        deletedWith="d",
        replacement_trigger=wire.encode({"": "again"}).fields[""],
        hideDiffs=["e"],
    )

    goal = decode_register(every)
    assert goal == Goal(
        type="t",
        name="n",
        custom=True,
        parent="p",
        inputs={"a": 1, "b": 2},
        dependencies=("x", "y"),
        property_dependencies={"a": ("x", "y")},
        provider="aws",
        providers={"aws": "aws"},
        version="7",
        protect=False,
        retain_on_delete=True,
        delete_before_replace=False,
        ignore_changes=("a",),
        replace_on_changes=("b",),
        additional_secret_outputs=("c",),
        aliases=(Alias(urn="urn:0"), Alias(urn="urn:1"), Alias(name="old", parent="q"), Alias(no_parent=True)),
        import_id="i",
        custom_timeouts=CustomTimeouts(create=90, delete=7200),
        deleted_with="d",
        replacement_trigger="again",
        hide_diffs=("e",),
    )
    assert list(goal.inputs) == ["a", "b"]


def test_a_timeout_that_is_no_duration_is_refused() -> None:
    with pytest.raises(MalformedValue, match="not a duration: 'soon'; accepted: such as 90s, 5m or 1h30m"):
        decode_register(Request(customTimeouts=Request.CustomTimeouts(create="soon")))


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("0", 0), ("0s", 0), ("90s", 90), ("1h30m", 5400), ("1.5h", 5400), ("1m2.5s", 62.5), ("250ms", 0.25)],
)
def test_a_duration_in_seconds(duration: str, seconds: float) -> None:
    assert seconds_of(duration) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "10", "10 m", "-5m", "5m ", "m", "1h30"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        seconds_of(text)
