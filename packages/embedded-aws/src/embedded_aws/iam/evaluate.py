"""IAM's evaluation logic within one account.

1. A Deny of any policy that applies decides. Of several kinds, the message names the first in the order of `typed`: the
   organisation's come first (the documentation says that only one is named, and not which).
2. Service control policies must allow it, on every level of the organisation, to whoever is no AWS service.
3. A resource policy that names the caller's session allows by itself; one that names the role, or everyone, allows
   within the permissions boundary and the session policy. (The documentation leaves "everyone" open: the narrower
   reading holds.)
4. An identity policy allows within the boundary and the session policy. Where the resource policy is the root of trust
   (KMS keys, role trust policies) it must also have handed the decision to the account.
5. Everything else is denied.

A service principal has no identity policies: only a resource policy can allow it.

Source: IAM User Guide, "Policy evaluation logic", "Permissions boundaries", "Session policies"; KMS, "Key policies".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum

from embedded_aws.iam import patterns
from embedded_aws.iam.conditions import RequestContext, holds
from embedded_aws.iam.documents import PolicyDocument, Principals, Statement


class PolicyType(Enum):
    """The kinds of policy, in the words of AWS's access denied messages."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    TRUST = "role trust policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"

    @property
    def with_article(self) -> str:
        """With its indefinite article, as in "an identity-based policy"."""
        return f"{'an' if self is PolicyType.IDENTITY else 'a'} {self.value}"


@dataclass(frozen=True)
class Principal:
    """Who asks: a role's session, or an AWS service.

    Attributes:
        account: The account it belongs to; for a service, the account it acts for.
        role_arn: The role, None for a service.
        session_arn: `arn:aws:sts::<account>:assumed-role/<role>/<session>`, None for a service.
        service: Such as `events.amazonaws.com`, None for a role.
    """

    account: str
    role_arn: str | None = None
    session_arn: str | None = None
    service: str | None = None

    @property
    def account_names(self) -> frozenset[str]:
        """The ways in which a policy names the whole account."""
        partition = (self.role_arn or "arn:aws").split(":")[1]
        return frozenset({self.account, f"arn:{partition}:iam::{self.account}:root"})


@dataclass(frozen=True)
class Request:
    """One question to IAM: may this principal do this action to this resource (`*` where an action takes none)?"""

    principal: Principal
    action: str
    resource: str
    context: RequestContext


@dataclass(frozen=True)
class Policies:
    """All policies that apply to one request.

    Attributes:
        resource_type: What the resource policy is called in messages (`TRUST` for a role's trust policy).
        resource_decides: The resource policy is the root of trust: identity policies count only as far as it says.
        service_control: The service control policies, level by level.
        resource_control: The resource control policies, beside the one that allows everything.
    """

    identity: tuple[PolicyDocument, ...] = ()
    resource: PolicyDocument | None = None
    boundary: PolicyDocument | None = None
    session: PolicyDocument | None = None
    resource_type: PolicyType = PolicyType.RESOURCE
    resource_decides: bool = False
    service_control: tuple[tuple[PolicyDocument, ...], ...] = ()
    resource_control: tuple[PolicyDocument, ...] = ()

    def typed(self) -> Iterator[tuple[PolicyType, PolicyDocument]]:
        """Every policy with its type."""
        yield from ((PolicyType.SERVICE_CONTROL, document) for level in self.service_control for document in level)
        yield from ((PolicyType.RESOURCE_CONTROL, document) for document in self.resource_control)
        yield from ((PolicyType.IDENTITY, document) for document in self.identity)
        others = (
            (self.resource_type, self.resource),
            (PolicyType.BOUNDARY, self.boundary),
            (PolicyType.SESSION, self.session),
        )
        yield from ((type_, document) for type_, document in others if document is not None)


@dataclass(frozen=True)
class Match:
    """The statement that decided."""

    policy_type: PolicyType
    policy: str
    statement: Statement


@dataclass(frozen=True)
class AccessDecision:
    """IAM's answer.

    Attributes:
        decided_by: The statement that allowed or denied it; None for an implicit deny.
        lacking: For an implicit deny, the type of policy that would have had to allow it.
        handed_on_by: The statement by which a key's policy left the decision to the identity's policy, if one did.
    """

    allowed: bool
    action: str
    resource: str
    decided_by: Match | None = None
    lacking: PolicyType | None = field(default=None)
    handed_on_by: Match | None = None

    def message(self, who: str) -> str:
        """AWS's access denied message for `who`, such as `User: arn:aws:sts::...`."""
        start = f"{who} is not authorized to perform: {self.action}"
        start += "" if self.resource == "*" else f" on resource: {self.resource}"
        if self.decided_by is not None:
            return f"{start} with an explicit deny in {self.decided_by.policy_type.with_article}"
        kind = self.lacking or PolicyType.IDENTITY
        return f"{start} because no {kind.value} allows the {self.action} action"


class _Named(IntEnum):
    """How closely a resource policy names the caller; higher is closer."""

    NOT = 0
    ACCOUNT = 1
    EVERYONE = 2
    ROLE = 3
    SESSION = 4


