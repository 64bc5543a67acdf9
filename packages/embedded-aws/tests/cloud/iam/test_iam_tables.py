"""The permission tables against botocore's models: every row is a real call, and reads parameters that it has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import Call, Caller
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.permissions import PREFIXES, any_resource, request_tags
from embedded_aws.iam.tables import TABLES

ROWS = [(service, action) for service, rows in TABLES.items() for action in rows]
WITHOUT_ID = {
    *(action for _, action in ROWS if action.startswith(("Allocate", "Authorize", "Create"))),
    *("DisassociateAddress", "DisassociateRouteTable"),  # which name an association
    *("DisassociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"),
    *("ImportKeyPair", "RegisterTaskDefinition", "RunInstances"),
}
"""Calls that do not name the resource: it is about to be made, or is meant by something else."""

BOTOCORE = botocore.session.Session()


def filled(shape: Any, depth: int = 0) -> Any:
    """A value for a shape of botocore's, with every member set."""
    if shape.type_name == "structure":
        members = {} if depth > 3 else shape.members
        return {name: filled(member, depth + 1) for name, member in members.items()}
    if shape.type_name == "list":
        return [filled(shape.member, depth + 1)]
    return {"string": "x", "boolean": True}.get(shape.type_name, 1)


def call(service: str, action: str) -> Call:
    operation = BOTOCORE.get_service_model(service).operation_model(action)
    params = filled(operation.input_shape) if operation.input_shape else {}
    return Call(service, action, params, "eu-west-1", Caller(ACCOUNT, "key"), datetime(2026, 1, 1, tzinfo=UTC), dict)


@pytest.fixture(scope="module")
def facts() -> AccountFacts:
    """An empty account; the instance x is a member of the group g."""
    return AccountFacts(ACCOUNT, "aws", group_of_instance=lambda _, __: "g")


@pytest.mark.parametrize(("service", "action"), ROWS)
def test_a_row_is_a_call_of_botocore_and_names_its_resource(service: str, action: str, facts: AccountFacts) -> None:
    needs = TABLES[service][action]

    permissions = needs.permissions(call(service, action), facts)

    assert bool(permissions) is not needs.free
    for permission in permissions:
        assert permission.action.split(":")[0] in {PREFIXES.get(service, service), "backup-storage", "kms", "iam"}
        if needs.resources is any_resource:
            assert permission.resource == "*"
        else:
            # "x", which stands for every parameter, must have come through: a misspelt name would leave a star.
            without_id = {"*"} if action in WITHOUT_ID else set()
            numbered = {"1"} if action.endswith("LayerVersion") else set()  # as `filled` has it
            last = permission.resource.rpartition(":")[2].rpartition("/")[2]
            named = last.removesuffix("-??????").removeprefix("*_")  # a linked role's end follows on its service's name
            assert named in {"x", "g", "", *numbered, *without_id}
        assert None not in permission.context.values()


@pytest.mark.parametrize("service", sorted(TABLES))
def test_reads_without_resources_are_reads(service: str) -> None:
    writes = {"CancelCommand", "CreateKey", "PutMetricData", "PutTelemetryRecords", "PutTraceSegments"}
    writes |= {"DisassociateSubnetCidrBlock", "DisassociateVpcCidrBlock"}  # they name an association, and no resource
    writes.add("RequestCertificate")
    writes |= {"DeleteQueryDefinition", "DeregisterTaskDefinition", "PutQueryDefinition"}
    free = [action for action, needs in TABLES[service].items() if needs.resources is any_resource]

    assert all(action in writes or action.startswith(("Describe", "List", "Get", "Simulate")) for action in free)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"Tags": [{"Key": "a", "Value": "1"}]}, {"a": "1"}),
        ({"Tags": [{"TagKey": "a", "TagValue": "1"}]}, {"a": "1"}),
        ({"Tags": {"a": "1"}}, {"a": "1"}),
        ({"tags": {"a": "1"}}, {"a": "1"}),
        ({"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "1"}]}]}, {"a": "1"}),
        ({}, {}),
    ],
)
def test_requested_tags_are_found_in_each_of_awss_forms(params: dict[str, Any], expected: dict[str, str]) -> None:
    assert request_tags(params) == expected
