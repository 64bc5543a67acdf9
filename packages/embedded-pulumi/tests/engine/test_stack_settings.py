"""The settings of a stack that the engine itself obeys: `pulumi:disable-default-providers` and `pulumi:autonaming`."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.harness import Act, Client, Stack

from embedded_pulumi.engine.autonaming import read_autonaming
from embedded_pulumi.engine.events import StepFinished
from embedded_pulumi.errors import ProgramFailed, ResourceFailed, UserError
from embedded_pulumi.provider import Autonaming, AutonamingMode

SEED = b"0123456789abcdef"


def thing(client: Client) -> None:
    client.register("a")


@pytest.mark.parametrize("packages", [["toy"], ["*"], ["aws", " toy "]])
def test_a_disabled_default_provider_is_refused_by_name(stack: Stack, packages: list[str]) -> None:
    stack.config["pulumi:disable-default-providers"] = json.dumps(packages)

    with pytest.raises(ResourceFailed, match=r"Default provider for 'toy' disabled\. 'urn:.*::a' must use an explicit"):
        stack.up(thing)
    assert stack.cloud.calls == []


def test_a_disabled_default_provider_answers_no_data_source(stack: Stack) -> None:
    stack.config["pulumi:disable-default-providers"] = '["toy"]'

    with pytest.raises(ProgramFailed, match=r"Default provider for 'toy' disabled\. 'toy:index:get' must use"):
        stack.preview(lambda client: client.invoke("toy:index:get"))


def test_an_explicit_provider_is_still_used(stack: Stack) -> None:
    stack.config["pulumi:disable-default-providers"] = '["*"]'

    def program(client: Client) -> None:
        own = client.register("own", type_="pulumi:providers:toy")
        client.register("a", provider=f"{own.urn}::{own.id or '04da6b54-80e4-46f7-96ec-b56ff0331ba9'}")

    stack.up(program)

    assert stack.names() == ["a"]


@pytest.mark.parametrize("text", ["", "[]", '["aws"]'])
def test_another_packages_default_provider_stays(stack: Stack, text: str) -> None:
    stack.config["pulumi:disable-default-providers"] = text

    stack.up(thing)

    assert stack.names() == ["a"]


@pytest.mark.parametrize("text", ["toy", "[[[", '["toy", 2]', "{}"])
def test_a_malformed_list_of_default_providers_is_refused(stack: Stack, text: str) -> None:
    stack.config["pulumi:disable-default-providers"] = text

    with pytest.raises(UserError, match="pulumi:disable-default-providers must be a list of packages"):
        stack.up(thing)


def named(stack: Stack, settings: Any, act: Act = thing) -> str:
    stack.config["pulumi:autonaming"] = json.dumps(settings)
    stack.up(act)
    return str(stack.resource("a")["inputs"]["name"])


def test_names_are_verbatim_if_the_stack_says_so(stack: Stack) -> None:
    assert named(stack, {"mode": "verbatim"}) == "a"


def test_a_name_of_a_pattern_is_proposed(stack: Stack) -> None:
    stack.config["shop:team"] = "blue"
    pattern = "${organization}-${project}-${stack}-${config.team}-${name}-${hex(4)}${num(3)}${string(2)}-${uuid}"

    name = named(stack, {"pattern": pattern})

    assert re.fullmatch(r"organization-shop-dev-blue-a-[0-9a-f]{4}[0-9]{3}[a-z]{2}-[0-9a-f-]{36}", name)


def test_a_preview_and_its_update_make_the_same_name(stack: Stack) -> None:
    stack.config["pulumi:autonaming"] = json.dumps({"pattern": "${name}-${alphanum(8)}"})
    stack.preview(thing)
    finished = [event.new for event in stack.events if isinstance(event, StepFinished) and event.urn.endswith("::a")]
    foreseen = [new.inputs["name"] for new in finished if new is not None]

    stack.up(thing)

    assert set(foreseen) == {stack.resource("a")["inputs"]["name"]}


def test_without_automatic_names_the_program_must_give_them(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match="name: must be given"):
        named(stack, {"mode": "disabled"})

    assert named(stack, {"mode": "disabled"}, lambda client: client.register("a", {"name": "given"})) == "given"


def test_the_most_specific_strategy_counts() -> None:
    settings = {
        "mode": "verbatim",
        "providers": {
            "toy": {
                "pattern": "toy-${name}",
                "resources": {"toy:index/thing:Thing": {"pattern": "t", "enforce": True}},
            },
            "other": {},
        },
    }
    autonamer = read_autonaming({"pulumi:autonaming": json.dumps(settings)}, organization="o", project="p", stack="s")

    def proposed(type_: str) -> Autonaming | None:
        return autonamer.strategy_for(f"urn:pulumi:s::p::{type_}::n").propose("n", SEED)

    assert proposed("toy:index/thing:Thing") == Autonaming(AutonamingMode.ENFORCE, "t")
    assert proposed("toy:index/box:Box") == Autonaming(AutonamingMode.PROPOSE, "toy-n")
    assert proposed("other:index:X") == Autonaming(AutonamingMode.ENFORCE, "n")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("verbatim", "must be a mapping"),
        ({"mode": "odd"}, "mode 'odd' is not known; accepted: default, verbatim, disabled"),
        ({"mode": "verbatim", "pattern": "x"}, "either mode or pattern"),
        ({"enforce": True}, "enforce needs a pattern"),
        ({"patern": "x"}, "unknown key 'patern'; accepted: mode, pattern, enforce, providers"),
        ({"pattern": "${config.absent}"}, "the configuration key shop:absent, which is not set"),
        ({"providers": {"aws": {"resources": {"aws:a:B": {}}}}}, "must have a mode or a pattern"),
    ],
)
def test_a_malformed_setting_is_refused_before_anything_runs(stack: Stack, settings: Any, reason: str) -> None:
    with pytest.raises(UserError, match=re.escape(reason)):
        named(stack, settings)
    assert not stack.file.exists()


def test_a_name_without_a_random_part_is_freed_before_its_replacement(stack: Stack) -> None:
    stack.config["pulumi:autonaming"] = json.dumps({"mode": "verbatim"})
    stack.up(lambda client: client.register("a", {"kind": "old"}))

    stack.up(lambda client: client.register("a", {"kind": "new"}))

    assert stack.steps() == [("delete-replaced", "a"), ("create-replacement", "a")]
