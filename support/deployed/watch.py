"""Somebody who is subscribed to the stack's notifications, and moves the clock by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .stack import Deployed

ADDRESS = "oncall@example.com"
STEP = 10
"""Seconds of cloud time between two looks."""


class Watch:
    """A subscriber of a deployed stack's topic.

    Args:
        stack: The stack, its clock standing still.
    """

    def __init__(self, stack: Deployed) -> None:
        self.stack = stack
        self.topic = stack.outputs["notification_topic_arn"]
        self._subscribe()

    def _subscribe(self) -> None:
        sns, deliveries = self.stack.client("sns"), self.stack.sandbox.cloud.notifications.deliveries
        if not sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"]:
            sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint=ADDRESS)
            sns.confirm_subscription(TopicArn=self.topic, Token=deliveries(self.topic)[-1].message)

    def pass_time(self, seconds: float) -> None:
        """Let so much cloud time go by."""
        self.stack.sandbox.cloud.clock.advance(seconds)

    def states(self) -> dict[str, str]:
        """The state of every alarm about the healer, by what it is about."""
        alarms = self.stack.client("cloudwatch").describe_alarms()["MetricAlarms"]
        return {
            each["AlarmName"].removeprefix("tap-healer-").removesuffix("-dev"): each["StateValue"]
            for each in alarms
            if each["AlarmName"].startswith("tap-healer-")
        }

    def alarmed(self) -> set[str]:
        """The alarms about the healer that are on."""
        return {thing for thing, state in self.states().items() if state == "ALARM"}

    def settle(self, limit: int = 3600) -> None:
        """Let time go by until no alarm about the healer is on."""
        for _ in range(0, limit, 60):
            if not self.alarmed():
                return
            self.pass_time(60)
        raise AssertionError(f"still alarmed after {limit} s: {self.states()}")

    def seconds_until(self, *things: str, limit: int) -> int:
        """How long it takes until all these alarms are on.

        Raises:
            AssertionError: longer than the limit.
        """
        for seconds in range(0, limit + 1, STEP):
            if all(self.states()[thing] == "ALARM" for thing in things):
                return seconds
            self.pass_time(STEP)
        raise AssertionError(f"{things} not all on after {limit} s: {self.states()}")

    def messages(self) -> list[str]:
        """What was delivered to the subscriber so far."""
        deliveries = self.stack.sandbox.cloud.notifications.deliveries(self.topic)
        return [each.message for each in deliveries if each.kind == "Notification"]

    def told_of(self, thing: str) -> list[str]:
        """The states of an alarm that the subscriber was told of, oldest first."""
        name = f"tap-healer-{thing}-dev"
        told = [json.loads(message) for message in self.messages() if message.startswith('{"AlarmName"')]
        return [alarm["NewStateValue"] for alarm in told if alarm["AlarmName"] == name]

    def counted(self, metric: str, rule: str) -> float:
        """A metric of an EventBridge rule over the last day."""
        now = self.stack.sandbox.cloud.clock.now()
        data = self.stack.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Events",
            MetricName=metric,
            Dimensions=[{"Name": "RuleName", "Value": rule}],
            StartTime=now.timestamp() - 86_400,
            EndTime=now.timestamp() + 60,
            Period=3600,
            Statistics=["Sum"],
        )
        return float(sum(point["Sum"] for point in data["Datapoints"]))

    @contextmanager
    def trouble(self, cause: Callable[[], Any], undo: Callable[[], Any]) -> Iterator[None]:
        """All is well, then something is wrong; afterwards all is well again."""
        self.settle()
        cause()
        try:
            yield
        finally:
            undo()
            self.settle()
