"""User data sees to it that the SSM agent runs."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.secrets import user_data
from pulumi_guardrails.types import INSTANCE, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    if not resource.knows("userData") or not resource.knows("userDataBase64"):
        return
    script = user_data(resource.value("userData"), resource.value("userDataBase64"))
    lines = [line for line in script.splitlines() if "amazon-ssm-agent" in line and not line.lstrip().startswith("#")]
    starts = any(word in line for line in lines for word in ("enable", "start", "snap install", "Start-Service"))
    if not starts:
        yield "its user data does not start amazon-ssm-agent"


RULE = Rule(
    id="user-data-ssm-agent",
    title="User data sees to it that the SSM agent runs",
    severity=MANDATORY,
    controls=("seed:2",),
    why="Minimal images come without it, and some have it switched off: then there is no way in.",
    mend="In the user data: `systemctl enable --now amazon-ssm-agent`.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE), _judge),
)
