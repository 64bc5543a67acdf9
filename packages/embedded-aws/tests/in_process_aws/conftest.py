"""What the tests of the AWS in process share: groups to look at, and the clients to look with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from support.chance import stream

from embedded_aws.fleet import GroupSettings, Timings
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.faults import ApiFaults
from embedded_aws.in_process.session import ClientSession
from embedded_aws.in_process.world import World, build


@pytest.fixture
def a_world() -> Callable[..., World]:
    """Makes a group that is half an hour old; arguments are attributes of `GroupSettings`."""

    def make(desired: int = 6, timings: Timings | None = None, **given: Any) -> World:
        usual: dict[str, Any] = {"min_size": 0, "max_size": 2 * desired, "zones": ("a", "b", "c")}
        settings = GroupSettings(**(usual | {"template_version": "1", "desired": desired} | given))
        world = build(settings, timings or Timings(), stream("group"))
        world.advance(world.now + timedelta(minutes=30))
        return world

    return make


@pytest.fixture
def a_session() -> Callable[..., ClientSession]:
    """Makes the clients of one sweep in a world; arguments are attributes of ApiFaults."""

    def make(world: World, **faults: Any) -> ClientSession:
        account = Account(world, stream("api"), ApiFaults(**({"latency_seconds": 0.0} | faults)))
        return ClientSession(account)

    return make
