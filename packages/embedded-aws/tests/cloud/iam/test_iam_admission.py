"""What is refused when a policy, a role or a role's name is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

SERVICE = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
READ = {"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}
OWN = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
MALFORMED = "MalformedPolicyDocument"


def document(*statements: dict[str, Any], **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **elements})


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("trust", "said"),
    [
        ("nope", "This policy contains invalid Json"),
        (document(), "Syntax errors in policy."),
        (document({"Effect": "Allow", "Action": "sts:AssumeRole"}), "Missing required field Principal"),
        (document({**SERVICE, "Resource": "*"}), "Has prohibited field Resource"),
        (document({**SERVICE, "Effect": "Maybe"}), "Syntax errors in policy."),
        (document({**SERVICE, "Nope": 1}), "Syntax errors in policy."),
        (document({**SERVICE, "Condition": {"StringEqual": {"a": "b"}}}), "Invalid Condition type : StringEqual"),
        (
            document({**SERVICE, "Action": "ec2:RunInstances"}),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            document({**SERVICE, "Principal": {"Service": "nope"}}),
            'Invalid principal in policy: "SERVICE":"nope"',
        ),
        (
            document({**SERVICE, "Principal": {"AWS": "arn:aws:iam::123456789012:role/none"}}),
            'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/none"',
        ),
    ],
)
def test_a_trust_policy_that_iam_would_refuse_is_refused(account: Any, trust: str, said: str) -> None:
    iam = account.owner("iam")
    iam.create_role(RoleName="stands", AssumeRolePolicyDocument=document(SERVICE))

    assert refused(iam.create_role, RoleName="new", AssumeRolePolicyDocument=trust) == (MALFORMED, said)
    assert refused(iam.update_assume_role_policy, RoleName="stands", PolicyDocument=trust) == (MALFORMED, said)
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["stands"]


def test_a_trust_policy_may_name_a_role_that_exists(account: Any) -> None:
    iam = account.owner("iam")
    arn = iam.create_role(RoleName="first", AssumeRolePolicyDocument=document(SERVICE))["Role"]["Arn"]

    trust = document({**SERVICE, "Principal": {"AWS": arn}})
    assert iam.create_role(RoleName="second", AssumeRolePolicyDocument=trust)["Role"]["RoleName"] == "second"


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("nope", "Syntax errors in policy."),
        (document({**READ, "Principal": "*"}), "Policy document should not specify a principal."),
        (document({**READ, "Sid": "not-alphanumeric"}), "Statement IDs (SID) must be alpha-numeric."),
        (document({**READ, "Condition": {"StringEquals": "b"}}), "Syntax errors in policy."),
        (document({**READ, "Condition": {"stringEquals": {"a": "b"}}}), "Invalid Condition type : stringEquals"),
        (document({**READ, "Resource": "nope"}), 'must be in ARN format or "*".'),
        (document(READ, Comment="x"), "Syntax errors in policy."),
    ],
)
def test_an_identity_policy_that_iam_would_refuse_is_refused(account: Any, policy: str, said: str) -> None:
    iam = account.owner("iam")
    iam.create_role(RoleName="stands", AssumeRolePolicyDocument=document(SERVICE))

    inline = refused(iam.put_role_policy, RoleName="stands", PolicyName="p", PolicyDocument=policy)
    managed = refused(iam.create_policy, PolicyName="p", PolicyDocument=policy)
    assert inline[0] == managed[0] == MALFORMED
    assert said in inline[1]
    assert said in managed[1]


def test_policies_that_are_too_long_are_refused(account: Any) -> None:
    iam = account.owner("iam")
    iam.create_role(RoleName="stands", AssumeRolePolicyDocument=document(SERVICE))
    half = document({**READ, "Resource": [f"arn:aws:s3:::{number:06000d}" for number in range(1)]})
    iam.put_role_policy(RoleName="stands", PolicyName="one", PolicyDocument=half)

    assert refused(iam.put_role_policy, RoleName="stands", PolicyName="two", PolicyDocument=half) == (
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded for role stands",
    )
    iam.put_role_policy(RoleName="stands", PolicyName="one", PolicyDocument=half)
    trust = document({**SERVICE, "Sid": "x" * 2048})
    assert refused(iam.create_role, RoleName="new", AssumeRolePolicyDocument=trust)[0] == "LimitExceeded"


def test_a_role_must_have_a_name_and_a_boundary_that_can_be(account: Any) -> None:
    iam, trust = account.owner("iam"), document(SERVICE)
    missing = {"PermissionsBoundary": "arn:aws:iam::123456789012:policy/none"}

    assert refused(iam.create_role, RoleName="a b", AssumeRolePolicyDocument=trust)[0] == "ValidationError"
    assert refused(iam.create_role, RoleName="ab", AssumeRolePolicyDocument=trust, **missing) == (
        "NoSuchEntity",
        "Scope ARN: arn:aws:iam::123456789012:policy/none does not exist or is not attachable.",
    )


@pytest.mark.parametrize("policy", ["nope", document(), document(READ), document({**READ, "Nope": 1})])
def test_a_topic_policy_that_sns_would_refuse_is_refused(account: Any, policy: str) -> None:
    sns = account.owner("sns")
    topic = sns.create_topic(Name="stands")["TopicArn"]
    wrong = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy}

    assert refused(sns.set_topic_attributes, **wrong) == (
        "InvalidParameter",
        "Invalid parameter: Policy Error: null",
    )
    assert refused(sns.create_topic, Name="new", Attributes={"Policy": policy})[0] == "InvalidParameter"


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("nope", "could not be read"),
        (document(READ), "invalid principals"),
        (document({**OWN, "Principal": {"Service": "sns.amazonaws.com"}}), "will not allow you to update"),
        (document({**OWN, "Action": "kms:Decrypt"}), "will not allow you to update"),
    ],
)
def test_a_key_policy_that_kms_would_refuse_is_refused(account: Any, policy: str, said: str) -> None:
    kms = account.owner("kms")
    key = kms.create_key(Policy=document(OWN))["KeyMetadata"]["KeyId"]

    created = refused(kms.create_key, Policy=policy)
    assert created[0] == "MalformedPolicyDocumentException"
    assert said in created[1]
    assert refused(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=policy) == created


def test_only_a_role_that_a_profile_has_is_taken_out_of_it(account: Any) -> None:
    owner = account.owner("iam")
    owner.create_role(RoleName="held", AssumeRolePolicyDocument=document(SERVICE))
    owner.create_instance_profile(InstanceProfileName="own")
    take = owner.remove_role_from_instance_profile

    missing = "NoSuchEntity", "The role with name held cannot be found."
    assert refused(take, InstanceProfileName="own", RoleName="held") == missing
    assert refused(take, InstanceProfileName="none", RoleName="held")[0] == "NoSuchEntity"
    owner.add_role_to_instance_profile(InstanceProfileName="own", RoleName="held")
    take(InstanceProfileName="own", RoleName="held")
    assert owner.get_instance_profile(InstanceProfileName="own")["InstanceProfile"]["Roles"] == []
