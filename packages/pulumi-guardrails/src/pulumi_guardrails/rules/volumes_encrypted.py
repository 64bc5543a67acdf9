"""Every volume is encrypted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, VOLUME


def _judge(resource: Resource) -> Iterator[str]:
    mapped = [item.get("ebs") for item in resource.items("blockDeviceMappings")]
    own = [resource.inputs] if resource.type == VOLUME else []
    volumes = [*mapped, *resource.items("ebsBlockDevices"), *resource.items("rootBlockDevice"), *own]
    for volume in volumes:
        if isinstance(volume, Mapping) and volume.get("encrypted") in (None, False, "false"):
            yield "a volume is not encrypted"
    if resource.type == LAUNCH_TEMPLATE and not resource.raw("blockDeviceMappings"):
        yield "it leaves the root volume to the image, which may not be encrypted"


RULE = Rule(
    id="volumes-encrypted",
    title="Every volume is encrypted",
    severity=MANDATORY,
    controls=("FSBP EC2.3", "FSBP EC2.181", "CIS 5.0 5.1.1", "CKV_AWS_3", "CKV_AWS_8", "AVD-AWS-0008", "AVD-AWS-0131"),
    why="A snapshot that is shared by mistake can be read by whoever gets it.",
    mend="Set encrypted on each block device, the root device too.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION, VOLUME), _judge),
)
