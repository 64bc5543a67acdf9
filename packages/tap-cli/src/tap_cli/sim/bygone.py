"""What a group did before its history begins: weeks of scaling activities, drawn at random."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from embedded_aws.fleet import causes
from embedded_aws.fleet.activities import Activity, StatusCode
from embedded_aws.fleet.words import Words

SHUTDOWN, BOOT = timedelta(seconds=40), timedelta(seconds=70)
REASONS = ("stopped", "status_checks", "volume_check", "zones", "refresh", "marked")


def activities(rng: Random, words: Words, begin: datetime, end: datetime, number: int) -> list[Activity]:
    """So many replacements between two moments, the oldest first: each a termination, and a launch that may fail."""
    span = (end - begin).total_seconds()
    times = sorted(begin + timedelta(seconds=span * rng.random()) for _ in range(number))
    return [activity for index, when in enumerate(times) for activity in _replacement(rng, words, when, index)]


def _replacement(rng: Random, words: Words, when: datetime, index: int) -> list[Activity]:
    zone, reason = rng.choice("abc"), rng.choice(REASONS)
    gone, come = f"i-{0xA000000 + 2 * index:017x}", f"i-{0xA000001 + 2 * index:017x}"
    leaving = Activity(_identity(rng), words.terminate.format(id=gone), "", when, zone, gone)
    leaving.status, leaving.end = StatusCode.SUCCESSFUL, when + SHUTDOWN
    leaving.cause = causes.taken_out(words, when, getattr(words, reason))
    arriving = Activity(_identity(rng), words.launch.format(id=come), "", when, zone, come)
    arriving.status, arriving.end = StatusCode.SUCCESSFUL, when + BOOT
    arriving.cause = causes.launched(words, when, words.unhealthy)
    if rng.random() < 0.05:  # noqa: PLR2004 - a chance
        arriving.status, arriving.instance_id, arriving.description = StatusCode.FAILED, "", words.launch_failed
    return [leaving, arriving]


def _identity(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"
