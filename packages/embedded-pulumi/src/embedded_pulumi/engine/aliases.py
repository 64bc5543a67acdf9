"""Under which former URNs a resource may stand in the state: its own aliases, and those that a parent's bring about.

Source: generateAliases in pulumi/pkg/resource/deploy/step_generator.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from embedded_pulumi.engine.goal import Alias, Goal
from embedded_pulumi.engine.urn import STACK_TYPE, Urn, new_urn


def former_urns(goal: Goal, project: str, stack: str, used: Mapping[str, str]) -> list[str]:
    """The URNs to look under, in order.

    Args:
        goal: The resource, its parent's URN resolved.
        project: The project's name.
        stack: The stack's name.
        used: URN of each resource that was itself found under a former URN, to that URN.
    """
    own = [_collapse(alias, goal, project, stack, used) for alias in goal.aliases]
    found = dict.fromkeys(own)
    if goal.parent in used:
        former, parent_name = Urn.parse(used[goal.parent]), Urn.parse(goal.parent).name
        found[_inherited(goal.type, goal.name, parent_name, former)] = None
        for urn in map(Urn.parse, own):
            found[_inherited(urn.type, urn.name, parent_name, former)] = None
    return list(found)


def _collapse(alias: Alias, goal: Goal, project: str, stack: str, used: Mapping[str, str]) -> str:
    """The URN that an alias stands for: what it does not say is as it is now."""
    if alias.urn:
        return alias.urn
    # A parent that was itself found under a former URN was under that one when this resource was made.
    parent = used.get(alias.parent, alias.parent) if alias.parent else goal.parent
    if alias.no_parent or (parent and Urn.parse(parent).qualified_type == STACK_TYPE):
        parent = ""
    type_, name = alias.type or goal.type, alias.name or goal.name
    if not parent:
        return new_urn(alias.stack or stack, alias.project or project, "", type_, name)
    child = Urn.parse(parent).child(type_, name)
    return str(Urn(alias.stack or stack, alias.project or project, child.qualified_type, child.name))


def _inherited(type_: str, name: str, parent_name: str, former_parent: Urn) -> str:
    """A child of a renamed parent: by custom its name begins with the parent's, and then has changed with it."""
    if name.startswith(parent_name):
        name = former_parent.name + name.removeprefix(parent_name)
    return str(former_parent.child(type_, name))
