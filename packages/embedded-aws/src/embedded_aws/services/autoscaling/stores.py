"""moto's backends that Auto Scaling works on, loaded when first needed: they are slow to import.

Hold the cloud's lock. `ec2` is the EC2 backend of a region.
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.services.ec2.store import backend as ec2

__all__ = ["alarm_state", "ec2", "groups", "has_instance_profile", "parameter", "service_exception"]


def groups(region: str) -> Any:
    """Moto's Auto Scaling backend of a region: tags, policies, lifecycle hooks, scheduled actions."""
    return get_backend("autoscaling")[ACCOUNT][region]


def parameter(region: str, name: str) -> str | None:
    """The value of an SSM parameter, None if there is none."""
    found = get_backend("ssm")[ACCOUNT][region].get_parameter(name)
    return None if found is None else str(found.value)


def has_instance_profile(region: str, name_or_arn: str) -> bool:
    """Whether there is an instance profile of this name or ARN."""
    from moto.utilities.utils import get_partition  # noqa: PLC0415 - see above

    profiles = get_backend("iam")[ACCOUNT][get_partition(region)].get_instance_profiles()
    return any(name_or_arn in {profile.name, profile.arn} for profile in profiles)


def alarm_state(region: str, name: str) -> str | None:
    """The state of a CloudWatch alarm, such as `ALARM`; None if there is none of this name."""
    alarm = get_backend("cloudwatch")[ACCOUNT][region].alarms.get(name)
    return None if alarm is None else str(alarm.state_value)


def service_exception() -> type[Exception]:
    """What moto raises for an answer that is an AWS error; it has `code` and `message`."""
    from moto.core.exceptions import ServiceException  # noqa: PLC0415 - see above

    return ServiceException
