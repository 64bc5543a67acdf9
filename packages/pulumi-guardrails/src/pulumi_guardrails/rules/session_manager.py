"""The one way into instances: Systems Manager, which needs a role, an agent and a route."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.network import homes_of_instances, may_lead_to, may_reach
from pulumi_guardrails.roles import has_unknown_permissions, managed_policies, may
from pulumi_guardrails.rule import MANDATORY, Violation, rule
from pulumi_guardrails.secrets import user_data
from pulumi_guardrails.types import INSTANCE, INSTANCE_PROFILE, INTERNET_GATEWAY, LAUNCH_TEMPLATE, NAT_GATEWAY, ROLE


@rule(
    MANDATORY,
    of=(INSTANCE, LAUNCH_TEMPLATE),
    controls=("seed:2", "FSBP SSM.1", "CIS 5.0 1.17", "CKV2_AWS_41"),
    mend="Give it an instance profile whose role has AmazonSSMManagedInstanceCore.",
)
def instance_profile(resource: Resource) -> Iterator[str]:
    """Instances have an instance profile.

    Without a role an instance cannot register with Systems Manager: there is no way in.
    """
    if not resource.raw("iamInstanceProfile"):
        yield "it has no instance profile"


MANAGED = frozenset({"AmazonSSMManagedInstanceCore", "AmazonSSMManagedEC2InstanceDefaultPolicy", "AmazonEC2RoleforSSM"})


@rule(MANDATORY, controls=("seed:2", "FSBP SSM.1"), mend="Attach AmazonSSMManagedInstanceCore to the role.")
def instance_role_ssm(program: Program) -> Iterator[Violation]:
    """The instances' role may be managed through SSM.

    Without these permissions the agent cannot register, and nobody can open a session.
    """
    for profile in program.of(INSTANCE_PROFILE):
        for role in program.targets(profile, "role", ROLE):
            allowed = managed_policies(program, role) & MANAGED or may(program, role, "ssm:UpdateInstanceInformation")
            if not allowed and not has_unknown_permissions(program, role):
                yield Violation(role.urn, "instances with this role cannot register with Systems Manager")


@rule(
    MANDATORY,
    controls=("seed:2", "seed:7", "FSBP EC2.57", "FSBP SSM.1"),
    mend="Route the private subnets to a NAT gateway, or add interface endpoints for ssm and ssmmessages to the VPC.",
)
def instances_reach_ssm(program: Program) -> Iterator[Violation]:
    """Instances have a way to Systems Manager.

    SSM is the only way in. An instance that cannot reach it can be neither entered nor managed.
    """
    for launcher, subnet in homes_of_instances(program):
        out = may_lead_to(program, subnet, NAT_GATEWAY) or may_lead_to(program, subnet, INTERNET_GATEWAY)
        missing = [service for service in ("ssm", "ssmmessages") if not may_reach(program, subnet, service)]
        if not out and missing:
            yield Violation(
                launcher.urn, f"from {subnet.name} no NAT gateway and no endpoint leads to {' and '.join(missing)}"
            )


@rule(
    MANDATORY,
    of=(INSTANCE, LAUNCH_TEMPLATE),
    controls=("seed:2",),
    mend="In the user data: `systemctl enable --now amazon-ssm-agent`.",
)
def user_data_ssm_agent(resource: Resource) -> Iterator[str]:
    """User data sees to it that the SSM agent runs.

    Minimal images come without it, and some have it switched off: then there is no way in.
    """
    if not resource.knows("userData") or not resource.knows("userDataBase64"):
        return
    script = user_data(resource.value("userData"), resource.value("userDataBase64"))
    lines = [line for line in script.splitlines() if "amazon-ssm-agent" in line and not line.lstrip().startswith("#")]
    starts = any(word in line for line in lines for word in ("enable", "start", "snap install", "Start-Service"))
    if not starts:
        yield "its user data does not start amazon-ssm-agent"
