"""Change every configuration key on a standing stack, and back: does each deploy, and what does it replace?

    python bench/changes.py [--only vpcCidr --only natStrategy] [--speed 300]

One embedded AWS, one stack. For each key: deploy with another value, deploy again (which must change nothing), look
whether the fleet is whole (every instance in a subnet of the group, in service, of the newest template) and whether
anything is left over, then the same back to the old value. At the end the stack is destroyed, and nothing may be left.
Exit code 1 if any of that failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.deployed.foreign import Foreign, make

from embedded_pulumi.engine.steps import Op
from embedded_pulumi.errors import EngineError
from tap_cli.sandbox import Sandbox
from tap_stack.config.knobs import Knob
from tap_stack.config.model import knobs

ROOT = Path(__file__).parents[1]
REGION = "eu-west-1"
STACK = "changes"
SETTLED_SECONDS = 7200
"""Cloud time within which an instance refresh of the small fleet must have ended."""

ANOTHER_IMAGE = "another image"
"""Stands for the id of an image that is not the newest one."""

OWN_ADDRESSES = "two addresses of one's own"
"""Stands for the allocation ids of two."""

FOREIGN = {"tap:vpcId": "ab", "tap:privateSubnetIds": "bc", "tap:publicSubnetIds": "ab"}
"""Keys of a network that exists, which come together, each with the zones in whose subnets the stack then stands."""
A_CERTIFICATE, ANOTHER_CERTIFICATE = "a certificate", "another certificate"
A_TARGET_GROUP, A_SOURCE_GROUP = "a target group", "a security group"
"""Stand for what is made in the stack's region, or in its VPC, once it stands."""

A_KEY = "a key"
"""Stands for the ARN of a key that is made in the stack's region."""

A_TOPIC = "a topic"
"""Stands for the ARN of a topic that is made in the stack's region."""

A_PLACEMENT_GROUP = "apart"
"""The name of a placement group that is made in the stack's region."""

BALANCED = {"tap:loadBalancer": "internal", "tap:certificateArn": A_CERTIFICATE}
"""What stands beside a key that only a load balancer has a use for."""

OF_LOAD_BALANCER = frozenset(
    f"tap:{key}"
    for key in (
        *("loadBalancer", "certificateArn", "targetPort", "targetProtocol", "healthPath", "healthCodes"),
        *("healthInterval", "deregistrationDelay", "slowStart", "healthCheckType", "requestsPerTarget"),
    )
)

FOLLOWING = {"tap:cpuTarget": "50"}
"""What stands beside a forecast."""

POOLED = {"tap:warmPool": "stopped"}
"""What stands beside a key that only a warm pool has a use for."""

SPOT = {"tap:onDemandPercentageAboveBaseCapacity": "50"}
"""What stands beside a key that only Spot Instances have a use for."""

BESIDE = {
    **dict.fromkeys(("tap:warmPoolMinSize", "tap:warmPoolPrepared", "tap:warmPoolReuse"), POOLED),
    **dict.fromkeys(("tap:onDemandBaseCapacity", "tap:spotAllocationStrategy", "tap:spotMaxPrice"), SPOT),
    "tap:predictiveScaling": FOLLOWING,
}

