"""The real program, deployed: what the tests look at is what AWS says is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .stack import Deployed, OneAtATime, Variant

THREE_ZONES = Variant(
    "dev", {"tap:zones": "3", "tap:minSize": "3", "tap:desiredCapacity": "3", "tap:maxSize": "6"}, "eu-west-1"
)


@pytest.fixture(scope="package")  # not the session: there is one embedded AWS in a process at a time
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneAtATime]:
    """Whichever stack a test asks for; tests that ask for the same one in a row share it."""
    with OneAtATime(tmp_path_factory.mktemp("deployed")) as stacks:
        yield stacks


@pytest.fixture
def deployed(stacks: OneAtATime) -> Deployed:
    """The stack with three zones and all else at its default."""
    return stacks.deployed(THREE_ZONES)
