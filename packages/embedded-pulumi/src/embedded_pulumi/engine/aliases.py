"""Aliases: the former URNs under which the state may hold a resource, its own and those inherited from its parent.

Source: generateAliases in pulumi/pkg/resource/deploy/step_generator.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from embedded_pulumi.engine.urn import STACK_TYPE, Urn, new_urn
from embedded_pulumi.wire.requests import Alias, Goal


def former_urns(goal: Goal, project: str, stack: str, used: Mapping[str, str]) -> list[str]:
    """The former URNs of a resource, in the order in which to try them.

    Args:
        goal: The resource, its parent's URN resolved.
        project: The project's name.
        stack: The stack's name.
        used: Present URN to former URN of each resource that was found under a former one.
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
    """The URN that an alias means; a part that the alias leaves out is the present one."""
    if alias.urn:
        return alias.urn
    # A parent that was found under a former URN had that URN when this resource was created.
    parent = used.get(alias.parent, alias.parent) if alias.parent else goal.parent
    if alias.no_parent or (parent and Urn.parse(parent).qualified_type == STACK_TYPE):
        parent = ""
    type_, name = alias.type or goal.type, alias.name or goal.name
    if not parent:
        return new_urn(alias.stack or stack, alias.project or project, "", type_, name)
    child = Urn.parse(parent).child(type_, name)
    return str(Urn(alias.stack or stack, alias.project or project, child.qualified_type, child.name))


def _inherited(type_: str, name: str, parent_name: str, former_parent: Urn) -> str:
    """The former URN of a child of a renamed parent. A name that begins with the parent's name was renamed with it."""
    if name.startswith(parent_name):
        name = former_parent.name + name.removeprefix(parent_name)
    return str(former_parent.child(type_, name))
