"""The step generator: compares the goal state of a resource with its old state, and decides on steps.

It executes none of them. For a resource that the program registers:

1. find the old state, under the resource's URN or under one of its aliases;
2. reset the inputs that `ignoreChanges` names, and let the provider check the inputs;
3. without an old state, or with one that is pending replacement: create; likewise with one that is external, which is
   discarded at the end;
4. otherwise let the provider compare: no change is a `same`, a change in place an `update`, and any other a
   replacement, in either order.

When the program has ended: delete the resources that it has not registered.

Source: pulumi/pkg/resource/deploy/step_generator.go.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from embedded_pulumi import paths
from embedded_pulumi.engine import provider_calls
from embedded_pulumi.engine.aliases import former_urns
from embedded_pulumi.engine.autonaming import Autonamer
from embedded_pulumi.engine.dependent_replacements import calculate_dependent_replacements
from embedded_pulumi.engine.events import Diagnostic, Severity
from embedded_pulumi.engine.properties import compare, reveal
from embedded_pulumi.engine.provider_registry import ProviderRegistry
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.resource_diff import ResourceDiff
from embedded_pulumi.engine.steps import Op, Step
from embedded_pulumi.engine.urn import (
    PROVIDER_PREFIX,
    ProviderRef,
    Urn,
    is_provider_type,
    new_urn,
    package_of,
)
from embedded_pulumi.errors import Protected, ResourceFailed
from embedded_pulumi.provider import VERSION_INPUT, DiffRequest
from embedded_pulumi.values import Properties
from embedded_pulumi.wire.requests import Goal, ReadGoal


class StepsInProgress(Exception):
    """The step generator can only decide after other steps have ended: ask `again` then.

    There is no deadlock: a resource only waits for entries that come after its own in the old state.

    Attributes:
        entry: The old entry of the resource.
        others: The entries to wait for.
        again: Asks again.
    """

    def __init__(self, entry: int, others: frozenset[int], again: Callable[[], list[Step]]) -> None:
        super().__init__()
        self.entry = entry
        self.others = others
        self.again = again


class StepGenerator:
    """Decides on steps. Only one thread may call it at a time.

    Args:
        project: The project's name.
        stack: The stack's name.
        olds: The states that the last deployment left, in order.
        providers: Check and compare inputs.
        current: The present state of an entry of `olds`, or None if it is deleted.
        autonamer: Proposes names for resources that have none.
        tell: Takes what the user should know of a decision.
        preview: Whether this is a preview.
    """

    def __init__(
        self,
        project: str,
        stack: str,
        olds: Sequence[ResourceState],
        providers: ProviderRegistry,
        *,
        current: Callable[[ResourceState], ResourceState | None],
        autonamer: Autonamer,
        tell: Callable[[Diagnostic], None],
        preview: bool,
    ) -> None:
        self._project = project
        self._stack = stack
        self._olds = olds
        self._by_urn = {state.urn: state for state in olds if not state.delete}
        self._providers = providers
        self._current = current
        self._preview = preview
        self._goals: dict[str, Goal | ReadGoal] = {}
        self._former: dict[str, str] = {}
        self._aliased: dict[str, str] = {}
        self._registered: set[int] = set()
        self._replaced: set[str] = set()
        self._deleted_before_replaced: set[int] = set()
        self._autonamer = autonamer
        self._tell = tell
        self._told: set[Diagnostic] = set()

    def urn_of(self, goal: Goal | ReadGoal) -> str:
        """The URN of a goal."""
        return new_urn(self._stack, self._project, goal.parent, goal.type, goal.name)

    def inherit(self, goal: Goal) -> Goal:
        """The goal with the options that it does not set taken from its parent, and a provider with its version."""
        if is_provider_type(goal.type) and goal.version:
            goal = replace(goal, inputs={**goal.inputs, VERSION_INPUT: goal.version})
        parent = self._goals.get(goal.parent)
        if not isinstance(parent, Goal):
            return goal
        return replace(
            goal,
            protect=parent.protect if goal.protect is None else goal.protect,
            retain_on_delete=parent.retain_on_delete if goal.retain_on_delete is None else goal.retain_on_delete,
            deleted_with=goal.deleted_with or parent.deleted_with,
            provider=goal.provider or self.provider_of_parent(goal),
            # The providers of a component reach its grandchildren too.
            providers={**parent.providers, **goal.providers},
        )

    def provider_of_parent(self, goal: Goal | ReadGoal) -> str:
        """The reference that a custom resource inherits from its parent, or empty."""
        parent = self._goals.get(goal.parent)
        if not isinstance(parent, Goal) or is_provider_type(goal.type) or (isinstance(goal, Goal) and not goal.custom):
            return ""
        package = package_of(goal.type)
        if package in parent.providers:
            return parent.providers[package]
        same_package = bool(parent.provider) and package_of(parent.type) == package
        return parent.provider if same_package else ""

    def register(self, goal: Goal) -> list[Step]:
        """The steps for a resource that the program registers.

        Args:
            goal: The resource, after `inherit`, with its provider.

        Raises:
            ResourceFailed: the goal cannot be reached.
            ProviderError: the provider could not check or compare.
            StepsInProgress: it is too early to decide.
        """
        urn = self._claim(goal)
        old = self._find_old(urn, goal)
        new = self._new_state(urn, goal, old)
        # Some resources have another id for imports.
        imported = old is not None and not old.external and (old.import_id or old.id) == goal.import_id
        if goal.custom and goal.import_id and not imported:
            return [self._import(goal, old, new)]
        return self._decide(goal, old, new)

    def after_import(self, goal: Goal, imported: ResourceState) -> list[Step]:
        """The steps after an import, in which the imported state is the old one."""
        return self._decide(goal, imported, self._new_state(imported.urn, goal, imported))

    def read(self, goal: ReadGoal) -> list[Step]:
        """The step for a resource that the program reads; raises as `register`."""
        urn = self._claim(goal)
        old = self._by_urn.get(urn)
        if old is not None:
            self._registered.add(old.entry)
        new = ResourceState(
            urn=urn,
            type=goal.type,
            custom=True,
            id=goal.id,
            inputs=goal.inputs,
            parent=goal.parent,
            external=True,
            dependencies=goal.dependencies,
            provider=goal.provider,
            additional_secret_outputs=goal.additional_secret_outputs,
            created=old.created if old else "",
        )
        # With the same id, the stack stops managing the resource, and does not delete it.
        replaces = old is not None and not old.external and not old.pending_replacement and old.id != goal.id
        return [Step(Op.READ_REPLACEMENT if replaces else Op.READ, old, new)]

    def _claim(self, goal: Goal | ReadGoal) -> str:
        urn = self.urn_of(goal)
        if goal.parent and goal.parent not in self._goals:
            raise ResourceFailed(urn, "register", f"its parent {goal.parent} is not registered")
        if urn in self._goals:
            raise ResourceFailed(urn, "register", "duplicate resource URN: give it a unique name")
        if urn in self._aliased:
            raise ResourceFailed(urn, "register", f"{self._aliased[urn]} has been found under this URN as an alias")
        self._goals[urn] = goal
        return urn

    def _find_old(self, urn: str, goal: Goal) -> ResourceState | None:
        for candidate in (urn, *former_urns(goal, self._project, self._stack, self._former)):
            old = self._by_urn.get(candidate)
            if old is None:
                continue
            if candidate != urn:
                owner = candidate if candidate in self._goals else self._aliased.get(candidate)
                if owner is not None:
                    raise ResourceFailed(urn, "register", f"its alias {candidate} is already {owner}")
                self._aliased[candidate] = urn
                self._former[urn] = candidate
            self._registered.add(old.entry)
            return old
        return None

    def _new_state(self, urn: str, goal: Goal, old: ResourceState | None) -> ResourceState:
        return ResourceState(
            urn=urn,
            type=goal.type,
            custom=goal.custom,
            inputs=goal.inputs,
            parent=goal.parent,
            protect=bool(goal.protect),
            dependencies=goal.dependencies,
            provider=goal.provider,
            property_dependencies=goal.property_dependencies,
            additional_secret_outputs=goal.additional_secret_outputs,
            custom_timeouts=goal.custom_timeouts,
            import_id=goal.import_id,
            retain_on_delete=bool(goal.retain_on_delete),
            deleted_with=goal.deleted_with,
            ignore_changes=goal.ignore_changes,
            replace_on_changes=goal.replace_on_changes,
            replacement_trigger=goal.replacement_trigger,
            hide_diffs=goal.hide_diffs,
            hooks=goal.hooks,
            created=old.created if old else "",
            modified=old.modified if old else "",
        )

    def _import(self, goal: Goal, old: ResourceState | None, new: ResourceState) -> Step:
        replaces = old is not None and not old.external and not old.pending_replacement
        if replaces:
            self._replaced.add(new.urn)
        wanted = replace(new, id=goal.import_id, inputs={})
        return Step(Op.IMPORT_REPLACEMENT if replaces else Op.IMPORT, old, wanted)

    def _decide(self, goal: Goal, old: ResourceState | None, new: ResourceState) -> list[Step]:
        if old is None or old.external:
            op = Op.CREATE if old is None else Op.CREATE_REPLACEMENT  # what was read stays until the end
            return [Step(op, old, self._checked(new, {}, goal.inputs))]
        if old.entry in self._deleted_before_replaced or old.pending_replacement:
            self._replaced.add(new.urn)
            return [Step(Op.CREATE_REPLACEMENT, old, self._checked(new, {}, goal.inputs, instead_of=old))]
        new = self._checked(new, old.inputs, self._without_ignored_changes(goal, old))
        try:
            diff = self._compare(goal, old, new).with_replace_on_changes(
                goal.replace_on_changes, has_init_errors=bool(old.init_errors)
            )
        except paths.PathError as error:
            raise ResourceFailed(new.urn, "diff", f"replaceOnChanges: {error}") from error
        if diff.replace:
            return self._replace(goal, old, new, diff)
        if diff.detailed or old.init_errors:
            return [Step(Op.UPDATE, old, new, diff.detailed)]
        return [Step(Op.SAME, old, provider_calls.with_outputs(replace(new, id=old.id), old.outputs))]

    def _checked(
        self,
        new: ResourceState,
        olds: Properties,
        news: Properties,
        instead_of: ResourceState | None = None,
    ) -> ResourceState:
        if not new.custom:
            return replace(new, inputs=news)
        provider = self._providers.provider_for(new.type, new.provider)
        # The seed is repeatable: a preview and its update generate the same name. But a replacement must not get
        # the name of the resource that it replaces, which may still exist.
        seed = hashlib.sha256(f"{new.urn}\n{instead_of.id if instead_of else ''}".encode()).digest()
        autonaming = self._autonamer.strategy_for(new.urn).propose(Urn.parse(new.urn).name, seed)
        return replace(new, inputs=provider_calls.check(provider, new, olds, news, seed, autonaming=autonaming))

    def _without_ignored_changes(self, goal: Goal, old: ResourceState) -> Properties:
        """The goal's inputs, with the old values of the properties that `ignoreChanges` names."""
        inputs, incomplete = provider_calls.ignore_changes(goal.ignore_changes, old.inputs, goal.inputs)
        if incomplete:
            named = json.dumps(", ".join(incomplete))
            message = f"cannot ignore changes in added or removed elements of the path: {named}"
            self._tell_once(Diagnostic(Severity.INFO, message, self.urn_of(goal)))
        return inputs

    def _tell_once(self, diagnostic: Diagnostic) -> None:
        """Tell something, unless this was told when the same decision was tried too early."""
        if diagnostic not in self._told:
            self._told.add(diagnostic)
            self._tell(diagnostic)

    def _compare(self, goal: Goal, old: ResourceState, new: ResourceState) -> ResourceDiff:
        if goal.deleted_with in self._replaced or self._provider_changed(old, new):
            return ResourceDiff(replace=True)
        if reveal(old.replacement_trigger) != reveal(new.replacement_trigger):
            return ResourceDiff(replace=True)
        if not new.custom:
            return ResourceDiff(compare(old.inputs, new.inputs))
        provider = self._providers.provider_for(new.type, new.provider)
        return ResourceDiff.of(provider_calls.diff(provider, old, new.inputs, goal.ignore_changes))

    def _provider_changed(self, old: ResourceState, new: ResourceState) -> bool:
        """Whether a resource must be replaced because its provider has changed."""
        if old.provider == new.provider:
            return False
        if not old.provider or not new.provider:
            return True
        before, after = ProviderRef.parse(old.provider), ProviderRef.parse(new.provider)
        if self._aliased.get(before.urn) == after.urn:
            return False
        # Another provider alone replaces nothing, if its configuration does not (step_generator.go, providerChanged).
        package = self._providers.provider_for(f"{PROVIDER_PREFIX}{package_of(new.type)}", "")
        befores, afters = (self._providers.inputs(reference) for reference in (old.provider, new.provider))
        return bool(package.diff(DiffRequest("", before.id, reveal(befores), {}, reveal(afters))).replaces)

    def _replace(self, goal: Goal, old: ResourceState, new: ResourceState, diff: ResourceDiff) -> list[Step]:
        if old.protect and new.protect:
            raise Protected(new.urn, "replace", "it is protected: remove `protect` from the program first")
        if goal.import_id:
            reason = "an imported resource cannot be replaced: remove `import_` from the program"
            if not self._preview:
                raise ResourceFailed(new.urn, "replace", reason)
            changed = ", ".join(path for path, kind in diff.detailed.items() if kind.replaces)
            self._tell_once(Diagnostic(Severity.WARNING, f"{reason}; changed: {changed}", new.urn))
        self._replaced.add(new.urn)
        new = self._checked(new, {}, goal.inputs, instead_of=old)
        create = Step(Op.CREATE_REPLACEMENT, old, new, diff.detailed)
        first = diff.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
        # Two resources cannot have one name. As the CLI's engine, this asks not whether the type has a name.
        first |= new.custom and self._autonamer.strategy_for(new.urn).is_repeatable
        return [*self._delete_first(goal, old, new), create] if first else [create]

    def _delete_first(self, goal: Goal, old: ResourceState, new: ResourceState) -> list[Step]:
        dependents = calculate_dependent_replacements(old, self._olds, self._registered, self._current, self._providers)
        if dependents.in_progress:
            raise StepsInProgress(old.entry, dependents.in_progress, lambda: self._decide(goal, old, new))
        deletes = {state.entry for state in dependents.deletes}
        gone = [state for state in reversed(dependents.deletes) if state.entry not in self._deleted_before_replaced]
        after = frozenset(
            deletes & self._deleted_before_replaced
        )  # another replacement deletes these, maybe at this moment
        for state in gone:
            if state.protect and not state.delete:
                reason = f"it would have to be deleted to replace {old.urn}, and it is protected"
                raise Protected(state.urn, "replace", reason)
        self._deleted_before_replaced.update(state.entry for state in (*gone, old))
        return [Step(Op.DELETE_REPLACED, state, after=after) for state in (*gone, old)]

    def deletes(self, leftover: Sequence[ResourceState]) -> list[Step]:
        """The steps that delete the resources which the program has not registered, in no order.

        Args:
            leftover: Their states.

        Raises:
            Protected: one of them is protected, so none may be deleted.
        """
        for state in leftover:
            if state.protect and not state.delete and not state.pending_replacement:
                raise Protected(state.urn, "delete", "it is protected: set `protect` to False and deploy first")
        return [Step(_delete_op(state), state) for state in leftover]


def _delete_op(state: ResourceState) -> Op:
    if state.pending_replacement:
        return Op.REMOVE_PENDING_REPLACE
    if state.external:
        return Op.DISCARD_REPLACED if state.delete else Op.DISCARD
    return Op.DELETE_REPLACED if state.delete else Op.DELETE
