"""Policies and roles that IAM, SNS and KMS refuse when they are written; moto keeps almost anything.

A document must be one that the evaluator understands, and of the kind that the place takes: a role's trust policy
names principals and no resources, an identity policy the other way round.

Source: the services' API references (error codes); IAM user guide, "IAM and AWS STS quotas".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Handler, Routes
from embedded_aws.iam import patterns
from embedded_aws.iam.conditions import UnknownOperatorError
from embedded_aws.iam.documents import PolicyDocument, PolicyDocumentError, Statement, parse_document
from embedded_aws.iam.facts import service_of

NAME = re.compile(r"[\w+=,.@-]+")
SID = re.compile(r"[0-9A-Za-z]*")
INLINE_LIMIT = 10_240  # characters of all inline policies of a role; white space does not count
TRUST_LIMIT = 2_048
ATTACHED_LIMIT = 10  # managed policies of a role, without an increase (aws/eks-hybrid 741 has IAM's words)
STS_ACTIONS = frozenset(
    {"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetContext",
     "sts:SetSourceIdentity", "sts:*", "*"}
)  # fmt: skip
SYNTAX = "Syntax errors in policy."
SERVICE_PRINCIPAL = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?")

Check = Callable[[Call], None]


def routes() -> Routes:
    """The calls that are checked, and then answered by moto."""
    checks: dict[tuple[str, str], Check] = {
        ("iam", "CreateRole"): _check_new_role,
        ("iam", "UpdateAssumeRolePolicy"): lambda call: _check_trust(call, call.params["PolicyDocument"]),
        ("iam", "PutRolePolicy"): _check_inline,
        ("iam", "AttachRolePolicy"): _check_attachment,
        ("iam", "PutRolePermissionsBoundary"): _check_boundary,
        ("iam", "RemoveRoleFromInstanceProfile"): _check_membership,
        ("iam", "CreatePolicy"): lambda call: _check_identity(call.params["PolicyDocument"]),
        ("iam", "CreatePolicyVersion"): lambda call: _check_identity(call.params["PolicyDocument"]),
        ("sns", "CreateTopic"): _check_topic,
        ("sns", "SetTopicAttributes"): _check_topic,
        ("kms", "CreateKey"): _check_key,
        ("kms", "PutKeyPolicy"): _check_key,
    }

    def checked(check: Check) -> Handler:
        def answer(call: Call) -> dict[str, Any]:
            check(call)
            return call.forward()

        return answer

    return {key: checked(check) for key, check in checks.items()}


def _check_new_role(call: Call) -> None:
    name = call.params["RoleName"]
    if not NAME.fullmatch(name):
        message = (
            "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the "
            "following: +=,.@_-"
        )
        raise AwsError("ValidationError", message)
    _check_trust(call, call.params["AssumeRolePolicyDocument"])
    if call.params.get("PermissionsBoundary"):
        _check_boundary(call)


def _check_boundary(call: Call) -> None:
    arn = call.params["PermissionsBoundary"]
    if arn not in _iam(call).managed_policies:
        raise AwsError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)


def _check_membership(call: Call) -> None:
    """Moto fails where the profile has another role, or none."""
    wished, name = call.params["InstanceProfileName"], call.params["RoleName"]
    profiles = (each for each in _iam(call).instance_profiles.values() if each.name == wished)
    if any(name not in {role.name for role in profile.roles} for profile in profiles):
        raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)


def _check_trust(call: Call, text: str) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError:
        raise _malformed("This policy contains invalid Json") from None
    document = _parsed(text, _malformed, SYNTAX)
    if _length(text) > TRUST_LIMIT:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {TRUST_LIMIT}", 409)
    for statement in document.statements:
        if statement.resources or statement.not_resources:
            raise _malformed("Has prohibited field Resource")
        if statement.principals is None and statement.not_principals is None:
            raise _malformed("Missing required field Principal")
        if not set(statement.actions) <= STS_ACTIONS:
            raise _malformed("AssumeRole policy may only specify STS AssumeRole actions.")
        for kind, value in principals(statement):
            if not exists(call, kind, value):
                spelled = "SERVICE" if kind == "Service" else kind
                raise _malformed(f'Invalid principal in policy: "{spelled}":"{value}"')


def exists(call: Call, kind: str, value: str) -> bool:
    """Whether a principal can be: a service by the form of its name, a role of this account by its ARN."""
    if kind == "Service":
        return bool(SERVICE_PRINCIPAL.fullmatch(value))
    if kind == "AWS" and ":role/" in value and service_of(value) == "iam" and f":{call.caller.account}:" in value:
        return any(role.arn == value for role in _iam(call).roles.values())
    return True


def _check_inline(call: Call) -> None:
    _check_identity(call.params["PolicyDocument"])
    role = next((each for each in _iam(call).roles.values() if each.name == call.params["RoleName"]), None)
    others = dict(role.policies) if role else {}
    others[call.params["PolicyName"]] = call.params["PolicyDocument"]
    if sum(map(_length, others.values())) > INLINE_LIMIT:
        message = f"Maximum policy size of {INLINE_LIMIT} bytes exceeded for role {call.params['RoleName']}"
        raise AwsError("LimitExceeded", message, 409)


def _check_attachment(call: Call) -> None:
    """Source: IAM user guide, "IAM and AWS STS quotas", "Managed policies per role"."""
    role = next((each for each in _iam(call).roles.values() if each.name == call.params["RoleName"]), None)
    if role and call.params["PolicyArn"] not in role.managed_policies and len(role.managed_policies) >= ATTACHED_LIMIT:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {ATTACHED_LIMIT}", 409)


def _check_identity(text: str) -> None:
    """What moto leaves of an identity policy: it checks resources, vendors and that ids are unique itself."""
    document = _parsed(text, _malformed, SYNTAX)
    for statement in document.statements:
        if statement.principals is not None or statement.not_principals is not None:
            raise _malformed("Policy document should not specify a principal.")
        if not SID.fullmatch(statement.sid):
            message = (
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
                "[0-9A-Za-z]*"
            )
            raise _malformed(message)


def session_policy(text: str) -> PolicyDocument:
    """The policy that a caller of AssumeRole passes.

    Source: IAM User Guide, "IAM identifiers": unlike other identity policies it takes no incomplete ARN.

    Raises:
        AwsError: it is malformed.
    """
    _check_identity(text)
    document = parse_document(text, "session policy")
    for statement in document.statements:
        for resource in (*statement.resources, *statement.not_resources):
            if patterns.completed(resource) != resource:
                raise _malformed(f'Resource {resource} must be in ARN format or "*".')
    return document


def _check_topic(call: Call) -> None:
    if call.action == "CreateTopic":
        text = call.params.get("Attributes", {}).get("Policy")
    else:
        if call.params["AttributeName"] == "Policy" and "AttributeValue" not in call.params:
            raise _topic_error("null")
        text = call.params.get("AttributeValue") if call.params["AttributeName"] == "Policy" else None
    if text is None:
        return
    document = _parsed(text, _topic_error, "null")
    if not all(_is_of_a_resource(statement) for statement in document.statements):
        raise _topic_error("null")


def _topic_error(why: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: Policy Error: {why}")


def _check_key(call: Call) -> None:
    text = call.params.get("Policy")
    if text is None:
        return
    document = _parsed(text, _key_error, "The policy could not be read.")
    if not all(_is_of_a_resource(statement) for statement in document.statements):
        raise _key_error("Policy contains a statement with one or more invalid principals.")
    lockout_is_fine = call.params.get("BypassPolicyLockoutSafetyCheck", False)
    if not lockout_is_fine and not any(_lets_the_account_in(each, call.caller.account) for each in document.statements):
        raise _key_error("The new key policy will not allow you to update the key policy in the future.")


def _is_of_a_resource(statement: Statement) -> bool:
    return bool(statement.principals or statement.not_principals)


def _lets_the_account_in(statement: Statement, account: str) -> bool:
    """Whether somebody of the account may still write the key's policy."""
    actions = any(action.lower() in {"kms:*", "kms:put*", "kms:putkeypolicy", "*"} for action in statement.actions)
    named = [value for kind, value in principals(statement) if kind == "AWS"]
    mine = any(value == account or f":{account}:" in value for value in named)
    everyone = statement.principals is not None and statement.principals.everyone
    return statement.allows and actions and (mine or everyone)