OTHERS: dict[str, tuple[str, ...]] = {
    "tap:targetGroupArns": (A_TARGET_GROUP,),
    "tap:targetSourceRanges": ("10.9.0.0/16,2001:db8:1::/48",),
    "tap:targetSourceGroups": (A_SOURCE_GROUP,),
    "tap:loadBalancer": ("public",),  # that there is one at all comes and goes with the keys that need it
    "tap:certificateArn": (ANOTHER_CERTIFICATE,),
    "tap:webAclArn": (),  # the embedded AWS has no WAF
    "tap:targetProtocol": ("HTTPS",),
    "tap:healthPath": ("/healthz",),
    "tap:healthCodes": ("200-299",),
    "tap:slowStart": ("60",),
    "tap:healthCheckType": ("EC2",),
    "aws:region": ("eu-west-2",),
    "tap:environment": ("prod",),
    "tap:environmentSuffix": ("other",),
    "tap:zones": ("3", "eu-west-1b,eu-west-1c"),
    "tap:vpcCidr": ("10.1.0.0/16", "10.0.0.0/20"),
    "tap:natStrategy": ("single", "regional", "none"),
    "tap:endpoints": ("ecr.api,ecr.dkr,s3", "dynamodb"),
    "tap:natZones": ("1", "eu-west-1b"),
    "tap:natAllocationIds": (OWN_ADDRESSES,),
    "tap:instanceType": ("t4g.micro",),
    "tap:instanceTypes": ("t3.small,t3a.micro",),
    "tap:instanceWeights": ("t3.micro=1",),
    "tap:instanceRequirements": ('{"vcpuCount":{"min":2,"max":4},"memoryMib":{"min":4096,"max":8192}}',),
    "tap:onDemandBaseCapacity": ("1",),
    "tap:onDemandPercentageAboveBaseCapacity": ("0", "50"),
    "tap:onDemandAllocationStrategy": ("lowest-price",),
    "tap:spotAllocationStrategy": ("capacity-optimized",),
    "tap:spotMaxPrice": ("0.5",),
    "tap:capacityRebalance": ("true",),
    "tap:placementStrategy": ("spread", "partition"),
    "tap:capacityReservation": ("none", "capacity-reservations-only"),
    "tap:placementGroup": (A_PLACEMENT_GROUP,),
    "tap:tenancy": ("dedicated",),
    "tap:imageId": (ANOTHER_IMAGE, "newest"),
    "tap:userDataFile": ("tests/deployed/boot/web.sh,tests/deployed/boot/packages.yaml",),
    "tap:schedules": ('{"morning":{"recurrence":"0 6 * * 1-5","desiredCapacity":4,"timeZone":"Asia/Tokyo"}}',),
    "tap:maxInstanceLifetimeDays": ("7",),
    "tap:volumeType": ("gp2",),
    "tap:volumeIops": ("4000", "3000"),
    "tap:volumeThroughput": ("250", "125"),
    "tap:dataVolumes": ("/dev/sdf=20,/dev/sdg=8", "/dev/sdf=20:io2:500,/dev/sdg=125:st1"),
    "tap:volumeKeyArn": (A_KEY,),
    "tap:iamPath": ("/platform/",),
    "tap:instancePolicyArns": ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",),
    "tap:instancePolicy": (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}}',
    ),
    "tap:permissionsBoundary": ("arn:aws:iam::aws:policy/PowerUserAccess",),
    "tap:namePrefix": ("blue",),
    "tap:reservedConcurrency": ("false",),
    "tap:rolloutAlarms": ("mine",),
    "tap:authorizedIpRanges": ("10.1.0.0/16,2001:db8::/32",),
    "tap:lambdaRuntime": ("python3.12",),
    "tap:healerMode": ("observe",),
    "tap:alarmEmail": ("oncall@example.com",),
    "tap:notificationTopicArn": (A_TOPIC,),
    "tap:logRetentionDays": ("30",),
    "tap:flowLogRetentionDays": ("30",),
    "tap:tags": ("Owner=platform",),
    "tap:minSize": ("1",),
    "tap:desiredCapacity": ("3",),
    "tap:healthCheckGracePeriod": ("60",),
    "tap:cpuLowThreshold": ("20",),
    "tap:cpuTarget": ("50",),
    "tap:predictiveScaling": ("forecast",),
    "tap:warmPool": ("stopped", "running"),  # a fleet that stands does not begin to hibernate
    "tap:warmPoolMinSize": ("1",),
    "tap:warmPoolPrepared": ("3",),
    "tap:requestsPerTarget": ("1000",),
}
"""Other values than the default; for keys that are not listed they follow from the type."""


