"""How these commands say what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from tap_cli.errors import UsageError


def end_with(main: Callable[[], int]) -> NoReturn:
    """End with the exit code that `main` returns, or with 2 and one message where its input was wrong."""
    try:
        sys.exit(main())
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def failing(problems: Sequence[str]) -> int:
    """Print a line for each problem; the exit code: 1 if there is one."""
    for problem in problems:
        print(f"FAIL {problem}")
    return 1 if problems else 0
