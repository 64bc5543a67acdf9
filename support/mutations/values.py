"""Of each configuration key a value that is dangerous or wrong, which a check refuses before anything is created.

A value that a check lets through because only the program shows what it comes to is in `TOLD`, with the rule that finds
it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

ELSEWHERE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a"
CERTIFICATE = {
    "tap:loadBalancer": "public",
    "tap:certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a",
}
VPC = "vpc-0123456789abcdef0"
SUBNET = "subnet-0123456789abcdef0"

WRONG: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "aws:region": ("mars-north-1", {}),
    "tap:environment": ("Prod!", {}),
    "tap:namePrefix": ("aws-fleet", {}),
    "tap:environmentSuffix": ("UPPER", {}),
    "tap:zones": ("1", {}),  # a zone's failure would be the fleet's
    "tap:vpcCidr": ("8.8.8.0/24", {}),  # hides a part of the internet
    "tap:vpcId": ("vpc-of-mine", {}),
    "tap:privateSubnetIds": (SUBNET, {"tap:vpcId": VPC}),  # one subnet, one zone
    "tap:publicSubnetIds": ("public", {"tap:vpcId": VPC}),
    "tap:natStrategy": ("cheapest", {}),
    "tap:natZones": ("9", {}),
    "tap:natAllocationIds": ("eipalloc-0123456789abcdef0", {"tap:zones": "3"}),  # three gateways, one address
    "tap:endpoints": ("ecr.api,ecr.api", {}),
    "tap:instanceType": ("large", {}),
    "tap:instanceTypes": ("t3.micro", {}),  # the first one's again
    "tap:instanceWeights": ("t3.small=2", {"tap:instanceTypes": "t3.small"}),  # AWS wants one for each type
    "tap:instanceRequirements": (json.dumps({"vcpuCount": {"min": 2}}), {}),  # any memory
    "tap:onDemandAllocationStrategy": ("cheapest", {}),
    "tap:spotAllocationStrategy": ("lowest-price", {}),  # the pools that are interrupted most
    "tap:spotMaxPrice": ("0.01", {}),  # and no Spot Instances
    "tap:capacityRebalance": ("sometimes", {}),
    "tap:warmPool": ("stopped", {"tap:onDemandPercentageAboveBaseCapacity": "0"}),  # Spot Instances do not wait
    "tap:predictiveScaling": ("scale", {}),  # by a forecast that nobody has looked at
    "tap:capacityReservation": ("cr-mine", {}),
    "tap:placementGroup": ("my group", {}),
    "tap:placementStrategy": ("cluster", {}),  # in one zone
    "tap:tenancy": ("host", {}),  # hosts that nobody has allocated
    "tap:volumeType": ("st1", {}),  # none to boot from
    "tap:volumeKeyArn": ("alias/mine", {}),
    "tap:imageId": ("ami-mine", {}),
    "tap:userDataFile": ("my boot.sh", {}),
    "tap:maxSize": ("0", {}),
    "tap:desiredCapacity": ("9", {}),
    "tap:schedules": (json.dumps({"night": {"recurrence": "0 22 * * *", "desiredCapacity": 0}}), {}),
    "tap:maxInstanceLifetimeDays": ("366", {}),
    "tap:volumeSize": ("7", {}),  # less than the image
    "tap:volumeIops": ("80000", {}),  # more than 500 for each GiB
    "tap:volumeThroughput": ("2000", {}),  # more than a quarter of its IOPS
    "tap:dataVolumes": ("/dev/sda1=20", {}),  # the root volume's
    "tap:authorizedIpRanges": ("0.0.0.0/0", {}),
    "tap:targetGroupArns": ("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/theirs/0a1b", {}),
    "tap:targetSourceGroups": ("0.0.0.0/0", {"tap:targetGroupArns": ""}),
    "tap:targetSourceRanges": ("0.0.0.0/0", {}),
    "tap:loadBalancer": ("open", {}),
    "tap:certificateArn": (ELSEWHERE, {"tap:loadBalancer": "public"}),
    "tap:webAclArn": ("arn:aws:wafv2:us-east-1:123456789012:regional/webacl/mine/0a", {}),  # and no load balancer
    "tap:targetProtocol": ("TCP", CERTIFICATE),
    "tap:healthPath": ("healthz", CERTIFICATE),
    "tap:healthCodes": ("200-599", CERTIFICATE),  # a service that fails would be healthy
    "tap:slowStart": ("10", CERTIFICATE),
    "tap:healthCheckType": ("ELB", {}),  # and no load balancer
    "tap:cpuLowThreshold": ("80", {}),  # above the high one: it would grow and shrink for ever
    "tap:lambdaRuntime": ("python3.8", {}),
    "tap:reservedConcurrency": ("1", {}),
    "tap:healerMode": ("off", {}),
    "tap:alarmEmail": ("nobody", {}),
    "tap:notificationTopicArn": ("arn:aws:sns:eu-west-1:123456789012:ops", {}),  # of another region
    "tap:logRetentionDays": ("2", {}),
    "tap:flowLogRetentionDays": ("2", {}),
    "tap:tags": ("Project=theirs", {}),  # the healer's permissions depend on it
    "tap:permissionsBoundary": ("boundary", {}),
    "tap:iamPath": ("platform", {}),
    "tap:instancePolicyArns": ("AdministratorAccess", {}),
    "tap:instancePolicy": ("Allow everything", {}),
    "tap:rolloutAlarms": ("*", {}),
}
"""Key to the value, and what else has to be set for it to matter. Keys of numbers and truths need no entry: for those
the value follows from what is accepted."""


def _allowing(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


TOLD: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "tap:instancePolicy": ("iam-no-wildcard-action", {"instancePolicy": _allowing("s3:*", "arn:aws:s3:::a/*")}),
    "tap:instancePolicyArns": (
        "iam-no-administrator",
        {"instancePolicyArns": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    "tap:detailedMonitoring": ("instance-detailed-monitoring", {"detailedMonitoring": "false"}),
    "tap:natStrategy": ("nat-gateway-per-zone", {"natStrategy": "single"}),
    "tap:natZones": ("nat-gateway-per-zone", {"natZones": "1"}),
    "tap:openEgress": ("security-group-egress", {}),
    "tap:healthCheckType": (
        "group-load-balancer-health",
        {"healthCheckType": "EC2", **{key.removeprefix("tap:"): value for key, value in CERTIFICATE.items()}},
    ),
    "tap:protect": (
        "load-balancer-deletion-protection",
        {key.removeprefix("tap:"): value for key, value in CERTIFICATE.items()},
    ),
}
"""Key to the rule that tells of a value that is accepted, and that configuration."""

EITHER = {
    "tap:imageRefresh": "an image is looked for, or not; whatever it is, the rollout's limits are the same",
    "tap:ipv6": "instances reach out by it, and nobody reaches in; the rules of groups and routes judge both",
    "tap:scaleIn": "scaling takes idle instances away, or leaves them; broken ones are replaced either way",
    "tap:warmPoolReuse": "instances that scaling takes away wait in the pool, or are terminated",
    "tap:vpcEndpoints": "more ways to AWS, none of them from outside",
}
"""Keys of which every value that is accepted is safe, and why."""
