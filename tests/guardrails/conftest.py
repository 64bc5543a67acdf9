"""`tap check`, as the tests of this folder run it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.command import Done, called

from tap_cli.cli import app

ROOT = Path(__file__).parents[2]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """`tap check` with arguments, in a folder; in this process, which has imported all that it needs."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, folder: Path = ROOT) -> Done:
        return called(lambda: app(["check", *arguments]), folder)

    return run
