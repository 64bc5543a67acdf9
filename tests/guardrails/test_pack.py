"""The policy pack: its policies are asked by Pulumi's own policy SDK, with the argument classes that the engine fills.

Skipped where pulumi_policy is not installed: it is needed by the pack alone, and comes with the extra `policy`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
import pulumi
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto.analyzer_pb2 import MANDATORY as MANDATORY_LEVEL
from pulumi.runtime.proto.analyzer_pb2 import AnalyzerResource, AnalyzeStackRequest
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

from tap_stack.guardrails.catalogue import rules
from tap_stack.guardrails.exceptions import Exemption
from tap_stack.guardrails.model import Plain, Program, Reference, Resource
from tap_stack.guardrails.pack import EXCEPTIONS, NOT_IN_A_PACK, policies
from tap_stack.guardrails.rule import MANDATORY, OfOne
from tap_stack.local.values import Archive, Asset

from .mutations import MUTATIONS, Mutation
from .stacks import TODAY, tap

sdk: Any = pytest.importorskip(
    "pulumi_policy", reason="pulumi_policy is not installed; `pip install tap-stack[policy]` brings it"
)
proxy: Any = pytest.importorskip("pulumi_policy.proxy")

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


def asked(
    program: Program, exemptions: tuple[Exemption, ...] = (), beside: Program | None = None
) -> dict[str, set[str]]:
    """Policy to the URNs that it reports; resource policies are asked of what differs from the program `beside`."""
    found: dict[str, set[str]] = {}
    in_stack = stack_args(program)
    alone = [resource_args(each) for each in program.resources if not beside or each not in beside.resources]
    for policy in policies(exemptions, TODAY):
        reported = found.setdefault(policy.name, set())
        if isinstance(policy, sdk.StackValidationPolicy):
            policy.validate(in_stack, lambda _, urn=None, to=reported: to.add(urn or ""))
            continue
        for args in alone:
            policy.validate(args, lambda _, __=None, to=reported, urn=args.urn: to.add(urn))
    return {name: urns for name, urns in found.items() if urns}


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
    assert mandatory(asked(tap())) == set()


def of_each_rule() -> list[Mutation]:
    """One mutation for each rule that a pack can decide."""
    decided = [each for each in MUTATIONS if each.rule not in NOT_IN_A_PACK and each.what not in DECIDED_OTHERWISE]
    return list({each.rule: each for each in decided}.values())


@pytest.mark.parametrize("mutation", of_each_rule(), ids=str)
def test_the_pack_finds_in_a_preview_what_the_rule_finds(mutation: Mutation) -> None:
    stack = tap(**mutation.config)
    mended = mutation.mended(stack) if mutation.mended else stack

    found = asked(mutation.change(mended), beside=mended)

    assert mutation.rule in found
    assert mandatory(found) <= {mutation.rule}


def test_an_exception_is_heeded_and_printed() -> None:
    exemption = Exemption("lambda-in-vpc", "*::tap-healer-*", "It calls AWS's APIs alone", "2027-06-30")

    found = asked(tap(), (exemption,))

    assert "lambda-in-vpc" in asked(tap())
    assert "lambda-in-vpc" not in found
    assert found[EXCEPTIONS] == {""}


def test_the_pack_serves_pulumis_analyzer_protocol() -> None:
    """As the engine does it: start the pack, read the port that it prints, ask over gRPC."""
    pack = subprocess.Popen([sys.executable, str(ROOT / "policy" / "__main__.py")], stdout=subprocess.PIPE, text=True)
    try:
        assert pack.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{pack.stdout.readline().strip()}") as channel:
            stub = AnalyzerStub(channel)
            info = stub.GetAnalyzerInfo(empty_pb2.Empty())
            vpc = AnalyzerResource(type="aws:ec2/vpc:Vpc", urn="urn:pulumi:s::p::aws:ec2/vpc:Vpc::v", name="v")
            answer = stub.AnalyzeStack(AnalyzeStackRequest(resources=[vpc]))
    finally:
        pack.kill()
        pack.communicate()

    assert (info.name, len(info.policies)) == ("tap-guardrails", len(policies((), TODAY)))
    found = {each.policyName for each in answer.diagnostics if each.enforcementLevel == MANDATORY_LEVEL}
    assert found == {"vpc-flow-log", "default-security-group-closed"}
