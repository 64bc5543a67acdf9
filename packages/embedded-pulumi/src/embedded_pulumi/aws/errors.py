"""The meaning of AWS's errors. No other module interprets error codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from embedded_pulumi.provider import OutcomeUnknown, ProviderError
from embedded_pulumi.services import SERVICES

_GONE_CODES = frozenset(code for service in SERVICES for code in service.gone)
_GONE_SUFFIXES = tuple(suffix for service in SERVICES for suffix in service.gone_suffixes)
_GONE_MESSAGES = tuple(message for service in SERVICES for message in service.gone_messages)

LOST_ANSWERS = (ConnectionClosedError, ReadTimeoutError, ResponseStreamingError)
"""The call was sent, or may have been, and no answer came. Without a connection, nothing was sent."""


_INTERNAL = 500
_NOT_IMPLEMENTED = 501
"""An answer: whoever gives it does not have the operation, and has done nothing (RFC 9110, section 15.6.2)."""
_BUSY = frozenset({"RequestLimitExceeded", "ServiceUnavailable", "SlowDown", "Throttling", "Unavailable"})
"""Codes that come with a status of 503. AWS has not begun the call, and it may be repeated."""


_ROLE_OF_FUNCTION = (
    ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda"),
    ("InvalidParameterValueException", "The provided execution role does not have permissions"),
    ("InvalidParameterValueException", "throttled by EC2"),
    ("InvalidParameterValueException", "Lambda was unable to configure access to your environment variables"),
    ("ResourceConflictException", "in progress"),
)
_ROLE_OF_MAPPING = (
    ("InvalidParameterValueException", "cannot be assumed by Lambda"),
    ("InvalidParameterValueException", "execution role does not have permissions"),
    ("InvalidParameterValueException", "ensure the role can perform"),
)
_TRUST = ("MalformedPolicyDocument", "Invalid principal in policy")
_CONCURRENT = ("ConcurrentModification", "")
_CERTIFICATE = (("CertificateNotFound", ""),)
_PROFILE = ("ValidationError", "Invalid IAM Instance Profile")
_SERVICE = (
    ("InvalidParameterException", "verify that the ECS service role being passed has the proper permissions"),
    ("InvalidParameterException", "does not have an associated load balancer"),
    ("InvalidParameterException", "Unable to assume the service linked role"),
)
_BUSY_GROUP = (("ResourceInUse", ""), ("ScalingActivityInProgress", ""))
_TOO_EARLY = {  # a call of a service to the codes, and the words in the messages, with which it is refused
    ("acm", "DeleteCertificate"): (("ResourceInUseException", ""),),
    ("autoscaling", "CreateAutoScalingGroup"): (_PROFILE,),
    ("autoscaling", "DeleteAutoScalingGroup"): _BUSY_GROUP,
    ("autoscaling", "DeleteWarmPool"): _BUSY_GROUP,
    ("autoscaling", "PutLifecycleHook"): (("ValidationError", "Unable to publish test message"),),
    ("autoscaling", "UpdateAutoScalingGroup"): (_PROFILE, *_BUSY_GROUP),
    ("ec2", "CreateFlowLogs"): (("InvalidParameter", "Unable to assume given IAM role"),),
    ("ecs", "CreateService"): (*_SERVICE, ("ClusterNotFoundException", "")),
    ("ecs", "DeleteService"): (("InvalidParameterException", "cannot be stopped while deployments are active"),),
    ("ecs", "UpdateService"): _SERVICE,
    ("elbv2", "AddListenerCertificates"): _CERTIFICATE,
    ("elbv2", "CreateListener"): _CERTIFICATE,
    ("elbv2", "DeleteTargetGroup"): (("ResourceInUse", "currently in use by a listener or a rule"),),
    ("elbv2", "ModifyListener"): _CERTIFICATE,
    ("elbv2", "RegisterTargets"): (("InvalidTarget", ""),),
    ("events", "PutRule"): (("ValidationException", "cannot be assumed by principal"),),
    ("iam", "AddRoleToInstanceProfile"): (
        ("InvalidParameterValue", "Invalid IAM Instance Profile name"),
        ("NoSuchEntity", "The role with name"),
    ),
    ("iam", "AttachRolePolicy"): (_CONCURRENT,),
    ("iam", "CreateRole"): (_TRUST, _CONCURRENT),
    ("iam", "DeleteRole"): (("DeleteConflict", ""), _CONCURRENT),
    ("iam", "DetachRolePolicy"): (_CONCURRENT,),
    ("iam", "UpdateAssumeRolePolicy"): (_TRUST,),
    ("kms", "CreateAlias"): (("NotFoundException", ""),),
    ("kms", "CreateGrant"): (("InvalidArnException", ""),),
    ("kms", "CreateKey"): (("MalformedPolicyDocumentException", ""),),
    ("kms", "PutKeyPolicy"): (("MalformedPolicyDocumentException", ""),),
    ("lambda", "AddPermission"): (("ResourceNotFoundException", ""),),
    ("lambda", "CreateEventSourceMapping"): _ROLE_OF_MAPPING,
    ("lambda", "CreateFunction"): _ROLE_OF_FUNCTION,
    ("lambda", "Invoke"): (("TooManyRequestsException", ""),),
    ("lambda", "PutFunctionEventInvokeConfig"): (
        ("InvalidParameterValueException", "destination ARN"),
        ("InvalidParameterValueException", "does not have permissions"),
    ),
    ("lambda", "UpdateFunctionCode"): (("ResourceConflictException", "in progress"),),
    ("lambda", "UpdateFunctionConfiguration"): _ROLE_OF_FUNCTION,
    ("sns", "SetTopicAttributes"): (("InvalidParameter", "PrincipalNotFound"),),
}


def code_of(error: ClientError) -> str:
    """The error code, such as `InvalidVpcID.NotFound`."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def message_of(error: ClientError) -> str:
    """AWS's own message."""
    return str(error.response.get("Error", {}).get("Message", ""))


