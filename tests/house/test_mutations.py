"""The healer's broken rules (`bench/broken_rules.py`) fit the healer: what each replaces is there, and once."""

from __future__ import annotations

import pytest
from bench.broken_rules import MUTATIONS, Mutation
from bench.mutations import HEALER, ROOT, broken


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[each.what for each in MUTATIONS])
def test_a_rule_that_is_broken_on_purpose_is_still_there(mutation: Mutation) -> None:
    assert broken((ROOT / HEALER / mutation.file).read_text(), mutation)
