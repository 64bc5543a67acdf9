"""The dependency graph of a state, and work in its order with as much at once as the graph allows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from embedded_pulumi.engine.resource import ResourceState


def dependents(resources: Sequence[ResourceState]) -> dict[int, set[int]]:
    """Each entry to the entries that depend on it, and must be deleted before it.

    Several entries can have one URN: a replacement, and the old state that waits for its deletion. A reference to the
    URN counts for all of them that come before the reference. There is never a cycle, and at worst a needless wait.
    """
    by_urn: dict[str, list[int]] = {}
    found: dict[int, set[int]] = {state.entry: set() for state in resources}
    for state in resources:
        for urn in state.needs():
            for entry in by_urn.get(urn, ()):
                found[entry].add(state.entry)
        by_urn.setdefault(state.urn, []).append(state.entry)
    return found


def needs(resources: Sequence[ResourceState]) -> dict[int, set[int]]:
    """Each entry to the entries that it depends on."""
    turned: dict[int, set[int]] = {state.entry: set() for state in resources}
    for entry, users in dependents(resources).items():
        for user in users:
            turned[user].add(entry)
    return turned


def walk(
    after: Mapping[int, Iterable[int]],
    visit: Callable[[int], object],
    *,
    parallel: int,
    proceed: Callable[[], bool],
) -> None:
    """Visit every entry after the entries that come first, up to `parallel` at a time.

    Args:
        after: Entry to the entries that come first.
        visit: Does the work; an exception ends the walk.
        parallel: How many threads.
        proceed: Asked before each visit; when it says no, the visits that run are finished, and no other begins.

    Raises:
        Exception: the first that `visit` raised, after all visits have ended.
    """
    waiting = {entry: set(first) for entry, first in after.items()}
    freed: dict[int, list[int]] = {entry: [] for entry in waiting}
    for entry, first in waiting.items():
        for each in first:
            freed[each].append(entry)
    ready = deque(entry for entry, first in waiting.items() if not first)
    running: dict[Future[object], int] = {}
    failures: list[BaseException] = []
    with ThreadPoolExecutor(parallel) as pool:
        while ready or running:
            # No more than work at once: to wait for many futures takes as much time as there are.
            while ready and len(running) < parallel and not failures and proceed():
                entry = ready.popleft()
                running[pool.submit(visit, entry)] = entry
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                done = running.pop(future)
                failures.extend(filter(None, [future.exception()]))
                for entry in freed[done]:
                    waiting[entry].discard(done)
                    if not waiting[entry]:
                        ready.append(entry)
    if failures:
        raise failures[0]
