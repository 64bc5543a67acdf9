"""Any program: values of any shape, where a rule looks for another, make no rule fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.programs import TODAY, places
from support.stacks import tap

from embedded_pulumi.values import UNKNOWN, Archive, Asset
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.findings import judge
from pulumi_guardrails.model import Program, Reference

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 70_000),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(["*", "0.0.0.0/0", "$Latest", "${x.arn}", "https", "-1", "443"]),
    st.sampled_from([UNKNOWN, Reference("urn:pulumi:a::b::c::d"), Asset(text="x"), Archive(path="/nowhere")]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=6), st.just("*")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Resource", "Principal", "Condition", "Service", "AWS"]),
            inner,
            max_size=4,
        ),
    ),
)


def with_value(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    if isinstance(value, list):
        return [with_value(item, path[1:], new) if number == path[0] else item for number, item in enumerate(value)]
    return {**value, path[0]: with_value(value[path[0]], path[1:], new)}


def cloud_resources(program: Program) -> int:
    return sum(resource.is_cloud_resource for resource in program.resources)


def resources_judged(program: Program) -> int:
    return judge(program, rules(), (), TODAY).resources


@settings(max_examples=60)
@given(st.data())
def test_a_value_of_any_shape_makes_no_rule_fail(data: st.DataObject) -> None:
    stack = tap(natStrategy="none") if data.draw(st.booleans()) else tap()
    resource, path = data.draw(st.sampled_from(places(stack)))
    changed = replace(resource, inputs=with_value(resource.inputs, path, data.draw(VALUES)))

    assert resources_judged(stack.replaced(changed)) == cloud_resources(stack)


@settings(max_examples=60)
@given(st.data())
def test_nor_does_a_policy_document_of_any_shape(data: st.DataObject) -> None:
    stack = tap()
    documents = [
        (each, name) for each in stack.resources for name in ("policy", "assumeRolePolicy") if name in each.inputs
    ]
    resource, name = data.draw(st.sampled_from(documents))
    document = data.draw(PLAIN)
    text = json.dumps(document) if data.draw(st.booleans()) else document

    changed = replace(resource, inputs={**resource.inputs, name: text})

    assert resources_judged(stack.replaced(changed)) == cloud_resources(stack)
