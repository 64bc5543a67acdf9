"""How these commands say what is wrong."""

from __future__ import annotations

from collections.abc import Sequence


def failing(problems: Sequence[str]) -> int:
    """Print a line for each problem; the exit code: 1 if there is one."""
    for problem in problems:
        print(f"FAIL {problem}")
    return 1 if problems else 0
