"""Somebody who deploys the stack, with permissions of their own: the whole life of a stack in a role's name."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.deployed import nursery
from tap_cli.sandbox import Sandbox

from .stack import REGION, ROOT

ROLE = "deployer"
FAST = 600
"""Cloud seconds for each real second: a deletion waits for instances to go."""

FIRST = {"tap:natStrategy": "per_az", "tap:vpcEndpoints": "true", "tap:alarmEmail": "oncall@example.com"}
"""A configuration in which every resource type of the program occurs."""

CHANGES: tuple[dict[str, str], ...] = (
    {**FIRST, "tap:tags": "Owner=platform", "tap:healerMode": "observe", "tap:logRetentionDays": "30"},
    {**FIRST, "tap:natStrategy": "none", "tap:openEgress": "false", "tap:minSize": "1", "tap:lambdaMemorySize": "256"},
    {"tap:vpcCidr": "10.1.0.0/16", "tap:cpuLowThreshold": "20", "tap:reservedConcurrency": "false"},
)
"""What is then changed, one after the other: each kind of resource at least once, and the network replaced."""


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """An AWS without a stack."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(ROOT, "deployed", FIRST, region=REGION, folder=Path(folder), speed=FAST, launch=nursery.launch) as made,
    ):
        yield made


def become(made: Sandbox, documents: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Make the role with these policies; the configuration in which the program's provider acts as it."""
    iam, sts = (made.cloud.client(service, REGION) for service in ("iam", "sts"))
    account = sts.get_caller_identity()["Account"]
    trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName=ROLE,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        MaxSessionDuration=43_200,
    )
    for number, document in enumerate(documents):
        iam.put_role_policy(RoleName=ROLE, PolicyName=f"deploy-{number}", PolicyDocument=json.dumps(document))
    role = f"arn:aws:iam::{account}:role/{ROLE}"
    issued = sts.assume_role(RoleArn=role, RoleSessionName="deployment", DurationSeconds=43_200)["Credentials"]
    return {
        "aws:accessKey": issued["AccessKeyId"],
        "aws:secretKey": issued["SecretAccessKey"],
        "aws:token": issued["SessionToken"],
    }


def live(made: Sandbox, credentials: Mapping[str, str]) -> None:
    """Deploy, deploy again, change, refresh and destroy.

    Raises:
        EngineError: a step failed, such as for a permission that is missing.
    """
    for config in (FIRST, FIRST, *CHANGES):
        engine = made.engine_for({**config, **credentials})
        engine.up()
    engine.refresh()
    engine.destroy()


def used(made: Sandbox) -> set[tuple[str, str]]:
    """Each IAM action that the role has used, with the resource."""
    account = made.cloud.client("sts", REGION).get_caller_identity()["Account"]
    return {(use.action, use.resource) for use in made.cloud.iam.used(f"arn:aws:iam::{account}:role/{ROLE}")}
