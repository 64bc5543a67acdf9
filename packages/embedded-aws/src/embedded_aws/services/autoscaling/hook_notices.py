"""What a lifecycle hook's notification target is told: a message to an SNS topic or an SQS queue, as the hook's role.

Each is the API call that the role would make itself, so that IAM decides on it and remembers which statement was used.

Sources: EC2 Auto Scaling user guide, "Prepare to add a lifecycle hook" (roles, the test message); messages of real
accounts for their keys and subjects. FIFO queues are refused there as any target to which nothing can be published.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeAlias
from uuid import NAMESPACE_OID, uuid5

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError, Call, Caller, Guard, Handler
from embedded_aws.fleet import Hook, LifecycleAction, LifecycleTransition
from embedded_aws.services.autoscaling.group import Group

Credentials: TypeAlias = Callable[[str, str], Mapping[str, Any]]
"""(role ARN, group ARN) to STS's Credentials of a session of Auto Scaling's. Raises AwsError: it may not assume it."""

SERVICE = "AWS Auto Scaling"
TEST = "autoscaling:TEST_NOTIFICATION"
KINDS = {LifecycleTransition.LAUNCHING: "LAUNCHING", LifecycleTransition.TERMINATING: "TERMINATING"}
REFUSED = (
    "Unable to publish test message to notification target {target} using IAM role {role}. Please check your target "
    "and role configuration and try to put lifecycle hook again."
)


class HookNotices:
    """Publishes to notification targets.

    Args:
        guard: IAM.
        publish: Who answers `sns:Publish`; messages to queues go to moto.
    """

    def __init__(self, guard: Guard, credentials: Credentials, publish: Handler) -> None:
        self._guard = guard
        self._credentials = credentials
        self._publish = publish

    def test(self, region: str, name: str, arn: str, hook: Hook, now: datetime) -> None:
        """Send the test message. Raises AwsError: `ValidationError`, it could not be published."""
        body = {"Event": TEST, "AutoScalingGroupARN": arn}
        subject = f'Auto Scaling: test notification for group "{name}"'
        try:
            self._send(region, arn, hook, subject, _message(name, now, body))
        except AwsError as refusal:
            message = REFUSED.format(target=hook.target, role=hook.role)
            raise AwsError("ValidationError", message) from refusal

    def tell(self, region: str, name: str, arn: str, action: LifecycleAction, now: datetime) -> None:
        """Tell of an action that has begun; what can no longer be published is lost."""
        hook = action.hook
        kind = KINDS[hook.transition]
        subject = f"Auto Scaling:  Lifecycle action '{kind}' for instance {action.instance_id} in progress."
        try:
            self._send(region, arn, hook, subject, _message(name, now, detail(action)))
        except AwsError:
            return

    def announce(self, group: Group, topic: str, subject: str, body: Mapping[str, Any], now: datetime) -> None:
        """Publish what a group tells a topic, as the group's service-linked role. Raises AwsError: it is not there."""
        message = _message(group.name, now, body)
        params = {"TopicArn": topic, "Subject": subject, "Message": message}
        self._publish(Call("sns", "Publish", params, group.region, Caller(ACCOUNT, "", group.role), now, _forward))

    def _send(self, region: str, arn: str, hook: Hook, subject: str, body: str) -> None:
        from embedded_aws.services.lambda_ import destinations  # noqa: PLC0415 - loads moto's SNS and SQS

        service, action, params = destinations.delivery(hook.target, body)
        if service == "sns":
            params |= {"Subject": subject}
        elif hook.target.endswith(".fifo"):
            raise AwsError("InvalidParameterValue", "FIFO queues are not compatible with lifecycle hooks.")
        key = self._credentials(hook.role, arn)["AccessKeyId"]
        call = Call(service, action, params, region, Caller(ACCOUNT, key, hook.role), _now(body), _forward)
        self._guard(call)
        handler = self._publish if service == "sns" else destinations.MOTO_ROUTES[service, action]
        handler(call)


def detail(action: LifecycleAction) -> dict[str, str]:
    """What all that listen are told of an action."""
    told = {
        "LifecycleActionToken": action.token,
        "LifecycleHookName": action.hook.name,
        "EC2InstanceId": action.instance_id,
        "LifecycleTransition": action.hook.transition.value,
        "Origin": action.origin.value,
        "Destination": action.destination.value,
    }
    return told | ({"NotificationMetadata": action.hook.metadata} if action.hook.metadata else {})


def _message(name: str, now: datetime, body: Mapping[str, Any]) -> str:
    about = {
        "Service": SERVICE,
        "AccountId": ACCOUNT,
        "AutoScalingGroupName": name,
        "Time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "RequestId": str(uuid5(NAMESPACE_OID, f"{name} {now} {sorted(body.items())}")),
    }
    return json.dumps(about | dict(body))


def _now(body: str) -> datetime:
    return datetime.fromisoformat(json.loads(body)["Time"])


def _forward(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("this call did not come in by the gateway: there is nothing to forward to moto")
