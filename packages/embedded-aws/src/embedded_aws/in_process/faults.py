"""What may go wrong between a caller and AWS: chances for each call, and ways in which AWS is other than expected.

A `Trouble` says how some requests of an operation fare worse than others: it takes the parameters of a request and
returns how that request fares. It may remember those before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from embedded_aws.in_process.alterations import Alteration

Params: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Fate:
    """How one request fares.

    Attributes:
        seconds: It is on its way for so much longer; for longer than the caller waits means that it never arrives.
        refused: The code of the error that AWS answers with; "" if it answers as ever.
    """

    seconds: float = 0.0
    refused: str = ""


Trouble: TypeAlias = Callable[[Params], Fate]

USUAL = Fate()
LOST = Fate(seconds=math.inf)


@dataclass(frozen=True)
class ApiFaults:
    """How the API misbehaves. Chances are from 0 to 1 and apply to each call on its own.

    Attributes:
        throttled: Refused with `Throttling` (EC2: `RequestLimitExceeded`).
        throttled_every: Every so many calls one is refused so, beginning with the first; 0 for none.
        broken: Answered with an internal error.
        lost_request: The request never arrives; the caller waits until its read times out.
        lost_reply: It takes effect, and the answer never arrives.
        undated: The answer has no `Date` header.
        lost_page: The next page cannot be had: its token is refused.
        empty_page: A page with a token and nothing else, as AWS's describe calls may give.
        repeated_page: A page whose token leads to itself.
        overlapping_page: A page that begins with the last entry of the page before.
        lag_seconds: How far behind an answer may be; each read shows the world of now or of so many seconds ago.
        latency_seconds: The longest that a call takes when nothing is wrong.
        page_size: Entries in a page of any paged answer, unless the caller asks for fewer; 0 for AWS's own limits.
        denied: Operations for which there is no permission.
        unknown_filters: Filters that this AWS does not know yet, so that a request with one is refused.
        altered: Operations whose answers are altered, and how (`alterations`).
        troubled: Operations some of whose requests fare worse than others, and how.
    """

    throttled: float = 0.0
    throttled_every: int = 0
    broken: float = 0.0
    lost_request: float = 0.0
    lost_reply: float = 0.0
    undated: float = 0.0
    lost_page: float = 0.0
    empty_page: float = 0.0
    repeated_page: float = 0.0
    overlapping_page: float = 0.0
    lag_seconds: float = 0.0
    latency_seconds: float = 0.2
    page_size: int = 0
    denied: frozenset[str] = frozenset()
    unknown_filters: frozenset[str] = frozenset()
    altered: Mapping[str, Alteration] = field(default_factory=dict)
    troubled: Mapping[str, Trouble] = field(default_factory=dict)


NONE = ApiFaults()


def slow(seconds: float) -> Trouble:
    """Each is on its way for so much longer."""
    return lambda _: Fate(seconds)


def lost_at_first(times: int, words: str) -> Trouble:
    """Of those in whose parameters the words stand, so many are lost; what comes after them is not."""
    left = [LOST] * times

    def fate(params: Params) -> Fate:
        concerned = any(words in str(value) for value in params.values())
        return left.pop() if concerned and left else USUAL

    return fate


def always_the_first(fate: Fate) -> Trouble:
    """What is asked for first fares so each time that it is asked for; all else fares well."""
    first: list[Params] = []

    def of(params: Params) -> Fate:
        if not first:
            first.append(dict(params))
        return fate if params == first[0] else USUAL

    return of
