"""A gateway over moto, left as it was found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embedded_aws import motoserver

from .house import NOW, House


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    house = House()
    with motoserver.running(lambda: NOW, seed=1) as backend:
        house.open(backend)
        yield house
        house.server.close()


@pytest.fixture
def house(running: House) -> Iterator[House]:
    yield running
    running.routes.clear()
    running.guards.clear()
    running.unlocked.clear()
    running.calls.clear()
    assert running.gateway.failures == []
