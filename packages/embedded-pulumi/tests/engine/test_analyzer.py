"""A program runs while it is analyzed: it may invoke, and until then no step is executed, told or recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from support.harness import Stack

from embedded_pulumi.engine.analyzer import AnalyzedProgram
from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.events import Diagnostic, ProgramOutput, Severity, StepStarted, Summary
from embedded_pulumi.engine.program import ForkedCall, PrestartedLauncher
from embedded_pulumi.errors import ProgramFailed, ResourceFailed, UserError

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
    """Waits until the program has printed, and for the answer of its forked call; then it decides."""

    stack: Stack
    failure: Exception | None = None
    call: ForkedCall = field(default_factory=lambda: ForkedCall("operator:neg", 7))
    answer: Any = "nothing yet"
    seen: list[object] = field(default_factory=list)

    def forked_call(self, program: AnalyzedProgram) -> ForkedCall:
        assert program.program == self.stack.folder
        return self.call

    def analyze(self, program: AnalyzedProgram, answer: Any, tell: Callable[[Diagnostic], None]) -> None:
        assert program.stack == "dev"
        self.answer = answer
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


def test_during_the_analysis_a_program_is_answered_and_nothing_is_done(stack: Stack) -> None:
    judge = Judge(stack)

    summary = deploy(judge, ASKING)

    assert judge.answer == -7
    assert [type(event) for event in judge.seen] == [ProgramOutput]
    assert summary.changes == {"create": 4}
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


def test_a_refusal_comes_before_what_the_program_fails_of_itself(stack: Stack) -> None:
    with pytest.raises(UserError, match="not like this"):
        deploy(Judge(stack, REFUSED), 'print("here"); raise ValueError("of itself")')

    with pytest.raises(ProgramFailed, match="of itself"):
        deploy(Judge(stack), 'print("here"); raise ValueError("of itself")')


def test_a_refusal_comes_before_what_a_provider_does_not_accept(stack: Stack) -> None:
    nowhere = 'print("here"); pulumi.ProviderResource("toy", "mine", {"region": "nowhere"})'

    with pytest.raises(UserError, match="not like this"):
        deploy(Judge(stack, REFUSED), nowhere)

    with pytest.raises(ResourceFailed, match="there is no such region"):
        deploy(Judge(stack), nowhere)


def test_a_fault_of_the_judge_ends_the_deployment(stack: Stack) -> None:
    with pytest.raises(ZeroDivisionError):
        deploy(Judge(stack, ZeroDivisionError()), ASKING)
    assert not stack.file.exists()


@pytest.mark.parametrize("call", ["os:abort", "no.such:thing", "os:getcwdb"])
def test_the_answer_of_a_forked_call_that_fails_is_none(stack: Stack, call: str) -> None:
    judge = Judge(stack, call=ForkedCall(call, None))

    deploy(judge, 'print("here")')

    assert judge.answer is None


def test_the_forked_call_is_a_fork_and_leaves_the_program_alone(stack: Stack) -> None:
    judge = Judge(stack, call=ForkedCall("os:chdir", "/"))

    deploy(judge, "import os; print(os.getcwd())")

    assert _printed(stack) == [str(stack.folder)]


def test_an_interpreter_that_nobody_needed_is_gone() -> None:
    with PrestartedLauncher() as launch:
        process = waiting(launch)
        assert process.poll() is None

    assert process.returncode is not None


def test_only_the_first_program_runs_in_the_interpreter_started_ahead(stack: Stack) -> None:
    def run(launch: PrestartedLauncher) -> tuple[str, str]:
        engine = stack.prepare("import os, sys; print(os.getpid(), 'wave' in sys.modules)")
        engine._launch = launch
        engine.preview()
        number, _, imported = _printed(stack)[0].partition(" ")
        return number, imported

    with PrestartedLauncher(["wave", "no.such.module"]) as launch:
        process = waiting(launch)
        first, second = run(launch), run(launch)

    assert first == (str(process.pid), "True")
    assert second[0] != first[0]
    assert second[1] == "True"


def waiting(launch: PrestartedLauncher) -> Any:
    interpreter = launch._waiting
    assert interpreter is not None
    return interpreter.process


def test_what_goes_wrong_when_the_analysis_ends_ends_the_deployment(stack: Stack) -> None:
    """It happens on the judge's thread, where nobody but the deployment would hear of it."""

    def listen(event: object) -> None:
        if isinstance(event, StepStarted):
            raise BrokenPipeError("nobody listens any more")

    stack.listener = listen

    with pytest.raises(BrokenPipeError):
        deploy(Judge(stack), ASKING)


def test_the_summary_is_told_before_the_deployment_ends_however_late_the_analysis_ends(stack: Stack) -> None:
    for _ in range(5):
        summary = deploy(Judge(stack), 'print("here")')
        assert stack.events[-1] == summary