def others(knob: Knob) -> tuple[str, ...]:
    """Accepted values of a key beside its default."""
    if knob.key in FOREIGN:
        return (f"a network that exists, in zones {' and '.join(FOREIGN[knob.key])}",)
    if knob.key in OTHERS:
        return OTHERS[knob.key]
    if knob.type == "boolean":
        return (str(not knob.default).lower(),)
    least, most = (int(each) for each in knob.accepted.partition(", ")[2].split(" to "))
    default = int(str(knob.default))
    return (str(default + 1 if default < most else max(least, default - 1)),)


class Standing:
    """A stack that stands, and what is asked of it after each change."""

    def __init__(self, sandbox: Sandbox, failures: list[str]) -> None:
        self.sandbox = sandbox
        self.failures = failures

    def deploy(self, change: Mapping[str, str], label: str) -> None:
        """Bring the stack to a configuration, and say what it took and what is wrong with the result."""
        began = time.perf_counter()
        try:
            done = self.sandbox.engine_for(change).up()
            again = self.sandbox.engine_for(change).up()
        except EngineError as error:
            self._wrong(label, str(error).splitlines()[0])
            return
        counted = {op: count for op, count in done.changes.items() if op != "same"}
        replaced = Counter(step.type.rpartition(":")[2] for step in done.steps if step.op is Op.CREATE_REPLACEMENT)
        took = time.perf_counter() - began
        print(f"{label:54} {took:5.1f} s  {_listed(counted)}{'; replaced: ' if replaced else ''}{_listed(replaced)}")
        if set(again.changes) != {"same"}:
            self._wrong(label, f"a second deployment changes {dict(again.changes)}")
        for problem in self._problems(dict(done.outputs), change):
            self._wrong(label, problem)

    def _problems(self, outputs: dict[str, Any], change: Mapping[str, str]) -> Iterator[str]:
        region = change.get("aws:region", REGION)
        self._settle(outputs["auto_scaling_group_name"], region)
        group = self._group(outputs["auto_scaling_group_name"], region)
        instances = self._instances(region)
        states = {each["LifecycleState"] for each in group["Instances"]}
        if states - {"InService"} or len(group["Instances"]) != group["DesiredCapacity"]:
            yield f"{len(group['Instances'])} instances of {group['DesiredCapacity']} are {sorted(states)}"
        if elsewhere := {each["SubnetId"] for each in instances} - set(group["VPCZoneIdentifier"].split(",")):
            yield f"instances are left in {sorted(elsewhere)}"
        versions = {each["LaunchTemplate"]["Version"] for each in group["Instances"]}
        if versions - {group["LaunchTemplate"]["Version"]}:
            yield f"instances are of versions {sorted(versions)}, the group of {group['LaunchTemplate']['Version']}"
        vpcs = self._client("ec2", region).describe_vpcs(Filters=[{"Name": "tag:Project", "Values": ["tap"]}])["Vpcs"]
        if [each["VpcId"] for each in vpcs] != ([] if "tap:vpcId" in change else [outputs["vpc_id"]]):
            yield f"{len(vpcs)} VPCs stand"

    def _settle(self, name: str, region: str) -> None:
        """Let time go by until no instance refresh is under way."""
        for _ in range(0, SETTLED_SECONDS, 60):
            refreshes = self._client("autoscaling", region).describe_instance_refreshes(AutoScalingGroupName=name)
            if all(each["Status"] in {"Successful", "Failed"} for each in refreshes["InstanceRefreshes"]):
                break
            self.sandbox.cloud.clock.advance(60)
        self.sandbox.cloud.clock.advance(300)

    def _group(self, name: str, region: str) -> dict[str, Any]:
        groups = self._client("autoscaling", region).describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return dict(groups["AutoScalingGroups"][0])

    def _instances(self, region: str) -> list[dict[str, Any]]:
        running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        reservations = self._client("ec2", region).describe_instances(Filters=running)["Reservations"]
        return [instance for each in reservations for instance in each["Instances"]]

    def _client(self, service: str, region: str) -> Any:
        return self.sandbox.cloud.client(service, region)

    def _wrong(self, label: str, what: str) -> None:
        print(f"{label:54} WRONG: {what}")
        self.failures.append(f"{label}: {what}")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def sweep(standing: Standing, chosen: Iterable[Knob], made: Mapping[str, str], foreign: Foreign) -> None:
    """Each value of each key, and back.

    Args:
        standing: The stack.
        chosen: The keys.
        made: What stands for something that exists to what it is.
        foreign: A network that somebody else owns.
    """
    balanced = {key: made.get(value, value) for key, value in BALANCED.items()}
    for knob in chosen:
        beside = balanced if knob.key in OF_LOAD_BALANCER else BESIDE.get(knob.key, {})
        for value in others(knob):
            found, zones = made.get(value, value), FOREIGN.get(knob.key)
            standing.deploy(foreign.config(zones) if zones else {**beside, knob.key: found}, f"{knob.key} = {found}")
            standing.deploy(beside, f"{knob.key} back")


