"""A program runs in the virtual environment that Pulumi.yaml names, if it is there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.environments import virtual_environment
from support.harness import Stack

from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.events import ProgramOutput
from embedded_pulumi.engine.program import ForkedCall, PrestartedLauncher
from embedded_pulumi.engine.virtualenv import activated, interpreter
from embedded_pulumi.errors import ProgramRefused, UserError

PROJECT = "name: shop\nruntime: {name: python, options: {virtualenv: %s}}\n"

WHERE = """
    import os, sys, only_here
    print(sys.prefix, os.environ["VIRTUAL_ENV"], os.environ["PATH"].split(":")[0], only_here.WORD)
    a = Thing("a", name="a")
"""


def prepared(stack: Stack, program: str, virtualenv: str = "venv") -> Engine:
    (stack.folder / "Pulumi.yaml").write_text(PROJECT % virtualenv)
    return stack.prepare(program)


def printed(stack: Stack) -> list[str]:
    return [event.line for event in stack.events if isinstance(event, ProgramOutput)]


def test_the_program_runs_in_it_and_its_environment_is_active(stack: Stack) -> None:
    folder = virtual_environment(stack.folder / "venv")

    prepared(stack, WHERE).up()

    assert printed(stack) == [f"{folder} {folder} {folder}/bin here"]
    assert stack.cloud.names() == ["a"]


def test_an_interpreter_that_was_started_ahead_is_not_used_for_it(tmp_path: Path) -> None:
    folder = virtual_environment(tmp_path / "venv")
    call = ForkedCall("embedded_pulumi.engine.virtualenv:interpreter", {"VIRTUAL_ENV": str(folder)})

    with PrestartedLauncher() as launch:
        assert launch.call_forked(call, activated({}, folder)) == str(folder / "bin" / "python")


def test_an_environment_that_is_not_there_leaves_the_program_to_this_interpreter(stack: Stack) -> None:
    prepared(stack, "import sys; print(sys.executable)").up()

    assert printed(stack) == [sys.executable]


def test_the_users_own_environment_is_not_the_programs() -> None:
    assert interpreter(activated({"VIRTUAL_ENV": "/elsewhere", "PYTHONHOME": "/elsewhere"}, None)) == sys.executable


def test_an_environment_without_pulumi_is_refused_with_the_command_that_installs_it(stack: Stack) -> None:
    folder = virtual_environment(stack.folder / "venv", with_pulumi=False)

    with pytest.raises(UserError) as caught:
        prepared(stack, WHERE).preview()

    install = f"`{folder}/bin/python -m pip install pulumi`"
    assert str(caught.value) == f"the virtual environment {folder} has no pulumi: {install}"


def test_an_environment_of_an_older_python_is_refused(stack: Stack) -> None:
    folder = virtual_environment(stack.folder / "venv")
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.9.18\n")

    with pytest.raises(UserError, match=r"has Python 3.9.18; accepted: 3.11 or later"):
        prepared(stack, WHERE).preview()


def test_a_module_that_is_missing_is_to_be_installed_into_it(stack: Stack) -> None:
    folder = virtual_environment(stack.folder / "venv")

    with pytest.raises(ProgramRefused) as caught:
        prepared(stack, "import pulumi_no_such_cloud").preview()

    command = f"{folder}/bin/python -m pip install pulumi-no-such-cloud"
    assert str(caught.value) == (
        f"the program imports 'pulumi_no_such_cloud', which is not installed: `{command}` installs it"
    )
