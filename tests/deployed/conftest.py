"""The real program, deployed: what the tests look at is what AWS says is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.deployed.stack import THREE_ZONES, Deployed, OneAtATime


@pytest.fixture(scope="package")  # not the session: there is one embedded AWS in a process at a time
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneAtATime]:
    """Whichever stack a test asks for; tests that ask for the same one in a row share it."""
    with OneAtATime(tmp_path_factory.mktemp("deployed")) as stacks:
        yield stacks


@pytest.fixture
def deployed(stacks: OneAtATime) -> Deployed:
    """The stack with three zones and all else at its default."""
    return stacks.deployed(THREE_ZONES)
