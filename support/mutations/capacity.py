"""What the fleet is at which time, and what its instances have, with one thing changed."""

from __future__ import annotations

import json

from pulumi_guardrails import types as aws
from support.programs import both, cut, put

from .mutation import FLEET, TEMPLATE, Mutation

MORNING = (aws.SCHEDULE, "schedule-morning")
BY_THE_CLOCK = {"schedules": json.dumps({"morning": {"recurrence": "0 6 * * 1-5", "desiredCapacity": 4}})}
OWN_BOOT = {"userDataFile": "tests/deployed/boot/web.sh"}
MORE_DISKS = {"dataVolumes": "/dev/sdf=20"}

CAPACITY = (
    Mutation(
        "schedule-within-group",
        "no instances in the morning",
        put(*MORNING, "desiredCapacity", 0),
        config=BY_THE_CLOCK,
    ),
    Mutation(
        "schedule-within-group",
        "more than the group may have",
        put(*MORNING, "desiredCapacity", 5),
        config=BY_THE_CLOCK,
    ),
    Mutation("schedule-within-group", "a largest size of 0", cut(*MORNING, "maxSize"), config=BY_THE_CLOCK),
    Mutation(
        "launch-hook-abandons",
        "a boot that failed goes into service",
        both(
            put(aws.LIFECYCLE_HOOK, "boot", "defaultResult", "CONTINUE"),
            put(*FLEET, "initialLifecycleHooks", 0, "defaultResult", "CONTINUE"),
        ),
        config=OWN_BOOT,
    ),
    Mutation(
        "volumes-encrypted",
        "a data volume in clear",
        put(*TEMPLATE, "blockDeviceMappings", 1, "ebs", "encrypted", "false"),
        config=MORE_DISKS,
    ),
)
