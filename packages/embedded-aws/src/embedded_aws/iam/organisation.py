"""The policies of an organisation over one of its accounts: what they deny, and to whom.

Service control policies bound everybody in the account, its owner too, but no service-linked role and no AWS service.
Resource control policies bound whoever comes to the resources of some services, AWS's services among them. A tag policy
refuses values of tags.

Source: AWS Organizations User Guide, "Service control policies" ("SCPs don't affect any service-linked role"),
"Resource control policies" ("list of AWS services that support RCPs"), "Tag policies"; IAM User Guide, "Policy
evaluation logic".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from embedded_aws.calls import AwsError, Call
from embedded_aws.iam import access_denied, request_context
from embedded_aws.iam.conditions import ContextValue, RequestContext
from embedded_aws.iam.documents import PolicyDocument, parse_document
from embedded_aws.iam.evaluate import Policies, Principal, Request, evaluate_guardrails
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.permissions import Needs, request_tags
from embedded_aws.iam.tables import TABLES

RESOURCE_CONTROLLED = frozenset({"kms", "s3", "secretsmanager", "sqs", "sts"})
"""Services whose resources RCPs are about, as far as this cloud could have them."""

SERVICE_LINKED = ":role/aws-service-role/"
ANY_CALL = Needs()


class Organisation:
    """What the account's organisation has decided.

    Args:
        service_control: Service control policies as JSON, level by level.
        resource_control: Resource control policies as JSON.
        tag_policy: Tag key to its only allowed values.
        organisation_id: Such as `o-exampleorgid`; None for an account that stands alone.
    """

    def __init__(
        self,
        service_control: Sequence[Sequence[Mapping[str, Any]]] = (),
        resource_control: Sequence[Mapping[str, Any]] = (),
        tag_policy: Mapping[str, Sequence[str]] | None = None,
        organisation_id: str | None = None,
    ) -> None:
        self._service_control = tuple(_parsed(level, "service control policy") for level in service_control)
        self._resource_control = _parsed(resource_control, "resource control policy")
        self._tag_policy = {key.lower(): (key, frozenset(values)) for key, values in (tag_policy or {}).items()}
        self.id = organisation_id

    def policies(self, principal: Principal, action: str) -> Policies:
        """The organisation's policies that apply to whoever does this."""
        linked = SERVICE_LINKED in (principal.role_arn or "")
        exempt = linked or principal.service is not None
        resource = action.partition(":")[0].lower() in RESOURCE_CONTROLLED and not linked
        return Policies(
            service_control=() if exempt else self._service_control,
            resource_control=self._resource_control if resource else (),
        )

    def check_owner(self, call: Call, facts: AccountFacts) -> None:
        """Refuse what even the account's owner may not do. Raises AwsError: the code is the service's own."""
        if not self._service_control:
            return
        needs = TABLES.get(call.service, {}).get(call.action) or ANY_CALL
        owner = f"arn:{facts.partition}:iam::{facts.account}:root"
        for permission in needs.permissions(call, facts):
            keys: dict[str, ContextValue | None] = request_context.of_owner(permission, call, owner, facts)
            request = Request(
                Principal(facts.account), permission.action, permission.resource, RequestContext(keys | self.keys())
            )
            verdict = evaluate_guardrails(request, self.policies(request.principal, permission.action))
            if verdict is not None:
                raise access_denied.error(call, owner, verdict)

    def keys(self) -> dict[str, ContextValue | None]:
        """What a request of the account's own principals says of the organisation."""
        return {"aws:PrincipalOrgID": self.id}

    def check_tags(self, call: Call) -> None:
        """Refuse a tag whose value the tag policy does not allow.

        Raises:
            AwsError: `TagPolicyViolation` of EC2, `TagPolicyException` of the other services.
        """
        for key, value in request_tags(call.params).items() if self._tag_policy else ():
            _, allowed = self._tag_policy.get(key.lower(), (key, frozenset({value})))
            if value not in allowed:
                code = "TagPolicyViolation" if call.service == "ec2" else "TagPolicyException"
                message = f"The tag policy does not allow the specified value for the following tag key: '{key}'."
                raise AwsError(code, message)


def _parsed(documents: Iterable[Mapping[str, Any]], what: str) -> tuple[PolicyDocument, ...]:
    return tuple(parse_document(json.dumps(each), f"{what} {number}") for number, each in enumerate(documents, 1))
