"""Text of others on a terminal: what cannot be seen, or would command the terminal, is written out."""

from __future__ import annotations

import textwrap


def printable(text: str) -> str:
    r"""Text on one line, each character that is not seen as itself written as Python writes it.

    A log line or a message may hold anything: escape codes that move the cursor or rename the window, characters that
    turn the direction of writing, halves of a surrogate pair that no terminal can be sent.

    >>> printable("red \x1b[31m")
    'red \\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def cut(text: str, longest: int, rest: str = "") -> str:
    """The beginning of a text, and how long it is where that is not all; `rest` says where to find all of it."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text):,} characters{rest})"


def wrapped(text: str, width: int | None, *, first: str = "", indent: str = "    ") -> str:
    """A text in rows of at most `width` characters, all but the first indented; on one row where there is no width.

    What the text itself is indented by comes on top. A word that is longer than a row, such as an ARN or an address,
    stays whole: only so can it be copied.
    """
    if width is None or len(first) + len(text) <= width:
        return f"{first}{text}"
    own = text[: len(text) - len(text.lstrip())]
    wrap = textwrap.TextWrapper(
        width=max(width, 2 * len(indent)),
        initial_indent=first,
        subsequent_indent=indent + own,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrap.fill(text)
