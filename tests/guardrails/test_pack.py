"""The policy pack: its policies are asked by Pulumi's own policy SDK, with the argument classes that the engine fills.

A mutation is asked of its own rule's policy; that no other mandatory one finds it is judged on the program as the pack
sees it, all of whose policies are asked once, of the stack as it is.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
import pulumi
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto.analyzer_pb2 import MANDATORY as MANDATORY_LEVEL
from pulumi.runtime.proto.analyzer_pb2 import (
    AnalyzeRequest,
    AnalyzerPropertyDependencies,
    AnalyzerResource,
    AnalyzerResourceOptions,
    AnalyzeStackRequest,
)
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub
from support.mutations import INGRESS, MUTATIONS, Mutation
from support.programs import TODAY, cut, one, put
from support.stacks import tap

from embedded_pulumi import wire
from embedded_pulumi.values import UNKNOWN, Archive, Asset
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import Exemption
from pulumi_guardrails.findings import judge
from pulumi_guardrails.model import Plain, Program, Reference, Resource
from pulumi_guardrails.pack import EXCEPTIONS, NOT_IN_A_PACK, _all, policies
from pulumi_guardrails.rule import MANDATORY, OfOne
from pulumi_guardrails.types import FLOW_LOG, FUNCTION, TOPIC

sdk: Any = import_module("pulumi_policy")
proxy: Any = import_module("pulumi_policy.proxy")

ROOT = Path(__file__).parents[2]

DECIDED_OTHERWISE = {"a program that never asks for zones", "the function defined twice"}
"""Mutations of what the engine does not tell an analyzer, or refuses itself."""


def serialized(value: Plain) -> Any:
    """A value as the engine sends it in a preview: what refers to another resource is not known yet."""
    if isinstance(value, Reference):
        return proxy.UNKNOWN_STRING_VALUE
    if isinstance(value, Mapping):
        return {name: serialized(item) for name, item in value.items()}
    if isinstance(value, list):
        return [serialized(item) for item in value]
    if isinstance(value, Asset):
        return pulumi.StringAsset(value.text or "") if value.path is None else pulumi.FileAsset(value.path)
    if isinstance(value, Archive):
        return pulumi.AssetArchive({name: serialized(item) for name, item in (value.assets or {}).items()})
    return value


def props(resource: Resource) -> Any:
    shown = resource.inputs if resource.custom else resource.outputs or {}
    return proxy.unknown_checking_proxy({name: serialized(value) for name, value in shown.items()})


def options(resource: Resource) -> Any:
    timeouts = sdk.PolicyCustomTimeouts(0, 0, 0)
    ignored = list(resource.options.ignore_changes)
    return sdk.PolicyResourceOptions(bool(resource.options.protect), ignored, None, [], timeouts, [], resource.parent)


def resource_args(resource: Resource) -> Any:
    """What the engine hands to resource policies before it creates one."""
    return sdk.ResourceValidationArgs(
        resource.type, props(resource), resource.urn, resource.name, options(resource), None
    )


def stack_args(program: Program) -> Any:
    """What the engine hands to stack policies when a preview ends."""
    provider = sdk.PolicyProviderResource("pulumi:providers:aws", {"region": program.region}, "urn:provider", "aws")
    made = {
        each.urn: sdk.PolicyResource(each.type, props(each), each.urn, each.name, options(each), provider, None, [], {})
        for each in program.resources
    }
    for each in program.resources:
        made[each.urn].property_dependencies = {
            name: [made[urn] for urn in urns if urn in made] for name, urns in each.references.items()
        }
    return sdk.StackValidationArgs(list(made.values()))


def asked(program: Program, exemptions: tuple[Exemption, ...] = ()) -> dict[str, set[str]]:
    """Policy to the URNs that it reports."""
    in_stack, alone = stack_args(program), [resource_args(each) for each in program.resources]
    found = {policy.name: reported(policy, in_stack, alone) for policy in policies(exemptions, TODAY)}
    return {name: urns for name, urns in found.items() if urns}


def reported(policy: Any, in_stack: Any, alone: list[Any]) -> set[str]:
    """The URNs that one policy reports: a stack policy of the stack, a resource policy of each of some resources."""
    found: set[str] = set()
    if isinstance(policy, sdk.StackValidationPolicy):
        policy.validate(in_stack, lambda _, urn=None: found.add(urn or ""))
        return found
    for args in alone:
        policy.validate(args, lambda _, __=None, urn=args.urn: found.add(urn))
    return found


@cache
def policy_of(rule: str) -> Any:
    return next(policy for policy in policies((), TODAY) if policy.name == rule)


@cache
def of_the_stack() -> dict[str, set[str]]:
    """What all policies report of the stack as it is."""
    return asked(tap())


def mandatory(found: Mapping[str, set[str]]) -> set[str]:
    return {rule.id for rule in rules() if rule.severity is MANDATORY and rule.id in found}


def test_there_is_a_policy_for_every_rule_that_a_pack_can_decide() -> None:
    made = {policy.name: policy for policy in policies((), TODAY)}

    assert set(made) == {rule.id for rule in rules()} - NOT_IN_A_PACK | {EXCEPTIONS}
    for rule in rules():
        if rule.id not in NOT_IN_A_PACK:
            alone = isinstance(rule.judge, OfOne)
            assert isinstance(made[rule.id], sdk.ResourceValidationPolicy if alone else sdk.StackValidationPolicy)
            assert made[rule.id].enforcement_level.value == rule.severity.value


def test_the_stack_passes_in_a_preview_where_nothing_exists_yet() -> None:
    assert mandatory(of_the_stack()) == set()


def of_each_rule() -> list[Mutation]:
    """One mutation for each rule that a pack can decide."""
    decided = [each for each in MUTATIONS if each.rule not in NOT_IN_A_PACK and each.what not in DECIDED_OTHERWISE]
    return list({each.rule: each for each in decided}.values())


@pytest.mark.parametrize("mutation", of_each_rule(), ids=str)
def test_the_pack_finds_in_a_preview_what_the_rule_finds(mutation: Mutation) -> None:
    stack = tap(**mutation.config)
    mended = mutation.mended(stack) if mutation.mended else stack

    mutated = mutation.change(mended)
    in_stack = stack_args(mutated)
    changed = [resource_args(each) for each in mutated.resources if each not in mended.resources]

    assert reported(policy_of(mutation.rule), in_stack, changed)
    found = {each.rule for each in judge(_all(in_stack), rules(), (), TODAY).mandatory} - NOT_IN_A_PACK
    assert found <= {mutation.rule}


def test_an_exception_is_heeded_and_printed() -> None:
    exemption = Exemption("lambda-in-vpc", "*::tap-healer-*", "It calls AWS's APIs alone", "2027-06-30")

    made = {policy.name: policy for policy in policies((exemption,), TODAY)}
    healer = [resource_args(one(tap(), FUNCTION, "healer"))]

    assert "lambda-in-vpc" in of_the_stack()
    assert reported(made["lambda-in-vpc"], None, healer) == set()
    assert reported(made[EXCEPTIONS], None, []) == {""}


@contextmanager
def served() -> Iterator[AnalyzerStub]:
    """The pack as the engine uses it: started as a program, the port read that it prints, asked over gRPC."""
    # Unbuffered, as Pulumi starts it: the policy SDK writes the port and does not flush it.
    command = [sys.executable, "-u", str(ROOT / "policy" / "__main__.py")]
    pack = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert pack.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{pack.stdout.readline().strip()}") as channel:
            yield AnalyzerStub(channel)
    finally:
        pack.kill()
        pack.communicate()


def on_the_wire(resource: Resource) -> AnalyzerResource:
    shown = resource.inputs if resource.custom else resource.outputs or {}
    return AnalyzerResource(
        type=resource.type,
        urn=resource.urn,
        name=resource.name,
        properties=wire.encode({name: unknown(value) for name, value in shown.items()}),
        parent=resource.parent,
        options=AnalyzerResourceOptions(
            protect=bool(resource.options.protect), ignoreChanges=resource.options.ignore_changes
        ),
        propertyDependencies={
            name: AnalyzerPropertyDependencies(urns=urns) for name, urns in resource.references.items()
        },
    )


def unknown(value: Plain) -> Plain:
    """A value with UNKNOWN for what refers to another resource, as in a preview."""
    if isinstance(value, Mapping):
        return {name: unknown(item) for name, item in value.items()}
    if isinstance(value, list):
        return [unknown(item) for item in value]
    return UNKNOWN if isinstance(value, Reference) else value


def test_the_pack_serves_the_whole_stack_over_pulumis_analyzer_protocol() -> None:
    stack = tap()
    opened = put(*INGRESS, "cidrIpv4", "0.0.0.0/0")(stack)
    topic = on_the_wire(one(cut(TOPIC, "notifications", "kmsMasterKeyId")(stack), TOPIC))
    one_less = [on_the_wire(each) for each in stack.resources if each.type != FLOW_LOG]

    with served() as pack:
        info = pack.GetAnalyzerInfo(empty_pb2.Empty())
        alone = pack.Analyze(
            AnalyzeRequest(type=topic.type, urn=topic.urn, name=topic.name, properties=topic.properties)
        )
        world = pack.AnalyzeStack(AnalyzeStackRequest(resources=map(on_the_wire, opened.resources)))
        whole = pack.AnalyzeStack(AnalyzeStackRequest(resources=map(on_the_wire, stack.resources)))
        less = pack.AnalyzeStack(AnalyzeStackRequest(resources=one_less))

    assert (info.name, len(info.policies)) == ("tap-guardrails", len(policies((), TODAY)))
    assert stopping(alone) == {"topic-encrypted"}
    assert stopping(world) == {"security-group-no-world-ingress"}
    assert stopping(whole) == set()
    assert stopping(less) >= {"vpc-flow-log"}


def stopping(answer: Any) -> set[str]:
    return {each.policyName for each in answer.diagnostics if each.enforcementLevel == MANDATORY_LEVEL}
