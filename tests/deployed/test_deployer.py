"""The deployer's policy: with exactly that a stack lives its whole life, and each permission is needed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from support.deployed import deployer
from support.deployed.deployer_policy import PULUMI_AWS_ASKS, policy, read
from support.deployed.stack import OneAtATime

from embedded_pulumi.errors import EngineError
from tap_cli.sandbox import Sandbox

BESIDE = {f"{service}:{name}" for service, names in PULUMI_AWS_ASKS.items() for name in names.split()}


@pytest.fixture
def sandbox(stacks: OneAtATime) -> Iterator[Sandbox]:
    stacks.close()
    with deployer.sandbox() as made:
        yield made
    assert made.cloud.failures == []


def actions(document: dict[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


def without(action: str) -> dict[str, Any]:
    """The policy less one action."""
    document = copy.deepcopy(read())
    for statement in document["Statement"]:
        statement["Action"] = [each for each in statement["Action"] if each != action]
    document["Statement"] = [each for each in document["Statement"] if each["Action"]]
    return document


def test_a_stack_lives_its_whole_life_on_the_deployers_policy(sandbox: Sandbox) -> None:
    deployer.live(sandbox, deployer.become(sandbox, [read()]))

    used = deployer.used(sandbox)
    assert policy(used) == read(), "run python bench/deploying.py --write"
    unused = actions(read()) - {action for action, _ in used} - BESIDE
    assert unused == {"iam:CreateServiceLinkedRole"}  # Auto Scaling's, which the embedded account has


@pytest.mark.parametrize("action", ["iam:PassRole", "logs:CreateLogGroup"])
def test_without_a_permission_a_deployment_fails_and_names_it(sandbox: Sandbox, action: str) -> None:
    credentials = deployer.become(sandbox, [without(action)])

    with pytest.raises(EngineError, match=f"not authorized to perform: {action}"):
        sandbox.engine_for({**deployer.FIRST, **credentials}).up()