def _key_error(why: str) -> AwsError:
    return AwsError("MalformedPolicyDocumentException", why)


def _parsed(text: str, error: Callable[[str], AwsError], why: str) -> PolicyDocument:
    """A document that is understood, down to its operators. Raises AwsError: it is not."""
    try:
        document = parse_document(text, "as given")
    except PolicyDocumentError as refused:
        if error is _malformed and isinstance(refused.__cause__, UnknownOperatorError):
            # IAM's words, as ministryofjustice/modernisation-platform-environments 8893 has them.
            raise error(f"Invalid Condition type : {refused.__cause__}") from refused
        raise error(why) from refused
    if not document.statements:
        raise error(why)
    return document


def principals(statement: Statement) -> Iterator[tuple[str, str]]:
    """The principals that a statement names, each with its kind."""
    for each in (statement.principals, statement.not_principals):
        if each is not None:
            yield from sorted(each.values)


def _malformed(why: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", why)


def _length(text: str) -> int:
    return len(re.sub(r"\s", "", text))


def _iam(call: Call) -> Any:
    from moto.utilities.utils import get_partition  # noqa: PLC0415 - with moto's IAM, which is slow to import

    backends: Mapping[str, Any] = get_backend("iam")[call.caller.account]
    return backends[get_partition(call.region)]
