"""moto's backends that Auto Scaling works on, loaded when first needed: they are slow to import."""

from __future__ import annotations

from functools import cache
from typing import Any

from embedded_aws.account import ACCOUNT
from embedded_aws.services.ec2 import store

ec2 = store.backend
"""moto's EC2 backend of a region. Hold the cloud's lock, here and below."""


@cache
def _groups() -> Any:
    from moto.autoscaling.models import autoscaling_backends  # noqa: PLC0415 - see above

    return autoscaling_backends


def groups(region: str) -> Any:
    """Moto's Auto Scaling backend of a region: tags, policies, lifecycle hooks, scheduled actions."""
    return _groups()[ACCOUNT][region]


@cache
def _parameters() -> Any:
    from moto.ssm.models import ssm_backends  # noqa: PLC0415 - see above

    return ssm_backends


def parameter(region: str, name: str) -> str | None:
    """The value of an SSM parameter, None if there is none."""
    found = _parameters()[ACCOUNT][region].get_parameter(name)
    return None if found is None else str(found.value)


@cache
def _identities() -> Any:
    from moto.iam.models import iam_backends  # noqa: PLC0415 - see above

    return iam_backends


def has_instance_profile(region: str, name_or_arn: str) -> bool:
    """Whether there is an instance profile of this name or ARN."""
    from moto.utilities.utils import get_partition  # noqa: PLC0415 - see above

    profiles = _identities()[ACCOUNT][get_partition(region)].get_instance_profiles()
    return any(name_or_arn in {profile.name, profile.arn} for profile in profiles)


@cache
def service_exception() -> type[Exception]:
    """What moto raises for an answer that is an AWS error; it has `code` and `message`."""
    from moto.core.exceptions import ServiceException  # noqa: PLC0415 - see above

    return ServiceException
