"""Draw the pictures of the documents: `python -m tools.pictures --write`.

They are drawn from a recording of the demo and from stored simulations; `--record` first makes both anew.
docs/pictures/rollouts.svg comes from `python -m bench.rollouts`. `make pictures` does all of it.
"""

from __future__ import annotations

from pathlib import Path

from tools import pages
from tools.pictures import COMMAND, PAGES, recording, simulation


def record() -> None:
    """Record the demo and play the simulations anew (minutes)."""
    recording.record(Path(recording.CAST))
    simulation.play(Path(simulation.STORED))


pages.main(PAGES, COMMAND, {"--record": record})
