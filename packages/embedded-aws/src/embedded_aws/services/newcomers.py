"""New roles and instance profiles, which other services do not know yet: IAM is consistent in the end only.

Source: IAM User Guide, "Changes that I make are not always immediately visible"; the words of the refusals as
terraform-provider-aws repeats calls for them (internal/service: lambda/function.go, autoscaling/group.go,
ec2/vpc_flow_log.go, read 2026-11-30).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from embedded_aws.calls import AwsError, Call
from embedded_aws.services.autoscaling import templates

ROLE_OF_FUNCTION = "The role defined for the function cannot be assumed by Lambda."
ROLE_OF_FLOW_LOG = "Unable to assume given IAM role"


class Newcomers:
    """Refuses what comes too early after the create of a role or profile that it names.

    Args:
        settling: For how long a new one is not known elsewhere; zero refuses nothing.
    """

    def __init__(self, settling: timedelta) -> None:
        self._settling = settling
        self._known_from: dict[str, datetime] = {}

    def check(self, call: Call) -> None:
        """Note what a call creates; refuse one that names what is too new.

        Raises:
            AwsError: with the service's words.
        """
        if not self._settling:
            return
        if call.service == "iam" and call.action in {"CreateRole", "CreateInstanceProfile", "AddRoleToInstanceProfile"}:
            name = call.params.get("InstanceProfileName") or call.params["RoleName"]
            kind = "profile" if "InstanceProfileName" in call.params else "role"
            self._known_from[f"{kind}/{name}"] = call.time + self._settling
        elif (call.service, call.action) in {("lambda", "CreateFunction"), ("lambda", "UpdateFunctionConfiguration")}:
            if self._is_new("role", call.params.get("Role", ""), call.time):
                raise AwsError("InvalidParameterValueException", ROLE_OF_FUNCTION)
        elif (call.service, call.action) == ("ec2", "CreateFlowLogs"):
            if self._is_new("role", call.params.get("DeliverLogsPermissionArn", ""), call.time):
                raise AwsError("InvalidParameter", ROLE_OF_FLOW_LOG)
        elif (call.service, call.action) == ("autoscaling", "CreateAutoScalingGroup"):
            self._check_group(call)

    def _check_group(self, call: Call) -> None:
        if "LaunchTemplate" not in call.params:
            return
        data = templates.resolve(call.region, call.params["LaunchTemplate"]).data
        profile: Mapping[str, Any] = data.get("IamInstanceProfile", {})
        for field, value in profile.items():
            if self._is_new("profile", str(value), call.time):
                what = f"Value ({value}) for parameter iamInstanceProfile.{field.lower()} is invalid."
                why = f"{templates.UNUSABLE} {what} Invalid IAM Instance Profile {field.lower()}"
                raise AwsError("ValidationError", why)

    def _is_new(self, kind: str, name_or_arn: str, now: datetime) -> bool:
        known_from = self._known_from.get(f"{kind}/{name_or_arn.rpartition('/')[2]}")
        return known_from is not None and now < known_from
