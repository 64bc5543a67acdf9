"""Scaling activities as DescribeScalingActivities words them: the only place that knows AWS's texts.

The API has no field for what an activity did, to which instance and why: only `StatusCode`, the times and the zone in
`Details` are structured. The texts are AWS's own, from its user guide ("Troubleshoot Amazon EC2 Auto Scaling: Health
checks", "Warm pools"), its knowledge center ("Why did Amazon EC2 Auto Scaling terminate an instance?") and the
activities of real accounts:

    Description  Launching a new EC2 instance: i-0abc        Terminating EC2 instance: i-0abc
                 Launching a new EC2 instance from warm pool: i-0abc
                 Launching a new EC2 instance.  Status Reason: ...            (a launch that failed before its id)
    Cause        At <time> an instance was launched in response to an unhealthy instance needing to be replaced.
                 At <time> an instance was taken out of service in response to
                   a user health-check.                                       (SetInstanceHealth)
                   an EC2 health check indicating it has been terminated or stopped.
                   an EC2 instance status checks failure.  /  an EC2 system status checks failure.
                   EBS volume health check failure.
                   an ELB system health check failure.

What the texts do not tell is taken for the worse: an unknown cause is `Cause.UNKNOWN`, an unknown description a
termination of unknown cause, and a launch or termination whose instance cannot be read makes the sweep blind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from .calls import Untrusted
from .model import Activity, ActivityKind, Cause, Outcome

Meaning = TypeVar("Meaning")

KINDS = (
    (ActivityKind.LAUNCH, re.compile(r"launch.* from warm pool")),
    (ActivityKind.POOL_LAUNCH, re.compile(r"launch.* into warm pool")),
    (ActivityKind.OTHER, re.compile(r"warm pool")),
    (ActivityKind.TERMINATE, re.compile(r"terminat")),
    (ActivityKind.LAUNCH, re.compile(r"launch")),
    (ActivityKind.OTHER, re.compile(r"attach|detach|standby|updating|regist|root volume")),
)
"""Kind -> the words of its Description in lower case; the first that holds. The warm pool is not the group."""

INSTANCE_ID = re.compile(r"\b(i-[0-9A-Za-z-]+)")
CAUSES = (
    (Cause.USER_MARK, re.compile(r"taken out of service in response to a user health-check")),
    (Cause.HEALTH_CHECK, re.compile(r"taken out of service in response to .*(health check|status check)")),
    (Cause.REPLACEMENT, re.compile(r"in response to an unhealthy instance needing to be replaced")),
    (
        Cause.OTHER,
        re.compile(
            r"difference between desired and actual capacity|selected for termination|user request|instance refresh"
            r"|balanc|spot|instance lifetime|delet|scheduled action|alarm|policy|attach|detach|standby|warm pool"
        ),
    ),
)
"""Cause -> AWS's words for it in lower case; the first that holds."""

OUTCOMES = {"Successful": Outcome.SUCCESSFUL, "Failed": Outcome.FAILED, "Cancelled": Outcome.CANCELLED}
"""What every other StatusCode says, those of the future included: under way."""


def parse(entry: Mapping[str, Any]) -> Activity:
    """One entry of `Activities`.

    Raises:
        KeyError: It has no StartTime, StatusCode, Description or Cause: an entry that tells nothing is no history.
        Untrusted: It launched or terminated an instance, and does not say which one.
    """
    description, cause, started = entry["Description"], entry["Cause"], entry["StartTime"]
    ended, details = entry.get("EndTime"), entry.get("Details")
    if not isinstance(started, datetime) or not isinstance(ended, datetime | None):
        raise Untrusted(f"DescribeScalingActivities: {started!r} and {ended!r} are no times")
    done = description.partition("Status Reason:")[0]  # the reason of a failed launch speaks of terminations, too
    kind = _first(KINDS, done)
    outcome = OUTCOMES.get(entry["StatusCode"], Outcome.UNDER_WAY)
    found = INSTANCE_ID.search(done)
    never_was = kind is ActivityKind.LAUNCH and outcome in {Outcome.FAILED, Outcome.CANCELLED}
    of_the_group = kind not in {ActivityKind.OTHER, ActivityKind.POOL_LAUNCH}
    if found is None and of_the_group and not never_was:
        raise Untrusted(f"DescribeScalingActivities: no instance in {description[:200]!r}")
    return Activity(
        kind=kind or ActivityKind.TERMINATE,
        cause=(_first(CAUSES, cause) if kind else None) or Cause.UNKNOWN,
        outcome=outcome,
        instance_id=found.group(1) if found else "",
        started=started,
        ended=ended,
        zone=_zone(details) if isinstance(details, str) else "",
    )


def _first(table: tuple[tuple[Meaning, re.Pattern[str]], ...], text: str) -> Meaning | None:
    """The first meaning whose words are in the text; None if there is none."""
    text = text.lower()
    return next((meaning for meaning, words in table if words.search(text)), None)


@lru_cache  # a group has few zones and subnets, and a history many activities
def _zone(details: str) -> str:
    """The zone out of `Details`, a JSON text such as `{"Subnet ID":"subnet-1","Availability Zone":"us-west-2a"}`."""
    try:
        return str(json.loads(details)["Availability Zone"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
