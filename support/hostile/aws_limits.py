"""AWS's limits on names, texts, tags and numbers of things, as far as a program decides them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from pulumi_guardrails import types
from pulumi_guardrails.model import Plain, Program

_WORD = r"[A-Za-z0-9_-]"
LIMITS: Mapping[tuple[str, str], str] = {
    (types.ROLE, "name"): r"[\w+=,.@-]{1,64}",
    (types.ROLE, "description"): r"[ -~]{0,1000}",
    (types.ROLE_POLICY, "name"): r"[\w+=,.@-]{1,128}",
    (types.INSTANCE_PROFILE, "name"): r"[\w+=,.@-]{1,128}",
    (types.FUNCTION, "name"): rf"{_WORD}{{1,64}}",
    (types.FUNCTION, "description"): r".{0,256}",
    (types.PERMISSION, "statementId"): rf"{_WORD}{{1,100}}",
    (types.EVENT_RULE, "name"): r"[\w.-]{1,64}",
    (types.EVENT_RULE, "description"): r".{0,512}",
    (types.EVENT_RULE, "eventPattern"): r".{0,2048}",
    (types.EVENT_TARGET, "targetId"): r"[\w.-]{1,64}",
    (types.LOG_GROUP, "name"): r"[\w./#-]{1,512}",
    (types.METRIC_ALARM, "name"): r"[ -~]{1,255}",
    (types.METRIC_ALARM, "alarmDescription"): r".{0,1024}",
    (types.TOPIC, "name"): rf"{_WORD}{{1,256}}",
    (types.TOPIC_SUBSCRIPTION, "endpoint"): r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9.-]+",
    ("aws:kms/alias:Alias", "name"): r"alias/(?!aws/)[\w/-]{1,250}",
    (types.SSM_PARAMETER, "name"): r"(?!aws|ssm)[\w./-]{1,1011}",
    (types.SSM_PARAMETER, "value"): r".{1,4096}",
    (types.LAUNCH_TEMPLATE, "name"): r"[\w()./-]{3,128}",
    (types.LAUNCH_TEMPLATE, "description"): r"[ -~]{0,255}",
    (types.LAUNCH_TEMPLATE, "imageId"): r"ami-[0-9a-f]{8,17}",
    (types.LAUNCH_TEMPLATE, "instanceType"): r"[a-z0-9-]+\.[a-z0-9-]+",
    (types.GROUP, "name"): r"[!-9;-~]{1,255}",
    (types.SCALING_POLICY, "name"): r"[!-~]{1,255}",
    (types.SECURITY_GROUP, "name"): r"(?!sg-)[\w ./()#,@\[\]+=&;{}!$*:-]{1,255}",
    (types.SECURITY_GROUP, "description"): r"[\w ./()#,@\[\]+=&;{}!$*:-]{1,255}",
    (types.INGRESS_RULE, "description"): r"[\w ./()#,@\[\]+=&;{}!$*:-]{0,255}",
    (types.EGRESS_RULE, "description"): r"[\w ./()#,@\[\]+=&;{}!$*:-]{0,255}",
    (types.SUBNET, "availabilityZone"): r"[a-z]{2,4}(-[a-z]+)+-\d[a-h]",
    (types.VPC_ENDPOINT, "serviceName"): r"(cn\.)?com\.amazonaws\.[a-z0-9-]+\.[a-z0-9.-]+",
}
"""Type and property to what AWS takes (the `Pattern` and lengths of each API reference), in ASCII."""

_MOST = {types.INGRESS_RULE: 60, types.EGRESS_RULE: 60, types.SUBNET: 200}
"""AWS's quotas for one security group, and for one VPC."""


def wrong_names(program: Program) -> Iterator[str]:
    for (type_, name), pattern in LIMITS.items():
        for resource in program.of(type_):
            value = resource.value(name)
            if isinstance(value, str) and not re.fullmatch(pattern, without_references(value), re.ASCII):
                yield f"{resource.name}: {name} = {value!a} is not {pattern}"
    for type_, most in _MOST.items():
        if len(program.of(type_)) > most:
            yield f"{len(program.of(type_))} of {type_}, more than {most}"
    urns = [resource.urn for resource in program.resources]
    if len(set(urns)) < len(urns):
        yield "two resources of one name"


def without_references(text: str) -> str:
    return re.sub(r"\$\{[\w./:-]+\.\w+\}", "x", text)


def wrong_tags(program: Program) -> Iterator[str]:
    for resource in program.resources:
        every = [resource.tags or {}, *(item.get("tags") or {} for item in resource.items("tagSpecifications"))]
        for tags in every:
            yield from (f"{resource.name}: {problem}" for problem in _wrong_in(tags))


def _wrong_in(tags: Mapping[str, Plain]) -> Iterator[str]:
    if len(tags) > 50:
        yield f"{len(tags)} tags"
    if len({key.casefold() for key in tags}) < len(tags):
        yield "two tags that differ in case alone"
    for key, value in tags.items():
        if key.casefold().startswith("aws:") or not _is_tag(key, 128) or not key or not _is_tag(str(value), 256):
            yield f"tag {key!a} = {value!a}"


def _is_tag(text: str, longest: int) -> bool:
    """AWS's `[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*`, of which no separator but the blank is of any use."""
    return len(text) <= longest and all(
        letter in " _.:/=+-@" or unicodedata.category(letter)[0] in "LN" for letter in text
    )
