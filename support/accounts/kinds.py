"""The kinds of account on which the whole story is tried, what a user sets there, and what should come of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from embedded_aws.account import ACCOUNT
from embedded_aws.embedded import Cloud
from embedded_aws.kinds import KINDS, STANDARD, AccountKind, ZoneTrouble, policies
from embedded_aws.kinds.quotas import ADDRESSES, STANDARD_FAMILIES, VPCS

IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
REGION = "eu-west-1"
TAGS = {"tap:tags": f"{policies.REQUIRED_TAG}=1001"}
BOUNDARY = {"tap:permissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/{policies.BOUNDARY_NAME}"}
ENDPOINTS = {"tap:natStrategy": "none"}


def nothing(_: Cloud) -> None:
    """The account is as it is."""


@dataclass(frozen=True)
class Tried:
    """One kind of account.

    Attributes:
        told: What is peculiar to it.
        kind: The account.
        config: What the user sets for it, beside what the story sets.
        prepare: What is in the account before.
        meanwhile: What happens to it once the stack stands.
        refused: A part of the one line that refuses the deployment, empty where it can succeed.
    """

    name: str
    told: str
    kind: AccountKind
    config: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Cloud], None] = nothing
    meanwhile: Callable[[Cloud], None] = nothing
    refused: str = ""


def four_vpcs(cloud: Cloud) -> None:
    """With the default one they are five."""
    for _ in range(4):
        cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")


def four_addresses(cloud: Cloud) -> None:
    """One more is left."""
    for _ in range(4):
        cloud.client("ec2").allocate_address(Domain="vpc")


def another_fleet(cloud: Cloud) -> None:
    """Two instances of somebody else's, of two vCPUs each."""
    image = cloud.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    cloud.client("ec2").run_instances(ImageId=image, InstanceType="t3.small", MinCount=2, MaxCount=2)


def reserved_by_another(cloud: Cloud) -> None:
    """A function of somebody else's that has reserved all that can be reserved."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = cloud.client("iam").create_role(RoleName="another", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): pass")
    functions, name = cloud.client("lambda"), {"FunctionName": "another"}
    what: dict[str, Any] = {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": code.getvalue()}}
    functions.create_function(**name, **what, Role=role)
    functions.put_function_concurrency(**name, ReservedConcurrentExecutions=900)


def zone_a_is_impaired(cloud: Cloud) -> None:
    """Once the stack stands in it."""
    cloud.zones.set_state(f"{REGION}a", "impaired")


def _quota(**values: float) -> AccountKind:
    codes = {"vpcs": VPCS.code, "addresses": ADDRESSES.code, "vcpus": STANDARD_FAMILIES.code}
    return replace(STANDARD, quotas={codes[name]: value for name, value in values.items()})


def _zones(**troubles: ZoneTrouble) -> AccountKind:
    return replace(STANDARD, zones=troubles)


EMPTY = ZoneTrouble(without_capacity=timedelta(seconds=150))
SILENT = policies.denied("NobodyAsks", "servicequotas:*", "lambda:ListFunctions", "ec2:DescribeVpcEndpointServices")

TRIED = (
    Tried("standard", "in use for long, quotas raised", STANDARD),
    Tried("new", "10 concurrent executions, 5 vCPUs, 5 addresses, no role of Auto Scaling's", KINDS["new"]),
    Tried("organisation", "tag wanted on creates, RCP, tag policy, encrypted by default", KINDS["organisation"], TAGS),
    Tried("locked", "permissions boundary, a customer's key, no role of Auto Scaling's", KINDS["locked"],
          {**TAGS, **BOUNDARY}),
    Tried("customer's key", "EBS encrypts everything with a customer's key",
          replace(STANDARD, encrypted=True, own_key=True)),
    Tried("slow IAM", "new roles and profiles are known elsewhere after 20 s",
          replace(STANDARD, scaling_role=False, settling=timedelta(seconds=20))),
    Tried("no capacity for a while", "no machines in any zone for 150 s", _zones(a=EMPTY, b=EMPTY, c=EMPTY)),
    Tried("zone impaired before", "zone a is impaired from the beginning", _zones(a=ZoneTrouble(state="impaired"))),
    Tried("zone impaired later", "zone a is impaired once the stack stands", STANDARD, meanwhile=zone_a_is_impaired),
    Tried("zone constrained, and empty", "zone b is constrained and has no machines for 10 min",
          _zones(b=ZoneTrouble(state="constrained", without_capacity=timedelta(minutes=10)))),
    Tried("zone without the type", "zone b has no t3.micro",
          _zones(b=ZoneTrouble(without_types=frozenset({"t3.micro"})))),
    Tried("zone without a service", "zone b has no ssmmessages, and the stack no NAT gateway",
          _zones(b=ZoneTrouble(without_services=frozenset({"ssmmessages"}))), {**ENDPOINTS, "tap:zones": "3"}),
    Tried("concurrency reserved", "others have reserved 900 of 1,000 executions", STANDARD,
          prepare=reserved_by_another),
    Tried("nobody may ask", "the organisation denies questions about quotas, functions and endpoint services",
          replace(STANDARD, service_control=((policies.FULL_ACCESS, SILENT),)), {**ENDPOINTS}),
    Tried("no VPC left", "5 of 5 VPCs in use", _quota(vpcs=5), prepare=four_vpcs,
          refused="a region in which there may be one more VPC"),
    Tried("one address left", "4 of 5 addresses in use", _quota(addresses=5), prepare=four_addresses,
          refused="2 elastic addresses are needed"),
    Tried("one address left, one wanted", "4 of 5 addresses in use, `tap:natStrategy` is single", _quota(addresses=5),
          {"tap:natStrategy": "single"}, four_addresses),
    Tried("one vCPU left", "4 of 5 vCPUs in use", _quota(vcpus=5), prepare=another_fleet,
          refused="4 vCPUs of the standard families are needed"),
    Tried("no zone has the type", "no zone offers t3.micro",
          _zones(**dict.fromkeys("abc", ZoneTrouble(without_types=frozenset({"t3.micro"})))),
          refused="no zone of it has this one"),
    Tried("another region's", "the organisation allows us-west-2 alone",
          replace(STANDARD, service_control=((policies.FULL_ACCESS, policies.only_regions("us-west-2")),)),
          refused="with an explicit deny in a service control policy"),
)  # fmt: skip
"""Every kind, in the order of the table in docs/accounts.md."""
