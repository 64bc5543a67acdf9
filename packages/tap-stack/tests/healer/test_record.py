"""The healer's record: names of log streams, written before marks and read back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.healing.builders import NOW, ago

from tap_stack.healer.model import Burst, Mark, Template
from tap_stack.healer.replies import burst_stream, known_of, stream_names

LONGEST_NAME = 512
"""Of a log stream: CreateLogStream in the CloudWatch Logs API Reference."""

ZONES = ["", "us-east-1a", "ap-southeast-2-akl-1a"]
TEMPLATES = [None, Template("lt-0a1b2c3d4e5f60718", "7"), Template("lt-0a1b2c3d4e5f60718", "12345")]


@st.composite
def a_mark(draw: st.DrawFn) -> Mark:
    at = NOW - timedelta(seconds=draw(st.integers(0, 3)))
    since = draw(st.none() | st.just(at - timedelta(seconds=draw(st.integers(0, 10**6)))))
    zone = draw(st.sampled_from(ZONES))
    probe = bool(zone) and draw(st.booleans())
    return Mark(f"i-{draw(st.integers(0, 16**17 - 1)):017x}", at, since, zone, probe, draw(st.sampled_from(TEMPLATES)))


@given(st.lists(a_mark(), max_size=60, unique_by=lambda mark: mark.id))
def test_what_is_recorded_of_marks_is_read_back(marks: list[Mark]) -> None:
    names = sorted(stream_names(marks), reverse=True)

    read = known_of([{"logStreamName": name} for name in names]).marks

    assert sorted(read, key=lambda mark: mark.id) == sorted(marks, key=lambda mark: mark.id)
    assert all(len(name) <= LONGEST_NAME for name in names)


@given(st.lists(st.integers(0, 10**10), min_size=4, max_size=4), st.integers(1, 10**4))
def test_a_recorded_burst_is_read_back(seconds: list[int], enough: int) -> None:
    burst = Burst(*(datetime.fromtimestamp(each, UTC) for each in seconds[:4]), enough)  # type: ignore[arg-type, call-arg]

    assert known_of([{"logStreamName": burst_stream(NOW, burst)}]).burst == burst


def test_the_last_recorded_burst_counts() -> None:
    early, late = (Burst(ago(minutes=m), ago(minutes=m), NOW, NOW, 3) for m in (30, 20))
    names = [burst_stream(ago(minutes=30), early), burst_stream(ago(minutes=20), late)]

    known = known_of([{"logStreamName": name} for name in sorted(names, reverse=True)])

    assert known.burst == late


def test_a_record_from_before_zones_were_recorded_is_read_as_well() -> None:
    known = known_of([{"logStreamName": "known/2026-11-24T11-50-00/marked/i-1@1796040000@lt-1~3"}])

    assert [(mark.id, mark.zone, mark.probe, mark.template) for mark in known.marks] == [
        ("i-1", "", False, Template("lt-1", "3"))
    ]
