"""Scheduled actions of Auto Scaling groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Moment, Text, Whole
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import request, response
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties, Value

UNSET = -1
"""A size that an action leaves alone."""


@dataclass(frozen=True, kw_only=True)
class _Size(Whole):
    """A size, or -1 for one that the action leaves alone; AWS is then told nothing."""

    at_least: int | None = UNSET

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return None if value == UNSET else super().to_aws(value)

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        return UNSET if value is None else super().from_aws(value)


_TIME = Moment(computed=True, pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class ScheduledCapacity(ResourceType):
    """A scheduled action. Each put has all of it, and a size that is not given is 0 in a new one.

    Source: terraform-provider-aws/internal/service/autoscaling/schedule.go (1049654fb081), read on 2026-11-30.
    """

    type_ = "aws:autoscaling/schedule:Schedule"
    inputs = {
        "autoscalingGroupName": Text(required=True, force_new=True, aws="AutoScalingGroupName"),
        "scheduledActionName": Text(required=True, force_new=True),
        "desiredCapacity": _Size(computed=True),
        "endTime": _TIME,
        "maxSize": _Size(computed=True),
        "minSize": _Size(computed=True),
        "recurrence": Text(computed=True),
        "startTime": _TIME,
        "timeZone": Text(computed=True),
    }
    outputs = ("arn",)

    def create(self, aws: Session, props: Properties) -> str:
        sizes = {
            name: 0 if props.get(name) is None else props[name] for name in ("desiredCapacity", "maxSize", "minSize")
        }
        self._put(aws, {**props, **sizes})
        return str(props["scheduledActionName"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        return str(props["scheduledActionName"])

    def _put(self, aws: Session, props: Properties) -> None:
        asked = request(self.inputs, props)
        aws.autoscaling.put_scheduled_update_group_action(**{k: v for k, v in asked.items() if v is not None})

    def _place(self, id_: str, state: Properties) -> tuple[str, str]:
        """Group and action: known, or from an import's id, `<group>/<action>`."""
        if state.get("autoscalingGroupName"):
            return state["autoscalingGroupName"], id_
        group, _, name = id_.partition("/")
        if not group or not name:
            raise ProviderError(f"{id_!r} is not a scheduled action's import id; accepted: <group>/<action>")
        return group, name

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        group, name = self._place(id_, state)
        answer = unless_gone(
            aws.autoscaling.describe_scheduled_actions, AutoScalingGroupName=group, ScheduledActionNames=[name]
        )
        return next(iter(answer["ScheduledUpdateGroupActions"]), None) if answer else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = response(self.inputs, found)
        sizes = {
            name: UNSET if told[name] is None else told[name] for name in ("desiredCapacity", "maxSize", "minSize")
        }
        return {"id": self._place(id_, state)[1], "arn": found.get("ScheduledActionARN"), **told, **sizes}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self._put(aws, {name: change.get(name) for name in self.inputs})

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        group, name = self._place(id_, state)
        unless_gone(aws.autoscaling.delete_scheduled_action, AutoScalingGroupName=group, ScheduledActionName=name)


TYPES = (ScheduledCapacity,)
