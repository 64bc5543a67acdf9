"""Wildcards and policy variables in the values of a policy.

`*` stands for any run of characters and `?` for any one. `${key}` is replaced by a value of the request, `${key, 'x'}`
falls back on x, and `${*}`, `${?}`, `${$}` are those characters themselves. What a variable brings in is literal text:
a tag whose value is `*` opens nothing.

Source: IAM User Guide, "Policy elements: Variables and tags", "Resource" and "IAM identifiers" (incomplete ARNs).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import TypeAlias


class Wildcard(Enum):
    """The two wildcard characters, where they act as such."""

    ANY = "*"
    ONE = "?"


Piece: TypeAlias = str | Wildcard
Lookup: TypeAlias = Callable[[str], str | None]
"""The value of a policy variable, None if the request has none."""

TOKEN = re.compile(r"\$\{([^}]*)\}|([*?])")
_DEFAULTED = re.compile(r"\s*([^,\s]+)\s*,\s*'([^']*)'\s*")
_ESCAPES = frozenset({"*", "?", "$"})
ARN_SEGMENTS = 6  # arn:partition:service:region:account:resource


def pieces(text: str, lookup: Lookup | None = None) -> tuple[Piece, ...] | None:
    """Take a policy value apart into literal text and wildcards.

    Args:
        text: The value as the policy has it.
        lookup: Resolves policy variables; None leaves `${...}` as it is (policies older than version 2012-10-17).

    Returns:
        The pieces, or None if a variable has neither a value nor a default: such a value matches nothing.
    """
    found: list[Piece] = []
    end = 0
    for token in TOKEN.finditer(text):
        found.append(text[end : token.start()])
        end = token.end()
        piece = _piece(token, lookup)
        if piece is None:
            return None
        found.append(piece)
    found.append(text[end:])
    return tuple(piece for piece in found if piece != "")


def _piece(token: re.Match[str], lookup: Lookup | None) -> Piece | None:
    if token[2]:
        return Wildcard(token[2])
    if lookup is None:
        return token[0]
    if token[1] in _ESCAPES:
        return token[1]
    defaulted = _DEFAULTED.fullmatch(token[1])
    key, default = (defaulted[1], defaulted[2]) if defaulted else (token[1].strip(), None)
    value = lookup(key)
    return default if value is None else value


def arn_segments(arn: str) -> list[str]:
    """The parts of an ARN, six if it is whole: split at the first five colons that are not inside a `${...}`."""
    masked = TOKEN.sub(lambda token: token[0].replace(":", "\0"), arn)
    return [segment.replace("\0", ":") for segment in masked.split(":", ARN_SEGMENTS - 1)]


def completed(arn: str) -> str:
    """An ARN of a policy with a `*` for every part that it lacks: `arn:aws:sqs` is `arn:aws:sqs:*:*:*`."""
    if not arn.startswith("arn:"):
        return arn
    return arn + ":*" * (ARN_SEGMENTS - len(arn_segments(arn)))


def literal(parts: tuple[Piece, ...]) -> str:
    """The text again, for operators to which wildcards mean nothing."""
    return "".join(piece.value if isinstance(piece, Wildcard) else piece for piece in parts)


def matches(parts: tuple[Piece, ...], text: str, *, ignore_case: bool = False) -> bool:
    """Whether the whole of `text` fits the pattern."""
    regex = "".join(_escaped(piece, ".", any_run=".*") for piece in parts)
    return _compiled(regex, ignore_case=ignore_case).fullmatch(text) is not None


def matches_arn(parts: tuple[Piece, ...], arn: str) -> bool:
    """Whether an ARN fits a Resource element.

    Wildcards in one of the first five segments stay in that segment, except that a `*` at its end may run beyond the
    colon; within the resource part they match anything.
    """
    return _compiled(_arn_regex(parts), ignore_case=False).fullmatch(arn) is not None


def _arn_regex(parts: tuple[Piece, ...]) -> str:
    written: list[str] = []
    colons = 0
    for position, piece in enumerate(parts):
        following = parts[position + 1] if position + 1 < len(parts) else ":"
        ends_segment = isinstance(following, str) and following.startswith(":")
        any_one = "[^:]" if colons < ARN_SEGMENTS - 1 else "."
        written.append(_escaped(piece, any_one, any_run=".*" if ends_segment else f"{any_one}*"))
        colons += piece.count(":") if isinstance(piece, str) else 0
    return "".join(written)


def _escaped(piece: Piece, any_one: str, *, any_run: str) -> str:
    if piece is Wildcard.ANY:
        return any_run
    return any_one if piece is Wildcard.ONE else re.escape(str(piece))


@lru_cache(maxsize=4096)
def _compiled(regex: str, *, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(regex, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
