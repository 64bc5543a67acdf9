"""The healer's log lines as a person reads them, whatever a line holds.

A line may be of an older healer or of a newer one, cut off, or no line of the healer's at all. What is understood is
shown in words, the rest as it is; nothing raises. Source: `healer/report.py` for the keys of a line.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from tap_cli.display.printable import cut, printable
from tap_cli.display.verdicts import REASONS

Sweep: TypeAlias = dict[str, Any]
"""One line of the healer's: a JSON object that need not have any key, nor values of the right type."""

MEANINGS = {
    "stale": "the event was too old or had no readable time, so that nothing was done",
    "settings": "the function's settings are wrong, so that it does nothing until they are put right",
    "crashed": "the sweep ended at an unforeseen error",
    "blind": "AWS's answers could not be read or trusted, so nothing was marked",
}
"""Results that tell of a sweep that could not do its work, in words."""

STYLES = {
    "acted": "bold green",
    "observed": "green",
    "held": "yellow",
    "waiting": "yellow",
    "blind": "red",
    "settings": "red",
    "crashed": "red",
    "stale": "dim",
}
"""The colours of results, where there are any."""

LONGEST = 2000
"""Characters of one value that are shown: a line of CloudWatch Logs has up to 256 KB."""

LONGEST_TEXT = 400
"""Characters of each row of text that is no sweep's."""

MOST_ROWS = 30
"""Rows of such a text: a traceback has room in them."""

MOST_IDS = 20
"""Instances named for one reason."""

_ALL = "; all of them with --raw"
_LAMBDAS_OWN = (
    "START RequestId:",
    "END RequestId:",
    "REPORT RequestId:",
    "INIT_START ",
    "INIT_REPORT ",
    "RESTORE_START ",
    "RESTORE_REPORT ",
    "EXTENSION\t",
    "TELEMETRY\t",
    "LOGS\t",
    "XRAY TraceId:",
)
"""How the lines begin that Lambda writes around every run (Lambda Developer Guide, "Viewing CloudWatch logs")."""


def sweep_of(text: object) -> Sweep | None:
    """The sweep that a text tells of, None if it is none."""
    try:
        line = json.loads(text) if isinstance(text, str | bytes) else text
    except (ValueError, RecursionError):  # no JSON, or nested deeper than the reader goes
        return None
    return line if isinstance(line, dict) and ("schema" in line or "result" in line) else None


def reasons_of(sweep: Sweep) -> dict[str, list[str]]:
    """Reason to the ids that have it, as far as the line says so in the form of a line."""
    reasons = sweep.get("reasons")
    if not isinstance(reasons, dict):
        return {}
    return {str(reason): _texts(ids) for reason, ids in reasons.items()}


def trouble_of(sweep: Sweep) -> str:
    """What is wrong where a sweep could not do its work, in words; "" if nothing is, as with an event that is stale."""
    result = _word(sweep, "result")
    if result not in MEANINGS or result == "stale":
        return ""
    return "; ".join([f"{result}: {MEANINGS[result]}", *_causes(sweep), *_texts(sweep.get("errors"))])


def is_lambdas_own(text: str) -> bool:
    """Whether it is a line that Lambda writes around every run."""
    return text.startswith(_LAMBDAS_OWN)


def rows(text: str) -> list[str]:
    """A log event as rows of readable text: a sweep in words, anything else as it is."""
    sweep = sweep_of(text)
    found = _of_other(text) if sweep is None else _of_sweep(sweep)
    return found or ["(nothing)"]


def style(text: str) -> str:
    """The colour of a log event; "" for a sweep that found nothing to do, and for what is no sweep."""
    sweep = sweep_of(text)
    if sweep is None:
        return ""
    return STYLES.get(_word(sweep, "result"), "") or (STYLES["held"] if _targets(sweep) else "")


def _of_sweep(sweep: Sweep) -> list[str]:
    """A sweep on one row, and one more for each cause, reason, note and error."""
    result = _word(sweep, "result")
    numbers = []
    if sweep.get("in_service") is not None or sweep.get("desired") is not None:
        numbers.append(f"{_word(sweep, 'in_service') or '?'} of {_word(sweep, 'desired') or '?'} in service")
    if sweep.get("calls") is not None:
        numbers.append(f"{_word(sweep, 'calls')} calls")
    head = f"{_word(sweep, 'mode') or '-':<7}  {result or '-':<8}  {', '.join(numbers)}".rstrip()
    meaning = [MEANINGS[result]] if result in MEANINGS else []
    reasons = []
    for reason, ids in reasons_of(sweep).items():
        more = f" and {len(ids) - MOST_IDS} more" if len(ids) > MOST_IDS else ""
        words = f" ({REASONS[reason]})" if reason in REASONS else ""
        reasons.append(f"{printable(reason)}: {_shown(', '.join(ids[:MOST_IDS]))}{more}{words}")
    reasons += map(_shown, _targets(sweep))
    told = [_shown(text) for key in ("notes", "errors") for text in _texts(sweep.get(key))]
    return [head, *meaning, *map(_shown, _causes(sweep)), *reasons, *told]


def _targets(sweep: Sweep) -> list[str]:
    """The members that a load balancer calls unhealthy, and why target groups were not looked at."""
    targets = sweep.get("targets")
    if not isinstance(targets, dict):
        return []
    rows, number, listed = [], targets.get("unhealthy"), targets.get("members")
    if number:
        entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        named = [f"{_word(each, 'id')} ({_word(each, 'reason')})" for each in entries[:MOST_IDS]]
        rows.append(f"unhealthy targets: {_word(targets, 'unhealthy')}: {', '.join(named)}")
    if targets.get("missing"):
        rows.append(f"targets not looked at: {_text(targets['missing'])}")
    return rows


def _causes(sweep: Sweep) -> list[str]:
    """Why it did what it did, each text once: `why` since schema 2, the others of a sweep that decided."""
    causes: dict[str, str] = {}
    for name in ("why", "blind", "suspended"):
        value = sweep.get(name)
        if value and (text := _text(value)) not in causes:
            causes[text] = text if name == "why" else f"{name}: {text}"
    return list(causes.values())


def _word(sweep: Sweep, key: str) -> str:
    """A value that should be a word or a number, on one short row; "" where there is none."""
    value = sweep.get(key)
    return "" if value is None else printable(_text(value)[:LONGEST_TEXT])


def _texts(value: object) -> list[str]:
    """A list of texts, out of whatever stands in its place."""
    if value is None:
        return []
    return [_text(each) for each in value] if isinstance(value, list) else [_text(value)]


def _text(value: object) -> str:
    """A value on one row: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be shown)"


def _shown(text: str) -> str:
    return printable(cut(text, LONGEST, _ALL))


def _of_other(text: str) -> list[str]:
    """Text that is no sweep's, such as a traceback (Lambda indents those with no-break spaces), row by row."""
    plain = text.replace("\t", "  ").replace("\N{NO-BREAK SPACE}", " ")
    found = [printable(cut(row, LONGEST_TEXT, _ALL)) for row in plain.splitlines() if row.strip()]
    more = [f"… ({len(found) - MOST_ROWS} more rows{_ALL})"] if len(found) > MOST_ROWS else []
    return found[:MOST_ROWS] + more
