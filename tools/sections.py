"""The part of a page that is written by a tool: it stands between two marks, and the rest is written by hand."""

from __future__ import annotations


def with_section(page: str, begin: str, body: str, end: str) -> str:
    """A page with what stands between its marks renewed.

    Raises:
        ValueError: The marks are missing.
    """
    before, begins, rest = page.partition(begin)
    _, ends, after = rest.partition(end)
    if not begins or not ends:
        raise ValueError(f"the page lacks the marks {begin} and {end}")
    return f"{before}{begin}{body}{end}{after}"
