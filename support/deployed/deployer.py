"""Somebody who deploys the stack, with permissions of their own: the whole life of a stack in a role's name."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.deployed import nursery
from tap_cli.sandbox import Sandbox

from .foreign import Foreign, make
from .stack import REGION, ROOT

ROLE = "deployer"
FAST = 600
"""Cloud seconds for each real second: a deletion waits for instances to go."""

FIRST = {"tap:natStrategy": "per_az", "tap:vpcEndpoints": "true", "tap:alarmEmail": "oncall@example.com"}
"""A configuration in which every resource type of a network of the stack's own occurs."""

REGIONAL = {"tap:natStrategy": "regional", "tap:endpoints": "ecr.api,kms,dynamodb", "tap:zones": "3"}

NETWORKS: tuple[dict[str, str], ...] = (
    {**FIRST, "tap:tags": "Owner=platform", "tap:healerMode": "observe", "tap:logRetentionDays": "30"},
    {**FIRST, "tap:natStrategy": "none", "tap:openEgress": "false", "tap:minSize": "1", "tap:lambdaMemorySize": "256"},
    {"tap:vpcCidr": "10.1.0.0/16", "tap:cpuLowThreshold": "20", "tap:reservedConcurrency": "false"},
    REGIONAL,
    {**REGIONAL, "tap:ipv6": "true", "tap:authorizedIpRanges": "10.1.0.0/16,2001:db8::/32"},
)
"""What is then changed, one after the other: each kind of resource at least once, and the network replaced."""

