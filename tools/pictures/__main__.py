"""Draw the pictures of the documents: `python -m tools.pictures --write`.

They are drawn from a recording of the demo and from stored simulations; `--record` first makes both anew.
docs/pictures/rollouts.svg comes from `python -m bench.rollouts`. `make pictures` does all of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools import pages
from tools.pictures import COMMAND, PAGES, recording, simulation

if "--record" in sys.argv:
    sys.argv.remove("--record")
    recording.record(Path(recording.CAST))
    simulation.play(Path(simulation.STORED))
pages.main(PAGES, COMMAND)