def in_words(error: ClientError) -> str:
    """The error, with the operation that failed."""
    said = ": ".join(filter(None, (code_of(error), message_of(error))))  # HEAD calls have no message
    return f"{said or 'refused without a word'} ({error.operation_name})"


def is_internal(error: ClientError) -> bool:
    """Whether AWS failed internally, so that the call may have had an effect."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status < _INTERNAL or status == _NOT_IMPLEMENTED:
        return False
    return code_of(error) not in _BUSY and "Throttl" not in code_of(error)


def is_gone(error: ClientError) -> bool:
    """Whether the resource does not exist."""
    code = code_of(error)
    if code in _GONE_CODES or code.endswith(_GONE_SUFFIXES):
        return True
    return code == "ValidationError" and any(each in message_of(error) for each in _GONE_MESSAGES)


def is_in_use(error: ClientError) -> bool:
    """Whether another resource still depends on it; when that is deleted, this one can be deleted too."""
    return code_of(error) in {"DependencyViolation", "InvalidGroup.InUse"}


def is_too_early(service: str, error: ClientError) -> bool:
    """Whether something that the call needs may be about to be there, such as what another resource gives a role.

    The real provider repeats these calls, and those of EC2 for a resource that EC2 does not show yet. It repeats
    hopeless ones too: any `ValidationError` of UpdateAutoScalingGroup, any `InvalidParameter` of SetTopicAttributes,
    any conflict of AddPermission.

    Source: terraform-provider-aws/internal/service: acm/certificate.go (01661ea3cbe6), autoscaling/group.go
    (b157f5a91d91), elbv2/listener.go (01c08000ddb1), target_group.go (013cfb4cddc9) and target_group_attachment.go,
    listener_certificate.go, ec2/vpc_flow_log.go
    (00a35305dc1b), events/rule.go (0cdab4ae09a9), iam/role.go and instance_profile.go (2026), kms/key.go (00a35305dc1b)
    and alias.go, lambda/function.go (0156d84e6bb4), permission.go (2026) and function_event_invoke_config.go,
    sns/topic.go (00a35305dc1b); read on 2026-11-29. A function that is at its limit has 25 attempts as any throttled
    call has (registry.terraform.io, provider aws, `max_retries`; lambda/invocation.go adds none of its own).
    """
    reasons = _TOO_EARLY.get((service, error.operation_name), ())
    return any(code_of(error) == code and words in message_of(error) for code, words in reasons)


def is_unconfirmed(error: ClientError) -> bool:
    """Whether it is a subscription that its subscriber has not confirmed."""
    return code_of(error) == "InvalidParameter" and "pending confirmation" in message_of(error)


def is_denied(error: ClientError) -> bool:
    """Whether the call is not allowed."""
    return code_of(error) in {"AccessDenied", "AccessDeniedException"}


def unless_gone(call: Callable[..., Any], key: str = "", **params: Any) -> dict[str, Any] | None:
    """The answer of a call, or what it has under a key; None if the resource does not exist."""
    try:
        answer = call(**params)
    except ClientError as error:
        if is_gone(error):
            return None
        raise
    return dict(answer[key] if key else answer)


@contextmanager
def gone_is_fine() -> Iterator[None]:
    """Within, it is a success to delete a resource that does not exist."""
    try:
        yield
    except ClientError as error:
        if not is_gone(error):
            raise


@contextmanager
def as_provider_errors() -> Iterator[None]:
    """Turn AWS's errors into the provider's, with code and message.

    Raises:
        ProviderError: AWS refused the call, or it did not reach AWS.
        OutcomeUnknown: the call may have had an effect.
    """
    try:
        yield
    except ClientError as error:
        raise ProviderError(in_words(error)) from error
    except LOST_ANSWERS as error:
        raise OutcomeUnknown(f"{error}: whether AWS has done it is not known") from error
    except BotoCoreError as error:
        raise ProviderError(str(error)) from error
