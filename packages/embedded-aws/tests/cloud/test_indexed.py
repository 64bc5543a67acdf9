"""What is found through an index is what a look through all of it finds."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from moto.logs.models import LogsBackend

from embedded_aws.services.indexed import ByName, IndexedLogs

NAMES = st.text("ab/", max_size=4)
FEW, MANY = 10, 2_000


@given(st.lists(st.tuples(st.booleans(), NAMES)), NAMES)
def test_names_are_found_by_their_beginning(changes: list[tuple[bool, str]], prefix: str) -> None:
    things, plain = ByName(), dict[str, int]()
    for number, (stays, name) in enumerate(changes):
        if stays:
            things[name] = plain[name] = number
        elif name in plain:
            del things[name], plain[name]

    assert dict(things) == plain
    assert list(things.beginning(prefix)) == [plain[each] for each in sorted(plain) if each.startswith(prefix)]


def log_groups(kind: type[LogsBackend], names: list[str]) -> LogsBackend:
    backend = kind("us-east-1", "123456789012")
    for name in names:
        backend.create_log_group(name, {})
    return backend


def test_log_groups_are_described_as_moto_describes_them() -> None:
    names = [f"/{letter}/{number}" for number in range(60) for letter in "ba"]
    ours, motos = log_groups(IndexedLogs, names), log_groups(LogsBackend, names)
    for backend in (ours, motos):
        backend.delete_log_group("/a/7")
        backend.ensure_log_group("/a/new")

    def pages(backend: LogsBackend, **asked: Any) -> list[list[str]]:
        token, told = None, []
        while True:
            groups, token = backend.describe_log_groups(limit=20, next_token=token, **asked)
            told.append([each.name for each in groups])
            if token is None:
                return told

    for asked in ({}, {"log_group_name_prefix": "/a/"}, {"log_group_name_prefix": "/c"}):
        assert pages(ours, **asked) == pages(motos, **asked)


def test_a_log_group_is_found_as_fast_among_many() -> None:
    def lines(count: int) -> int:
        backend, seen = log_groups(IndexedLogs, [f"log-{number}" for number in range(count)]), 0

        def note(_: FrameType, event: str, __: Any) -> Any:
            nonlocal seen
            seen += event == "line"
            return note

        before = sys.gettrace()
        sys.settrace(note)
        try:
            backend.describe_log_groups(log_group_name_prefix="log-9")
        finally:
            sys.settrace(before)
        return seen

    few, many = lines(FEW), lines(MANY)
    assert many > 0, "nothing was counted"
    matching = sum(str(number).startswith("9") for number in range(MANY))
    assert many - few <= 5 * matching
