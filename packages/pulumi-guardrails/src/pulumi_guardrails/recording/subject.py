"""What a program is run as, when it is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Subject:
    """Project, stack and configuration, and what functions answer.

    Attributes:
        config: Full key, such as `aws:region`, to value.
        region: Where it deploys to unless the configuration or the program says so.
        answers: Function token to answer, over those that are made up.
    """

    project: str = "project"
    stack: str = "check"
    config: Mapping[str, str] = field(default_factory=dict)
    region: str = DEFAULT_REGION
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
