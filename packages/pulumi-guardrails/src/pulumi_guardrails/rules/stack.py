"""The stack as a whole: names, tags and outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from embedded_pulumi.engine.urn import STACK_TYPE
from pulumi_guardrails.model import Plain, Program, Resource, references_in
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import (
    EIP,
    EVENT_RULE,
    FLOW_LOG,
    FUNCTION,
    GROUP,
    INSTANCE,
    INSTANCE_PROFILE,
    INTERNET_GATEWAY,
    KEY,
    LAUNCH_TEMPLATE,
    LOG_GROUP,
    METRIC_ALARM,
    NAT_GATEWAY,
    ROLE,
    ROLE_POLICY,
    ROUTE_TABLE,
    SCALING_POLICY,
    SECURITY_GROUP,
    SSM_PARAMETER,
    SUBNET,
    TOPIC,
    VPC,
    VPC_ENDPOINT,
)


@rule(MANDATORY, controls=("seed:5",), mend="Remove one of them: a function is defined once.")
def names_unique(program: Program) -> Iterator[Violation]:
    """No two resources have the same name.

    Whichever comes second overwrites the first, or fails in the middle of the deployment.
    """
    urns = Counter(resource.urn for resource in program.resources)
    names = Counter(_identity(resource) for resource in program.resources)
    for resource in program.resources:
        if urns[resource.urn] > 1:
            yield Violation(resource.urn, "it is registered twice")
        # The name of a role's policy is unique within the role.
        elif _identity(resource)[1] and resource.type != ROLE_POLICY and names[_identity(resource)] > 1:
            yield Violation(resource.urn, f"another resource of its type is called {resource.value('name')} too")


def _identity(resource: Resource) -> tuple[str, str]:
    """Its type and its name in AWS; the name is empty if it has none of its own."""
    name = resource.value("name")
    return resource.type, name if isinstance(name, str) and resource.type.startswith("aws:") else ""


@rule(
    MANDATORY,
    of=(EIP, INTERNET_GATEWAY, NAT_GATEWAY, ROUTE_TABLE, SUBNET, VPC),
    controls=("seed:7", "FSBP EC2.34-EC2.49"),
    mend="Tag them with Name, and with what they are for.",
    house=True,
)
def network_names(resource: Resource) -> Iterator[str]:
    """Subnets, route tables, gateways and addresses have a name.

    At three in the morning rtb-0f3a9c tells nobody what it is for.
    """
    if resource.tags is not None and not resource.tags.get("Name"):
        yield "it has no tag Name"


TAGGABLE = (
    *(VPC, SUBNET, ROUTE_TABLE, INTERNET_GATEWAY, NAT_GATEWAY, EIP, SECURITY_GROUP, FLOW_LOG, VPC_ENDPOINT),
    *(LAUNCH_TEMPLATE, INSTANCE, ROLE, INSTANCE_PROFILE, FUNCTION, EVENT_RULE, LOG_GROUP, METRIC_ALARM, TOPIC),
    *(KEY, SSM_PARAMETER),
)


@rule(
    ADVISORY,
    of=TAGGABLE,
    controls=("FSBP EC2.33-EC2.52", "FSBP AutoScaling.10"),
    mend="Give each resource the stack's common tags.",
)
def tagged(resource: Resource) -> Iterator[str]:
    """What can be tagged is tagged.

    Bills, permissions and the search for an owner go by tags.
    """
    # A name alone is judged elsewhere, and says nothing of who it belongs to.
    if resource.tags is not None and not set(resource.tags) - {"Name"}:
        yield "it has no tags"


@rule(MANDATORY, controls=("seed:10",), mend="Call register_outputs last, in every branch of __init__.", house=True)
def component_outputs(program: Program) -> Iterator[Violation]:
    """Every component registers its outputs.

    A component that does not is shown as unfinished, and its outputs cannot be used from another program.
    """
    for resource in program.resources:
        component = not resource.custom and not resource.remote and resource.type != STACK_TYPE
        if component and resource.outputs is None:
            yield Violation(resource.urn, "it never calls register_outputs")


@rule(
    ADVISORY,
    controls=("pulumi: analyzer.proto, AnalyzeStack",),
    mend="Judge the package's components in a program of their own, or use the policy pack with the Pulumi CLI.",
)
def remote_components(program: Program) -> Iterator[Violation]:
    """No component is made where the rules cannot see what it consists of.

    A package makes its components in a process of its own, and only when they are deployed.
    """
    for resource in program.resources:
        if resource.remote:
            yield Violation(resource.urn, "a package makes it, and no rule sees what it consists of")


NAMED = (VPC, SUBNET, GROUP, SCALING_POLICY, LAUNCH_TEMPLATE, FUNCTION, METRIC_ALARM)


@rule(
    ADVISORY,
    controls=("seed:9",),
    mend="Export ids or ARNs of the VPC, subnets, groups, launch templates, functions, schedules, roles and alarms.",
    house=True,
)
def stack_outputs(program: Program) -> Iterator[Violation]:
    """The stack names what its operators work with.

    Scripts, tests and people then depend on names that they have guessed.
    """
    outputs = _outputs(program)
    if not outputs:
        return
    exported = {reference.urn for reference in references_in(outputs)}
    texts = set(_texts(outputs))
    schedules = [each for each in program.of(EVENT_RULE) if each.raw("scheduleExpression")]
    roles = [each for each in program.of(ROLE) if program.users(each, FUNCTION, INSTANCE_PROFILE, by="role")]
    for resource in (*program.of(*NAMED), *schedules, *roles):
        if resource.urn not in exported and resource.value("name") not in texts:
            yield Violation(resource.urn, "no output of the stack names it")


def _texts(value: Plain) -> Iterator[str]:
    """Every string within a value."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(item)


@rule(
    ADVISORY,
    controls=("seed:7",),
    mend="Export the ids of NAT gateways, internet gateways and route tables.",
    house=True,
)
def network_outputs(program: Program) -> Iterator[Violation]:
    """The stack names its gateways and route tables.

    Whoever has to find out why packets get lost begins by searching the console.
    """
    outputs = _outputs(program)
    if not outputs:
        return
    exported = {reference.urn for reference in references_in(outputs)}
    for resource in program.of(NAT_GATEWAY, ROUTE_TABLE, INTERNET_GATEWAY):
        if resource.urn not in exported:
            yield Violation(resource.urn, "no output of the stack names it")


def _outputs(program: Program) -> Mapping[str, Plain]:
    """What the stack exports; nothing, too, where that is not known."""
    return (program.stack.outputs if program.stack else None) or {}
