"""What becomes of the states of stacks whose AWS has gone."""

from __future__ import annotations

from pathlib import Path

from embedded_aws.daemon.folder import Folder


def test_a_state_and_its_journal_are_set_aside_together(tmp_path: Path) -> None:
    folder = Folder(tmp_path / ".tap")
    folder.prepare()
    state, journal = folder.state("dev"), folder.stacks / "dev.json.journal"
    state.write_text("state")
    journal.write_text("journal")

    assert folder.set_states_aside() == ["dev"]
    assert {path.name: path.read_text() for path in folder.stacks.iterdir()} == {
        "dev.json.bak": "state",
        "dev.json.bak.journal": "journal",
    }
    assert folder.stack_names() == []


def test_an_older_journal_is_not_left_beside_a_state_that_has_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path / ".tap")
    folder.prepare()
    (folder.stacks / "dev.json.bak.journal").write_text("older")
    folder.state("dev").write_text("state")
    folder.set_states_aside()

    assert [path.name for path in folder.stacks.iterdir()] == ["dev.json.bak"]
