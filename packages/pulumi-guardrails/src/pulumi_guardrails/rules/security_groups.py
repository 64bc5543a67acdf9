"""Security groups: who is let in, what is let out."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from pulumi_guardrails.groups import HAVE_RULES, egress, ingress
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.network import ANYWHERE, ports, sources
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import (
    DEFAULT_SECURITY_GROUP,
    EGRESS_RULE,
    INGRESS_RULE,
    LOAD_BALANCER,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    VPC,
)


@rule(
    MANDATORY,
    controls=("FSBP EC2.2", "CIS 5.0 5.5", "CKV2_AWS_12"),
    mend="Adopt it: aws.ec2.DefaultSecurityGroup(vpc_id=vpc.id, ingress=[], egress=[]).",
)
def default_security_group_closed(program: Program) -> Iterator[Violation]:
    """The default security group of every VPC has no rules.

    Whatever is launched without a group lands in it, and its members may talk to each other and to anywhere.
    """
    for vpc in program.of(VPC):
        adopted = program.users(vpc, DEFAULT_SECURITY_GROUP, by="vpcId")
        if not adopted:
            yield Violation(vpc.urn, "its default security group keeps AWS's rules")
        for group in adopted:
            if [*ingress(group), *egress(group)]:
                yield Violation(group.urn, "the default security group has rules")


WEB_PORTS = frozenset({80, 443})


@rule(
    MANDATORY,
    controls=(
        *("seed:8", "FSBP EC2.13", "FSBP EC2.14", "FSBP EC2.18", "FSBP EC2.19", "CIS 5.0 5.3"),
        *("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277"),
    ),
    mend="Name the ranges of those who need to come in.",
)
def security_group_no_world_ingress(program: Program) -> Iterator[Violation]:
    """No security group lets the world in, but to the web ports of a load balancer.

    Whatever listens behind it is one flaw away from everybody. A load balancer for the internet is there to be reached,
    on the ports of HTTPS and HTTP; nothing else is to be in its group.
    """
    for resource in program.of(*HAVE_RULES):
        for entry in ingress(resource):
            world = sorted(set(sources(entry)) & set(ANYWHERE))
            if world and not (WEB_PORTS.issuperset(ports(entry) or {0}) and _is_of_load_balancers(program, resource)):
                yield from (Violation(resource.urn, f"it lets {source} in") for source in world)


def _is_of_load_balancers(program: Program, resource: Resource) -> bool:
    """Whether a security group, or the one that a rule is of, protects load balancers and nothing else."""
    own = resource.type == SECURITY_GROUP
    groups = [resource] if own else program.targets(resource, "securityGroupId", SECURITY_GROUP)
    users = [user for group in groups for user in program.users(group) if user.type not in HAVE_RULES]
    return bool(users) and all(user.type == LOAD_BALANCER for user in users)


ADMIN_PORTS = {22: "SSH", 3389: "RDP"}


@rule(
    MANDATORY,
    of=HAVE_RULES,
    controls=("seed:2", "FSBP EC2.13", "FSBP EC2.14"),
    mend="Remove the rule; use `aws ssm start-session`.",
)
def security_group_no_admin_ports(resource: Resource) -> Iterator[str]:
    """No security group opens SSH or RDP.

    The way in is Session Manager, which asks IAM and leaves a record. A second door does neither.
    """
    for entry in ingress(resource):
        found = ports(entry)
        for port, name in ADMIN_PORTS.items():
            # A rule for every protocol is a rule about who, not about SSH: another rule judges it.
            if found is not None and port in found:
                yield f"it opens port {port} ({name})"


EVERY_PORT = 65535


@rule(MANDATORY, of=HAVE_RULES, controls=("FSBP EC2.18", "seed:8"), mend="Name protocol and ports.")
def security_group_ingress_ports(resource: Resource) -> Iterator[str]:
    """No security group lets every port in from a range of addresses.

    Those who may come in for one thing may then come in for everything.
    """
    for entry in ingress(resource):
        found = ports(entry)
        inside = set(sources(entry)) - set(ANYWHERE)
        if inside and (found is None or len(found) >= EVERY_PORT):
            yield f"it lets {', '.join(sorted(inside))} in on every port"


@rule(
    ADVISORY,
    of=HAVE_RULES,
    controls=("CKV_AWS_382", "AVD-AWS-0104"),
    mend="Let out HTTPS to endpoints and prefix lists alone.",
)
def security_group_egress(resource: Resource) -> Iterator[str]:
    """No security group lets everything out to anywhere.

    What breaks in can then take data wherever it likes.
    """
    for entry in egress(resource):
        if ports(entry) is None and set(sources(entry)) & set(ANYWHERE):
            yield "it lets every protocol out to anywhere"


@rule(MANDATORY, of=HAVE_RULES, controls=("seed:8",), mend="Write the network's first address, such as 10.0.0.0/8.")
def security_group_ranges(resource: Resource) -> Iterator[str]:
    """The ranges of security groups are networks.

    A range with host bits set is not the range that its writer had in mind; AWS cuts it silently.
    """
    for entry in (*ingress(resource), *egress(resource)):
        for source in sources(entry):
            try:
                ip_network(source)
            except ValueError as error:
                if "${" not in source:
                    yield f"not a network: {error}"


@rule(ADVISORY, of=HAVE_RULES, controls=("CKV_AWS_23", "seed:8"), mend="Give each group and each rule a description.")
def security_group_descriptions(resource: Resource) -> Iterator[str]:
    """Security groups and their rules say what they are for.

    A rule that nobody can explain is a rule that nobody dares to remove.
    """
    alone = resource.type in (INGRESS_RULE, EGRESS_RULE, SECURITY_GROUP_RULE)
    if resource.type == SECURITY_GROUP and resource.raw("description") in (None, "", "Managed by Pulumi"):
        yield "the group has no description"
    for entry in (*ingress(resource), *egress(resource)):
        if not entry.get("description"):
            yield "it has no description" if alone else "one of its rules has no description"


@rule(ADVISORY, controls=("CKV2_AWS_5", "FSBP EC2.22"), mend="Attach it, or remove it.")
def security_group_used(program: Program) -> Iterator[Violation]:
    """Every security group protects something.

    An unused group is taken for protection that is not there, and is picked by mistake.
    """
    for group in program.of(SECURITY_GROUP):
        users = [user for user in program.users(group) if user.type not in HAVE_RULES]
        if not users:
            yield Violation(group.urn, "nothing is in this security group")
