"""The pictures of the documents: `make pictures`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tools.pages import Pages
from tools.pictures import architecture, recording, simulation

COMMAND = "python -m tools.pictures --write"
ROOT = Path(__file__).parents[2]

PAGES: Pages = {
    architecture.FILE: lambda _: architecture.draw(),
    recording.FILE: lambda _: recording.draw(recording.read(ROOT / recording.CAST)),
    **{
        f"docs/pictures/{name}.svg": partial(simulation.page, ROOT / simulation.STORED, name)
        for name in simulation.SCENARIOS
    },
}
