"""The case of every resource type, by the type's token."""

from __future__ import annotations

from support.provider.case import Case
from support.provider.cases import (
    autoscaling,
    backup,
    balancing,
    containers,
    data,
    databases,
    ec2_compute,
    ec2_instances,
    ec2_network,
    ec2_security,
    iam,
    iam_users,
    network_rules,
    observability,
    serverless,
    storage,
)

CASES: dict[str, Case] = {
    **autoscaling.CASES,
    **backup.CASES,
    **balancing.CASES,
    **containers.CASES,
    **data.CASES,
    **databases.CASES,
    **ec2_compute.CASES,
    **ec2_instances.CASES,
    **ec2_network.CASES,
    **ec2_security.CASES,
    **iam.CASES,
    **iam_users.CASES,
    **network_rules.CASES,
    **observability.CASES,
    **serverless.CASES,
    **storage.CASES,
}