A_POLICY = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::artifacts/*"}
FIXED = "aws:region tap:environment tap:environmentSuffix tap:namePrefix"
OF_FUNCTIONS = "tap:lambdaRuntime tap:lambdaTimeout"
OF_LOGS = "tap:flowLogRetentionDays"
OF_ALARMS = "tap:cpuHighThreshold"
OF_INSTANCES = "tap:instanceWeights tap:capacityReservation tap:placementGroup tap:tenancy"
UNPLAYED = {
    **dict.fromkeys(FIXED.split(), "is part of names and tags alone, and of where all this happens"),
    **dict.fromkeys(OF_FUNCTIONS.split(), "is a setting of the healer's function, as tap:lambdaMemorySize is"),
    **dict.fromkeys(OF_LOGS.split(), "is what tap:logRetentionDays is, of another log group"),
    **dict.fromkeys(OF_ALARMS.split(), "is what tap:cpuLowThreshold is, of another alarm"),
    **dict.fromkeys(OF_INSTANCES.split(), "is another property of what tap:instanceTypes and tap:volumeSize change"),
    "tap:webAclArn": "the embedded AWS has no WAF; deployer_policy.WEB_ACL is written by hand",
}
"""Keys whose change calls nothing that is not called for another key, each with the reason."""

SETTINGS_OF_THE_HEALER = ("tap:healer", "tap:rollout")
"""How the keys begin whose values are variables of the healer's and the rollout's functions, as tap:healerMode is."""


@dataclass(frozen=True)
class Found:
    """What is in the account before the stack: a certificate, a key, a topic, addresses, a network, a target group."""

    certificate: str
    key: str
    topic: str
    addresses: str
    foreign: Foreign
    target_group: str
    source_group: str


def find(made: Sandbox) -> Found:
    """Make it, as somebody else."""
    acm, ec2, elb = (made.cloud.client(service, REGION) for service in ("acm", "ec2", "elbv2"))
    certificate = acm.request_certificate(DomainName="web.example.com", ValidationMethod="DNS")["CertificateArn"]
    made.cloud.clock.advance(61)  # until the certificate is issued
    foreign = make(ec2, REGION)
    targets = elb.create_target_group(Name="theirs", Protocol="HTTP", Port=80, VpcId=foreign.vpc)["TargetGroups"][0]
    default = [{"Name": "vpc-id", "Values": [foreign.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    source = ec2.describe_security_groups(Filters=default)["SecurityGroups"][0]["GroupId"]
    addresses = ",".join(ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2))
    key = made.cloud.client("kms", REGION).create_key()["KeyMetadata"]["Arn"]
    topic = made.cloud.client("sns", REGION).create_topic(Name="watchers")["TopicArn"]
    return Found(certificate, key, topic, addresses, foreign, targets["TargetGroupArn"], source)


def changes(found: Found) -> tuple[dict[str, str], ...]:
    """What is changed after the network: everything that runs in it, then a network of somebody else's.

    Each key of the configuration is changed at least once, there and back, unless `UNPLAYED` says why it is not.
    """
    web = {
        "tap:loadBalancer": "public",
        "tap:certificateArn": found.certificate,
        "tap:targetPort": "8080",
        "tap:targetProtocol": "HTTPS",
        "tap:healthPath": "/healthz",
        "tap:healthCodes": "200-299",
        "tap:healthInterval": "20",
        "tap:deregistrationDelay": "30",
        "tap:slowStart": "60",
        "tap:requestsPerTarget": "1000",
        "tap:zones": "3",
        "tap:userDataFile": "tests/deployed/boot/web.sh",
        "tap:protect": "true",
    }
    workload = {
        "tap:natAllocationIds": found.addresses,
        "tap:natZones": "2",
        "tap:zones": "3",
        "tap:instanceType": "t4g.small",
        "tap:instanceTypes": "t4g.micro",
        "tap:onDemandBaseCapacity": "1",
        "tap:onDemandPercentageAboveBaseCapacity": "50",
        "tap:onDemandAllocationStrategy": "lowest-price",
        "tap:spotAllocationStrategy": "capacity-optimized",
        "tap:spotMaxPrice": "0.5",
        "tap:capacityRebalance": "false",
        "tap:imageId": "newest",
        "tap:imageRefresh": "true",
        "tap:volumeSize": "16",
        "tap:volumeIops": "4000",
        "tap:volumeThroughput": "250",
        "tap:dataVolumes": "/dev/sdf=20",
        "tap:detailedMonitoring": "false",
        "tap:healthCheckGracePeriod": "60",
        "tap:maxSize": "6",
        "tap:desiredCapacity": "3",
        "tap:maxInstanceLifetimeDays": "7",
        "tap:schedules": json.dumps({"morning": {"recurrence": "0 6 * * 1-5", "desiredCapacity": 4}}),
        "tap:permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess",
        "tap:instancePolicyArns": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        "tap:instancePolicy": json.dumps({"Version": "2012-10-17", "Statement": A_POLICY}),
    }
    joined = {
        **found.foreign.config(),
        "tap:targetGroupArns": found.target_group,
        "tap:targetSourceGroups": found.source_group,
        "tap:targetSourceRanges": "10.9.0.0/16",
        "tap:healthCheckType": "ELB",
        "tap:iamPath": "/platform/",
    }
    internal = {**found.foreign.config(), "tap:loadBalancer": "internal", "tap:certificateArn": found.certificate}
    freed = {**web, "tap:protect": "false", "tap:healthPath": "/"}
    moved = {**freed, "tap:zones": "2", "tap:targetPort": "8081"}
    named = {**workload, "tap:iamPath": "/platform/"}
    return (web, freed, moved, workload, named, *bought(found), joined, internal)


def bought(found: Found) -> tuple[dict[str, str], ...]:
    """Instances of several kinds, at several prices, and ready before they are needed."""
    mixed = {
        "tap:instanceTypes": "t3.small,t3a.micro",
        "tap:onDemandBaseCapacity": "1",
        "tap:onDemandPercentageAboveBaseCapacity": "50",
        "tap:onDemandAllocationStrategy": "lowest-price",
        "tap:spotAllocationStrategy": "capacity-optimized",
        "tap:spotMaxPrice": "0.5",
        "tap:capacityRebalance": "true",
        "tap:cpuTarget": "50",
        "tap:scaleIn": "false",
        "tap:predictiveScaling": "forecast",
        "tap:volumeType": "gp2",
        "tap:volumeKeyArn": found.key,
        "tap:notificationTopicArn": found.topic,
        "tap:placementStrategy": "spread",
    }
    any_of = {"tap:instanceRequirements": json.dumps({"vcpuCount": {"min": 2, "max": 4}, "memoryMib": {"min": 1024}})}
    ready = {"tap:warmPool": "stopped", "tap:warmPoolMinSize": "1", "tap:warmPoolPrepared": "3"}
    return any_of, mixed, {**ready, "tap:warmPoolReuse": "true"}


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
    for config in (FIRST, FIRST, *NETWORKS, *changes(find(made))):
        engine = made.engine_for({**config, **credentials})
        engine.up()
    engine.refresh()
    engine.destroy()


def used(made: Sandbox) -> set[tuple[str, str]]:
    """Each IAM action that the role has used, with the resource."""
    account = made.cloud.client("sts", REGION).get_caller_identity()["Account"]
    return {(use.action, use.resource) for use in made.cloud.iam.used(f"arn:aws:iam::{account}:role/{ROLE}")}
