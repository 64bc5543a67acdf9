"""Service-linked roles: made once by whoever comes first, usable a little later, deleted only when nobody needs them.

Source: Auto Scaling User Guide, "Service-linked roles" (CreateAutoScalingGroup makes AWSServiceRoleForAutoScaling; a
custom suffix makes another one, for a key that only some groups may use); Elastic Load Balancing user guide,
"Service-linked roles" (so does CreateLoadBalancer, for whoever may); IAM API reference, CreateServiceLinkedRole,
DeleteServiceLinkedRole; the words of the refusals as in pelias-deprecated/kubernetes 32 and hashicorp's
terraform-provider-aws (read 2026-11-30).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from moto.backends import get_backend
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.iam.evaluate import AccessDecision

AUTOSCALING = "autoscaling.amazonaws.com"
DEFAULT_NAME = "AWSServiceRoleForAutoScaling"
DESCRIPTION = "Default Service-Linked Role for Auto Scaling"
BALANCING, BALANCING_NAME = "elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"
BALANCING_DESCRIPTION = "Allows ELB to call AWS services on your behalf."


RoleMayWith: TypeAlias = Callable[[str, str, str, Mapping[str, str]], AccessDecision]
"""(role ARN, action, resource ARN, condition keys) to IAM's verdict: `Authorizer.role_may`."""


