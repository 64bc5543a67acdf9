"""What the API actions need of what stands beside a fleet: managed policies, and what else is made with it.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service.
"""

from __future__ import annotations

from collections.abc import Mapping

from embedded_aws.calls import Call
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.permissions import Needs, Permission, arns, on

_POLICY = arns("{}", "PolicyArn")


def _new_policy(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    path = call.params.get("Path", "/")
    where = path if path.startswith("/") else "/"
    return (f"arn:{facts.partition}:iam::{facts.account}:policy{where}{call.params['PolicyName']}",)


def _tagged_policy(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    made = _new_policy(call, facts) if call.params.get("Tags") else ()
    return tuple(Permission("iam:TagPolicy", arn) for arn in made)


_IAM = {
    "CreatePolicy": Needs(_new_policy, also=_tagged_policy),
    "ListPolicies": Needs(),
    **on(
        _POLICY,
        """
            CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion ListEntitiesForPolicy
            ListPolicyTags ListPolicyVersions SetDefaultPolicyVersion TagPolicy UntagPolicy
        """,
    ),
}

COMPANIONS: Mapping[str, Mapping[str, Needs]] = {
    "iam": _IAM,
}
"""botocore's service name to botocore's operation name to what it needs, beside `tables`."""
