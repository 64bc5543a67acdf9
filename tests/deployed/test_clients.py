"""An operator's everyday commands, by the AWS CLI: each is right, or refused by name; and the page says so."""

from __future__ import annotations

import pytest
from support.clients.run import PYTHON, STACK, page, run
from support.deployed.stack import ROOT, OneAtATime

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(),
    reason="the AWS CLI is not in .venv-awscli: `make .venv-awscli/.installed`, as `make test` does",
)


def test_everyday_commands_are_answered_rightly_or_refused_by_name_as_the_page_says(stacks: OneAtATime) -> None:
    outcomes = run(stacks.deployed(STACK))

    assert [f"{each.command.line}: {each.said}" for each in outcomes if not each.right] == []
    assert page(outcomes) == (ROOT / "docs" / "clients.md").read_text(encoding="utf-8"), (
        "the page is out of date: `python -m bench.clients --write`"
    )
