"""What the rollout tells people, and once each: when it starts, reaches a checkpoint, rolls back, ends, or must wait.

Pure: sending is the handler's. Each notice says what happened, the evidence, what can be done, and where to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from tap_stack.healer.model import Facts, Template
from tap_stack.healer.notices import Notice, block, notice, where_to_look

from .decide import epoch
from .model import HELD, ROLLING_BACK, SUCCESSFUL, Evidence, Result, RolloutStep, SeenRefresh, View, named
from .settings import RolloutSettings

TOLD_FOR = timedelta(hours=1)  # how long after its end a refresh is told of, if nobody has been told before
HELD_FOR = timedelta(minutes=10)  # how long a rollout must have waited before that is told
EVERYBODY = 100
ENDS = {
    SUCCESSFUL: "is done",
    "Failed": "has failed",
    "Cancelled": "was cancelled",
    "RollbackSuccessful": "was rolled back",
    "RollbackFailed": "could not be rolled back",
}


@dataclass(frozen=True)
class RolloutRun:
    """One run of the rollout, as far as it has come."""

    view: View
    step: RolloutStep
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True)
class News:
    """One thing to tell.

    Attributes:
        key: What it is told under, so that it is told once.
        headline: What has happened, after the group's name.
        lines: Evidence.
        todo: What can be done.
        section: The runbook's section.
    """

    key: str
    headline: str
    lines: tuple[str, ...]
    todo: tuple[str, ...] = ()
    section: str = "rollout-unhealthy"


def news(run: RolloutRun, settings: RolloutSettings) -> Iterator[News]:
    """What there is to tell, whether or not it was told before."""
    view, wanted = run.view, settings.wanted
    for refresh in view.refreshes[:2]:
        yield from _of_refresh(refresh, run, settings)
    since = epoch(view, wanted)
    if run.step.result in HELD and since is not None and view.now - since >= HELD_FOR:
        yield News(
            f"held/{wanted.id}/{wanted.version}/{run.step.result}/{since:%Y-%m-%dT%H-%M-%S}",
            f"the rollout of {named(wanted)} waits: {run.step.result}",
            (run.step.why,),
            ("nothing, if that passes; look up the reason in the runbook otherwise",),
            "rollout-held-up",
        )
    if run.step.result is Result.REFUSED:
        yield News(
            f"refused/{wanted.id}/{wanted.version}",
            f"AWS refuses the rollout of {named(wanted)}",
            (run.step.why,),
            ("put right what AWS names, and `pulumi up`",),
            "rollout-failed",
        )


def _of_refresh(refresh: SeenRefresh, run: RolloutRun, settings: RolloutSettings) -> Iterator[News]:
    """How far one refresh has come; of another's than the rollout's too, because it is the fleet that changes."""
    to, old = named(refresh.target), named(run.view.current)
    if refresh.running:
        yield News(f"start/{refresh.id}", f"the rollout of {to} has started", _progress(refresh, old))
        for reached in (each for each in refresh.checkpoints if refresh.percent >= each and each < EVERYBODY):
            headline = f"the rollout of {to} has reached {reached} % and pauses there"
            lines = (*_progress(refresh, old), *_speaking(run.evidence))
            if refresh.status != ROLLING_BACK:
                yield News(f"checkpoint/{refresh.id}/{reached}", headline, lines, (_cancel(settings),))
        if run.evidence.impaired and refresh.status != ROLLING_BACK:
            headline, lines = f"{to} fails its checks: AWS is to roll it back", _speaking(run.evidence)
            yield News(f"unhealthy/{refresh.id}", headline, lines, (), "rollout-unhealthy")
        if refresh.status == ROLLING_BACK:
            lines = (*_reason(refresh), *_speaking(run.evidence), *_progress(refresh, old))
            yield News(f"rollback/{refresh.id}", f"the rollout of {to} rolls back", lines, (), "rollout-failed")
    elif refresh.ended is not None and run.view.now - refresh.ended < TOLD_FOR:
        good = refresh.status == SUCCESSFUL
        now = f"the group launches from {old}"
        todo = () if good else (f"want another version, or try this one again: {_retry(settings)}",)
        headline = f"the rollout of {to} {ENDS.get(refresh.status, refresh.status)}"
        section = "rollout-unhealthy" if good else "rollout-failed"
        yield News(f"end/{refresh.id}", headline, (*_reason(refresh), now), todo, section)


def _progress(refresh: SeenRefresh, old: str) -> tuple[str, ...]:
    return (
        f"{refresh.status}: {refresh.percent} % replaced, {refresh.remaining} instances to go",
        f"the group launches from {old} until it has succeeded",
    )


def _reason(refresh: SeenRefresh) -> tuple[str, ...]:
    return (f"AWS: {refresh.reason}",) if refresh.reason else ()


def _speaking(found: Evidence) -> tuple[str, ...]:
    failed = (f"{found.failed_launches} launches have failed",) if found.failed_launches else ()
    return (*list(found.impaired.values())[:10], *failed)


def _cancel(settings: RolloutSettings) -> str:
    return f"to stop it: aws autoscaling rollback-instance-refresh --auto-scaling-group-name {settings.group_name}"


def _retry(settings: RolloutSettings) -> str:
    payload = f'$(echo \'{{"retry": "{named(settings.wanted)}"}}\' | base64)'
    return f"aws lambda invoke --function-name {settings.function} --payload {payload} answer.json"


def text_of(item: News, run: RolloutRun, settings: RolloutSettings) -> Notice:
    """The notice of one piece of news."""
    view = run.view
    where = where_to_look(Facts(view.group, now=view.now), settings.healer, [item.section])
    return notice(
        [
            f"{view.group.name}: {item.headline}.",
            "",
            *block("Evidence", list(item.lines)),
            *block("What to do", list(item.todo)),
            *where,
        ]
    )


def line(run: RolloutRun, wanted: Template) -> dict[str, object]:
    """The run as the JSON object that is logged."""
    view = run.view
    last = [
        {"id": each.id, "status": each.status, "to": named(each.target), "percent": each.percent}
        for each in view.refreshes[:1]
    ]
    return {
        "schema": 1,
        "time": f"{view.now:%Y-%m-%dT%H:%M:%SZ}",
        "group": view.group.name,
        "result": run.step.result.value,
        "why": run.step.why,
        "wanted": named(wanted),
        "current": named(view.current),
        "refresh": last[0] if last else None,
        "impaired": list(run.evidence.impaired.values())[:10],
        "failed_launches": run.evidence.failed_launches,
    }
