"""docs/pictures/NAME.svg of some scenarios: what each policy does over time, drawn from stored histories.

docs/pictures/simulation.json has what `tap simulate --compare` found with seed 0; the same seed gives the same.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tap_cli.sim import figure, run, scenario
from tap_cli.sim.policies import POLICIES

STORED = "docs/pictures/simulation.json"
SCENARIOS = ("slow-trickle", "false-alarms", "zone-outage")
DIGITS = 3  # of a minute


def play(file: Path) -> None:
    """Play the scenarios with every policy, and store what happened."""
    chosen = {name: scenario.load(scenario.shipped()[name]) for name in SCENARIOS}
    results = run.simulate(chosen, list(POLICIES), [0])
    stored = {
        name: {policy: _short(asdict(summary)) for policy, summary in found.items()} for name, found in results.items()
    }
    file.write_text(json.dumps(stored, separators=(",", ":")) + "\n", encoding="utf-8")


def _short(value: Any) -> Any:
    """The same with fewer digits."""
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_short(each) for each in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def read(file: Path, name: str) -> dict[str, run.PolicySummary]:
    """What each policy did in a scenario, as stored."""
    found = json.loads(file.read_text(encoding="utf-8"))[name]
    return {
        policy: run.PolicySummary(
            **{
                **summary,
                **{key: run.Spread(**summary[key]) for key in ("seconds_to_mark", "seconds_to_heal")},
                **{key: tuple(map(tuple, summary[key])) for key in ("capacity", "marks")},
                "faults": tuple(summary["faults"]),
            }
        )
        for policy, summary in found.items()
    }


def page(file: Path, name: str, _: str = "") -> str:
    """The picture of a scenario, from what a file stores; a `tools.pages.Page`, once file and name are given."""
    with tempfile.TemporaryDirectory() as folder:
        one = scenario.load(scenario.shipped()[name])
        paths = figure.draw(name, one, read(file, name), Path(folder))
        return next(path for path in paths if path.suffix == ".svg").read_text(encoding="utf-8")