def evaluate(request: Request, policies: Policies) -> AccessDecision:
    """Decide one request by the rules above."""
    if (refusal := evaluate_guardrails(request, policies)) is not None:
        return refusal
    named, by_resource = _resource_allow(request, policies)
    if named is _Named.SESSION or (request.principal.service and named > _Named.ACCOUNT):
        return _allow(request, by_resource)
    if named > _Named.ACCOUNT:
        return _within_bounds(request, policies, by_resource)
    by_identity = _first(request, PolicyType.IDENTITY, policies.identity, allows=True)
    if request.principal.service or (policies.resource_decides and named is not _Named.ACCOUNT):
        return _deny(request, policies.resource_type)
    if by_identity is None:
        return _deny(request, PolicyType.IDENTITY)
    verdict = _within_bounds(request, policies, by_identity)
    return replace(verdict, handed_on_by=by_resource) if policies.resource_decides else verdict


def evaluate_guardrails(request: Request, policies: Policies) -> AccessDecision | None:
    """What every principal is refused: by a Deny, or by the organisation that does not allow it; None if neither."""
    for type_, document in policies.typed():
        denial = _first(request, type_, (document,), allows=False)
        if denial is not None:
            return AccessDecision(allowed=False, action=request.action, resource=request.resource, decided_by=denial)
    for level in policies.service_control:
        if _first(request, PolicyType.SERVICE_CONTROL, level, allows=True) is None:
            return _deny(request, PolicyType.SERVICE_CONTROL)
    return None


def _within_bounds(request: Request, policies: Policies, match: Match | None) -> AccessDecision:
    """Allowed if the permissions boundary and the session policy, where there are any, allow it too."""
    for type_, bound in ((PolicyType.BOUNDARY, policies.boundary), (PolicyType.SESSION, policies.session)):
        if bound is not None and _first(request, type_, (bound,), allows=True) is None:
            return _deny(request, type_)
    return _allow(request, match)


def _allow(request: Request, match: Match | None) -> AccessDecision:
    return AccessDecision(allowed=True, action=request.action, resource=request.resource, decided_by=match)


def _deny(request: Request, lacking: PolicyType) -> AccessDecision:
    return AccessDecision(allowed=False, action=request.action, resource=request.resource, lacking=lacking)


def _first(request: Request, type_: PolicyType, documents: Iterable[PolicyDocument], *, allows: bool) -> Match | None:
    """The first statement that applies and allows, or that applies and denies."""
    for document in documents:
        for statement in document.statements:
            if statement.allows is allows and applies(statement, request):
                return Match(type_, document.name, statement)
    return None


def _resource_allow(request: Request, policies: Policies) -> tuple[_Named, Match | None]:
    """The closest naming among the resource policy's Allow statements that apply, and that statement."""
    best: tuple[_Named, Match | None] = (_Named.NOT, None)
    if policies.resource is None:
        return best
    for statement in policies.resource.statements:
        if statement.allows and applies(statement, request):
            named = _naming(statement, request.principal)
            if named > best[0]:
                best = (named, Match(policies.resource_type, policies.resource.name, statement))
    return best


def applies(statement: Statement, request: Request) -> bool:
    """Whether a statement is about this request: principal, action, resource and every condition."""
    if statement.not_principals is not None:
        if _excepted(statement.not_principals, request.principal):
            return False
    # An identity policy has no Principal: it is about whoever it is attached to.
    elif statement.principals is not None and _naming(statement, request.principal) is _Named.NOT:
        return False

    def action_fits(pattern: str) -> bool:
        parts = patterns.pieces(pattern)
        return parts is not None and patterns.matches(parts, request.action, ignore_case=True)

    # Only identity-based policies, boundaries among them, may leave out the end of an ARN ("IAM identifiers").
    of_identity = statement.principals is None and statement.not_principals is None

    def resource_fits(pattern: str) -> bool:
        whole = patterns.completed(pattern) if of_identity else pattern
        parts = patterns.pieces(whole, request.context.variable if statement.variables else None)
        return parts is not None and patterns.matches_arn(parts, request.resource)

    if not _covers(statement.actions, statement.not_actions, action_fits):
        return False
    # A trust policy names no resource: it is about its own role.
    names_resources = bool(statement.resources or statement.not_resources)
    if names_resources and not _covers(statement.resources, statement.not_resources, resource_fits):
        return False
    return all(holds(each, request.context, variables=statement.variables) for each in statement.conditions)


def _covers(named: Sequence[str], excepted: Sequence[str], fits: Callable[[str], bool]) -> bool:
    """Whether one of the patterns fits; where patterns are excepted, whether none of those does."""
    return not any(map(fits, excepted)) if excepted else any(map(fits, named))


def _naming(statement: Statement, principal: Principal) -> _Named:
    if statement.principals is None:
        # NotPrincipal with Allow reaches everyone who is not listed.
        return _Named.EVERYONE if statement.not_principals is not None else _Named.NOT
    values = statement.principals.values
    if ("AWS", principal.session_arn) in values:
        return _Named.SESSION
    if ("AWS", principal.role_arn) in values or ("Service", principal.service) in values:
        return _Named.ROLE
    if statement.principals.everyone:
        return _Named.EVERYONE
    if principal.service is None and any(("AWS", name) in values for name in principal.account_names):
        return _Named.ACCOUNT
    return _Named.NOT


def _excepted(listed: Principals, principal: Principal) -> bool:
    """NotPrincipal does not apply to a session only if the session, its role and its account are all listed."""
    if listed.everyone:
        return True
    if principal.service is not None:
        return ("Service", principal.service) in listed.values
    account_listed = any(("AWS", name) in listed.values for name in principal.account_names)
    return account_listed and all(("AWS", arn) in listed.values for arn in (principal.session_arn, principal.role_arn))
