"""Lifecycle hooks of Auto Scaling groups, as resources of their own."""

from __future__ import annotations

from embedded_pulumi.aws.autoscaling_shapes import HOOK
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import request, response
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_NAME = r".*[A-Za-z0-9\-_/]+.*"  # the real provider's expression has no anchors, and accepts one such character


class LifecycleHook(ResourceType):
    """A lifecycle hook. PutLifecycleHook keeps what a call leaves out, so that a property cannot be taken back.

    A change of the group does not replace the hook: it is put on the other group, and stays on the first.

    Source: terraform-provider-aws/internal/service/autoscaling/lifecycle_hook.go (00a35305dc1b, 2026), read on
    2026-11-30.
    """

    type_ = "aws:autoscaling/lifecycleHook:LifecycleHook"
    inputs = {
        **HOOK,
        "name": Text(
            force_new=True, min_length=1, max_length=255, pattern=_NAME, accepts="a name", aws="LifecycleHookName"
        ),
        "autoscalingGroupName": Text(required=True, aws="AutoScalingGroupName"),
    }
    name = AutoName(max_length=255, unless=())

    def create(self, aws: Session, props: Properties) -> str:
        aws.autoscaling.put_lifecycle_hook(**request(self.inputs, props))
        return str(props["name"])

    def _place(self, id_: str, state: Properties) -> tuple[str, str]:
        """Group and hook: known, or from an import's id, `<group>/<hook>`."""
        if state.get("autoscalingGroupName"):
            return state["autoscalingGroupName"], id_
        group, _, name = id_.partition("/")
        if not group or not name:
            raise ProviderError(f"{id_!r} is not a lifecycle hook's import id; accepted: <group>/<hook>")
        return group, name

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        group, name = self._place(id_, state)
        answer = unless_gone(
            aws.autoscaling.describe_lifecycle_hooks, AutoScalingGroupName=group, LifecycleHookNames=[name]
        )
        return next(iter(answer["LifecycleHooks"]), None) if answer else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"id": self._place(id_, state)[1], **response(self.inputs, found)}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        aws.autoscaling.put_lifecycle_hook(**request(self.inputs, {name: change.get(name) for name in self.inputs}))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        group, name = self._place(id_, state)
        unless_gone(aws.autoscaling.delete_lifecycle_hook, AutoScalingGroupName=group, LifecycleHookName=name)


TYPES = (LifecycleHook,)
