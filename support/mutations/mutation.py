"""A mutation, the resources that are changed most, and the changes that take more than a line."""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass, field, replace
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from embedded_pulumi.values import Archive, Asset
from pulumi_guardrails import types as aws
from pulumi_guardrails.model import Program
from support.programs import Change, cut, one, put

ANYWHERE = "0.0.0.0/0"
ON, OFF = True, False
TEMPLATE = (aws.LAUNCH_TEMPLATE, "instance")
FLEET = (aws.GROUP, "fleet")
HEALER = (aws.FUNCTION, "healer")
HEALER_ROLE = (aws.ROLE, "tap-healer-us-east-1-dev")
HEALER_POLICY = (aws.ROLE_POLICY, "tap-healer-us-east-1-dev")
INSTANCE_ROLE = (aws.ROLE, "tap-instance-us-east-1-dev")
TOPIC = (aws.TOPIC, "notifications")
TOPIC_POLICY = (aws.TOPIC_POLICY, "notifications")
KEY = (aws.KEY, "notifications")
INGRESS = (aws.INGRESS_RULE, "https-from-10.0.0.0/8")
EGRESS = (aws.EGRESS_RULE, "to-anywhere")
HEALER_LOG = (aws.LOG_GROUP, "healer-log")
PASSWORD = "#!/bin/bash\nsystemctl enable --now amazon-ssm-agent\nexport DB_PASSWORD=correct-horse-battery\n"
CLOSED = {"natStrategy": "none"}
PARAMETER = (aws.SSM_PARAMETER, "AmazonCloudWatch-tap-agent-dev")
EVERYBODY = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}


@dataclass(frozen=True)
class Mutation:
    """One thing changed.

    Attributes:
        rule: What is to find it.
        what: What was changed, as a phrase.
        change: Changes it.
        mended: Applied first, where the stack itself has an exception to the rule: with it the rule holds.
        config: The configuration of the stack that is changed.
    """

    rule: str
    what: str
    change: Change
    mended: Change | None = None
    config: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


def ignoring_nothing(program: Program) -> Program:
    group = one(program, *FLEET)
    return program.replaced(replace(group, options=replace(group.options, ignore_changes=())))


def silent_component(program: Program) -> Program:
    component = one(program, "tap:index:Compute")
    return program.replaced(replace(component, outputs=None))


def remote_component(program: Program) -> Program:
    return program.replaced(replace(one(program, "tap:index:Compute"), remote=True))


def never_asking(program: Program) -> Program:
    return replace(program, invokes=frozenset())


def registered_twice(program: Program) -> Program:
    return replace(program, resources=(*program.resources, one(program, *HEALER)))


def code(**files: str) -> Archive:
    return Archive(assets={name.replace("__", "."): Asset(text=text) for name, text in files.items()})


def encoded(script: str) -> str:
    return base64.b64encode(script.encode()).decode()


def in_parts(script: str) -> str:
    """The script as the second part of a compressed MIME document."""
    document = MIMEMultipart(boundary="boundary")
    for text in ("#!/bin/sh\ndate\n", script):
        document.attach(MIMEText(text, "x-shellscript", "utf-8"))
    return base64.b64encode(gzip.compress(document.as_bytes())).decode()


def in_one_zone(program: Program) -> Program:
    return put(aws.SUBNET, "public-b", "availabilityZone", "us-east-1a")(program)


def as_it_was(*place: str) -> Change:
    """Undo what `mended` did: leave the input out again."""
    return cut(place[0], place[1], place[2])
