"""Keys, and secrets that stand in clear."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import ANYBODY, statements
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.secrets import is_called_like_a_secret, secrets_in, user_data
from pulumi_guardrails.types import FUNCTION, INSTANCE, KEY, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, SSM_PARAMETER


@rule(
    MANDATORY,
    of=KEY,
    controls=("FSBP KMS.4", "CIS 5.0 3.6", "CKV_AWS_7", "AVD-AWS-0065"),
    mend="enable_key_rotation=True.",
)
def key_rotation(key: Resource) -> Iterator[str]:
    """Keys rotate.

    The longer a key is in use, the more it opens.
    """
    symmetric = key.value("customerMasterKeySpec") in (None, "", "SYMMETRIC_DEFAULT")
    if symmetric and key.knows("enableKeyRotation") and not key.is_true("enableKeyRotation"):
        yield "it does not rotate"


@rule(ADVISORY, of=KEY, controls=("CKV2_AWS_64",), mend="Set policy.")
def key_policy(key: Resource) -> Iterator[str]:
    """A key's policy is written down.

    The default lets IAM policies alone decide, and no service of AWS in.
    """
    if key.raw("policy") is None:
        yield "it has the default policy"


@rule(MANDATORY, of=KEY, controls=("FSBP KMS.5", "CKV_AWS_33"), mend="Name principals in the key's policy.")
def key_not_public(key: Resource) -> Iterator[str]:
    """No key is open to anybody.

    Anybody with an AWS account could use it.
    """
    for statement in statements(key.value("policy")):
        if statement.allows and ANYBODY in statement.principals.get("AWS", ()) and not statement.condition:
            yield f"{statement} is for anybody"


@rule(
    MANDATORY,
    of=(INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION),
    controls=("CKV_AWS_46", "AVD-AWS-0029", "AVD-AWS-0129"),
    mend="Keep secrets in Parameter Store or Secrets Manager, and let the instance's role read them.",
)
def user_data_no_secrets(resource: Resource) -> Iterator[str]:
    """User data holds no secrets.

    Everybody who may describe the instance, and everything that runs on it, can read its user data.
    """
    for found in secrets_in(user_data(resource.value("userData"), resource.value("userDataBase64"))):
        yield f"its user data seems to hold {found}"


@rule(
    MANDATORY,
    of=FUNCTION,
    controls=("CKV_AWS_45",),
    mend="Keep the secret in Secrets Manager or Parameter Store; give the function its name.",
)
def lambda_no_secrets(function: Resource) -> Iterator[str]:
    """A function's variables hold no secrets.

    Everybody who may describe the function reads them.
    """
    for name, value in function.mapping("environment", "variables").items():
        says_where = isinstance(value, str) and value.startswith(("arn:", "/", "${"))
        if is_called_like_a_secret(name) and isinstance(value, str) and value and not says_where:
            yield f"the variable {name} seems to be a secret"
        for found in secrets_in(value):
            yield f"the variable {name} seems to hold {found}"


@rule(MANDATORY, of=SSM_PARAMETER, controls=("CKV2_AWS_34",), mend="type='SecureString'.")
def parameter_no_secrets(parameter: Resource) -> Iterator[str]:
    """Plain parameters hold no secrets.

    A parameter of type String is stored, and shown, in clear.
    """
    if parameter.value("type") in ("String", "StringList"):
        for found in secrets_in(parameter.value("value")):
            yield f"its value seems to hold {found}"


@rule(MANDATORY, controls=("CKV_SECRET", "seed:9"), mend="pulumi.Output.secret(...), or export the name of the secret.")
def outputs_no_secrets(program: Program) -> Iterator[Violation]:
    """No output of the stack is a secret in clear.

    Outputs are stored, printed, and read by other stacks.
    """
    stack = program.stack
    if stack is None:
        return
    for name, value in (stack.outputs or {}).items():
        if is_called_like_a_secret(name) and isinstance(value, str):
            yield Violation(stack.urn, f"the output {name} seems to be a secret")
        for found in secrets_in(value):
            yield Violation(stack.urn, f"the output {name} seems to hold {found}")
