"""The kinds of account that have a name."""

from __future__ import annotations

from datetime import timedelta

from embedded_aws.account import ACCOUNT
from embedded_aws.kinds import policies
from embedded_aws.kinds.description import AccountKind
from embedded_aws.kinds.quotas import ADDRESSES, CONCURRENCY, GATEWAYS, STANDARD_FAMILIES, VPCS

NEW_QUOTAS = {
    CONCURRENCY.code: 10.0,
    ADDRESSES.code: 5.0,
    GATEWAYS.code: 5.0,
    STANDARD_FAMILIES.code: 5.0,
    VPCS.code: 5.0,
}
SETTLING = timedelta(seconds=12)
"""IAM: "changes that you make ... might not be visible right away"; seconds, in what people report."""

STANDARD = AccountKind("standard", "An account that has been in use for long: its quotas were raised.")

NEW = AccountKind(
    "new",
    "An account of this morning: AWS's smallest quotas, and no Auto Scaling group was ever made in it.",
    quotas=NEW_QUOTAS,
    scaling_role=False,
    settling=SETTLING,
)

ORGANISATION = AccountKind(
    "organisation",
    "A member of an organisation: its policies want a tag on what is created, and nobody from outside.",
    settling=SETTLING,
    service_control=(
        (policies.FULL_ACCESS, policies.denied("StayInTheOrganisation", "organizations:LeaveOrganization")),
        (policies.FULL_ACCESS, policies.tag_required()),
    ),
    resource_control=(policies.OWN_ORGANISATION_ONLY,),
    tag_policy={policies.REQUIRED_TAG: ("1001", "1002", "1003")},
    encrypted=True,
    needs=(f"the tag {policies.REQUIRED_TAG}, one of 1001, 1002, 1003, on what is created",),
)

LOCKED = AccountKind(
    "locked",
    "A bank's account: new, in an organisation, each role bounded, every volume encrypted with the customer's key.",
    quotas={**NEW_QUOTAS, STANDARD_FAMILIES.code: 32.0},
    scaling_role=False,
    settling=SETTLING,
    service_control=(
        *ORGANISATION.service_control,
        (policies.FULL_ACCESS, policies.boundary_required(ACCOUNT)),
    ),
    resource_control=ORGANISATION.resource_control,
    tag_policy=ORGANISATION.tag_policy,
    boundary=policies.WORKLOAD_BOUNDARY,
    encrypted=True,
    own_key=True,
    needs=(
        *ORGANISATION.needs,
        f"the permissions boundary arn:aws:iam::{ACCOUNT}:policy/{policies.BOUNDARY_NAME} on every role",
    ),
)

KINDS = {kind.name: kind for kind in (STANDARD, NEW, ORGANISATION, LOCKED)}
"""By name; the first is the default."""
