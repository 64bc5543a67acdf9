"""Random questions to IAM, small enough that each evaluator answers thousands of them in some seconds.

Patterns and values are drawn so that they nearly fit: a policy that has nothing to do with the request shows nothing.
The same seed gives the same cases.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/healer"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/healer/run"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SERVICE = "events.amazonaws.com"
NEW, OLD = "2012-10-17", "2008-10-17"

Document: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One question, as JSON has it.

    Attributes:
        service: Whether the AWS service SERVICE asks, and not the role's session.
        context: The condition keys of the request with their values; a key that is not here is missing.
        required: Whether the resource's policy must allow too (KMS keys, roles).
    """

    service: bool
    action: str
    resource: str
    context: dict[str, list[str]]
    identity: list[Document] = field(default_factory=list)
    boundary: Document | None = None
    session: Document | None = None
    of_resource: Document | None = None
    required: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the other evaluator, which runs in another process."""
        return asdict(self)


ELEMENTS = ("Principal", "Action", "Resource", "Condition")
EVERYTHING = "everything"
ASSUME = "sts:AssumeRole"
OF_A_RESOURCE = {"Principal": 0.9, EVERYTHING: 0.4}  # how likely the resource has a policy, by what varies
ACTIONS = ("sns:Publish", "sqs:SendMessage", "s3:GetObject", "kms:Decrypt")
RESOURCES = (
    f"arn:aws:sns:us-east-1:{ACCOUNT}:tap-red",
    f"arn:aws:sqs:eu-west-1:{ACCOUNT}:tap:bob:dead",
    "arn:aws:s3:::tap-red/bob/photo.jpg",
    f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234",
    "*",
)
NAMES = ("red", "Red", "blue", "r*d", "*", "?", "", "red\n", "red\nblue", "pre-bob", "r$d", "bob", "RED", "r*d")
TEMPLATES = (
    "red", "Red", "RED", "blue", "r*", "?ed", "r?d", "*", "", "pre-bob", "red\n", "*d", "red*", "*e", "bob",
    "${aws:PrincipalTag/team}", "${AWS:principaltag/TEAM}", "pre-${aws:username}", "${aws:username}*",
    "${aws:PrincipalTag/none}", "*${aws:PrincipalTag/none}", "${aws:PrincipalTag/none, 'red'}",
    "${aws:PrincipalTag/team, 'blue'}", "${aws:TagKeys}", "${aws:TagKeys, 'red'}", "r${*}d", "r${*}?", "${?}",
    "r${$}d", "${*}",
)  # fmt: skip
NUMBERS = ("10", "10.0", "9", "-3", "+10", ".5", "0.50", "11", "1e1", "ten", "NaN", "Infinity", "1_0", " 10", "",
           "9007199254740993", "9007199254740992", "${s3:max-keys}")  # fmt: skip
DATES = ("2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", "1767225600", "2026-01",
         "2026-06-01T00:00Z", "2026-01-01T00:00:00.5Z", "2025-12-31T23:59:59Z",
         "20260101", "2026-W01", "soon", "", "2026-02-30", "1e9",
         "2026", "9" * 20, "-1", "${aws:TokenIssueTime}")  # fmt: skip
TRUTHS = ("true", "True", "FALSE", "false", "yes", "1", "", "${aws:MultiFactorAuthPresent}", "${aws:PrincipalTag/flag}")
BINARIES = ("QQ==", "QR==", "Qg==", "QQ", "bad!", "", "QmluYXJ5", "qq==", "${test:Blob}")
NETWORKS = ("10.0.0.0/8", "10.1.2.3", "10.0.0.9/8", "2001:db8::/32", "2001:DB8::1", "::/0", "0.0.0.0/0", "10.0.0.256",
            "10.0.0.0/33", "", "*", "${aws:VpcSourceIp}")  # fmt: skip
ADDRESSES = ("10.1.2.3", "11.0.0.1", "2001:db8::1", "2001:db8:0::1", "::ffff:10.1.2.3", "10.0.0.0/8", "nowhere", "")
ARNS = (f"arn:aws:sns:us-east-1:{ACCOUNT}:tap-red", f"arn:aws:events:us-east-1:{ACCOUNT}:rule/a:red", "arn:aws:s3:::b",
        "arn:aws:sns:us-east-1", "red", "*", "",
        f"arn:aws:x:us-east-2:{ACCOUNT}:store/abc:{ACCOUNT}:red/file.txt")  # fmt: skip
ARN_TEMPLATES = (
    *ARNS, "arn:aws:sns:*:*:tap-*", "arn:aws:sns:*", "arn:aws:*:red", "arn:*", f"arn:aws:events:*:{ACCOUNT}:rule/*",
    "arn:aws:sns:us*red", "arn:aws:sns:us-east-?:*:tap-${aws:PrincipalTag/team}", "arn:aws:s3:::?",
    f"arn:aws:x:*:{ACCOUNT}:red/*", "arn:aws:sns:us-east-1?123456789012:tap-red", "ARN:aws:s3:::b",
    "arn:aws:sns:*:*:${aws:PrincipalTag/none}", "arn:aws:sns:*:${aws:PrincipalAccount}:*",
)  # fmt: skip


@dataclass(frozen=True)
class Family:
    """Operators that compare the same kind of value: their names, a key, what a request and a policy may have."""

    operators: tuple[str, ...]
    keys: tuple[str, ...]
    requested: tuple[str, ...]
    wanted: tuple[str, ...]


def _ordered(kind: str) -> tuple[str, ...]:
    relations = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    return tuple(f"{kind}{relation}" for relation in relations)


_TEXT_KEYS = ("aws:PrincipalTag/team", "aws:username", "aws:TagKeys")
_STRINGS = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
            "StringNotLike")  # fmt: skip
FAMILIES = (
    Family(_STRINGS, _TEXT_KEYS, NAMES, TEMPLATES),
    Family(_ordered("Numeric"), ("s3:max-keys",), NUMBERS[:-1], NUMBERS),
    Family(_ordered("Date"), ("aws:TokenIssueTime",), DATES[:-1], DATES),
    Family(("Bool",), ("aws:MultiFactorAuthPresent", "aws:PrincipalTag/flag"), TRUTHS[:-2], TRUTHS),
    Family(("BinaryEquals",), ("test:Blob",), BINARIES[:-1], BINARIES),
    Family(("IpAddress", "NotIpAddress"), ("aws:VpcSourceIp",), ADDRESSES, NETWORKS),
    Family(("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"), ("aws:SourceArn",), ARNS, ARN_TEMPLATES),
)
_FLAGS = ("true", "false", "True", "yes")


def random_cases(count: int, seed: int) -> Iterator[Case]:
    """That many cases."""
    chance = random.Random(seed)  # noqa: S311 - repeatable cases, no secrets
    for _ in range(count):
        yield _case(chance)


def _case(chance: random.Random) -> Case:
    action, resource = chance.choice(ACTIONS), chance.choice(RESOURCES)
    if _happens(chance, 0.1):
        action, resource = ASSUME, ROLE
    context = _context(chance)
    focus = chance.choice((EVERYTHING, EVERYTHING, *ELEMENTS, "Condition", "Condition"))
    policies = _Policies(chance, action, resource, context, focus)
    service = _happens(chance, 0.05)
    of_resource = policies.of_a_resource() if service or _happens(chance, OF_A_RESOURCE.get(focus, 0.1)) else None
    if service:
        return Case(service, action, resource, context, of_resource=of_resource)
    limited = 0.2 if focus == EVERYTHING else 0.05
    return Case(
        service,
        action,
        resource,
        context,
        identity=[policies.document() for _ in range(chance.choice((0, 1, 1, 1, 2) if of_resource else (1, 1, 1, 2)))],
        boundary=policies.document() if _happens(chance, limited) else None,
        session=policies.document() if _happens(chance, limited) else None,
        of_resource=of_resource,
        required=of_resource is not None and (action == ASSUME or _happens(chance, 0.3)),
    )


def _happens(chance: random.Random, probability: float) -> bool:
    return chance.random() < probability


def _context(chance: random.Random) -> dict[str, list[str]]:
    """Each key is there most of the time, with one value most of the time."""
    context: dict[str, list[str]] = {"aws:PrincipalAccount": [ACCOUNT]}
    for family in FAMILIES:
        for key in family.keys:
            if _happens(chance, 0.8):
                count = chance.choice((1, 1, 1, 1, 1, 2, 2, 3, 0))
                context[key] = [chance.choice(family.requested) for _ in range(count)]
    return context


@dataclass(frozen=True)
class _Policies:
    """Policies that are about one action, one resource and the keys of one request, or nearly.

    Attributes:
        focus: The element that varies, so that the answer hangs on it; the others fit. Or EVERYTHING.
    """

    chance: random.Random
    action: str
    resource: str
    context: dict[str, list[str]]
    focus: str

    def of_a_resource(self) -> Document:
        return self.document(principals=True)

    def document(self, *, principals: bool = False) -> Document:
        version = {"Version": NEW if _happens(self.chance, 0.9) else OLD}
        count = self.chance.choice((1, 1, 2, 3)) if self.focus == EVERYTHING else self.chance.choice((1, 1, 1, 2))
        return {**version, "Statement": [self._statement(principals=principals) for _ in range(count)]}

    def _statement(self, *, principals: bool) -> dict[str, Any]:
        statement: dict[str, Any] = {"Effect": self.chance.choice(("Allow", "Allow", "Allow", "Deny"))}
        if principals and self._varies("Principal"):
            element = "NotPrincipal" if _happens(self.chance, 0.2) else "Principal"
            statement[element] = self._principal()
        elif principals:
            statement["Principal"] = self.chance.choice(({"AWS": ROOT}, {"AWS": ROLE}, {"AWS": SESSION}, "*"))
        for element, exact, one in (("Action", self.action, self._action), ("Resource", "*", self._resource)):
            if self._varies(element):
                negated = "Not" if _happens(self.chance, 0.15) else ""
                statement[f"{negated}{element}"] = self._some(one)
            else:
                statement[element] = exact
        if principals and self.action == ASSUME:  # a role's trust policy is about that role, and names no resource
            statement = {element: said for element, said in statement.items() if not element.endswith("Resource")}
        if self._varies("Condition") and _happens(self.chance, 0.9):
            statement["Condition"] = self._conditions()
        return statement

    def _varies(self, element: str) -> bool:
        return self.focus in {element, EVERYTHING}

    def _some(self, one: Any) -> str | list[str]:
        count = self.chance.choice((0, 0, 1, 2))
        return [one() for _ in range(count)] if count else one()

    def _action(self) -> str:
        service, _, name = self.action.partition(":")
        return self.chance.choice(
            (self.action, self.action, self.action.upper(), f"{service}:*", "*", f"{service}:{name[:3]}*",
             f"{service}:?{name[1:]}", f"*:{name}", "iam:*", f"{service}:{name[1:]}")
        )  # fmt: skip

    def _resource(self) -> str:
        if self.resource == "*" or _happens(self.chance, 0.4):
            return self.chance.choice(("*", "*", "*", "*", f"arn:aws:sns:us-east-1:{ACCOUNT}:tap-red"))
        parts = self.resource.split(":", 5)
        at = self.chance.randrange(1, 6)
        changed = list(parts)
        changed[at] = self.chance.choice(
            ("*", f"{parts[at][:2]}*", f"*{parts[at][2:]}", f"{parts[at][:-1]}?", parts[at].upper())
        )
        return self.chance.choice(
            (
                self.resource,
                ":".join(changed),
                ":".join(changed[:at]),  # an incomplete ARN
                ":".join(changed[: at + 1]) + "*",
                self.resource[:12] + "*" + self.resource[20:],
                self.resource.replace("red", "${aws:PrincipalTag/team}").replace("bob", "${aws:username, 'bob'}"),
                self.resource.replace(ACCOUNT, "${aws:PrincipalAccount}"),
                self.resource.replace("tap", "${aws:PrincipalTag/none}"),
                self.resource.replace(":", "?"),
            )
        )

    def _principal(self) -> Any:
        who = (ROLE, SESSION, ROOT, ACCOUNT, "*", f"{ROLE}-other", ROLE.replace("healer", "*"), ROLE.upper(),
               "111122223333", SESSION.replace("run", "*"), SESSION.upper(), SESSION.replace("run", "x"))  # fmt: skip
        forms = (
            "*",
            {"Service": self.chance.choice((SERVICE, "sns.amazonaws.com", [SERVICE, "sns.amazonaws.com"]))},
            {"AWS": [ROLE, SESSION, ROOT]},
            {"AWS": self._some(lambda: self.chance.choice(who))},
        )
        return self.chance.choices(forms, weights=(25, 20, 15, 40))[0]

    def _conditions(self) -> dict[str, dict[str, Any]]:
        block: dict[str, dict[str, Any]] = {}
        for _ in range(self.chance.choice((1, 1, 2))):
            family = self.chance.choice((FAMILIES[0], FAMILIES[0], *FAMILIES))
            key = self.chance.choice(family.keys)
            named = self.chance.choice((key, key, key.upper(), key.lower()))
            prefix = self.chance.choice(("", "", "", "ForAnyValue:", "ForAllValues:"))
            if _happens(self.chance, 0.1):
                block.setdefault(f"{prefix}Null", {})[named] = self._some(lambda: self.chance.choice(_FLAGS))
                continue
            operator = f"{prefix}{self.chance.choice(family.operators)}{self.chance.choice(('', '', 'IfExists'))}"
            as_asked = self.context.get(key) if _happens(self.chance, 0.3) else None
            wanted = as_asked or (*family.wanted, *family.requested)
            block.setdefault(operator, {})[named] = self._some(lambda wanted=wanted: self.chance.choice(wanted))
        return block
