"""What is for anybody knows nothing of TAP: no name, no tag, no command, no path of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGES = Path(__file__).parents[2] / "packages"

FOR_ANYBODY = ("embedded-aws", "pulumi-guardrails")
"""The distributions that are."""

# `tap`, `tap:`, `tap-fleet`, `.tap`, `tap_stack` and the like; not `metadata path` and not `staple`.
OURS = re.compile(r"(?<![a-z])tap(?![a-z])|tapstack", re.IGNORECASE)


@pytest.mark.parametrize("package", FOR_ANYBODY)
def test_the_sources_hold_no_name_of_ours(package: str) -> None:
    files = [path for path in (PACKAGES / package / "src").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    found = [
        f"{path.relative_to(PACKAGES)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OURS.search(line)
    ]

    assert files != []
    assert found == []


@pytest.mark.parametrize(
    "name", ["tap", "`tap check`", "tap:zones", "tap-fleet-dev", "~/.tap", "tap_stack", "TapStack"]
)
def test_a_name_of_ours_is_recognized(name: str) -> None:
    assert OURS.search(f"see {name}")


@pytest.mark.parametrize("word", ["tape", "staple", "metadata path", "datapoints"])
def test_another_word_is_not_a_name_of_ours(word: str) -> None:
    assert not OURS.search(word)
