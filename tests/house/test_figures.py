"""How hard the tree is to read must not grow: ceilings for what `make figures` prints."""

from __future__ import annotations

import pytest
from tools.figures import figures

CEILINGS = {
    # 10,000 without what a user puts on the fleet (boot, permissions, images), how it scales and what it is made of
    # (targets, warm pool, types, Spot, volumes), parts that can be used alone, what is around it (a network that
    # exists, ways out, IPv6, endpoints), and what load balancers say of it
    "lines of tap-stack": 15_000,
    "lines of a function, median": 10,
    "lines of a function, 90th percentile": 25,
    "lines of the longest function": 60,
    "private functions used once and short, percent": 20,
    "names of types with two meanings": 0,
    "pairs of eight identical lines": 0,
    "files for a new resource type": 5,  # of a new service; two if the service has a type already
}


@pytest.fixture(scope="module")
def measured() -> dict[str, float]:
    return figures()


@pytest.mark.parametrize("name", CEILINGS)
def test_a_figure_stays_below_its_ceiling(name: str, measured: dict[str, float]) -> None:
    assert measured[name] <= CEILINGS[name], (
        f"`make figures` and `python -m tools.figures --list ...` show where {name}"
    )
