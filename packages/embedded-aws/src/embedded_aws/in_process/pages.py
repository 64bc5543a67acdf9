"""Answers that come in pages, and what may go wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from embedded_aws.in_process import filters, log_streams
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.errors import AwsError

Entry: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Manner:
    """How an operation gives its pages.

    Attributes:
        most: Entries in a page at most.
        usual: Entries in a page when nothing is said.
        limit: The parameter that says how many.
        refusal: The error for a number that is not accepted.
        key: That of the token, in the request and in the answer.
        bad_token: The error for a token of which AWS knows nothing.
    """

    most: int
    usual: int
    limit: str
    refusal: str
    key: str = "NextToken"
    bad_token: Callable[[], AwsError] = lambda: AwsError("InvalidNextToken", "The token provided is invalid.")


MANNERS = {
    "AutoScalingGroups": Manner(100, 50, "MaxRecords", "ValidationError"),
    "Activities": Manner(100, 100, "MaxRecords", "ValidationError"),
    "InstanceRefreshes": Manner(100, 50, "MaxRecords", "ValidationError"),
    "InstanceStatuses": Manner(1000, 1000, "MaxResults", "InvalidParameterValue", bad_token=filters.invalid_token),
    "Tags": Manner(1000, 1000, "MaxResults", "InvalidParameterValue", bad_token=filters.invalid_token),
    "logStreams": Manner(
        50, 50, "limit", "InvalidParameterException", key="nextToken", bad_token=log_streams.invalid_token
    ),
}
"""By the key under which the entries come. Sources: the API references of the describe calls."""


@dataclass(frozen=True)
class Rest:
    """What is left of an answer that comes in pages: items from a position on, and how one is told."""

    items: Sequence[Any]
    position: int
    tell: Callable[[Any], Entry]


class Pages:
    """The answers of one session that have not been read to their end, by token."""

    def __init__(self) -> None:
        self._rest: dict[str, Rest] = {}

    def keep(self, rest: Rest) -> str:
        """Keep the rest of an answer; returns its token."""
        token = f"page-{len(self._rest) + 1}"
        self._rest[token] = rest
        return token

    def get(self, token: str) -> Rest | None:
        """The rest of an answer; it can be asked for again."""
        return self._rest.get(token)


def paged(
    account: Account,
    pages: Pages,
    params: Entry,
    key: str,
    find: Callable[[], Sequence[Any]],
    *,
    tell: Callable[[Any], Entry] = lambda entry: entry,
) -> Entry:
    """One page of what `find` finds, under `key`, in the account's manner of giving pages.

    Raises:
        AwsError: A page size or a token that is not accepted.
    """
    faults, manner = account.faults, MANNERS[key]
    token, size = params.get(manner.key), params.get(manner.limit, manner.usual)
    if not 1 <= size <= manner.most:
        raise AwsError(manner.refusal, f"{manner.limit} must be at most {manner.most}; {size} is not valid.")
    size = min(size, faults.page_size or size)
    rest = Rest(find(), 0, tell) if token is None else pages.get(token)
    if rest is None or (token is not None and account.happens(faults.lost_page)):
        raise manner.bad_token()
    if token is None and rest.items and account.happens(faults.empty_page):
        return {key: [], manner.key: pages.keep(rest)}
    end = rest.position + size
    shown = [rest.tell(item) for item in rest.items[rest.position : end]]
    if rest.items and account.happens(faults.repeated_page):
        return {key: shown, manner.key: token or pages.keep(rest)}
    if end >= len(rest.items):
        return {key: shown}
    again = 1 if size > 1 and account.happens(faults.overlapping_page) else 0
    return {key: shown, manner.key: pages.keep(Rest(rest.items, end - again, rest.tell))}
