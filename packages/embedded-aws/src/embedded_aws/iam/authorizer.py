"""The guard: every call that a role's credentials sign is decided by that role's policies.

It remembers which statements of the policies were used, so that this can be compared with what they grant.

Signatures are not verified: an access key alone says who calls, as everywhere in moto. The endpoint is plain HTTP on
the loopback interface and counts as TLS (`aws:SecureTransport` is true), or else policies could not be tried out here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias

from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError, Call, Caller, Routes
from embedded_aws.clock import Clock
from embedded_aws.iam import access_denied, admission, request_context
from embedded_aws.iam.conditions import ContextValue, RequestContext
from embedded_aws.iam.documents import Statement
from embedded_aws.iam.evaluate import AccessDecision, Policies, PolicyType, Principal, Request, evaluate
from embedded_aws.iam.facts import AccountFacts, GroupOfInstance, Role, service_of
from embedded_aws.iam.organisation import Organisation
from embedded_aws.iam.permissions import Permission
from embedded_aws.iam.sessions import RoleSession, Sessions
from embedded_aws.iam.tables import TABLES

SERVICE_SESSION = timedelta(hours=6)  # longer than any invocation; the service renews before it ends
ASSUMED_SESSION = timedelta(hours=1)  # STS's default

# Services that say for which resource the credentials that they hand out are.
# Source: Lambda, "Using source function ARN to control function access"; EC2's condition keys.
_SOURCE_KEYS = {
    "lambda.amazonaws.com": "lambda:SourceFunctionArn",
    "ec2.amazonaws.com": "ec2:SourceInstanceARN",
    "ec2.amazonaws.com.cn": "ec2:SourceInstanceARN",  # EC2's name in China
}
# EC2 assumes an instance's role without naming a source: trust conditions on it never hold (Prowler issue 2810).
_SILENT_SERVICES = frozenset({"ec2.amazonaws.com", "ec2.amazonaws.com.cn"})


RoleMay: TypeAlias = Callable[[str, str, str], AccessDecision]
"""(role ARN, action, resource ARN) to IAM's verdict: `Authorizer.role_may`."""


@dataclass(frozen=True)
class PermissionUse:
    """A permission that was made use of: which statement allowed whom which action on which resource.

    Attributes:
        principal: A role's ARN, or a service such as `events.amazonaws.com`.
    """

    policy: str
    statement_id: str
    statement_index: int
    action: str
    resource: str
    principal: str


@dataclass(frozen=True)
class AllowStatement:
    """An Allow statement that a role has."""

    policy: str
    statement: Statement


