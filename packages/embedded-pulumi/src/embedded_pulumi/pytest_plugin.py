"""pytest fixtures that deploy Pulumi programs into an embedded AWS.

    def test_the_network_is_there(deployed):
        stack = deployed("app", config={"zones": 2})
        assert len(stack.boto3("ec2").describe_vpcs()["Vpcs"]) == 1

All tests of a session share one AWS, which is made when the first of them needs it. `deployed` destroys its stacks at
the end of the test; `module_deployed` and `session_deployed` at the end of the module and of the session, for stacks
that several tests look at. docs/testing.md has more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:  # imported when a test asks for a fixture: pytest loads this module in every project
    from embedded_pulumi.testing import DeployedStack, SharedAws

REGION, ACCOUNT = "embedded_aws_region", "embedded_aws_account"


class Deploy(Protocol):
    """What the fixtures hand out."""

    def __call__(
        self, program: str | Path, config: Mapping[str, Any] | None = None, *, stack: str = "dev", keep: bool = False
    ) -> DeployedStack:
        """Deploy a program.

        Args:
            program: A folder or a Python file, from pytest's root folder or else from the test's own.
            config: Over that of the stack's file; a key without a namespace is the project's own.
            stack: The stack's name.
            keep: Leave it there at the end, as what it protects has to be.

        Raises:
            UserError: the program or its configuration is wrong; nothing was made.
            DeploymentError: a step failed; what was made until then has been destroyed again.
        """
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings of the embedded AWS to pytest's ini-file."""
    parser.addini(REGION, "region of the embedded AWS for programs that say no aws:region", default="us-east-1")
    parser.addini(ACCOUNT, "kind of account: standard, new, organisation or locked", default="standard")


@pytest.fixture(scope="session")
def embedded_aws(pytestconfig: pytest.Config) -> Iterator[SharedAws]:
    """The AWS of the session; a test that asks for it may deploy by itself, or put things into the account."""
    try:
        from embedded_aws.kinds import KINDS  # noqa: PLC0415 - it may not be installed, and takes a second
        from embedded_pulumi.testing import SharedAws  # noqa: PLC0415
    except ModuleNotFoundError as error:
        pytest.fail(f"{error}: install embedded-pulumi[pytest]", pytrace=False)
    kind = KINDS.get(pytestconfig.getini(ACCOUNT))
    if kind is None:
        given, accepted = pytestconfig.getini(ACCOUNT), ", ".join(KINDS)
        pytest.fail(f"{ACCOUNT} = {given!r} is not accepted; accepted: {accepted}", pytrace=False)
    with SharedAws(pytestconfig.getini(REGION), kind) as aws:
        yield aws


@pytest.fixture
def deployed(request: pytest.FixtureRequest, embedded_aws: SharedAws) -> Iterator[Deploy]:
    """Deploys programs; their stacks are destroyed at the end of the test."""
    yield from _deploying(request, embedded_aws)


@pytest.fixture(scope="module")
def module_deployed(request: pytest.FixtureRequest, embedded_aws: SharedAws) -> Iterator[Deploy]:
    """Deploys programs; their stacks are destroyed at the end of the module."""
    yield from _deploying(request, embedded_aws)


@pytest.fixture(scope="session")
def session_deployed(request: pytest.FixtureRequest, embedded_aws: SharedAws) -> Iterator[Deploy]:
    """Deploys programs; their stacks are destroyed at the end of the session."""
    yield from _deploying(request, embedded_aws)


def _deploying(request: pytest.FixtureRequest, aws: SharedAws) -> Iterator[Deploy]:
    failures = len(aws.cloud.failures)
    folders = [request.config.rootpath]
    if request.scope != "session":
        folders.append(request.path.parent)

    def deploy(
        program: str | Path, config: Mapping[str, Any] | None = None, *, stack: str = "dev", keep: bool = False
    ) -> DeployedStack:
        __tracebackhide__ = True
        places = [folder / program for folder in folders]
        found = next((place for place in places if place.exists()), places[0])
        made = aws.deploy(found, config, stack=stack)
        if not keep:
            ending.callback(made.destroy)
        return made

    with ExitStack() as ending:  # the last one first, and each whatever becomes of the others
        yield deploy
    new = aws.cloud.failures[failures:]
    if new:
        pytest.fail("the embedded AWS failed:\n" + "\n".join(new), pytrace=False)
