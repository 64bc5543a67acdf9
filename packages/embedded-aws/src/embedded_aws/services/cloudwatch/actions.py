"""What an alarm does when it changes its state: notify, scale, invoke. Anything else is refused by its name.

Source: CloudWatch User Guide, "Alarm actions" and "Notify users on alarm changes".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from embedded_aws.calls import AwsError
from embedded_aws.iam.authorizer import Authorizer
from embedded_aws.services.cloudwatch import description
from embedded_aws.services.cloudwatch.description import Transition
from embedded_aws.services.sns.notifications import Notifications

CLOUDWATCH = "cloudwatch.amazonaws.com"
ALARMS_TO_LAMBDA = "lambda.alarms.cloudwatch.amazonaws.com"
CALLED = "CloudWatch Alarms"
_ARN_PARTS = 6
NO_KEY = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."

Scale: TypeAlias = Callable[[str, str], None]
"""Executes a scaling policy (its ARN, the alarm's name); raises AwsError if it cannot."""

Invoke: TypeAlias = Callable[[str, dict[str, Any]], None]
"""Invokes a function (ARN, event) asynchronously."""


@dataclass(frozen=True)
class Performed:
    """How an action went: what was published, or the error in CloudWatch's words."""

    arn: str
    message: str | None = None
    error: str | None = None


class Actions:
    """Performs alarm actions.

    Args:
        authorizer: Decides whether a function may be invoked.
        scale: Executes scaling policies; None: such actions are refused.
        invoke: Invokes functions; None: such actions are refused.
    """

    def __init__(
        self, notifications: Notifications, authorizer: Authorizer, scale: Scale | None, invoke: Invoke | None
    ) -> None:
        self._notifications = notifications
        self._authorizer = authorizer
        self._invoke = invoke
        self._kinds: dict[str, Callable[[str, Transition], str | None]] = {"sns": self._publish}
        if scale is not None:
            self._kinds["autoscaling"] = lambda arn, transition: scale(arn, transition.name)
        if invoke is not None:
            self._kinds["lambda"] = self._invoke_function

    def check(self, arn: str) -> None:
        """Refuse an action that cannot be performed here.

        Raises:
            AwsError: it names the action and the kinds that can.
        """
        if len(arn.split(":")) < _ARN_PARTS or not arn.startswith("arn:"):
            raise AwsError("ValidationError", f"Invalid arn syntax: {arn}")
        if _service(arn) not in self._kinds:
            known = ", ".join(sorted(self._kinds))
            raise AwsError("ValidationError", f"Invalid action {arn}: the embedded CloudWatch can act on {known}")

    def perform(self, arn: str, transition: Transition) -> Performed:
        """Do it; what goes wrong is part of the result, as it is part of an alarm's history."""
        try:
            self.check(arn)
            return Performed(arn, message=self._kinds[_service(arn)](arn, transition))
        except AwsError as error:
            return Performed(arn, error=NO_KEY if error.code == "KMSAccessDenied" else error.message)

    @staticmethod
    def repeats(arn: str) -> bool:
        """Whether an action is performed again each minute for as long as the state lasts: only scaling is."""
        return _service(arn) == "autoscaling"

    def _publish(self, arn: str, transition: Transition) -> str:
        message = description.notification(transition)
        self._notifications.publish_as(
            CLOUDWATCH,
            arn,
            message,
            subject=description.subject(transition),
            source_arn=transition.arn,
            source_owner=True,
            called=CALLED,
        )
        return message

    def _invoke_function(self, arn: str, transition: Transition) -> None:
        context = {"aws:SourceArn": transition.arn}
        verdict = self._authorizer.service_may(ALARMS_TO_LAMBDA, "lambda:InvokeFunction", arn, context)
        if not verdict.allowed:
            raise AwsError("AccessDeniedException", verdict.message(CALLED), 403)
        if self._invoke is not None:
            self._invoke(arn, description.lambda_event(transition))


def _service(arn: str) -> str:
    parts = arn.split(":")
    return parts[2] if len(parts) > 2 else arn  # noqa: PLR2004 - the service is an ARN's third part
