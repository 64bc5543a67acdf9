"""The deployer's policy: with exactly that a stack lives its whole life, and each permission is needed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from support.deployed import deployer
from support.deployed.deployer_policy import PULUMI_AWS_ASKS, WEB_ACL, policy, read
from support.deployed.foreign import Foreign
from support.deployed.stack import OneAtATime

from embedded_pulumi.errors import EngineError
from tap_cli.sandbox import Sandbox
from tap_stack.config.model import knobs

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
    unused = actions(read()) - {action for action, _ in used} - BESIDE - {each for some in WEB_ACL for each in some}
    assert unused == set()


def test_every_key_of_the_configuration_is_changed_in_that_life() -> None:
    foreign = Foreign("vpc-0", {"a": "subnet-0", "b": "subnet-1"}, {"a": "subnet-2"}, "", "", "", "", "", "")
    found = deployer.Found(
        "a certificate", "a key", "a topic", "addresses", foreign, "a target group", "a security group"
    )
    changed = {key for config in (deployer.FIRST, *deployer.NETWORKS, *deployer.changes(found)) for key in config}
    keys = {each.key for each in knobs() if not each.key.startswith(deployer.SETTINGS_OF_THE_HEALER)}

    assert keys - changed == set(deployer.UNPLAYED), "change it in deployer.changes, or say why not in UNPLAYED"


@pytest.mark.parametrize("action", ["iam:PassRole", "logs:CreateLogGroup"])
def test_without_a_permission_a_deployment_fails_and_names_it(sandbox: Sandbox, action: str) -> None:
    credentials = deployer.become(sandbox, [without(action)])

    with pytest.raises(EngineError, match=f"not authorized to perform: {action}"):
        sandbox.engine_for({**deployer.FIRST, **credentials}).up()
