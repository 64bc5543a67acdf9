"""Scaling activities as DescribeScalingActivities words them: the only place that knows AWS's texts.

The texts are AWS's own, from its user guide ("Troubleshoot Amazon EC2 Auto Scaling: Health checks"), its knowledge
center ("Why did Amazon EC2 Auto Scaling terminate an instance?") and the activities of real accounts:

    Description  Launching a new EC2 instance: i-0abc        Terminating EC2 instance: i-0abc
                 Launching a new EC2 instance.  Status Reason: ...            (a launch that failed before its id)
    Cause        At <time> an instance was launched in response to an unhealthy instance needing to be replaced.
                 At <time> an instance was taken out of service in response to
                   a user health-check.                                       (SetInstanceHealth)
                   an EC2 health check indicating it has been terminated or stopped.
                   an EC2 instance status checks failure.  /  an EC2 system status checks failure.
                   EBS volume health check failure.
                   an ELB system health check failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .model import Activity, ActivityKind, Cause, Outcome

KINDS = {"Launching a new EC2 instance": ActivityKind.LAUNCH, "Terminating EC2 instance": ActivityKind.TERMINATE}
INSTANCE_ID = re.compile(r"EC2 instance: (i-[0-9A-Za-z-]+)")
CAUSES = (
    (Cause.USER_MARK, re.compile(r"taken out of service in response to a user health-check")),
    (Cause.HEALTH_CHECK, re.compile(r"taken out of service in response to .*(health check|status check)")),
    (Cause.REPLACEMENT, re.compile(r"in response to an unhealthy instance needing to be replaced")),
)
OUTCOMES = {"Successful": Outcome.SUCCESSFUL, "Failed": Outcome.FAILED, "Cancelled": Outcome.CANCELLED}


def parse(entry: Mapping[str, Any]) -> Activity:
    """One entry of `Activities`; what it does not tell, or tells in unknown words, is `other`, `under_way` or "".

    Raises:
        KeyError: It has no StartTime: an entry that cannot be placed in time is no history.
    """
    description = entry.get("Description", "")
    found = INSTANCE_ID.search(description)
    return Activity(
        kind=next((kind for words, kind in KINDS.items() if description.startswith(words)), ActivityKind.OTHER),
        cause=next((cause for cause, words in CAUSES if words.search(entry.get("Cause", ""))), Cause.OTHER),
        outcome=OUTCOMES.get(entry.get("StatusCode", ""), Outcome.UNDER_WAY),
        instance_id=found.group(1) if found else "",
        started=entry["StartTime"],
        ended=entry.get("EndTime"),
        zone=_zone(entry.get("Details", "")),
    )


def _zone(details: str) -> str:
    """The zone out of `Details`, a JSON text such as `{"Subnet ID":"subnet-1","Availability Zone":"us-west-2a"}`."""
    try:
        return str(json.loads(details)["Availability Zone"])
    except (ValueError, KeyError, TypeError):
        return ""
