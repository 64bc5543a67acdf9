"""docs/runbooks.md has a section for every alarm and every reason, and its commands are the AWS CLI's."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session

from tap_stack.components.alarms import LONGEST_DESCRIPTION, RUNBOOKS
from tap_stack.healer.model import Reason
from tap_stack.healer.notices import TARGETS

from .recording import Registered, tap

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / RUNBOOKS).read_text()
PARTS = ("Means", "Look at", "Do", "Escalate")
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
GLOBAL_OPTIONS = {"query", "output", "region", "max-items"}
NOT_OF_THE_API = {("logs", "tail")}
"""Commands that the AWS CLI has by itself."""


def sections() -> dict[str, str]:
    """The heading of each section below "Alarms" and "Reasons", which is its anchor, to its text."""
    _, *parts = re.split(r"^### (\S+)$", PAGE, flags=re.MULTILINE)
    return {name: text.partition("\n## ")[0] for name, text in zip(parts[::2], parts[1::2], strict=True)}


def alarms() -> dict[str, Registered]:
    """The stack's alarms by what they are about."""
    return {found.name.removeprefix("tap-").removesuffix("-dev"): found for found in tap().of(ALARM).values()}


def commands() -> list[str]:
    """Every command of the AWS CLI on the page."""
    return re.findall(r"^    (aws .+)$", PAGE, flags=re.MULTILINE)


def test_there_is_a_section_for_every_alarm_and_every_reason_and_for_nothing_else() -> None:
    assert list(sections()) == [*dict.fromkeys(sections())]
    assert set(sections()) == {*alarms(), *(reason.value for reason in Reason)}


@pytest.mark.parametrize("name", sections())
def test_a_section_says_what_it_means_what_to_look_at_what_to_do_and_when_to_escalate(name: str) -> None:
    found = re.findall(r"^\*\*([^*]+)\.\*\* \S", sections()[name], flags=re.MULTILINE)

    assert found == [*PARTS]
    assert "\n    aws " in sections()[name]


def test_every_alarm_leads_to_its_section_and_says_what_happened_and_what_to_do_first() -> None:
    for thing, alarm in alarms().items():
        description = alarm.inputs["alarmDescription"]

        assert description.endswith(f" Runbook: {RUNBOOKS}#{thing}")
        assert 2 <= len(re.findall(r"[.:] (?=[A-Z])", description)) <= 4, description
        assert len(description) <= LONGEST_DESCRIPTION


def test_descriptions_are_within_cloudwatchs_limit_with_the_longest_names() -> None:
    found = tap(environmentSuffix="s" * 20, healthCheckGracePeriod="7200").of(ALARM).values()

    assert max(len(each.inputs["alarmDescription"]) for each in found) <= LONGEST_DESCRIPTION


def test_links_within_the_page_lead_to_a_section() -> None:
    chapters = {title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE)}

    assert TARGETS in chapters
    assert set(re.findall(r"\(#([^)]+)\)", PAGE)) <= sections().keys() | chapters


def test_the_page_is_linked() -> None:
    assert "(docs/runbooks.md)" in (ROOT / "README.md").read_text()
    assert "(runbooks.md)" in (ROOT / "docs/healer.md").read_text()


@pytest.mark.parametrize("command", commands())
def test_a_command_is_one_that_aws_has_with_options_that_it_takes(command: str) -> None:
    _, service, operation, *words = shlex.split(command)
    given = {word[2:] for word in words if word.startswith("--")}
    if (service, operation) in NOT_OF_THE_API:
        return
    model = Session().get_service_model(service)

    named = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in named
    shape = model.operation_model(named[operation]).input_shape
    taken = {xform_name(name, "-") for name in shape.members} if shape else set()
    assert {option.removeprefix("no-") for option in given} - GLOBAL_OPTIONS - taken == set()
