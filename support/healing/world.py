"""A healer in an AWS in process: starts sweeps, and shows what they did."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from embedded_aws.in_process.session import ClientSession
from tap_stack.healer.handler import Surroundings, sweep

from .aws import Aws
from .views import LOG_GROUP


@dataclass
class Context:
    """The context that Lambda passes beside the event; its time left follows the model's clock."""

    aws: Aws
    seconds: float = 50
    log_group_name: str = LOG_GROUP
    began: datetime | None = None

    def __post_init__(self) -> None:
        self.began = self.began or self.aws.now

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left."""
        assert self.began is not None
        return int((self.seconds - (self.aws.now - self.began).total_seconds()) * 1000)


@dataclass
class World:
    """One group in AWS, and the healer that looks after it."""

    aws: Aws = field(default_factory=Aws)
    mode: str = "live"
    policy: dict[str, int] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    random: Callable[[], float] = lambda: 0.5

    def event(self) -> dict[str, str]:
        """The scheduled event of this moment."""
        return {"source": "aws.events", "time": f"{self.aws.now:%Y-%m-%dT%H:%M:%SZ}"}

    def surroundings(self, **environ: str) -> Surroundings:
        """What the sweep runs in; waiting passes time in the model."""
        settings = {
            "GROUP_NAME": "web",
            "TOPIC_ARN": "arn:aws:sns:x:123456789012:tap",
            "HEALER_MODE": self.mode,
            "HEALER_POLICY": json.dumps(self.policy),
        }
        return Surroundings(
            clients=ClientSession(self.aws.account),
            environ=settings | environ,
            sleep=self._sleep,
            random=self.random,
            emit=lambda text: self.lines.append(json.loads(text)),
        )

    def sweep(self, event: dict[str, str] | None = None, context: Any = None, **environ: str) -> dict[str, Any]:
        """One sweep; returns its line."""
        return sweep(
            self.event() if event is None else event, context or Context(self.aws), self.surroundings(**environ)
        )

    def run(self, minutes: int) -> None:
        """So many sweeps, one a minute."""
        for _ in range(minutes):
            began = self.aws.now
            self.sweep()
            self.aws.advance(60 - (self.aws.now - began).total_seconds())

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.aws.advance(seconds)


def a_world(size: int = 10, **changes: Any) -> World:
    """A world with a group of so many sound members."""
    world = World(**changes)
    world.aws.grow(size)
    return world


def a_broken_world(size: int = 10, seconds: float = 300, **changes: Any) -> World:
    """A world in which one member has failed its system check for so many seconds."""
    world = a_world(size, **changes)
    world.aws.fail("i-00001")
    world.aws.advance(seconds)
    return world


def refuse(action: str, code: str, message: str, status: int = 400) -> ClientError:
    """An error as boto3 raises it, without AWS's time."""
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {}}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, action)


def failing(
    world: World,
    action: str,
    code: str = "ThrottlingException",
    status: int = 400,
    times: int = 10**6,
    *,
    filtered: str = "",
) -> None:
    """Let an operation fail so many times; with `filtered` only where it is asked with this filter."""
    left = [times]

    def before(called: str) -> None:
        names = {item["Name"] for item in world.aws.requests[-1][1].get("Filters", ())}
        if called == action and left[0] > 0 and (not filtered or filtered in names):
            left[0] -= 1
            raise refuse(action, code, "because a test says so", status)

    world.aws.before = before
