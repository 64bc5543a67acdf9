"""The rules of AWS's documentation that the other evaluator does not have, each as a way to write a case anew."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from bench.iam.cases import ACCOUNT, ROLE, ROOT, SERVICE, SESSION
from bench.iam.plain import Asked, Named, Rules, Variables, texts

NOBODY = "arn:aws:iam::999999999999:role/nobody"
UNWANTED, UNASKED = "\x02", "\x03"  # values that fit nothing: of a policy, of a request
STAR, QUESTION, NEWLINE = (
    "\x04",
    "\x05",
    "\x06",
)  # the three characters themselves, where the other one has no way to say so
TOKEN = re.compile(r"\$\{([^}]*)\}")
VARIABLE = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
DATE_FORMS = ("%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f")
DIGITS_OF_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2}(?:T[0-9:.]+)?)?")
ZONE = re.compile(r"(.*T.*?)(Z|[+-][0-9]{2}:[0-9]{2})$")
FAR = 1_000_000
SEGMENTS = 6

Kind: TypeAlias = str
"""Of a variable: it has a `value` or comes to `nothing`, it falls back on its `default`, or it is a `character`."""


def _takes_variables(operator: str) -> bool:
    return operator == "Bool" or operator.startswith(("String", "Arn"))


def _takes_wildcards(operator: str) -> bool:
    return operator.startswith("Arn") or operator.endswith("Like")


def _meaning(token: str, variables: Variables) -> tuple[Kind, str]:
    """What a variable is replaced by, as literal text."""
    if token in {"*", "?", "$"}:
        return "character", token
    found = VARIABLE.fullmatch(token)
    key, default = (found[1], found[2]) if found else (token, None)
    values = variables.get(key.lower(), [])
    if len(values) == 1 and values[0]:
        return "value", values[0]
    return ("nothing", "") if default is None else ("default", default)


def _literal(text: str) -> str:
    return text.replace("*", STAR).replace("?", QUESTION)


def _expanded(kind: Kind, text: str, variables: Variables, quoted: Callable[[str], str]) -> str | None:
    """A text with its variables of one kind replaced; None if one should have a value and comes to nothing."""
    meanings = [_meaning(token[1], variables) for token in TOKEN.finditer(text)]
    if kind == "value" and ("nothing", "") in meanings:
        return None
    each = iter(meanings)

    def by_its_meaning(token: re.Match[str]) -> str:
        of_kind, meaning = next(each)
        return quoted(meaning) if of_kind == kind else token[0]

    return TOKEN.sub(by_its_meaning, text)


def variable(kind: Kind) -> Rules:
    """Replace the variables of one kind."""

    def condition(asked: Asked) -> Asked:
        if asked.variables is None or not _takes_variables(asked.operator):
            return asked
        patterns = _takes_wildcards(asked.operator)
        quoted = _literal if patterns else str
        expanded = [_expanded(kind, each, asked.variables, quoted) for each in asked.wanted]
        present = tuple(map(quoted, asked.present)) if asked.present else asked.present
        wanted = tuple(UNWANTED if each is None else each for each in expanded)
        return asked if wanted == asked.wanted else replace(asked, wanted=wanted, present=present)

    def resource(named: Named) -> Named | bool:
        if named.variables is None:
            return named
        pattern = _expanded(kind, named.pattern, named.variables, _literal)
        return False if pattern is None else replace(named, pattern=pattern)

    return Rules(condition, resource)


def several_values(asked: Asked) -> Asked | bool:
    """A key with several values and no set operator: not met."""
    alone = not asked.prefix and asked.operator != "Null"
    return False if alone and asked.present is not None and len(asked.present) > 1 else asked


def null_dataset(asked: Asked) -> Asked:
    """A key without values is missing; to Null and to the set operators a key with empty values is too."""
    nothing = not asked.present or ((asked.prefix or asked.operator == "Null") and not any(asked.present))
    return replace(asked, present=None) if nothing else asked


def if_exists_of_any(asked: Asked) -> Asked:
    """IfExists after ForAnyValue changes nothing."""
    return replace(asked, if_exists=False) if asked.prefix == "ForAnyValue:" else asked


def null_of_a_set(asked: Asked) -> Asked:
    """Null after a set operator is Null."""
    return replace(asked, prefix="") if asked.operator == "Null" else asked


def null_values(asked: Asked) -> Asked | bool:
    """Null with several values, or with one that is neither true nor false."""
    if asked.operator != "Null":
        return asked
    wanted = sorted({each.lower() for each in asked.wanted} & {"true", "false"})
    return bool(wanted) if len(wanted) != 1 else replace(asked, wanted=tuple(wanted))


def _number(text: str) -> Decimal | None:
    return Decimal(text) if NUMBER.fullmatch(text) else None


def _moment(text: str) -> Decimal | None:
    """Seconds since 1970."""
    seconds = _number(text)
    if seconds is not None:
        return seconds if abs(seconds) < 10**11 else None
    zoned = ZONE.fullmatch(text)
    local, zone = (zoned[1], zoned[2].replace("Z", "+00:00")) if zoned else (text, "+00:00")
    if DIGITS_OF_DATE.fullmatch(local):
        for form in DATE_FORMS:
            try:
                read = datetime.strptime(f"{local} {zone}", f"{form} %z").astimezone(UTC)
            except ValueError:
                continue
            return Decimal((read - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    return None


def ranked(family: str, read: Callable[[str], Decimal | None]) -> Callable[[Asked], Asked]:
    """Numbers or dates as small whole numbers in the same order; what is neither is where nothing compares with it."""

    def condition(asked: Asked) -> Asked:
        if not asked.operator.startswith(family) or asked.present is None:
            return asked
        readings = {each: read(each) for each in (*asked.wanted, *asked.present)}
        order = sorted({value for value in readings.values() if value is not None})
        far = FAR if "Greater" in asked.operator else -FAR

        def rank(text: str, unread: int) -> str:
            value = readings[text]
            return str(unread if value is None else order.index(value) + 1)

        wanted = tuple(rank(each, far) for each in asked.wanted)
        return replace(asked, wanted=wanted, present=tuple(rank(each, -2 * far) for each in asked.present))

    return condition


def truths(asked: Asked) -> Asked:
    """Only true and false are truths."""
    return _read(asked, "Bool", lambda text: text.lower() if text.lower() in {"true", "false"} else None)


def bytes_of_base64(asked: Asked) -> Asked:
    """Binary values are compared byte for byte."""

    def read(text: str) -> str | None:
        try:
            return base64.b64decode(text, validate=True).hex()
        except (binascii.Error, ValueError):
            return None

    return _read(asked, "BinaryEquals", read)


def _read(asked: Asked, operator: str, read: Callable[[str], str | None]) -> Asked:
    if asked.operator != operator or asked.present is None:
        return asked

    def readable(text: str, otherwise: str) -> str:
        value = read(text)
        return otherwise if value is None else value

    wanted = tuple(readable(each, UNWANTED) for each in asked.wanted)
    return replace(asked, wanted=wanted, present=tuple(readable(each, UNASKED) for each in asked.present))


def arns_by_segment(asked: Asked) -> Asked:
    """Six parts each: with as many colons on both sides, no wildcard can take one in."""
    if not asked.operator.startswith("Arn") or asked.present is None:
        return asked

    def whole(arn: str, otherwise: str) -> str:
        parts = arn.split(":", SEGMENTS - 1)
        if len(parts) < SEGMENTS or parts[0] != "arn":
            return otherwise
        return ":".join((*parts[:-1], parts[-1].replace(":", ";")))

    wanted = tuple(whole(each, UNWANTED) for each in asked.wanted)
    return replace(asked, wanted=wanted, present=tuple(whole(each, UNASKED) for each in asked.present))


def line_ends(asked: Asked) -> Asked:
    """A wildcard stands for any character, a line's end too, and a line's end stands for itself."""
    if not _takes_wildcards(asked.operator) or asked.present is None:
        return asked
    wanted, present = (tuple(each.replace("\n", NEWLINE) for each in side) for side in (asked.wanted, asked.present))
    return replace(asked, wanted=wanted, present=present)


def incomplete_arn(named: Named) -> Named:
    """An identity-based policy may leave out the end of an ARN."""
    missing = SEGMENTS - 1 - TOKEN.sub("", named.pattern).count(":")
    if not named.of_identity or not named.pattern.startswith("arn:") or missing <= 0:
        return named
    return replace(named, pattern=named.pattern + ":*" * missing)


def segments_of_resource(named: Named) -> Named | bool:
    """Wildcards stay in their part of an ARN; only a star at the end of a part goes beyond the colon."""
    head = named.pattern.split(":", SEGMENTS - 1)[:-1] if named.pattern.count(":") >= SEGMENTS - 1 else [named.pattern]
    if named.pattern == "*" or not {"*", "?"} & set("".join(head)):
        return named
    return _fits(named.pattern, named.resource)


def _fits(pattern: str, resource: str) -> bool:
    """The definition itself, a character at a time."""

    @cache
    def fits(at: int, left: int, colons: int) -> bool:
        if at == len(pattern):
            return left == len(resource)
        here, after = pattern[at], pattern[at + 1 : at + 2]
        if here == "*" and fits(at + 1, left, colons):
            return True
        if left == len(resource):
            return False
        in_head = colons < SEGMENTS - 1
        if here == "*":
            confined = in_head and after not in {"", ":"}
            return not (confined and resource[left] == ":") and fits(at, left + 1, colons)
        if here == "?":
            return not (in_head and resource[left] == ":") and fits(at + 1, left + 1, colons)
        return here == resource[left] and fits(at + 1, left + 1, colons + (here == ":"))

    return fits(0, 0, 0)


def exact_principals(element: str, value: Any, _: bool) -> tuple[str, Any]:  # noqa: FBT001 - as the other rules
    """A principal's ARN is compared letter by letter; `*` is everyone and nothing else."""
    if not isinstance(value, dict) or "AWS" not in value:
        return element, value
    known = {ROLE, SESSION, ROOT, ACCOUNT, "*"}
    return element, {**value, "AWS": [each if each in known else NOBODY for each in texts(value["AWS"])]}


def not_principal(element: str, value: Any, service: bool) -> tuple[str, Any]:  # noqa: FBT001 - as the other rules
    """NotPrincipal leaves out a session that is listed with its role and its account, and a listed service."""
    if element == "Principal":
        return element, value
    listed = {"*"} if value == "*" else {each for kind in value.values() for each in texts(kind)}
    spared = SERVICE in listed if service else {SESSION, ROLE} <= listed and bool({ROOT, ACCOUNT} & listed)
    return "Principal", {"AWS": NOBODY} if spared or "*" in listed else "*"


NUMBERS = Rules(ranked("Numeric", _number))
DATES = Rules(ranked("Date", _moment))
