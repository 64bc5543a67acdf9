"""Rollouts that break a rule, for the referee to notice."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from embedded_aws.in_process.world import GROUP_NAME
from tap_stack.healer.handler import Surroundings


def careless(_: Mapping[str, Any], __: Any, around: Surroundings) -> None:
    """Start a refresh whenever it runs, whatever the group is doing."""
    identity, version = around.environ["WANTED_TEMPLATE"].rsplit(":", 1)
    clients: Any = around.clients
    with suppress(ClientError):
        clients.autoscaling.start_instance_refresh(
            AutoScalingGroupName=GROUP_NAME,
            DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateId": identity, "Version": version}},
            Preferences={"AutoRollback": True, "SkipMatching": True},
        )
