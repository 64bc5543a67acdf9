"""`tap logs healer` shows whatever CloudWatch Logs holds, and ends as other commands do when the local AWS has gone."""

from __future__ import annotations

import json
import re
import time
from contextlib import chdir
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.state import StateFile
from tap_cli.commands.local_stack import LocalStack
from tap_cli.display.printable import printable, wrapped
from tap_cli.display.sweeps import MEANINGS, reasons_of, rows, style, sweep_of, trouble_of
from tap_stack.outputs import OUTPUT_KEYS

from .place import Place

GROUP = "/aws/lambda/tap-healer-dev"
COMPONENT = "tap:index:TapStack"
STACK = f"urn:pulumi:dev::tap::{COMPONENT}::tap"
REGION = "eu-west-1"


def deployed(place: Place, group: str = GROUP, stack: str = "dev") -> Any:
    """A client of CloudWatch Logs with the healer's log group, as if the stack had been deployed into the place."""
    outputs = {**dict.fromkeys(OUTPUT_KEYS, ""), "lambda_log_group_name": group, "region": REGION}
    state = ResourceState(STACK, COMPONENT, custom=False, outputs=outputs)
    file = StateFile(place.folder / ".tap" / "stacks" / f"{stack}.json")
    file.save(f"organization/tap/{stack}", Snapshot([state]))
    logs = place.client("logs", region_name=REGION)
    logs.create_log_group(logGroupName=group)
    return logs


@pytest.fixture(scope="module")
def logs(running: Place) -> Any:
    return deployed(running)


def write(logs: Any, *lines: str, ahead: int = 0) -> None:
    """Put lines into a stream of their own; `ahead` of now in seconds."""
    stream = {"logGroupName": GROUP, "logStreamName": f"s{time.monotonic_ns()}"}
    logs.create_log_stream(**stream)
    now = int(time.time() * 1000) + ahead * 1000
    logs.put_log_events(
        **stream, logEvents=[{"timestamp": now + number, "message": line} for number, line in enumerate(lines)]
    )


def line(**keys: Any) -> str:
    return json.dumps({"schema": 2, **keys})


LINES = {
    '{"schema": 1, "group": "g", "result": "stale", "why": "the event is 70 s old"}': "the event is 70 s old",
    '{"schema": 1, "group": "g", "result": "settings", "errors": ["HEALER_MODE = \'Live\'"]}': "HEALER_MODE = 'Live'",
    line(result="crashed", mode="", why="ZeroDivisionError", calls=3): "-        crashed   3 calls",
    line(result="blind", mode="live", why="DescribeTags: throttled"): "live     blind",
    line(
        result="quiet", mode="live", in_service=3, desired=3, calls=5
    ): "live     quiet     3 of 3 in service, 5 calls",
    '{"schema": 1}': "-        -",
    '{"schema": 99, "mode": {"new": true}, "verdicts": []}': '{"new": true}',
    line(result=7, mode=None, reasons=["i-1"], notes="a note", errors={"a": 1}, why=["b"]): "a note",
    line(result="acted", reasons={"marked": "i-7", "floor": None, "blind": [{}, None]}): "marked: i-7",
    '{"schema": 2, "result": "acted", "reasons": {"marked": ["i-00001", "i-0': '"marked": ["i-00001", "i-0',
    '[{"schema": 2}]': '[{"schema": 2}]',
    "null": "null",
    '"text"': '"text"',
    "[ERROR] ValueError: x\rTraceback (most recent call last):\r  File": "[ERROR] ValueError: x\n    Traceback",
    "2026-11-23T12:00:00Z 1-2 Task timed out after 30.00 seconds": "Task timed out after 30.00 seconds",
    "\x1b[2J\x1b]0;title\x07 \u202egnp": r"\x1b[2J\x1b]0;title\x07 \u202egnp",
    line(result="quiet", notes=["\x1b[31mred\x9b"]): r"    \x1b[31mred\x9b",
    "\ufffd\ufffdnot UTF-8": "not UTF-8",
    line(result="quiet", why="x" * 250_000): "x… (250,000 characters; all of them with --raw)",
    "y" * 250_000: "y… (250,000 characters; all of them with --raw)",
    '{"schema":' * 5_000: '{"schema":{"schema":',
    line(result="held", reasons={"capped_rate": [f"i-{n}" for n in range(9000)]}): "i-19 and 8980 more",
    line(
        result="quiet",
        targets={"unhealthy": 1, "members": [{"id": "i-9", "reason": "Target.Timeout"}], "missing": "DescribeX failed"},
    ): "    unhealthy targets: 1: i-9 (Target.Timeout)\n    targets not looked at: DescribeX failed\n",
    line(
        result="quiet", targets={"unhealthy": {"a": 1}, "members": [7, {"id": None}], "missing": 5}
    ): "not looked at: 5",
    line(result="quiet", calls=6, targets=["i-1"]): "6 calls",
}
"""A log event, and a part of how it is shown."""


