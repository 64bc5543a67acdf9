"""The embedded engine's door: a program that breaks a mandatory rule is not begun, in a preview or in an update."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.programs import TODAY

from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.events import Diagnostic, Event, Severity, StepStarted, Summary
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.errors import PolicyViolated, UnsupportedTypes
from pulumi_guardrails.analyzer import Guardrails
from pulumi_guardrails.exceptions import FILE

NOWHERE = "http://127.0.0.1:9"
"""Nothing listens there: whatever tried to create something would fail otherwise than by a rule."""

TOPIC = "import pulumi\npulumi.CustomResource('aws:sns/topic:Topic', 'news', {'tags': {'A': 'b'}})\n"
"""Without pulumi_aws, which takes longer to import than all else that happens here."""

EMPTY = "import pulumi\npulumi.export('answer', 42)\n"

EXCEPTION = """
exceptions:
  - {rule: topic-encrypted, urn: "*::news", reason: It is public anyway., expires: 2027-06-30}
"""


class Stack:
    """One program, its engine, and what it told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state.json"
        self.events: list[Event] = []

    def engine(self, program: str) -> Engine:
        (self.folder / "__main__.py").write_text(program)
        return Engine(
            project="p",
            stack="s",
            program=self.folder,
            providers=[AwsProvider(endpoint_url=NOWHERE)],
            state=StateFile(self.state, clock=lambda: datetime(2026, 11, 23, tzinfo=UTC)),
            config={"aws:region": "eu-west-1"},
            on_event=self.events.append,
            environ={"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up"},
            analyzer=Guardrails(TODAY),
        )

    def told(self, severity: Severity) -> list[str]:
        return [each.message for each in self.events if isinstance(each, Diagnostic) and each.severity is severity]


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)


@pytest.mark.parametrize("act", [Engine.preview, Engine.up])
def test_a_mandatory_finding_stops_it_before_anything_is_begun(stack: Stack, act: object) -> None:
    engine = stack.engine(TOPIC)

    with pytest.raises(PolicyViolated, match="breaks topic-encrypted: nothing was touched") as caught:
        engine.preview() if act is Engine.preview else engine.up()

    assert caught.value.rules == ("topic-encrypted",)
    assert stack.told(Severity.ERROR) == ["topic-encrypted: its messages are not encrypted"]
    assert stack.told(Severity.WARNING) == ["topic-tls: it takes messages without TLS"]
    assert [each for each in stack.events if isinstance(each, StepStarted)] == []
    assert not stack.state.exists()


def test_a_program_without_findings_is_run(stack: Stack) -> None:
    summary = stack.engine(EMPTY).up()

    assert summary.outputs == {"answer": 42}
    assert stack.told(Severity.WARNING) == []


def test_an_exception_lets_it_go_on_and_is_told(stack: Stack) -> None:
    (stack.folder / FILE).write_text(EXCEPTION)

    summary = stack.engine(TOPIC).preview()

    assert summary.changes["create"] >= 1
    (told,) = stack.told(Severity.INFO)
    assert told == "1 exception in force"


CLUSTERS = """
import pulumi
pulumi.CustomResource("aws:efs/fileSystem:FileSystem", "files")
pulumi.CustomResource("aws:eks/cluster:Cluster", "b")
pulumi.CustomResource("aws:eks/cluster:Cluster", "a")
pulumi.CustomResource("random:index/randomPet:RandomPet", "pet")
pulumi.ComponentResource("awsx:ec2:Vpc", "network", {}, remote=True)
pulumi.ComponentResource("shop:index:Part", "part")
pulumi.CustomResource("aws:athena/workgroup:Workgroup", "theirs", opts=pulumi.ResourceOptions(id="arn"))
"""


@pytest.mark.parametrize("act", [Engine.preview, Engine.up])
def test_every_type_that_no_provider_has_is_named_at_once_and_before_all_else(
    stack: Stack, act: Callable[[Engine], Summary]
) -> None:
    with pytest.raises(UnsupportedTypes) as caught:
        act(stack.engine(CLUSTERS + TOPIC))

    listed = (
        "aws:athena/workgroup:Workgroup (theirs), "
        "aws:efs/fileSystem:FileSystem (files), aws:eks/cluster:Cluster (a, b), awsx:ec2:Vpc (network), "
        "random:index/randomPet:RandomPet (pet)"
    )
    assert str(caught.value) == f"resource types that are not supported here: {listed}: nothing was touched"
    assert [each for each in stack.events if isinstance(each, Diagnostic | StepStarted)] == []
    assert not stack.state.exists()