@contextmanager
def _sandbox(speed: float) -> Iterator[Sandbox]:
    with (
        tempfile.TemporaryDirectory(prefix="tap-bench-") as folder,
        Sandbox(ROOT, STACK, {}, region=REGION, folder=Path(folder), speed=speed) as sandbox,
    ):
        yield sandbox


def _pinned(sandbox: Sandbox) -> str:
    """An image that is not the newest one, for the architecture of the stack's instance type."""
    filters = [{"Name": "name", "Values": ["al2023-ami-minimal-*"]}, {"Name": "architecture", "Values": ["x86_64"]}]
    images = sandbox.cloud.client("ec2").describe_images(Owners=["amazon"], Filters=filters)["Images"]
    return str(images[0]["ImageId"])


def _for_load_balancers(sandbox: Sandbox) -> dict[str, str]:
    """Two certificates that are issued, a target group and a security group in the stack's VPC, and a key."""
    acm, ec2, elb = (sandbox.cloud.client(each, REGION) for each in ("acm", "ec2", "elbv2"))
    certificates = {
        stands_for: acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
        for stands_for, domain in ((A_CERTIFICATE, "web.example.com"), (ANOTHER_CERTIFICATE, "www.example.com"))
    }
    vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:Project", "Values": ["tap"]}])["Vpcs"][0]["VpcId"]
    joined = elb.create_target_group(Name="theirs", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    default = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    source = ec2.describe_security_groups(Filters=default)["SecurityGroups"][0]["GroupId"]
    sandbox.cloud.clock.advance(61)  # until the certificate is issued
    ec2.create_placement_group(GroupName=A_PLACEMENT_GROUP, Strategy="spread")
    key = sandbox.cloud.client("kms", REGION).create_key()["KeyMetadata"]["Arn"]
    topic = sandbox.cloud.client("sns", REGION).create_topic(Name="watchers")["TopicArn"]
    return {
        A_KEY: key,
        A_TOPIC: topic,
        **certificates,
        A_TARGET_GROUP: joined["TargetGroupArn"],
        A_SOURCE_GROUP: source,
    }


def main() -> None:
    """Sweep, destroy, and say whether all went well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], metavar="KEY", help="such as vpcCidr; may be repeated")
    parser.add_argument("--speed", type=float, default=300, help="cloud seconds for each real one (default 300)")
    arguments = parser.parse_args()
    chosen = [each for each in knobs() if not arguments.only or each.key.partition(":")[2] in arguments.only]
    failures: list[str] = []
    with _sandbox(arguments.speed) as sandbox:
        standing = Standing(sandbox, failures)
        standing.deploy({}, "the stack, with every key at its default")
        ec2 = sandbox.cloud.client("ec2", REGION)
        addresses = ",".join(ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2))
        made = {ANOTHER_IMAGE: _pinned(sandbox), OWN_ADDRESSES: addresses, **_for_load_balancers(sandbox)}
        sweep(standing, chosen, made, make(ec2, REGION))
        sandbox.engine.destroy()
        failures += sandbox.cloud.failures
    print(f"{len(chosen)} keys, {len(failures)} things wrong")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
