"""Lifecycle hooks at work: members wait until their lifecycle actions are completed, or run out of time.

Sources: AWS, "How lifecycle hooks work" (Pending:Wait and Pending:Proceed, Terminating:Wait and Terminating:Proceed);
"Amazon EC2 Auto Scaling lifecycle hooks", considerations (ABANDON ends a launch, and its instance is terminated and
replaced; in a termination both results go on, and ABANDON stops the actions of other hooks); API
RecordLifecycleActionHeartbeat; API DeleteLifecycleHook (outstanding actions are completed first, ABANDON for launching
instances and CONTINUE for terminating ones); "Troubleshoot unhealthy instances ... launch failure" and the tutorials on
lifecycle hooks (the words of an abandoned launch, whose activity is `Cancelled`).

Assumed: several hooks of a transition hold an instance at the same time; how long Pending:Proceed lasts
(`Timings.proceed`); a hook that is changed counts for the actions that begin later.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from embedded_aws.fleet.activities import Activity, StatusCode
from embedded_aws.fleet.errors import invalid
from embedded_aws.fleet.events import What
from embedded_aws.fleet.hooks import (
    ActionResult,
    GivenUp,
    Hold,
    Hook,
    LifecycleAction,
    LifecycleTransition,
    Onward,
    Side,
)
from embedded_aws.fleet.members import Member, Phase
from embedded_aws.fleet.state import State


def hold(
    state: State,
    member: Member,
    transition: LifecycleTransition,
    *,
    way: tuple[Side, Side],
    activity: Activity,
    onward: Onward,
    given_up: GivenUp = lambda _: None,
) -> None:
    """Let a member wait for the hooks of a transition; without any it goes on at once."""
    hooks = [hook for hook in state.hooks.values() if hook.transition is transition]
    if not hooks:
        onward()
        return
    actions = {hook.name: _begin(state, hook, member, way) for hook in hooks}
    state.waits[member.id] = Hold(member, transition, actions, activity, activity.status, onward, given_up)
    activity.status = StatusCode.MID_LIFECYCLE_ACTION
    _enter(state, member, Phase.WAIT)
    for action in list(actions.values()):
        _expect(state, action)
        state.tell(What.WAITING, member, detail=action.hook.name, action=action)


def _begin(state: State, hook: Hook, member: Member, way: tuple[Side, Side]) -> LifecycleAction:
    token = str(UUID(int=state.rng.getrandbits(128), version=4))
    return LifecycleAction(token, hook, member.id, *way, state.now + hook.heartbeat, state.now + hook.longest)


def _expect(state: State, action: LifecycleAction) -> None:
    state.timeline.at(action.ends, partial(_run_out, state, action))


def _run_out(state: State, action: LifecycleAction) -> None:
    if _is_open(state, action) and state.now >= action.ends:
        complete(state, action, action.hook.default, state.words.heartbeat_timeout)


def _is_open(state: State, action: LifecycleAction) -> bool:
    wait = state.waits.get(action.instance_id)
    return wait is not None and wait.actions.get(action.hook.name) is action


def find(state: State, hook: str, *, token: str = "", instance_id: str = "") -> LifecycleAction:
    """The action that is under way. Raises Refused: `ValidationError`, there is none."""
    if hook not in state.hooks:
        raise invalid(f"No Lifecycle Hook found with name {hook}")
    for wait in state.waits.values():
        action = wait.actions.get(hook)
        if action is not None and token in {"", action.token} and instance_id in {"", action.instance_id}:
            return action
    which = f"token {token}" if token else f"instance ID {instance_id}"
    raise invalid(f"No active Lifecycle Action found with {which}")


def complete(state: State, action: LifecycleAction, result: ActionResult, why: str) -> None:
    """End an action; with the last of them the member goes on, or its launch is given up."""
    wait = state.waits[action.instance_id]
    del wait.actions[action.hook.name]
    if result is ActionResult.ABANDON:
        wait.actions.clear()
        if wait.transition is LifecycleTransition.LAUNCHING:
            drop(state, wait.member)
            wait.given_up(state.words.abandoned.format(token=action.token, why=why))
            return
    if not wait.actions:
        _proceed(state, wait)


def record_heartbeat(state: State, action: LifecycleAction) -> None:
    """Begin the action's time anew, within its longest wait."""
    action.ends = min(state.now + action.hook.heartbeat, action.last)
    _expect(state, action)


def _proceed(state: State, wait: Hold) -> None:
    def step() -> None:
        if state.waits.get(wait.member.id) is wait:
            del state.waits[wait.member.id]
            if wait.transition is LifecycleTransition.LAUNCHING:
                _enter(state, wait.member, None)
            wait.onward()
            _begin_cooldown(state)

    wait.activity.status = wait.begun
    _enter(state, wait.member, Phase.PROCEED)
    if wait.transition is LifecycleTransition.LAUNCHING and state.timings.proceed > timedelta(0):
        state.timeline.at(state.now + state.timings.proceed, step)
    else:
        step()  # Terminating:Proceed lasts until the instance has shut down


def _begin_cooldown(state: State) -> None:
    if state.held_cooldown is not None:
        state.cooling_until = state.now + state.held_cooldown
        state.held_cooldown = state.held_cooldown if state.waits else None


def drop(state: State, member: Member) -> None:
    """Forget what a member waits for: it goes another way now."""
    if (wait := state.waits.pop(member.id, None)) is not None:
        wait.actions.clear()
        _enter(state, member, None)


def delete_hook(state: State, name: str) -> None:
    """DeleteLifecycleHook. Raises Refused: `ValidationError`, there is none of this name."""
    hook = state.hooks.get(name)
    if hook is None:
        raise invalid(f"No Lifecycle Hook found with name {name}")
    result = ActionResult.ABANDON if hook.transition is LifecycleTransition.LAUNCHING else ActionResult.CONTINUE
    for wait in list(state.waits.values()):
        if (action := wait.actions.get(name)) is not None:
            complete(state, action, result, state.words.completed.format(result=result.value))
    del state.hooks[name]


def forget_all(state: State) -> None:
    """DeleteAutoScalingGroup with ForceDelete "also deletes any outstanding lifecycle actions"."""
    state.hooks.clear()
    for wait in list(state.waits.values()):
        wait.actions.clear()
        if wait.transition is LifecycleTransition.TERMINATING:
            _proceed(state, wait)


def _enter(state: State, member: Member, phase: Phase | None) -> None:
    if state.roster.get(member.id) is member:
        with state.roster.change(member):
            member.phase = phase
    else:
        member.phase = phase
