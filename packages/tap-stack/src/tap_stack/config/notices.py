"""A topic of the user's own, which Auto Scaling tells of each launch and termination. Pure.

Source: EC2 Auto Scaling User Guide, "Amazon SNS notification options for Amazon EC2 Auto Scaling": a standard topic, of
the group's region.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, ValidationInfo

TOPIC = r"^(arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256})?$"
TOPIC_IN_WORDS = "empty, or the ARN of a topic of SNS in the stack's region that is no FIFO topic"


def topic_of_region(value: str, info: ValidationInfo) -> str:
    """A topic that the group's region has."""
    region, parts = info.data.get("region"), value.split(":")
    if value and region is not None and len(parts) > len(("arn", "aws", "sns")) and parts[3] != region:
        raise ValueError(f"a topic of {region}; this one is in {parts[3]}")
    return value


TopicArn: TypeAlias = Annotated[str, AfterValidator(topic_of_region)]
