"""The traceback of a program's error, as far as the user can mend it: the frames in the program's own files."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException

_INSTALLED = ("site-packages", "dist-packages")


def program_traceback(error: BaseException, folder: Path) -> str:
    """A traceback of the frames in a program's folder; of all frames where none is, since then it says where to look.

    What led to the error (`raise ... from`) is treated likewise. Pulumi's SDK reports an error in an `apply` by one of
    its own, behind which it hides the program's: then it is the hidden one.

    Args:
        error: What the program raised.
        folder: The program's folder. Packages that are installed in it are not the program's.
    """
    shown = next((each for each in _behind(error) if _own(traceback.extract_tb(each.__traceback__), folder)), None)
    whole = TracebackException.from_exception(shown or error)
    each: TracebackException | None = whole if shown else None
    while each is not None:
        each.stack = StackSummary.from_list(_own(each.stack, folder))
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "".join(whole.format()).rstrip("\n")


def _behind(error: BaseException) -> Iterator[BaseException]:
    """An error, and what led to it, whether that is meant to be shown or not."""
    each: BaseException | None = error
    seen: set[int] = set()
    while each is not None and id(each) not in seen:  # the SDK makes circles of them
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__


def _own(frames: Iterable[FrameSummary], folder: Path) -> list[FrameSummary]:
    return [frame for frame in frames if _is_in(Path(frame.filename), folder)]


def _is_in(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder) and not any(part in _INSTALLED for part in path.relative_to(folder).parts)