@pytest.mark.parametrize(("message", "part"), LINES.items(), ids=range(len(LINES)))
def test_whatever_an_event_holds_is_shown_and_does_not_end_the_command(
    running: Place, logs: Any, message: str, part: str
) -> None:
    write(logs, message, line(result="quiet", mode="live"))

    done = running.tap("logs", "healer", "--last", "2")

    assert (done.code, done.err) == (0, "")
    assert part in done.out
    assert done.out.endswith("Z  live     quiet\n")
    assert all(row.isprintable() for row in done.out.splitlines())
    assert max(map(len, done.out.splitlines())) < 3000


def test_lambdas_own_lines_are_left_out_unless_asked_for(running: Place, logs: Any) -> None:
    write(logs, "START RequestId: 1", line(result="quiet"), "END RequestId: 1", "REPORT RequestId: 1\tDuration: 2 ms")

    assert "RequestId" not in running.tap("logs", "healer", "--last", "1").out
    assert "REPORT RequestId: 1  Duration: 2 ms" in running.tap("logs", "healer", "--last", "1", "--raw").out


def test_lines_are_chosen_by_time_and_by_text(running: Place, logs: Any) -> None:
    write(logs, line(result="held", reasons={"floor": ["i-0chosen"]}), ahead=-2 * 3600)
    write(logs, line(result="acted", reasons={"marked": ["i-0chosen"]}))

    chosen = running.tap("logs", "healer", "--grep", "I-0CHOSEN", "--last", "0").out
    lately = running.tap("logs", "healer", "--grep", "i-0chosen", "--since", "1h", "--last", "0").out
    since_ever = running.tap("logs", "healer", "--grep", "i-0chosen", "--since", "2020-01-01", "--last", "0").out
    refused = running.tap("logs", "healer", "--since", "yesterday")

    assert "    floor: i-0chosen (held back: too few would be left)\n" in chosen
    assert "    marked: i-0chosen (marked for replacement)\n" in chosen
    assert ("floor" in lately, "marked" in lately) == (False, True)
    assert since_ever == chosen
    assert (refused.code, refused.err.startswith("error: --since = 'yesterday' is not accepted")) == (2, True)


def test_the_last_message_is_found_beyond_the_first_page_of_an_answer(running: Place, logs: Any) -> None:
    write(logs, *(f"needle {number}" for number in range(10_000)), ahead=-60)
    write(logs, "needle at last")

    with chdir(running.folder):
        stack = LocalStack("dev", None)
        assert stack.last_message(GROUP, "needle") == "needle at last"
        assert stack.last_message(GROUP, "haystack") == ""


def test_results_have_colours_and_other_text_has_none() -> None:
    assert style(line(result="acted")) == "bold green"
    assert style(line(result="crashed")) == "red"
    assert style(line(result="quiet", targets={"unhealthy": 1})) == "yellow"
    assert [style(text) for text in (line(result="quiet"), line(result=7), "Traceback", "")] == [""] * 4


def test_as_json_an_event_is_whole_and_safe_for_a_terminal(running: Place, logs: Any) -> None:
    write(logs, "\x1b[2Jé" + "z" * 100_000)

    out = running.tap("logs", "healer", "--last", "1", "--json").out

    assert json.loads(out)["message"] == "\x1b[2Jé" + "z" * 100_000
    assert out.strip().isascii()


def test_a_terminal_that_lacks_a_character_is_no_error(running: Place, logs: Any) -> None:
    write(logs, line(result="quiet", why="1 → 2"))

    done = running.run("logs", "healer", "--last", "1", PYTHONIOENCODING="latin-1")

    assert (done.code, done.err) == (0, "")
    assert r"1 \u2192 2" in done.out


