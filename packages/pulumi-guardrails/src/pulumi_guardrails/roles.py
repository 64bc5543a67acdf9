"""What a role may do, who may assume it, and who uses it."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import Statement, identity_statements, statements
from pulumi_guardrails.model import Program, Resource, as_list
from pulumi_guardrails.types import INSTANCE_PROFILE, POLICY, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT


def trusted_services(role: Resource) -> list[str]:
    """The services that may assume a role."""
    return sorted({name for statement in trust(role) for name in statement.principals.get("Service", ())})


def trust(role: Resource) -> list[Statement]:
    """The statements that say who may assume a role."""
    return [statement for statement in statements(role.value("assumeRolePolicy")) if statement.allows]


def permissions(program: Program, role: Resource) -> Iterator[Statement]:
    """All that a role is allowed by documents of the program; not what managed policies of AWS allow."""
    attached = program.users(role, ROLE_POLICY_ATTACHMENT, by="role")
    documents = [
        role,
        *program.users(role, ROLE_POLICY, by="role"),
        *(policy for each in attached for policy in program.targets(each, "policyArn", POLICY)),
    ]
    for document in documents:
        yield from (statement for statement in identity_statements(document) if statement.allows)


def has_unknown_permissions(program: Program, role: Resource) -> bool:
    """Whether a document of a role's is not known yet, so that what it lacks cannot be told."""
    attached = program.users(role, ROLE_POLICY_ATTACHMENT, by="role")
    elsewhere = [each for each in attached if not program.targets(each, "policyArn", POLICY)]
    own = [policy for each in attached for policy in program.targets(each, "policyArn", POLICY)]
    documents = [*program.users(role, ROLE_POLICY, by="role"), *own]
    return any(not each.knows("policyArn") for each in elsewhere) or any(not each.knows("policy") for each in documents)


def managed_policies(program: Program, role: Resource) -> set[str]:
    """The names of AWS's managed policies that a role has."""
    attached = [each.value("policyArn") for each in program.users(role, ROLE_POLICY_ATTACHMENT, by="role")]
    return {managed_name(arn) for arn in (*attached, *as_list(role.value("managedPolicyArns"))) if managed_name(arn)}


def managed_name(arn: object) -> str:
    """The name of an AWS-managed policy, given its ARN; empty if it is none of AWS's."""
    text = arn if isinstance(arn, str) else ""
    return text.rpartition("/")[2] if ":iam::aws:policy/" in text else ""


def may(program: Program, role: Resource, action: str) -> bool:
    """Whether a document of the program allows a role an action."""
    return any(statement.names(action) for statement in permissions(program, role))


def role_of(program: Program, function: Resource) -> list[Resource]:
    """The role of a function, if the program makes it."""
    return program.targets(function, "role", ROLE)


def users_of(program: Program, role: Resource) -> list[Resource]:
    """Who acts as a role; an instance profile counts if something has it."""
    found = []
    for user in program.users(role):
        if user.type == INSTANCE_PROFILE:
            found += [other for other in program.users(user) if other.urn != role.urn] or _by_profile_name(
                program, user
            )
        elif user.type not in (ROLE_POLICY, ROLE_POLICY_ATTACHMENT):
            found.append(user)
    return found


def _by_profile_name(program: Program, profile: Resource) -> list[Resource]:
    """Those that carry a profile's name as plain text."""
    name = profile.value("name")
    return [
        other
        for other in program.resources
        if isinstance(name, str)
        and (other.value("iamInstanceProfile") == name or other.value("iamInstanceProfile", "name") == name)
    ]
