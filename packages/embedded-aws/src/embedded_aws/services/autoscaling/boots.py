"""The first boot of instances, as far as lifecycle hooks hear of it.

An instance of this cloud has nothing running on it. One whose user data completes the lifecycle action of a hook, with
the AWS CLI or by a call of its own, is taken to do so a while after it has begun to wait: as its role, so that IAM
decides, and with the result that somebody has chosen for its group. What a role may not do is not done, and the hook
runs out of time.

An instance that was stopped in a warm pool boots again when it leaves it, and runs only what runs at every boot.

Source: EC2 Auto Scaling user guide, "Tutorial: Use data script and instance metadata to retrieve lifecycle state".
Assumed: a hook is meant where the user data names it, and the call or the CLI's command.
"""

from __future__ import annotations

import base64
import binascii
import email
import gzip
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any, NoReturn, TypeAlias

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError, Call, Caller, Guard
from embedded_aws.clock import Clock
from embedded_aws.fleet import ActionResult, LifecycleAction, LifecycleTransition, PoolState, Refused, Side
from embedded_aws.services.autoscaling import stores
from embedded_aws.services.autoscaling.group import Group

BOOT = timedelta(seconds=20)
COMPLETES = re.compile(r"CompleteLifecycleAction|complete-lifecycle-action|complete_lifecycle_action")

EACH_BOOT = frozenset({"text/cloud-boothook", "text/x-shellscript-per-boot"})
"""Types of the parts of user data that run at every boot (cloud-init, "User data formats")."""

RoleCredentials: TypeAlias = Callable[[str, str], Mapping[str, Any]]
"""(role ARN, instance id) to STS's Credentials of the instance. Raises AwsError: EC2 may not assume the role."""


class BootEnd(Enum):
    """How the first boot of a group's instances ends."""

    WELL = "well"
    FAILED = "failed"
    SILENT = "silent"


RESULTS = {BootEnd.WELL: ActionResult.CONTINUE, BootEnd.FAILED: ActionResult.ABANDON}


class Boots:
    """Completes lifecycle actions for instances that would do it themselves.

    Args:
        clock: Says when.
        guard: IAM.
        credentials: Has an instance act as its role.
    """

    def __init__(self, clock: Clock, guard: Guard, credentials: RoleCredentials) -> None:
        self._clock = clock
        self._guard = guard
        self._credentials = credentials
        self._ends: dict[tuple[str, str], BootEnd] = {}

    def choose(self, region: str, group: str, end: BootEnd) -> None:
        """Say how the boots of a group end from now on, those under way too."""
        self._ends[region, group] = end

    def begin(self, group: Group, action: LifecycleAction) -> None:
        """Let an instance boot that waits for a lifecycle action."""
        if action.hook.transition is not LifecycleTransition.LAUNCHING:
            return
        again = action.origin is not Side.EC2
        if again and not _boots_again(group):
            return
        user_data = group.instances[action.instance_id].template.data.get("UserData")
        if _completes(user_data, action.hook.name, again=again):
            self._clock.at(self._clock.now() + BOOT, lambda: self._end(group, action))

    def _end(self, group: Group, action: LifecycleAction) -> None:
        result = RESULTS.get(self._ends.get((group.region, group.name), BootEnd.WELL))
        role = _role(group.region, action.instance_id)
        if result is None or role is None:
            return
        params = {
            "AutoScalingGroupName": group.name,
            "LifecycleHookName": action.hook.name,
            "InstanceId": action.instance_id,
            "LifecycleActionResult": result.value,
        }
        now = self._clock.now()
        try:
            key = self._credentials(role, action.instance_id)["AccessKeyId"]
            caller = Caller(ACCOUNT, key, role)
            self._guard(Call("autoscaling", "CompleteLifecycleAction", params, group.region, caller, now, _forward))
            group.fleet.complete_action(action.hook.name, result, now, instance_id=action.instance_id)
        except (AwsError, Refused):  # it may not, or the instance waits no longer
            return


def _role(region: str, instance_id: str) -> str | None:
    """The ARN of an instance's role; None without one."""
    association = stores.ec2(region).iam_instance_profile_associations.get(instance_id)
    roles = association.iam_instance_profile.roles if association is not None else []
    return str(roles[0].arn) if roles else None


def _boots_again(group: Group) -> bool:
    """Whether an instance boots when it leaves the warm pool; one that ran or hibernated goes on where it was."""
    pool = group.fleet.settings.warm_pool
    return pool is not None and pool.state is PoolState.STOPPED


def _completes(user_data: Any, hook: str, *, again: bool) -> bool:
    """Whether a boot, the first or a later one, completes the actions of this hook.

    moto has user data in a type of its own.
    """
    return user_data is not None and any(
        COMPLETES.search(text) and hook in text for text in _texts(user_data, again=again)
    )


def _texts(user_data: Any, *, again: bool) -> list[str]:
    """The parts of user data as a launch template has it, compressed or not; `again`: those that each boot runs."""
    try:
        raw = base64.b64decode(user_data if isinstance(user_data, str) else user_data.as_bytes(), validate=True)
        raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    except (binascii.Error, OSError, EOFError, zlib.error):
        return []
    document = email.message_from_bytes(raw)
    if not document.is_multipart():
        return [] if again else [raw.decode(errors="replace")]
    parts = [each for each in document.walk() if not each.is_multipart()]
    payloads = [each.get_payload(decode=True) for each in parts if not again or each.get_content_type() in EACH_BOOT]
    return [payload.decode(errors="replace") for payload in payloads if isinstance(payload, bytes)]


def _forward(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("this call did not come in by the gateway: there is nothing to forward to moto")