class ServiceLinkedRoles:
    """The service-linked roles of the account.

    Args:
        settling: How long after it was made a role cannot be assumed yet.
        role_may: Whether a caller may make one.
        in_use: Whether a role's ARN is that of a group.
    """

    def __init__(self, settling: timedelta, role_may: RoleMayWith, in_use: Callable[[str], bool]) -> None:
        self._settling = settling
        self._role_may = role_may
        self._in_use = in_use
        self._usable_from: dict[str, datetime] = {}
        self._deletions: dict[str, tuple[str, str]] = {}

    def routes(self) -> Routes:
        """The calls that are answered here."""
        return {
            ("iam", "CreateServiceLinkedRole"): self._create,
            ("iam", "DeleteServiceLinkedRole"): self._delete,
            ("iam", "GetServiceLinkedRoleDeletionStatus"): self._tell_deletion,
        }

    def default_arn(self, partition: str) -> str:
        """The ARN of the role that groups have unless they name one, whether it is there or not."""
        return f"arn:{partition}:iam::{ACCOUNT}:role/aws-service-role/{AUTOSCALING}/{DEFAULT_NAME}"

    def make_default(self, partition: str) -> None:
        """Have the roles of Auto Scaling and of Elastic Load Balancing there, as if for long."""
        if self._find(self.default_arn(partition)) is None:
            _make(partition, AUTOSCALING, DESCRIPTION)
        if self._find(_of_balancing(partition)) is None:
            _make(partition, BALANCING, BALANCING_DESCRIPTION)

    def of_load_balancer(self, call: Call) -> None:
        """Make the role of an account's first load balancer. Raises AwsError: the caller may not have it made."""
        partition = get_partition(call.region)
        arn, caller = _of_balancing(partition), call.caller.role_arn
        if self._find(arn) is not None:
            return
        if caller is not None:
            verdict = self._role_may(caller, "iam:CreateServiceLinkedRole", arn, {"iam:AWSServiceName": BALANCING})
            if not verdict.allowed:
                raise AwsError("AccessDenied", verdict.message(f"User: {caller}"), 403)
        _make(partition, BALANCING, BALANCING_DESCRIPTION)

    def of_group(self, call: Call, named: str | None) -> str:
        """The ARN of the role of a new group, which is made if it is the default one and is not there.

        Raises:
            AwsError: the one that is named does not exist, or the caller may not have the default one made.
        """
        partition = get_partition(call.region)
        default = self.default_arn(partition)
        if self._find(named or default) is not None:
            return named or default
        if named and named != default:
            raise AwsError("ValidationError", f"The service-linked role {named} does not exist.")
        self._check_may_make(call, default)
        _make(partition, AUTOSCALING, DESCRIPTION)
        self._usable_from[default] = call.time + self._settling
        return default

    def check_usable(self, arn: str, now: datetime) -> None:
        """Refuse to act as a role that is gone, or was made a moment ago. Raises AwsError: `AccessDenied`."""
        if self._find(arn) is None or now < self._usable_from.get(arn, now):
            message = (
                f"Access denied when attempting to assume role {arn}. Validating load balancer configuration failed"
            )
            raise AwsError("AccessDenied", message)

    def _check_may_make(self, call: Call, arn: str) -> None:
        role = call.caller.role_arn
        if role is None:
            return
        verdict = self._role_may(role, "iam:CreateServiceLinkedRole", arn, {"iam:AWSServiceName": AUTOSCALING})
        if not verdict.allowed:
            who = "com.amazonaws.services.identitymanagement.model.AmazonIdentityManagementException: User: "
            why = (
                f"The default Service-Linked Role for Auto Scaling could not be created. {verdict.message(who + role)}"
            )
            raise AwsError("AccessDenied", why, 403)

    def _create(self, call: Call) -> dict[str, Any]:
        from moto.iam.exceptions import EntityAlreadyExists  # noqa: PLC0415 - with moto's IAM, which is slow to import

        params = call.params
        partition, suffix = get_partition(call.region), params.get("CustomSuffix", "")
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)*\.amazonaws\.com(\.cn)?", params["AWSServiceName"]):
            raise AwsError("InvalidInput", f"Service principal {params['AWSServiceName']} is not valid.")
        try:
            role = _make(partition, params["AWSServiceName"], params.get("Description", ""), suffix)
        except EntityAlreadyExists as taken:
            name = f"{DEFAULT_NAME}_{suffix}" if suffix else DEFAULT_NAME
            message = f"Service role name {name} has been taken in this account, please try a different suffix."
            raise AwsError("InvalidInput", message) from taken
        self._usable_from[role.arn] = call.time + self._settling
        return {"Role": _tell(role)}

    def _delete(self, call: Call) -> dict[str, Any]:
        name = call.params["RoleName"]
        partition = get_partition(call.region)
        role = next((each for each in _iam(partition).roles.values() if each.name == name), None)
        if role is None:
            raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
        task = f"task{role.path}{name}/{mock_random.uuid4()}"
        if self._in_use(str(role.arn)):
            self._deletions[task] = "FAILED", "The role is in use by Auto Scaling groups."
        else:
            del _iam(partition).roles[role.id]
            self._deletions[task] = "SUCCEEDED", ""
        return {"DeletionTaskId": task}

    def _tell_deletion(self, call: Call) -> dict[str, Any]:
        task = call.params["DeletionTaskId"]
        if task not in self._deletions:
            raise AwsError("NoSuchEntity", f"Deletion Task Id {task} cannot be found.", 404)
        status, reason = self._deletions[task]
        return {"Status": status, **({"Reason": {"Reason": reason}} if reason else {})}

    def _find(self, arn: str) -> Any:
        return next((each for each in _iam(arn.split(":")[1]).roles.values() if each.arn == arn), None)


def _tell(role: Any) -> Mapping[str, Any]:
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": role.assume_role_policy_document,
    }


def _of_balancing(partition: str) -> str:
    return f"arn:{partition}:iam::{ACCOUNT}:role/aws-service-role/{BALANCING}/{BALANCING_NAME}"


def _make(partition: str, service: str, description: str, suffix: str = "") -> Any:
    from moto.iam import models  # noqa: PLC0415 - slow to import

    # moto would call the role by the service's name in lower case.
    models.SERVICE_NAME_CONVERSION.setdefault("elasticloadbalancing", "ElasticLoadBalancing")
    return _iam(partition).create_service_linked_role(service, description, suffix)


def _iam(partition: str) -> Any:
    return get_backend("iam")[ACCOUNT][partition]
