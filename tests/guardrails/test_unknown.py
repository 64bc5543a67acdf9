"""What is not known is not judged: a rule finds fault with what a program says, never with what it cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.programs import TODAY, places
from support.stacks import tap

from embedded_pulumi.values import UNKNOWN
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.findings import judge
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import OfOne, Rule


def hidden(value: Any, path: tuple[Any, ...]) -> Any:
    """A value with what is at a path not known."""
    if not path:
        return UNKNOWN
    if isinstance(value, list):
        return [hidden(item, path[1:]) if number == path[0] else item for number, item in enumerate(value)]
    return {**value, path[0]: hidden(value[path[0]], path[1:])}


ALONE = [rule for rule in rules() if isinstance(rule.judge, OfOne)]
TOGETHER = [rule for rule in rules() if not isinstance(rule.judge, OfOne)]


def rules_broken(program: Program, asked: Sequence[Rule] = rules()) -> set[str]:
    return {finding.rule for finding in judge(program, asked, (), TODAY).findings if not finding.unknown}


def rules_broken_with(stack: Program, changed: Resource) -> set[str]:
    """With one resource changed; rules about one resource alone are asked of no other, as it is what they were."""
    return rules_broken(Program((changed,)), ALONE) | rules_broken(stack.replaced(changed), TOGETHER)


def blamed_for_the_unknown(stack: Program, resources: Sequence[Resource]) -> dict[Any, list[str]]:
    """The rules that find fault when one value of one of these resources is not known."""
    before = rules_broken(stack)
    return {
        (resource.name, path): sorted(more)
        for resource, path in places(Program(tuple(resources)))
        if (more := rules_broken_with(stack, replace(resource, inputs=hidden(resource.inputs, path))) - before)
    }


def test_no_single_unknown_value_makes_a_rule_find_fault() -> None:
    stack = tap()

    assert blamed_for_the_unknown(stack, stack.resources) == {}


def test_nor_where_the_fleet_has_vpc_endpoints_in_place_of_nat_gateways() -> None:
    usual = {each.urn: each.inputs for each in tap().resources}
    stack = tap(natStrategy="none")
    others = [each for each in stack.resources if usual.get(each.urn) != each.inputs]

    assert len(others) > 5
    assert blamed_for_the_unknown(stack, others) == {}


@settings(max_examples=30)
@given(st.data())
def test_nor_do_several(data: st.DataObject) -> None:
    stack = tap()
    chosen = data.draw(
        st.lists(st.sampled_from(places(stack)), min_size=2, max_size=12, unique_by=lambda each: each[0].urn)
    )

    changed = stack.replaced(*(replace(resource, inputs=hidden(resource.inputs, path)) for resource, path in chosen))

    assert rules_broken(changed) <= rules_broken(stack)