class Authorizer:
    """Decides on calls (it is a `Guard`) and issues roles' credentials. Safe to call from many threads.

    Args:
        group_of_instance: Where Auto Scaling membership is kept, if not in moto.
        refused: Told of whatever an AWS service may not do: the service, and IAM's answer.
        organisation: What the account's organisation has decided; an account that stands alone has none.
    """

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[Any],
        *,
        account: str = ACCOUNT,
        partition: str = "aws",
        group_of_instance: GroupOfInstance | None = None,
        refused: Callable[[str, AccessDecision], None] = lambda *_: None,
        organisation: Organisation | None = None,
    ) -> None:
        self._organisation = organisation or Organisation()
        self.account = account
        self.partition = partition
        self._refused = refused
        self._clock = clock
        self._lock = lock
        self._facts = AccountFacts(account, partition, group_of_instance)
        self._sessions = Sessions(account, partition)
        self._uses: dict[str, dict[PermissionUse, None]] = {}

    def __call__(self, call: Call) -> None:
        """Let a call pass, or refuse it.

        Raises:
            AwsError: not allowed, expired, or an action that the tables do not know; the code is the service's own.
        """
        with self._lock:
            if call.caller.role_arn is None:
                self._organisation.check_owner(call, self._facts)
                return
            session, role = self._valid_session(call)
            needs = TABLES.get(call.service, {}).get(call.action)
            if needs is None:
                raise access_denied.unknown_action(call, session.session_arn)
            for permission in needs.permissions(call, self._facts):
                self._require(permission, call, session, role)

    def routes(self) -> Routes:
        """AssumeRole: credentials whose expiry is cloud time, for roles that exist; and who has which credentials."""
        return {("sts", "AssumeRole"): self._assume_role, ("sts", "GetCallerIdentity"): self._caller_identity}

    def caller(self, access_key: str) -> Caller:
        """Who an access key belongs to: a role, or else the account's owner (any made-up key).

        Raises:
            AwsError: a temporary key that nobody issued, or an IAM user's key (users are not part of this cloud).
        """
        with self._lock:
            session = self._sessions.find(access_key)
            if session is not None:
                return Caller(self.account, access_key, session.role_arn)
            if Sessions.looks_temporary(access_key):
                raise access_denied.invalid_token()
            users = get_backend("iam")[self.account][self.partition].users.values()
            if any(user.has_access_key(access_key) for user in users):
                raise AwsError("AccessDenied", "IAM users cannot call the embedded cloud: use a role", 403)
            return Caller(self.account, access_key)

    def credentials_for(
        self,
        role_arn: str,
        session_name: str,
        service_principal: str,
        *,
        source_arn: str | None = None,
        duration: timedelta = SERVICE_SESSION,
    ) -> dict[str, Any]:
        """Have a service assume a role, as Lambda does for a function and EC2 for an instance.

        Args:
            role_arn: The role.
            session_name: What Lambda calls by the function's name, and EC2 by the instance's id.
            service_principal: Such as `lambda.amazonaws.com`.
            source_arn: The function or instance for which the service acts.
            duration: In cloud time.

        Returns:
            `AccessKeyId`, `SecretAccessKey`, `SessionToken` and `Expiration`, as STS's Credentials.

        Raises:
            AwsError: the role does not exist, or its trust policy does not let the service assume it.
        """
        with self._lock:
            verdict = self.service_may(service_principal, "sts:AssumeRole", role_arn, {"aws:SourceArn": source_arn})
            if not verdict.allowed:
                raise AwsError("AccessDenied", verdict.message(f"Service: {service_principal}"), 403)
            key = _SOURCE_KEYS.get(service_principal)
            source = {key: source_arn} if key and source_arn else {}
            role = self._facts.role(role_arn)
            return self._sessions.issue(role, session_name, self._clock.now(), duration, source=source).credentials()

    def service_may(
        self,
        principal: str,
        action: str,
        resource_arn: str,
        context: Mapping[str, ContextValue | None],
    ) -> AccessDecision:
        """Whether an AWS service may act on a resource: only the resource's own policy can say so.

        Args:
            principal: Such as `events.amazonaws.com`.
            action: Such as `lambda:InvokeFunction`.
            resource_arn: A topic, key, function or role.
            context: Such as `aws:SourceArn`; `aws:SourceAccount` is the account unless given.
        """
        with self._lock:
            keys = request_context.of_service(principal, self._clock.now(), self.account)
            keys.update(context)
            if principal in _SILENT_SERVICES:
                keys.update({"aws:SourceArn": None, "aws:SourceAccount": None})
            request = Request(Principal(self.account, service=principal), action, resource_arn, RequestContext(keys))
            verdict = evaluate(request, self._bounded(request, self._resource_policy(resource_arn, action)))
            if verdict.allowed:
                self._remember(principal, verdict)
            else:
                self._refused(principal, verdict)
            return verdict

    def role_may(
        self, role_arn: str, action: str, resource: str, context: Mapping[str, ContextValue | None] | None = None
    ) -> AccessDecision:
        """What IAM would answer a role, as its SimulatePrincipalPolicy: nothing is called, and nothing remembered.

        Args:
            role_arn: The role.
            action: Such as `ssmmessages:CreateControlChannel`; the embedded cloud need not have it.
            resource: An ARN, or `*`.
            context: The condition keys of the request.

        Raises:
            KeyError: there is no such role.
        """
        with self._lock:
            role = self._facts.role(role_arn)
            session = role_arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/simulated"
            request = Request(
                Principal(self.account, role_arn, session), action, resource, RequestContext(dict(context or {}))
            )
            return evaluate(request, self._bounded(request, self._policies(resource, role, action)))

    def used(self, arn: str) -> tuple[PermissionUse, ...]:
        """What was made use of in the policies of a role (its trust policy too), topic, key or function.

        Since the cloud began or `forget_uses` was called; each once, in the order of first use.
        """
        with self._lock:
            return tuple(self._uses.get(arn, {}))

    def forget_uses(self) -> None:
        """Remember uses from now on, as if there had been none so far."""
        with self._lock:
            self._uses.clear()

    def granted(self, role_arn: str) -> tuple[AllowStatement, ...]:
        """Every Allow statement of a role's policies. Raises KeyError: there is no such role."""
        with self._lock:
            policies = self._facts.role(role_arn).policies
            return tuple(
                AllowStatement(policy.name, each) for policy in policies for each in policy.statements if each.allows
            )

    def topic_key(self, topic_arn: str) -> str | None:
        """The ARN of the KMS key that encrypts a topic, None if it is not encrypted."""
        with self._lock:
            return self._facts.topic_key(topic_arn)

    def _require(self, permission: Permission, call: Call, session: RoleSession, role: Role) -> None:
        request = Request(
            Principal(self.account, session.role_arn, session.session_arn),
            permission.action,
            permission.resource,
            RequestContext(
                request_context.of_role(permission, call, session, role, self._facts) | self._organisation.keys()
            ),
        )
        policies = self._policies(permission.resource, role, permission.action)
        verdict = evaluate(request, self._bounded(request, replace(policies, session=session.policy)))
        if not verdict.allowed:
            raise access_denied.error(call, session.session_arn, verdict)
        self._remember(session.role_arn, verdict)

    def _bounded(self, request: Request, policies: Policies) -> Policies:
        """The policies with those of the organisation."""
        over = self._organisation.policies(request.principal, request.action)
        return replace(policies, service_control=over.service_control, resource_control=over.resource_control)

    def _policies(self, resource: str, role: Role, action: str) -> Policies:
        """All that applies to a role, a resource and an action, but for a session's own policy."""
        return replace(self._resource_policy(resource, action), identity=role.policies, boundary=role.boundary)

    def _resource_policy(self, arn: str, action: str) -> Policies:
        """A resource's policy, with the weight that its service gives it; a role that does not exist trusts nobody.

        A role's trust policy says who may assume it, and nothing of what IAM itself does with it, such as PassRole. An
        alias of a key has no policy (KMS Developer Guide, "Controlling access to aliases").
        """
        service = service_of(arn)
        is_role = ":role/" in arn and service == "iam"
        if is_role and not action.startswith("sts:"):
            return Policies()
        if ":alias/" in arn and action in {"kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"}:
            return Policies()
        try:
            document = self._facts.resource_policy(arn)
        except KeyError:
            document = None
        return Policies(
            resource=document,
            resource_type=PolicyType.TRUST if is_role else PolicyType.RESOURCE,
            resource_decides=is_role or service == "kms",
        )

    def _remember(self, principal: str, verdict: AccessDecision) -> None:
        """Note the statements that allowed something, under what their policies hang on."""
        for match in filter(None, (verdict.decided_by, verdict.handed_on_by)):
            of_identity = match.policy_type is PolicyType.IDENTITY
            statement = match.statement
            use = PermissionUse(
                match.policy, statement.sid, statement.index, verdict.action, verdict.resource, principal
            )
            self._uses.setdefault(principal if of_identity else verdict.resource, {})[use] = None

    def _valid_session(self, call: Call) -> tuple[RoleSession, Role]:
        session = self._sessions.find(call.caller.access_key)
        if session is None:
            raise access_denied.invalid_token()
        if call.time >= session.expires:
            raise access_denied.expired(call)
        try:
            return session, self._facts.role(session.role_arn)
        except KeyError as deleted:  # the sessions of a role that is gone are worth nothing
            raise access_denied.invalid_token() from deleted

    def _caller_identity(self, call: Call) -> dict[str, Any]:
        session = self._sessions.find(call.caller.access_key)
        if session is None:  # the owner of the account
            arn = f"arn:{self.partition}:iam::{self.account}:root"
            return {"UserId": self.account, "Account": self.account, "Arn": arn}
        return {"UserId": session.user_id, "Account": self.account, "Arn": session.session_arn}

    def _assume_role(self, call: Call) -> dict[str, Any]:
        params = call.params
        policy = admission.session_policy(params["Policy"]) if params.get("Policy") else None
        duration = timedelta(seconds=params.get("DurationSeconds", ASSUMED_SESSION.total_seconds()))
        with self._lock:
            try:
                role = self._facts.role(params["RoleArn"])
            except KeyError as missing:
                raise AwsError("AccessDenied", f"nobody may assume {params['RoleArn']}: no such role", 403) from missing
            session = self._sessions.issue(role, params["RoleSessionName"], call.time, duration, policy=policy)
        return {
            "Credentials": session.credentials(),
            "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.session_arn},
        }
