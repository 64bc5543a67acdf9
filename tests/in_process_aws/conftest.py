"""What the tests of the AWS in process share: groups to look at, and the clients to look with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tap_stack.fleet import Settings, Timings
from tap_stack.in_process_aws.account import Account
from tap_stack.in_process_aws.faults import ApiFaults
from tap_stack.in_process_aws.session import Session
from tap_stack.in_process_aws.world import World, build
from tap_stack.sim.chance import stream


@pytest.fixture
def a_world() -> Callable[..., World]:
    """Makes a group that is half an hour old; arguments are attributes of Settings."""

    def make(desired: int = 6, timings: Timings | None = None, **given: Any) -> World:
        usual: dict[str, Any] = {"min_size": 0, "max_size": 2 * desired, "zones": ("a", "b", "c")}
        settings = Settings(**(usual | {"template_version": "1", "desired": desired} | given))
        world = build(settings, timings or Timings(), stream(0, "group"))
        world.advance(world.now + timedelta(minutes=30))
        return world

    return make


@pytest.fixture
def a_session() -> Callable[..., Session]:
    """Makes the clients of one sweep in a world; arguments are attributes of ApiFaults."""

    def make(world: World, **faults: Any) -> Session:
        account = Account(world, stream(0, "api"), ApiFaults(**({"latency_seconds": 0.0} | faults)))
        return Session(account)

    return make
