"""The Cause of a scaling activity, put together from `Words`."""

from __future__ import annotations

from datetime import datetime

from embedded_aws.fleet.members import Check, Flight, Kind, Member, UnhealthyReason
from embedded_aws.fleet.words import Words

STOPPED, MARKED, STATUS_CHECKS, VOLUME_CHECK = Words.stopped, Words.marked, Words.status_checks, Words.volume_check


def stamp(now: datetime) -> str:
    """A time as Causes write it: whole seconds, UTC."""
    return f"{now:%Y-%m-%dT%H:%M:%SZ}"


def at(words: Words, now: datetime, what: str) -> str:
    """One sentence of a Cause."""
    return words.sentence.format(at=stamp(now), what=what)


def of_verdict(words: Words, member: Member) -> str:
    """Why an unhealthy member is taken out of service."""
    if member.verdict is UnhealthyReason.STOPPED:
        return words.stopped
    if member.verdict is UnhealthyReason.MARKED:
        return words.marked
    if member.verdict is UnhealthyReason.APPLICATION:
        return words.application
    if member.verdict is UnhealthyReason.BALANCER:
        return words.balancer
    return words.volume_check if set(member.faults) == {Check.EBS} else words.status_checks


def of_arrival(words: Words, flight: Flight) -> str:
    """Why the new member of a replacement is launched."""
    return flight.why if flight.kind in {Kind.REFRESH, Kind.REBALANCE, Kind.SPOT, Kind.LIFETIME} else words.unhealthy


def taken_out(words: Words, now: datetime, why: str) -> str:
    """The Cause of a termination that somebody or something asked for."""
    return at(words, now, words.taken_out.format(why=why))


def launched(words: Words, now: datetime, why: str) -> str:
    """The Cause of a launch that takes the place of a member."""
    return at(words, now, words.launched.format(why=why))


def grown(words: Words, now: datetime, have: int, want: int) -> str:
    """The Cause of a launch towards the desired capacity."""
    return at(words, now, words.grown.format(have=have, want=want))


def relaunched(words: Words, now: datetime, why: str, have: int, want: int) -> str:
    """The Cause of a launch that takes the place of a member, after one that failed."""
    if words.retried is None:
        return launched(words, now, why)
    return at(words, now, words.retried.format(why=why, have=have, want=want))


def shrunk(words: Words, now: datetime, have: int, want: int, instance_id: str) -> str:
    """The Cause of a scale-in."""
    first = at(words, now, words.shrunk.format(have=have, want=want))
    return f"{first}  {at(words, now, words.selected.format(id=instance_id))}"


def by_user(words: Words, now: datetime, instance_id: str, what: str, sizes: tuple[int, int]) -> str:
    """The Cause of something done to one instance by request; `sizes` is the capacity before and after."""
    have, want = sizes
    change = {-1: words.by_user_down, 1: words.by_user_up}.get((want > have) - (want < have), "")
    return at(words, now, words.by_user.format(id=instance_id, what=what) + change.format(have=have, want=want))
