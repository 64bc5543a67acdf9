"""A stack's file keeps its comments and its layout when its values change, as with the Pulumi CLI.

The texts that are expected are what `pulumi config set` of the CLI 3.274.1 has written (`tests/realcli/test_config.py`
asks it anew, where it is installed).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_pulumi.engine import yaml_file
from embedded_pulumi.engine.yaml_document import CannotEdit, edited, parse, written

BEFORE = """\
# A

# B
config:
    # above a
    tap:a: x # beside a
    # below a

    # above b

    # above b, too
    tap:b: 'y'

    # from where
    tap:list:
    - one # the first
    # above two
    - "two"
    tap:map: {x: 1, y: [1,2]}
    tap:deep: # beside deep
        k: |
          text
          more

    # below deep
# the end of config

# the end
"""
AFTER = """\
# A

# B
config:
  # above a
  tap:a: z # beside a
  # below a

  # above b

  # above b, too
  tap:b: "true"
  # from where
  tap:list:
    - one # the first
    # above two
    - "2"
    - three
  tap:map: {x: 1, y: [1, 2], z: null}
  tap:deep: # beside deep
    k: |
      text
      more
  # below deep

  tap:new:
    - a: 1.5
      b: 'k: v'
    - |-
      two
      lines
    - {}
# the end of config

# the end
"""


def edit(text: str, value: Any) -> str:
    """A text with another value."""
    document = parse(text)
    document.root = edited(document.root, value)
    return written(document)


def test_what_changes_changes_in_its_place_and_all_else_stays(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BEFORE)
    data = yaml_file.load(tmp_path / "a.yaml")
    data["config"] |= {"tap:a": "z", "tap:b": "true", "tap:list": ["one", "2", "three"]}
    data["config"]["tap:map"]["z"] = None
    data["config"]["tap:new"] = [{"b": "k: v", "a": 1.5}, "two\nlines", {}]

    # The CLI quotes what was in quotes with the same quotes.
    assert edit(BEFORE, data) == AFTER.replace('tap:b: "true"', "tap:b: 'true'")


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("a: x # note\nb: y\n", {"b": "y"}, "b: y\n"),
        ("# of a\na: x\n# of b\nb: y\n", {"b": "y"}, "# of b\nb: y\n"),
        ("a: x\n", {}, "{}\n"),
        ("a: {} # note\n", {"a": {"k": "v"}}, "a: # note\n  k: v\n"),
        ("a: {k: v}\n", {"a": {"k": "v", "l": "w"}}, "a: {k: v, l: w}\n"),
        ("# only this\n", {"a": "x"}, "# only this\n\na: x\n"),
        ("a: 3\n", {"a": "3"}, 'a: "3"\n'),
        ("a: x\n", {"a": "yes"}, "a: yes\n"),
        ("a: x\n", {"a": "x", "b": "yes", "c": "12:30", "d": "2026-01-01", "e": "1e3"}, None),
        ("a: x\n", {"a": "k: v"}, "a: 'k: v'\n"),
        ("a: x\n", {"a": "# x"}, "a: '# x'\n"),
        ("a: x\n", {"a": ["x", [], {"k": [1, True]}]}, "a:\n  - x\n  - []\n  - k:\n      - 1\n      - true\n"),
        ("a: x\n", {"a": [0.00001, 1234567.5, -2.0, 0.5]}, "a:\n  - 1e-05\n  - 1.2345675e+06\n  - -2\n  - 0.5\n"),
        ("---\na: x\n...\n", {"a": "y"}, "a: y\n"),
    ],
)
def test_it_is_laid_out_as_by_the_cli(text: str, value: Any, expected: str | None) -> None:
    quoted = 'a: x\nb: "yes"\nc: "12:30"\nd: "2026-01-01"\ne: "1e3"\n'

    assert edit(text, value) == (quoted if expected is None else expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: &one x\nb: *one\n", "anchors or aliases"), ("a: [x, # note\n  y]\n", "line 1: it has comments within")],
)
def test_what_would_be_lost_is_refused(text: str, said: str) -> None:
    with pytest.raises(CannotEdit, match=said):
        parse(text)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(-(2**63), 2**63), st.booleans(), st.none(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS.filter(bool), inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=60)
@given(before=st.dictionaries(TEXTS.filter(bool), VALUES, max_size=4), after=VALUES)
def test_what_is_written_is_read_again_and_written_the_same(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, Any], after: Any
) -> None:
    first = edit(edit("# a\n", before), {**before, "more": after})
    path = tmp_path_factory.getbasetemp() / "written.yaml"
    path.write_text(first)

    assert yaml_file.text_of(yaml_file.load(path)) == yaml_file.text_of({**before, "more": after})
    assert edit(first, {**before, "more": after}) == first


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.booleans(), st.booleans(), st.booleans()), max_size=6))
def test_no_comment_is_lost(rows: list[tuple[str, bool, bool, bool]]) -> None:
    lines = []
    for number, (kind, above, apart, beside) in enumerate(rows):
        lines += [f"  # above {number}"] * above + [""] * apart
        lines.append(f"  {kind}{number}: x" + f" # beside {number}" * beside)
    text = "\n".join(["config:", *lines, "# end", ""]) if rows else ""

    changed = edit(text, {**(yaml.safe_load(text) or {}), "new": "y"})

    assert changed.count("#") == text.count("#")
