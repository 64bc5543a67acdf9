"""A program is judged while it runs: it may ask, and until the verdict nothing is done for it, told or recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from support.harness import Stack

from embedded_pulumi.engine.analyzer import Planned
from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.events import Diagnostic, ProgramOutput, Severity, StepStarted, Summary
from embedded_pulumi.engine.program import Ahead, Aside
from embedded_pulumi.errors import ProgramFailed, UserError

ASKING = """
    box = Box("box")
    mine = pulumi.ProviderResource("toy", "mine", {"region": "there"})
    options = pulumi.InvokeOptions(provider=mine)
    print("the region is", pulumi.runtime.invoke("toy:index/getRegion:getRegion", {}, options).value["region"])
    a = Thing("a", name="a")
    pulumi.export("arn", a.arn)
"""
REFUSED = UserError("not like this")


@dataclass
class Judge:
    """Waits for the program's answer to a question of its own, and for what came of the rehearsal; then it speaks."""

    stack: Stack
    failure: Exception | None = None
    aside: Aside = field(default_factory=lambda: Aside("operator:neg", 7))
    rehearsed: Any = "nothing yet"
    seen: list[object] = field(default_factory=list)

    def rehearsal(self, planned: Planned) -> Aside:
        assert planned.program == self.stack.folder
        return self.aside

    def analyze(self, planned: Planned, rehearsed: Any, tell: Callable[[Diagnostic], None]) -> None:
        assert planned.stack == "dev"
        self.rehearsed = rehearsed
        ending = time.monotonic() + 20
        while not _printed(self.stack) and time.monotonic() < ending:
            time.sleep(0.01)
        time.sleep(0.2)  # for whatever else the engine might do of itself
        self.seen = list(self.stack.events)
        tell(Diagnostic(Severity.WARNING, "mind the gap"))
        if self.failure is not None:
            raise self.failure


def _printed(stack: Stack) -> list[str]:
    return [event.line for event in stack.events if isinstance(event, ProgramOutput)]


def deploy(judge: Judge, program: str, act: Callable[[Engine], Summary] = Engine.up) -> Summary:
    judge.stack.analyzer = judge
    return act(judge.stack.prepare(program))


def test_before_the_verdict_a_program_is_answered_and_nothing_is_done(stack: Stack) -> None:
    judge = Judge(stack)

    summary = deploy(judge, ASKING)

    assert judge.rehearsed == -7
    assert [type(event) for event in judge.seen] == [ProgramOutput]
    assert summary.changes == {"create": 5}
    names = {item["urn"].rpartition("::")[2] for item in stack.resources()}
    assert names == {"shop-dev", "box", "mine", "default", "a"}


@pytest.mark.parametrize("act", [Engine.preview, Engine.up])
def test_a_refused_program_has_changed_nothing(stack: Stack, act: Callable[[Engine], Summary]) -> None:
    with pytest.raises(UserError, match="not like this"):
        deploy(Judge(stack, REFUSED), ASKING, act)

    assert _printed(stack) == ["the region is there"]
    assert [event for event in stack.events if isinstance(event, StepStarted)] == []
    assert not stack.file.exists()
    assert stack.cloud.calls == []


def test_what_stood_before_stands_as_it_did_after_a_refusal(stack: Stack) -> None:
    stack.up('Thing("a", name="a"); Thing("b", name="b")')
    before = stack.file.read_text()

    with pytest.raises(UserError, match="not like this"):
        deploy(Judge(stack, REFUSED), 'print("here"); Box("box"); Thing("a", name="a", value=2)')

    assert stack.file.read_text() == before
    assert stack.cloud.names() == ["a", "b"]


def test_the_verdict_comes_before_what_the_program_fails_of_itself(stack: Stack) -> None:
    with pytest.raises(UserError, match="not like this"):
        deploy(Judge(stack, REFUSED), 'print("here"); raise ValueError("of itself")')

    with pytest.raises(ProgramFailed, match="of itself"):
        deploy(Judge(stack), 'print("here"); raise ValueError("of itself")')


def test_a_fault_of_the_judge_ends_the_deployment(stack: Stack) -> None:
    with pytest.raises(ZeroDivisionError):
        deploy(Judge(stack, ZeroDivisionError()), ASKING)
    assert not stack.file.exists()


@pytest.mark.parametrize("call", ["os:abort", "no.such:thing", "os:getcwdb"])
def test_a_rehearsal_that_comes_to_nothing_is_told_as_none(stack: Stack, call: str) -> None:
    judge = Judge(stack, aside=Aside(call, None))

    deploy(judge, 'print("here")')

    assert judge.rehearsed is None


def test_the_rehearsal_is_a_fork_and_leaves_the_program_alone(stack: Stack) -> None:
    judge = Judge(stack, aside=Aside("os:chdir", "/"))

    deploy(judge, "import os; print(os.getcwd())")

    assert _printed(stack) == [str(stack.folder)]


def test_an_interpreter_that_nobody_needed_is_gone() -> None:
    with Ahead() as launch:
        process = waiting(launch)
        assert process.poll() is None

    assert process.returncode is not None


def test_only_the_first_program_runs_in_the_interpreter_started_ahead(stack: Stack) -> None:
    def run(launch: Ahead) -> tuple[str, str]:
        engine = stack.prepare("import os, sys; print(os.getpid(), 'wave' in sys.modules)")
        engine._launch = launch
        engine.preview()
        number, _, imported = _printed(stack)[0].partition(" ")
        return number, imported

    with Ahead(["wave", "no.such.module"]) as launch:
        process = waiting(launch)
        first, second = run(launch), run(launch)

    assert first == (str(process.pid), "True")
    assert second[0] != first[0]
    assert second[1] == "True"


def waiting(launch: Ahead) -> Any:
    interpreter = launch._waiting
    assert interpreter is not None
    return interpreter.process


def test_what_goes_wrong_when_the_verdict_is_heard_ends_the_deployment(stack: Stack) -> None:
    """It happens on the judge's thread, where nobody but the deployment would hear of it."""

    def listen(event: object) -> None:
        if isinstance(event, StepStarted):
            raise BrokenPipeError("nobody listens any more")

    stack.listener = listen

    with pytest.raises(BrokenPipeError):
        deploy(Judge(stack), ASKING)


def test_the_summary_is_told_before_the_deployment_ends_however_late_the_verdict(stack: Stack) -> None:
    for _ in range(5):
        summary = deploy(Judge(stack), 'print("here")')
        assert stack.events[-1] == summary
