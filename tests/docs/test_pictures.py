"""The pictures of the documents are there, are shown, are small, and are what their generators draw."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tools import pages
from tools.pictures import COMMAND, PAGES, recording, simulation

from tap_cli.demo.screen import next_steps

ROOT = Path(__file__).parents[2]
PICTURES = sorted((ROOT / "docs/pictures").glob("*.svg"))
LARGEST = 300_000  # bytes
SHOWN = re.compile(r"!\[([^\]]+)\]\(([^)]+\.svg)\)")


def shown() -> dict[Path, str]:
    """The pictures that documents show, with what they say to those who cannot see them."""
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    return {
        (document.parent / file).resolve(): words
        for document in documents
        for words, file in SHOWN.findall(document.read_text(encoding="utf-8"))
    }


def test_what_is_drawn_from_stored_data_is_current() -> None:
    assert pages.outdated(ROOT, PAGES) == [], f"run {COMMAND}"


def test_every_picture_is_shown_by_a_document_in_words_too() -> None:
    assert sorted(shown()) == PICTURES
    assert all(len(words) > 10 for words in shown().values())


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_svg_that_fits_and_asks_for_nothing(picture: Path) -> None:
    content = picture.read_text(encoding="utf-8")
    root = ET.fromstring(content)  # noqa: S314 - ours

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(content.encode()) < LARGEST
    assert re.findall(r'(?:href|src)="(?!#)[^"]*"|@import|url\((?!#)', content) == []


def test_the_recording_is_of_the_demo_as_it_is() -> None:
    rows = [row.words.plain for row in recording.rows(recording.read(ROOT / recording.CAST)) if row.gone is None]
    told = "\n".join(rows)

    assert rows[0] == "$ tap demo"
    assert re.findall(r"^\d\. (\w+)", told, re.MULTILINE) == ["Deploy", "Break", "Heal", "The"]
    assert [command for command, _ in next_steps(by_make=False) if command not in told] == []
    assert max(map(len, rows)) <= recording.COLUMNS


def test_a_row_that_is_drawn_over_passes_and_one_that_ends_stays() -> None:
    erase = "\r\x1b[2K"
    printed = [
        (1.0, "* getting ready"),
        (2.0, f"{erase}+ getting ready"),
        (3.0, f"{erase}* almost"),
        (4.0, f"{erase}done\n"),
    ]
    rows = [(row.at, row.words.plain, row.shown, row.gone) for row in recording.rows(printed)]

    assert rows == [
        (0, "$ tap demo", 0.0, None),
        (1, "done", 4.0, None),
        (1, "* getting ready", 1.0, 3.0),
        (1, "* almost", 3.0, 4.0),
    ]


def test_a_long_row_goes_on_in_the_next_and_colours_stay() -> None:
    long = f"\x1b[32m{'x' * (recording.COLUMNS + 5)}\x1b[0m\n"
    _, first, second = recording.rows([(1.0, long)])

    assert (len(first.words), len(second.words), second.at) == (recording.COLUMNS, 5, 2)
    assert recording.draw([(1.0, long)]).count('class="green"') == 3  # with the prompt


def rows_of(scenario: str) -> dict[str, list[str]]:
    """The cells of the table in docs/simulation.md, by policy."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in (ROOT / "docs/simulation.md").read_text(encoding="utf-8").splitlines():
        if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 7:
            name = cells[0] or name
            if name == scenario:
                found[cells[1]] = cells[2:]
    return found


@pytest.mark.parametrize("name", simulation.SCENARIOS)
def test_the_table_of_the_simulator_says_what_is_drawn(name: str) -> None:
    stored = simulation.read(ROOT / simulation.STORED, name)
    table = rows_of(name)

    assert "ours" in table
    for policy, (_, killed, in_flight, lowest, lost) in table.items():
        each = stored[policy]
        drawn = [each.healthy_killed, each.max_in_flight, each.min_capacity, each.capacity_lost_instance_minutes]
        assert [killed, in_flight, lowest.partition(" ")[0], lost] == [f"{value:,.0f}" for value in drawn], policy
