"""A small cloud with a provider for it: it keeps state, refuses what a cloud would refuse, and fails when told to.

A `toy:index/thing:Thing` has

    name        made up if not given; changing it takes a replacement
    kind        changing it takes a replacement
    exclusive   two things of one name cannot exist at once, so a replacement deletes first
    value       anything; changed in place
    refs        ids of other things; changing them takes a replacement
    links       ids of other things; changed in place

The cloud refuses to make or change a thing that refers to what does not exist, and to delete what is referred to. So
whatever order an engine takes steps in, a wrong one shows.
"""

# ruff: noqa: ARG002 - the provider answers the whole protocol, of which it does not need every argument

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded_pulumi.provider import (
    AutonamingMode,
    Checked,
    CheckFailure,
    CheckRequest,
    Created,
    Diff,
    DiffKind,
    DiffRequest,
    InitFailed,
    Invoked,
    OutcomeUnknown,
    ProviderError,
    ReadResult,
    UpdateRequest,
)
from embedded_pulumi.values import UNKNOWN, Properties, Value

THING = "toy:index/thing:Thing"

_KNOWN = {"name", "kind", "exclusive", "value", "refs", "links"}
_FORCE_NEW = {"name", "kind", "exclusive", "refs"}


@dataclass
class Cloud:
    """What stands, and what was called.

    Attributes:
        file: Keeps the cloud across processes, if given.
        failures: (operation, name of the thing) to the reason for which it is refused, once.
        init_failures: Names of things that are made, but not whole, once.
        seconds: How long a call takes.
        lost: (operation, name of the thing) of calls that are carried out and whose answer is lost, once.
        tokens: Token of a call that created something to its id.
        ignored: The paths of `ignoreChanges` that each diff and update was given.
        before: Called before each call with its operation and the name of the thing.
        after: Called when the cloud has changed (and is in its file), and the caller does not know yet.
    """

    file: Path | None = None
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    init_failures: set[str] = field(default_factory=set)
    lost: set[tuple[str, str]] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=dict)
    ignored: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    seconds: float = 0.0
    before: Callable[[str, str], object] = lambda _, __: None
    after: Callable[[str, str], object] = lambda _, __: None
    running: int = 0
    most_at_once: int = 0
    made: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.file is not None and self.file.exists():
            kept = json.loads(self.file.read_text())
            self.things, self.tokens, self.made = kept["things"], kept["tokens"], kept["made"]

    def names(self) -> list[str]:
        return sorted(thing["name"] for thing in self.things.values())

    def named(self, name: str) -> dict[str, Any]:
        (found,) = (thing for thing in self.things.values() if thing["name"] == name)
        return found

    def called(self, *operations: str) -> list[tuple[str, str]]:
        return [call for call in self.calls if call[0] in operations]

    def enter(self, operation: str, name: str) -> None:
        self.before(operation, name)
        with self.lock:
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
            self.calls.append((operation, name))
        time.sleep(self.seconds)

    def leave(self, operation: str, name: str) -> None:
        with self.lock:
            self.running -= 1
            if self.file is not None:
                temporary = self.file.with_suffix(".new")
                kept = {"things": self.things, "tokens": self.tokens, "made": self.made}
                temporary.write_text(json.dumps(kept))
                temporary.replace(self.file)
        self.after(operation, name)

    def fail_if_told(self, operation: str, name: str) -> None:
        reason = self.failures.pop((operation, name), None)
        if reason is not None:
            raise ProviderError(reason)

    def lose_if_told(self, operation: str, name: str) -> None:
        if (operation, name) in self.lost:
            self.lost.remove((operation, name))
            raise OutcomeUnknown("the connection was lost")

    def require(self, ids: list[str]) -> None:
        missing = [id_ for id_ in ids if id_ not in self.things]
        if missing:
            raise ProviderError(f"there is no {', '.join(missing)}")


def met(number: int, concerns: Callable[[str, str], bool]) -> Callable[[str, str], object]:
    """For `Cloud.before`: those calls go on when so many of them have come together, and fail if they never do."""
    barrier = threading.Barrier(number, timeout=30)
    return lambda operation, name: barrier.wait() if concerns(operation, name) else None


def _references(thing: Mapping[str, Any]) -> list[str]:
    return [*(thing.get("refs") or ()), *(thing.get("links") or ())]


class Toy:
    """The provider package."""

    package = "toy"
    version = "1.2.3"

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.configured: list[Properties] = []

    def supports(self, type_: str) -> bool:
        return type_ == "toy:index:Thing"

    def check_config(self, news: Properties) -> Checked:
        failures = () if news.get("region") != "nowhere" else (CheckFailure("region", "there is no such region"),)
        return Checked(news, failures)

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        changed = {key for key in {*olds, *news} if olds.get(key) != news.get(key)}
        return Diff({key: DiffKind.UPDATE_REPLACE if key == "region" else DiffKind.UPDATE for key in changed})

    def configure(self, inputs: Mapping[str, Value]) -> ConfiguredToy:
        if inputs.get("region") == "forbidden":
            raise ProviderError("region forbidden is not yours")
        self.configured.append(dict(inputs))
        return ConfiguredToy(self.cloud, dict(inputs))


