"""A fresh stack for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.harness import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)
