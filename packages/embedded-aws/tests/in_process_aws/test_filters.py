"""EC2's filters and pages: AND between names, OR between values, wildcards, stable pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.in_process import filters
from embedded_aws.in_process.errors import AwsError

FACTS: filters.Facts[dict[str, list[str]]] = {
    "color": lambda item: item["color"],
    "size": lambda item: item["size"],
}


def thing(color: str, size: str = "m") -> dict[str, list[str]]:
    return {"color": [color], "size": [size]}


def chosen(items: list[dict[str, list[str]]], **wanted: list[str]) -> list[dict[str, list[str]]]:
    return filters.select(items, [{"Name": name, "Values": values} for name, values in wanted.items()], FACTS)


def test_without_filters_everything_is_chosen() -> None:
    assert chosen([thing("red"), thing("blue")]) == [thing("red"), thing("blue")]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"))),
    st.sets(st.sampled_from("abc"), min_size=1),
    st.sets(st.sampled_from("xyz"), min_size=1),
)
def test_filters_and_between_names_and_or_between_values(
    pairs: list[tuple[str, str]], colors: set[str], sizes: set[str]
) -> None:
    items = [thing(*pair) for pair in pairs]

    result = chosen(items, color=sorted(colors), size=sorted(sizes))

    assert result == [thing(*pair) for pair in pairs if pair[0] in colors and pair[1] in sizes]


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("red", "red", True),
        ("red", "Red", False),
        ("red", "reds", False),
        ("r*", "red", True),
        ("r*", "r", True),
        ("*", "", True),
        ("r?d", "red", True),
        ("red?", "red", True),
        ("re?", "rest", False),
        (r"\*", "*", True),
        (r"\*", "a", False),
        (r"a\?", "ab", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("\\", "\\", True),
    ],
)
def test_wildcards_stand_for_what_they_do_on_ec2(pattern: str, value: str, matches: bool) -> None:  # noqa: FBT001 - a table
    assert bool(chosen([thing(value)], color=[pattern])) == matches


@given(st.text(min_size=1), st.text())
def test_an_escaped_value_matches_itself_and_nothing_else(value: str, other: str) -> None:
    escaped = re.sub(r"([\\*?])", r"\\\1", value)

    assert chosen([thing(value)], color=[escaped]) == [thing(value)]
    assert bool(chosen([thing(other)], color=[escaped])) == (other == value)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ([{"Name": "taste", "Values": ["x"]}], "InvalidParameterValue"),
        ([{"Name": "color"}], "InvalidParameterValue"),
        ([{"Name": "color", "Values": []}], "InvalidParameterValue"),
        ([{"Name": "color", "Values": ["x"] * 201}], "FilterLimitExceeded"),
        ([{"Name": "color", "Values": ["x"]}] * 51, "FilterLimitExceeded"),
    ],
)
def test_filters_that_ec2_does_not_take_are_refused(wanted: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(AwsError) as caught:
        filters.select([thing("x")], wanted, FACTS)

    assert caught.value.code == code


@given(st.sets(st.text(min_size=1, max_size=5)), st.integers(min_value=1, max_value=7))
def test_pages_show_everything_once_in_order(items: set[str], size: int) -> None:
    shown: list[str] = []
    token: str | None = None
    while True:
        page, token = filters.page(items, str, size=size, token=token)
        shown += page
        if token is None:
            break
        assert len(page) == size

    assert shown == sorted(items)


def test_what_comes_and_goes_between_pages_makes_nobody_appear_twice_or_not_at_all() -> None:
    first, token = filters.page(["a", "b", "c", "d"], str, size=2, token=None)
    second, end = filters.page(["aa", "c", "d"], str, size=2, token=token)

    assert (first, second, end) == (["a", "b"], ["c", "d"], None)


@pytest.mark.parametrize("token", ["", "nonsense", "YWJj", "é", "%%%"])
def test_a_token_of_somebody_elses_is_refused(token: str) -> None:
    with pytest.raises(AwsError, match="InvalidPaginationToken"):
        filters.page(["a"], str, size=5, token=token)