class ConfiguredToy:
    """The provider, ready to be called."""

    def __init__(self, cloud: Cloud, settings: Properties) -> None:
        self.cloud = cloud
        self.settings = settings

    def check(self, request: CheckRequest) -> Checked:
        if request.type != THING:
            return Checked(request.news, (CheckFailure("", f"there is no type {request.type}"),))
        failures = tuple(CheckFailure(key, "no such property") for key in sorted(request.news.keys() - _KNOWN))
        if request.autonaming and request.autonaming.mode is AutonamingMode.DISABLE and not request.news.get("name"):
            return Checked(request.news, (CheckFailure("name", "must be given"),))
        made_up = request.autonaming.proposed_name if request.autonaming else f"{request.name}-{request.seed.hex()[:6]}"
        inputs = {**request.news, "name": request.news.get("name") or request.olds.get("name") or made_up}
        return Checked(inputs, failures)

    def diff(self, request: DiffRequest) -> Diff:
        assert request.type == THING
        self.cloud.ignored.append(("diff", request.ignore_changes))
        changed = {
            key for key in {*request.old_inputs, *request.news} if request.old_inputs.get(key) != request.news.get(key)
        }
        detailed = {key: _kind(key, request.old_inputs, request.news) for key in sorted(changed)}
        return Diff(detailed, delete_before_replace=bool(request.news.get("exclusive")))

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        assert type_ == THING
        if preview:
            return Created("", {**inputs, "arn": UNKNOWN, "region": self.settings.get("region", "")})
        name = inputs["name"]
        self.cloud.enter("create", name)
        try:
            return self._create(name, inputs, token)
        finally:
            self.cloud.leave("create", name)

    def resume(self, type_: str, inputs: Properties, token: str, *, preview: bool) -> Created | None:
        assert type_ == THING
        self.cloud.fail_if_told("resume", inputs["name"])
        id_ = self.cloud.tokens.get(token)
        return Created(id_, self._outputs(id_)) if id_ in self.cloud.things else None

    def _create(self, name: str, inputs: Properties, token: str) -> Created:
        with self.cloud.lock:
            self.cloud.fail_if_told("create", name)
            self.cloud.require(_references(inputs))
            if inputs.get("exclusive") and name in self.cloud.names():
                raise ProviderError(f"{name} exists already")
            self.cloud.made += 1
            id_ = f"thing-{self.cloud.made}"
            self.cloud.things[id_] = json.loads(json.dumps(inputs))
            self.cloud.tokens[token] = id_
            self.cloud.lose_if_told("create", name)
            if name in self.cloud.init_failures:
                self.cloud.init_failures.remove(name)
                raise InitFailed(id_, self._outputs(id_), [f"{name} does not start"])
            return Created(id_, self._outputs(id_))

    def _outputs(self, id_: str) -> Properties:
        thing: Properties = self.cloud.things[id_]
        return {**thing, "arn": f"arn:{id_}", "region": self.settings.get("region", "")}

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        assert type_ == THING
        self.cloud.enter("read", id_)
        try:
            with self.cloud.lock:
                self.cloud.fail_if_told("read", id_)
                if id_ not in self.cloud.things:
                    return None
                thing = self.cloud.things[id_]
                return ReadResult(id_, self._outputs(id_), {key: thing[key] for key in thing if key in _KNOWN})
        finally:
            self.cloud.leave("read", id_)

    def update(self, request: UpdateRequest) -> Properties:
        assert request.type == THING
        self.cloud.ignored.append(("update", request.ignore_changes))
        if request.preview:
            return {**request.old_outputs, **request.news}
        self.cloud.enter("update", request.news["name"])
        try:
            with self.cloud.lock:
                self.cloud.fail_if_told("update", request.news["name"])
                self.cloud.require([request.id, *_references(request.news)])
                self.cloud.things[request.id] = json.loads(json.dumps(request.news))
                self.cloud.lose_if_told("update", request.news["name"])
                return self._outputs(request.id)
        finally:
            self.cloud.leave("update", request.news["name"])

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        assert type_ == THING
        self.cloud.enter("delete", inputs["name"])
        try:
            with self.cloud.lock:
                self.cloud.fail_if_told("delete", inputs["name"])
                users = [thing["name"] for thing in self.cloud.things.values() if id_ in _references(thing)]
                if users:
                    raise ProviderError(f"{inputs['name']} is in use by {', '.join(users)}")
                self.cloud.things.pop(id_, None)
        finally:
            self.cloud.leave("delete", inputs["name"])

    def invoke(self, token: str, args: Properties) -> Invoked:
        if token == "toy:index/getRegion:getRegion":
            return Invoked({"region": self.settings.get("region", ""), **args})
        if token == "toy:index/broken:broken":
            raise ProviderError("the data source is broken")
        return Invoked({}, (CheckFailure("name", f"there is no function {token}"),))


def _kind(key: str, olds: Properties, news: Properties) -> DiffKind:
    word = "add" if key not in olds else "delete" if key not in news else "update"
    return DiffKind(f"{word}-replace" if key in _FORCE_NEW else word)