def test_an_event_from_the_future_does_not_hide_those_that_follow(running: Place, logs: Any) -> None:
    write(logs, line(result="quiet", why="ahead"), ahead=3600)
    process = running.start("logs", "healer", "--follow", "--last", "1")
    assert process.stdout is not None
    seen = [process.stdout.readline() for _ in range(2)]
    write(logs, line(result="quiet", why="later"))
    seen += [process.stdout.readline() for _ in range(2)]
    process.terminate()
    process.communicate(timeout=10)

    assert [row.strip() for row in seen[1::2]] == ["ahead", "later"]


def test_when_the_local_aws_ends_following_ends_in_one_line_and_exit_code_1(place: Place) -> None:
    place.tap("local", "start", "--region", REGION)
    write(deployed(place), line(result="quiet"))
    process = place.start("logs", "healer", "--follow")
    assert process.stdout is not None
    process.stdout.readline()
    place.tap("local", "stop")
    _, err = process.communicate(timeout=30)

    assert process.returncode == 1
    (told,) = err.splitlines()
    assert told.startswith("error: the local AWS does not answer (any more): ")


def test_a_local_aws_that_does_not_answer_is_one_line_and_exit_code_1(running: Place, logs: Any) -> None:
    assert logs
    record = running.folder / ".tap" / "local.json"
    right = record.read_text()
    record.write_text(right.replace(running.record["endpoint"], "http://127.0.0.1:9"))
    done = running.tap("logs", "healer")
    record.write_text(right)

    assert (done.code, done.out) == (1, "")
    (told,) = done.err.splitlines()
    assert told.startswith("error: the local AWS does not answer (any more): ")


def test_a_log_group_that_is_not_there_is_one_line_and_exit_code_1(running: Place, logs: Any) -> None:
    assert logs
    deployed(running, "/aws/lambda/gone", stack="gone").delete_log_group(logGroupName="/aws/lambda/gone")

    done = running.tap("logs", "healer", "--stack", "gone")

    assert (done.code, done.out) == (1, "")
    (told,) = done.err.splitlines()
    assert told.startswith("error: the log group /aws/lambda/gone cannot be read: ")


# --- whatever there is, pure ---

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["schema", "mode", "result", "why", "blind", "suspended", "in_service", "desired", "calls", "reasons", "notes"]
)
TARGETS = st.dictionaries(
    st.just("targets"), st.dictionaries(st.sampled_from(["unhealthy", "members", "missing"]), JSON)
)
SWEEPS = st.builds(
    lambda sweep, targets: json.dumps(sweep | targets),
    st.dictionaries(KEYS, JSON | st.sampled_from(sorted(MEANINGS))),
    TARGETS,
)


@given(st.text(st.characters()) | JSON.map(json.dumps) | SWEEPS, st.integers(0, 60))
def test_any_text_has_rows_that_can_be_printed(text: str, cut_off: int) -> None:
    for shown in (rows(text), rows(text[:-cut_off])):
        assert shown
        assert all(row.isprintable() for row in shown)


@given(SWEEPS)
def test_any_sweeps_reasons_and_trouble_can_be_read(text: str) -> None:
    sweep = sweep_of(text) or {}

    assert all(isinstance(each, str) for reason, ids in reasons_of(sweep).items() for each in (reason, *ids))
    assert isinstance(trouble_of(sweep), str)


@given(st.binary() | JSON)
def test_what_is_no_line_of_the_healers_is_none(answer: object) -> None:
    sweep = sweep_of(answer)

    assert sweep is None or {"schema", "result"} & set(sweep)


@given(st.text(st.characters()))
def test_printable_text_is_left_as_it_is_and_the_rest_is_written_out(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(text) == text or not text.isprintable()


@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1), st.integers(20, 120))
def test_wrapped_rows_are_no_wider_than_the_terminal_and_lose_no_word(words: list[str], width: int) -> None:
    found = wrapped(" ".join(words), width)

    assert found.split() == words
    assert max(map(len, found.splitlines())) <= width


def test_a_word_that_is_longer_than_a_row_stays_whole() -> None:
    arn = "arn:aws:sns:eu-west-1:123456789012:" + "x" * 100

    assert re.search(rf"^ *{arn}$", wrapped(f"see {arn} there", 60), flags=re.MULTILINE)
