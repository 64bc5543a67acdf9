"""Draw the pictures of the documents: `python -m tools.pictures --write`.

The demo's is drawn from a recording; `--record` runs the demo first and records it anew. docs/pictures/rollouts.svg
comes from `python -m bench.rollouts`. `make pictures` does all of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools import pages
from tools.pictures import COMMAND, PAGES, recording

if "--record" in sys.argv:
    sys.argv.remove("--record")
    recording.record(Path(recording.CAST))
pages.main(PAGES, COMMAND)
