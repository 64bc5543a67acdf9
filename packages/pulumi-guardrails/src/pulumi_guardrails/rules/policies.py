"""IAM policies: what is allowed, on what."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import IDENTITY_POLICIES, allowing, is_document
from pulumi_guardrails.model import Program, Resource, as_list
from pulumi_guardrails.roles import managed_name
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import (
    GROUP_POLICY,
    GROUP_POLICY_ATTACHMENT,
    KEY,
    POLICY,
    POLICY_ATTACHMENT,
    ROLE,
    ROLE_POLICY,
    ROLE_POLICY_ATTACHMENT,
    TOPIC_POLICY,
    USER_POLICY,
    USER_POLICY_ATTACHMENT,
)


@rule(
    MANDATORY,
    of=(KEY, POLICY, ROLE, ROLE_POLICY, TOPIC_POLICY, USER_POLICY, GROUP_POLICY),
    controls=("seed:4",),
    mend="Write the document with json.dumps, with a list of statements.",
)
def policy_documents(resource: Resource) -> Iterator[str]:
    """Policies are documents.

    What IAM cannot read it refuses, in the middle of a deployment; what it reads differently is worse.
    """
    for name in ("policy", "assumeRolePolicy"):
        value = resource.value(name)
        if value is not None and not is_document(value):
            yield f"{name} is not a policy document"


TOO_MUCH = frozenset({"AdministratorAccess", "IAMFullAccess", "PowerUserAccess"})


@rule(
    MANDATORY,
    of=(GROUP_POLICY_ATTACHMENT, POLICY_ATTACHMENT, ROLE, ROLE_POLICY_ATTACHMENT, USER_POLICY_ATTACHMENT),
    controls=("FSBP IAM.1", "CIS 5.0 1.15", "CKV_AWS_274", "CKV_AWS_275"),
    mend="Grant the actions that are used, on the resources that they are used on.",
)
def iam_no_administrator(resource: Resource) -> Iterator[str]:
    """Nothing has administrator access.

    Whoever takes it over owns the account.
    """
    for name in _managed(resource):
        if name in TOO_MUCH:
            yield f"it grants {name}"


@rule(
    ADVISORY,
    of=(ROLE, ROLE_POLICY_ATTACHMENT),
    controls=("cdk-nag IAM4",),
    mend="Write a policy of your own, or an exception that says why AWS's is right.",
)
def iam_managed_policies(resource: Resource) -> Iterator[str]:
    """Permissions are written for what they are used for.

    AWS's managed policies are made for everybody, and AWS changes them.
    """
    for name in _managed(resource):
        yield f"it grants AWS's managed policy {name}"


def _managed(resource: Resource) -> list[str]:
    """The names of the managed policies of AWS that a role, or an attachment, gives."""
    arns = (resource.value("policyArn"), *as_list(resource.value("managedPolicyArns")))
    return [name for name in map(managed_name, arns) if name]


@rule(
    MANDATORY,
    of=IDENTITY_POLICIES,
    controls=("seed:4", "FSBP IAM.1", "FSBP IAM.21", "CIS 5.0 1.15", "CKV_AWS_62", "CKV_AWS_63", "CKV2_AWS_40"),
    mend="Name the actions that are used.",
)
def iam_no_wildcard_action(resource: Resource) -> Iterator[str]:
    """No policy allows every action of a service.

    Whoever takes over the role can do everything that the service can.
    """
    for statement in allowing(resource):
        wide = [action for action in statement.actions if action == "*" or action.endswith(":*")]
        if wide and not statement.excepts:
            yield f"{statement} allows {', '.join(wide)}"


@rule(MANDATORY, of=IDENTITY_POLICIES, controls=("FSBP IAM.1", "CKV_AWS_286"), mend="Name the actions that are used.")
def iam_no_not_action(resource: Resource) -> Iterator[str]:
    """No policy allows everything but a few actions.

    It allows every action that AWS invents from now on.
    """
    for statement in allowing(resource):
        if statement.excepts:
            yield f"{statement} allows everything else (NotAction)"


READS = ("describe", "list", "get", "batchget", "lookup", "search", "view")
SECRET_READS = frozenset(
    {
        "s3:getobject",
        "secretsmanager:getsecretvalue",
        "ssm:getparameter",
        "ssm:getparameters",
        "ssm:getparametersbypath",
        "dynamodb:getitem",
        "dynamodb:batchgetitem",
        "lambda:getfunction",
        "ecr:getauthorizationtoken",
        "sts:getsessiontoken",
    }
)


@rule(
    MANDATORY,
    of=IDENTITY_POLICIES,
    controls=("seed:4", "CKV_AWS_287", "CKV_AWS_288", "CKV_AWS_289", "CKV_AWS_290", "CKV_AWS_355"),
    mend="Name the resources, or add a condition such as aws:ResourceTag. Plain reads are let through.",
)
def iam_no_wildcard_resource(resource: Resource) -> Iterator[str]:
    """No policy allows to change, or to read secrets of, every resource.

    A flaw in one function then reaches every resource of the account.
    """
    for statement in allowing(resource):
        if statement.on_everything and not statement.condition:
            wide = [action for action in statement.actions if _matters(action)]
            if wide:
                yield f"{statement} allows {', '.join(wide)} on every resource, without a condition"


def _matters(action: str) -> bool:
    """Whether an action changes something, or reads secrets."""
    service, _, name = action.partition(":")
    if not name or name == "*":
        return False  # every action of a service: another rule's
    # What is administered, and keys, have rules of their own.
    return action in SECRET_READS or (not name.startswith(READS) and service not in ("iam", "kms"))


WRITES = frozenset(
    {
        "iam:attachrolepolicy",
        "iam:attachuserpolicy",
        "iam:attachgrouppolicy",
        "iam:putrolepolicy",
        "iam:putuserpolicy",
        "iam:putgrouppolicy",
        "iam:createpolicyversion",
        "iam:setdefaultpolicyversion",
        "iam:createaccesskey",
        "iam:createloginprofile",
        "iam:updateloginprofile",
        "iam:updateassumerolepolicy",
        "iam:addusertogroup",
    }
)


@rule(
    MANDATORY,
    of=IDENTITY_POLICIES,
    controls=("CKV_AWS_286", "CKV2_AWS_56"),
    mend="Let people, or a pipeline, change permissions; not what runs.",
)
def iam_no_privilege_escalation(resource: Resource) -> Iterator[str]:
    """No policy allows to extend permissions.

    Whoever may write policies has every permission.
    """
    for statement in allowing(resource):
        found = sorted(WRITES & set(statement.actions))
        if found:
            yield f"{statement} allows {', '.join(found)}"


@rule(
    MANDATORY,
    of=IDENTITY_POLICIES,
    controls=("CKV_AWS_289", "AVD-AWS-0342"),
    mend="Name the role in Resource, and the service in the condition iam:PassedToService.",
)
def iam_pass_role(resource: Resource) -> Iterator[str]:
    """Roles are passed by name.

    Who may pass any role may become any role.
    """
    for statement in allowing(resource):
        explicit = any(action.startswith("iam:pass") for action in statement.actions)
        if explicit and any(target == "*" or target.endswith(":role/*") for target in statement.resources):
            yield f"{statement} lets any role be passed"


@rule(MANDATORY, of=IDENTITY_POLICIES, controls=("FSBP KMS.1", "FSBP KMS.2"), mend="Name the key's ARN.")
def iam_kms_decrypt(resource: Resource) -> Iterator[str]:
    """No policy allows to decrypt with every key.

    It opens whatever anybody in the account has encrypted.
    """
    for statement in allowing(resource):
        explicit = any(action.startswith("kms:") for action in statement.actions if action != "kms:*")
        every = any(target == "*" or target.endswith(":key/*") for target in statement.resources)
        if explicit and every and any(statement.names(action) for action in ("kms:Decrypt", "kms:ReEncryptFrom")):
            yield f"{statement} allows decryption with every key"


@rule(ADVISORY, controls=("seed:4",), mend="Attach it, or remove it.")
def iam_policy_attached(program: Program) -> Iterator[Violation]:
    """Every policy is attached to something.

    A policy that nobody has is permission lying about.
    """
    for policy in program.of(POLICY):
        if not program.users(policy):
            yield Violation(policy.urn, "nobody has this policy")
