"""A local AWS for all tests of a worker, and in it the whole stack, deployed with the troubles that a day may bring."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from support.command import Done

from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.aws.provider import ConfiguredAws
from embedded_pulumi.aws.session import Session
from embedded_pulumi.provider import Created, ProviderError
from embedded_pulumi.values import Properties, Value
from tap_cli.commands import ahead
from tap_cli.commands.deployment import UP, carry_out
from tap_cli.commands.target import open_target

from .place import Place


class Refusing(AwsProvider):
    """The provider, which refuses the fourth resource it is asked to make."""

    def __init__(self, endpoint_url: str) -> None:
        super().__init__(endpoint_url)
        self._asked = count(1)

    def configure(self, inputs: Mapping[str, Value]) -> ConfiguredAws:
        return _RefusingConfigured(super().configure(inputs).session, self._asked)


class _RefusingConfigured(ConfiguredAws):
    def __init__(self, session: Session, asked: Iterator[int]) -> None:
        super().__init__(session)
        self._asked = asked

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        if next(self._asked) == 4:
            raise ProviderError("VpcLimitExceeded: not a fourth one")
        return super().create(type_, inputs, token, preview=preview)


@dataclass(frozen=True)
class Deployed:
    """The place with the stack deployed into it, and how it came to that.

    Attributes:
        refused: The first `up`, in which the provider refused the fourth resource.
        after_refusal: The state it left.
        interrupted: The second `up`, which was interrupted.
        after_interruption: The state it left.
        finished: The third `up`, as JSON.
    """

    place: Place
    refused: Done
    after_refusal: list[dict[str, Any]]
    interrupted: Done
    after_interruption: list[dict[str, Any]]
    finished: Done

    def client(self, service: str, **keys: str) -> Any:
        """A client of the place's AWS."""
        return self.place.client(service, **keys)


WATCH = "import os, signal, sys; sys.stdin.read(); os.kill(int(sys.argv[1]), signal.SIGTERM)"


@contextmanager
def ended_with_this_process(place: Place) -> Iterator[None]:
    """End the local AWS of a place with the `with`, or with this process if that is killed: it would survive both."""
    command = [sys.executable, "-c", WATCH, str(place.record["pid"])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True):
        yield


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Three zones, and the clock stands still; the first two attempts come to grief."""
    place = Place(tmp_path_factory.mktemp("project"))
    place.make()
    assert place.tap("local", "start", "--speed", "0").code == 0
    with ended_with_this_process(place):
        with place.time_running():
            refused = _refused(place)
            after_refusal = place.state()
            interrupted = _interrupted(place)
            after_interruption = place.state()
            finished = place.tap("up", "--yes", "--json")
        yield Deployed(place, refused, after_refusal, interrupted, after_interruption, finished)


def _refused(place: Place) -> Done:
    """An `up` with a provider that refuses."""

    def refused_up() -> None:
        with ahead.start() as launch:
            target = open_target("dev", [], launch)
            carry_out(UP, replace(target, provider=Refusing(target.endpoint)), yes=True, as_json=False)

    return place.call(refused_up)


def _interrupted(place: Place) -> Done:
    """An `up` that gets a Ctrl-C as soon as a subnet stands."""
    process = place.start("up", "--yes")
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        if "aws:ec2:Subnet" in line:
            os.kill(process.pid, signal.SIGINT)
            break
    out, err = process.communicate(timeout=60)
    return Done(process.returncode, "".join(told) + out, err)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A project in which a local AWS is running, and nothing is deployed."""
    made = Place(tmp_path_factory.mktemp("running"))
    made.make()
    assert made.tap("local", "start", "--region", "eu-west-1").code == 0
    with ended_with_this_process(made):
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A project in which no local AWS is running yet; one that a test starts is ended."""
    made = Place(tmp_path)
    made.make()
    yield made
    made.tap("local", "stop")
