"""Security groups and the fleet with one thing changed."""

from __future__ import annotations

from pulumi_guardrails import types as aws
from support.programs import add, both, cut, drop, one, put, ref, refs

from .mutation import (
    ANYWHERE,
    EGRESS,
    FLEET,
    INGRESS,
    INSTANCE_ROLE,
    OFF,
    ON,
    PASSWORD,
    TEMPLATE,
    TOPIC,
    Mutation,
    encoded,
    ignoring_nothing,
    in_parts,
)

MIXED = {
    "launchTemplateSpecification": {"version": "1"},
    "overrides": [{"instanceType": "t3.micro"}, {"instanceType": "t3a.micro"}],
}
ALL_SPOT = {"onDemandPercentageAboveBaseCapacity": 0, "spotAllocationStrategy": "capacity-optimized"}
SPOT = {"launchTemplate": MIXED, "instancesDistribution": ALL_SPOT}
CHEAPEST = {"launchTemplate": MIXED, "instancesDistribution": {**ALL_SPOT, "spotAllocationStrategy": "lowest-price"}}

REFRESH = {"strategy": "Rolling", "preferences": {"autoRollback": True}}

GROUPS = (
    Mutation("security-group-no-world-ingress", "HTTPS from anywhere", put(*INGRESS, "cidrIpv4", ANYWHERE)),
    Mutation(
        "security-group-no-world-ingress",
        "HTTP from anywhere",
        both(put(*INGRESS, "cidrIpv4", ANYWHERE), put(*INGRESS, "fromPort", 80), put(*INGRESS, "toPort", 80)),
    ),
    Mutation(
        "security-group-no-world-ingress",
        "HTTPS from anywhere in IPv6",
        both(cut(*INGRESS, "cidrIpv4"), put(*INGRESS, "cidrIpv6", "::/0")),
    ),
    Mutation(
        "security-group-no-world-ingress",
        "an inline rule for anywhere",
        put(
            aws.SECURITY_GROUP,
            "instances",
            "ingress",
            [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": [ANYWHERE], "description": "HTTPS"}],
        ),
    ),
    Mutation(
        "security-group-no-admin-ports",
        "SSH from the authorised range",
        both(put(*INGRESS, "fromPort", 22), put(*INGRESS, "toPort", 22)),
    ),
    Mutation(
        "security-group-no-admin-ports", "ports 20 to 443 from the authorised range", put(*INGRESS, "fromPort", 20)
    ),
    Mutation(
        "security-group-ingress-ports",
        "every protocol from the authorised range",
        both(put(*INGRESS, "ipProtocol", "-1"), cut(*INGRESS, "fromPort"), cut(*INGRESS, "toPort")),
    ),
    Mutation("security-group-ranges", "a range with host bits", put(*INGRESS, "cidrIpv4", "10.0.0.7/8")),
    Mutation("security-group-ranges", "no range at all", put(*INGRESS, "cidrIpv4", "the office")),
    Mutation("security-group-descriptions", "a rule without a description", cut(*INGRESS, "description")),
    Mutation(
        "security-group-egress",
        "everything out to anywhere",
        both(put(*EGRESS, "ipProtocol", "-1"), cut(*EGRESS, "fromPort"), cut(*EGRESS, "toPort")),
        both(put(*EGRESS, "ipProtocol", "tcp"), put(*EGRESS, "fromPort", 443), put(*EGRESS, "toPort", 443)),
    ),
    Mutation(
        "security-group-used",
        "a group for nobody",
        add(aws.SECURITY_GROUP, "spare", description="Spare", tags={"A": "b"}),
    ),
)

INSTANCES = (
    Mutation("imdsv2-required", "tokens optional", put(*TEMPLATE, "metadataOptions", "httpTokens", "optional")),
    Mutation("imds-hop-limit", "two hops", put(*TEMPLATE, "metadataOptions", "httpPutResponseHopLimit", 2)),
    Mutation(
        "imds-endpoint-explicit",
        "the endpoint left to the account",
        put(*TEMPLATE, "metadataOptions", {"httpTokens": "required"}),
    ),
    Mutation(
        "volumes-encrypted",
        "a volume of its own in clear",
        add(aws.VOLUME, "data", availabilityZone="us-east-1a", size=8, tags={"Name": "data"}),
    ),
    Mutation(
        "volumes-encrypted", "a volume in clear", put(*TEMPLATE, "blockDeviceMappings", 0, "ebs", "encrypted", "false")
    ),
    Mutation("volumes-encrypted", "the root volume left to the image", cut(*TEMPLATE, "blockDeviceMappings")),
    Mutation(
        "instance-no-public-ip",
        "a public address",
        put(*TEMPLATE, "networkInterfaces", 0, "associatePublicIpAddress", "true"),
    ),
    Mutation(
        "instance-one-interface",
        "two interfaces",
        lambda program: put(*TEMPLATE, "networkInterfaces", one(program, *TEMPLATE).inputs["networkInterfaces"] * 2)(
            program
        ),
    ),
    Mutation("instance-no-key-pair", "a key pair", put(*TEMPLATE, "keyName", "operators")),
    Mutation("user-data-no-secrets", "a password in the user data", put(*TEMPLATE, "userData", encoded(PASSWORD))),
    Mutation(
        "user-data-no-secrets",
        "a password in a compressed part of the user data",
        put(*TEMPLATE, "userData", in_parts(PASSWORD)),
    ),
    Mutation(
        "instance-detailed-monitoring", "a report every five minutes", put(*TEMPLATE, "monitoring", "enabled", OFF)
    ),
    Mutation("instance-ebs-optimized", "no bandwidth for volumes", cut(*TEMPLATE, "ebsOptimized")),
    Mutation(
        "instance-profile",
        "no instance profile",
        both(cut(*TEMPLATE, "iamInstanceProfile"), drop(*INSTANCE_ROLE), drop(aws.INSTANCE_PROFILE)),
    ),
    Mutation(
        "instance-role-ssm",
        "no permission for SSM",
        drop(aws.ROLE_POLICY_ATTACHMENT, "tap-instance-AmazonSSMManagedInstanceCore-us-east-1-dev"),
    ),
    Mutation(
        "user-data-ssm-agent",
        "parts of user data without the agent",
        put(*TEMPLATE, "userData", in_parts("#!/bin/sh\n")),
    ),
    Mutation("user-data-ssm-agent", "no user data", cut(*TEMPLATE, "userData")),
    Mutation(
        "user-data-ssm-agent", "user data without the agent", put(*TEMPLATE, "userData", encoded("#!/bin/bash\ndate\n"))
    ),
    Mutation(
        "tags-at-launch",
        "volumes without tags",
        put(*TEMPLATE, "tagSpecifications", [{"resourceType": "instance", "tags": {"Project": "tap"}}]),
    ),
    Mutation(
        "group-launch-template",
        "a launch configuration",
        both(put(*FLEET, "launchConfiguration", "old"), cut(*FLEET, "launchTemplate")),
    ),
    Mutation("group-zones", "one zone alone", put(*FLEET, "vpcZoneIdentifiers", refs(ref(aws.SUBNET, "private-a")))),
    Mutation(
        "group-instance-types",
        "one type",
        cut(*FLEET, "mixedInstancesPolicy"),
        put(
            *FLEET,
            "mixedInstancesPolicy",
            {
                "launchTemplate": {
                    "overrides": [{"instanceType": "t3.micro"}, {"instanceType": "t3a.micro"}],
                    "launchTemplateSpecification": {"version": "1"},
                }
            },
        ),
    ),
    Mutation("group-spot-base", "Spot Instances alone", put(*FLEET, "mixedInstancesPolicy", SPOT)),
    Mutation("group-spot-rebalance", "no rebalancing", put(*FLEET, "mixedInstancesPolicy", SPOT)),
    Mutation("group-spot-strategy", "the cheapest types", put(*FLEET, "mixedInstancesPolicy", CHEAPEST)),
    Mutation(
        "group-load-balancer-health", "a target group and EC2 checks", put(*FLEET, "targetGroupArns", ["arn:aws:t"])
    ),
    Mutation("group-tags", "a tag that stays behind", put(*FLEET, "tags", 0, "propagateAtLaunch", OFF)),
    Mutation("group-template-version", "$Latest", put(*FLEET, "launchTemplate", "version", "$Latest")),
    Mutation(
        "group-refresh-rollback",
        "no rollback",
        put(*FLEET, "instanceRefresh", "preferences", "autoRollback", OFF),
        put(*FLEET, "instanceRefresh", REFRESH),
    ),
    Mutation(
        "group-refresh-rollback",
        "no refresh",
        cut(*FLEET, "instanceRefresh"),
        put(*FLEET, "instanceRefresh", REFRESH),
    ),
    Mutation("group-capacity-drift", "each deployment sets the size back", ignoring_nothing),
    Mutation("group-notifications", "nobody is told of launches", drop(aws.EVENT_RULE, "scaling-failures")),
    Mutation("group-notifications", "a rule without a target", drop(aws.EVENT_TARGET, "scaling-failures")),
    Mutation(
        "scaling-policy-alarm",
        "an alarm that no longer scales",
        put(aws.METRIC_ALARM, "cpu-high", "alarmActions", refs(ref(*TOPIC, "arn"))),
    ),
    Mutation(
        "group-warm-pool-size",
        "more waiting than may serve",
        put(*FLEET, "warmPool", "minSize", 5),
        config={"warmPool": "stopped"},
    ),
    Mutation(
        "group-warm-pool-size",
        "more prepared than may serve",
        put(*FLEET, "warmPool", "maxGroupPreparedCapacity", 5),
        config={"warmPool": "stopped"},
    ),
    Mutation(
        "group-scale-in-agrees",
        "a step that shrinks beside a target",
        put(aws.SCALING_POLICY, "scale-down", "enabled", ON),
        config={"cpuTarget": "50"},
    ),
)
