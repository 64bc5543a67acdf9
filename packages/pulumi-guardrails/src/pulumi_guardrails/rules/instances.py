"""Instances, and the templates that they are launched from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from embedded_pulumi.values import UNKNOWN
from pulumi_guardrails.model import Program, Resource, as_list
from pulumi_guardrails.network import homes_of_instances, is_public
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import INSTANCE, KEY_GRANT, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, VOLUME

LAUNCHERS = (INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION)


@rule(
    MANDATORY,
    of=LAUNCHERS,
    controls=("FSBP EC2.8", "FSBP EC2.170", "FSBP AutoScaling.3", "CIS 5.0 5.7", "CKV_AWS_79"),
    mend="metadata_options: http_tokens='required', http_endpoint='enabled'.",
)
def imdsv2_required(resource: Resource) -> Iterator[str]:
    """Instance metadata is given to session tokens alone.

    Without tokens, a server that can be talked into fetching a URL hands out the role's credentials.
    """
    tokens = resource.value("metadataOptions", "httpTokens")
    off = resource.value("metadataOptions", "httpEndpoint") == "disabled"
    if resource.knows("metadataOptions", "httpTokens") and tokens != "required" and not off:
        yield f"metadataOptions.httpTokens is {tokens or 'not set'}, not required"


@rule(
    MANDATORY,
    of=LAUNCHERS,
    controls=("FSBP AutoScaling.4", "CKV_AWS_341"),
    mend="metadata_options: http_put_response_hop_limit=1.",
)
def imds_hop_limit(resource: Resource) -> Iterator[str]:
    """Instance metadata does not travel further than the instance.

    With more than one hop, every container on the instance can have the instance's credentials.
    """
    limit = resource.value("metadataOptions", "httpPutResponseHopLimit")
    if isinstance(limit, int | float) and limit > 1:
        yield f"metadata answers travel {int(limit)} hops"


@rule(
    ADVISORY,
    of=(INSTANCE, LAUNCH_TEMPLATE),
    controls=("FSBP EC2.170",),
    mend="metadata_options: http_endpoint='enabled' (or 'disabled').",
)
def imds_endpoint_explicit(resource: Resource) -> Iterator[str]:
    """Whether there is a metadata endpoint is written down.

    Where it is left out, the account's default decides, and may differ between accounts.
    """
    if resource.knows("metadataOptions") and resource.raw("metadataOptions", "httpEndpoint") is None:
        yield "metadataOptions.httpEndpoint is not set"


@rule(
    MANDATORY,
    of=LAUNCHERS,
    controls=("FSBP EC2.9", "FSBP EC2.25", "FSBP AutoScaling.5", "CKV_AWS_88", "AVD-AWS-0009", "seed:2"),
    mend="Set associate_public_ip_address to false.",
)
def instance_no_public_ip(resource: Resource) -> Iterator[str]:
    """Instances get no public address.

    A public address is a door; the way in is Session Manager.
    """
    interfaces = resource.items("networkInterfaces")
    named = [resource.value("associatePublicIpAddress"), *(each.get("associatePublicIpAddress") for each in interfaces)]
    if any(value in (True, "true") for value in named):
        yield "instances get a public address (associatePublicIpAddress)"


@rule(
    MANDATORY,
    controls=("seed:3", "FSBP EC2.9", "CKV2_AWS_44"),
    mend="Launch them in private subnets; let them out through a NAT gateway or VPC endpoints.",
)
def instances_in_private_subnets(program: Program) -> Iterator[Violation]:
    """Instances live in subnets without a route to an internet gateway.

    In a public subnet one wrong flag puts the fleet on the internet.
    """
    for launcher, subnet in homes_of_instances(program):
        if is_public(program, subnet):
            yield Violation(
                launcher.urn, f"it launches instances in {subnet.name}, which has a route to an internet gateway"
            )


@rule(ADVISORY, of=(INSTANCE, LAUNCH_TEMPLATE), controls=("FSBP EC2.17",), mend="Describe one network interface.")
def instance_one_interface(resource: Resource) -> Iterator[str]:
    """Instances have one network interface.

    A second interface is a way around the security group of the first.
    """
    count = len(resource.items("networkInterfaces"))
    if count > 1:
        yield f"it has {count} network interfaces"


@rule(MANDATORY, of=LAUNCHERS, controls=("seed:2",), mend="Leave key_name out; use `aws ssm start-session`.")
def instance_no_key_pair(resource: Resource) -> Iterator[str]:
    """Instances have no key pair.

    A key pair is a password that nobody changes, for a door that should not be there.
    """
    if resource.raw("keyName") not in (None, ""):
        yield "it has a key pair (keyName)"


@rule(
    MANDATORY,
    of=(*LAUNCHERS, VOLUME),
    controls=(
        "FSBP EC2.3",
        "FSBP EC2.181",
        "CIS 5.0 5.1.1",
        "CKV_AWS_3",
        "CKV_AWS_8",
        "AVD-AWS-0008",
        "AVD-AWS-0026",
        "AVD-AWS-0131",
    ),
    mend="Set encrypted on each block device, the root device too.",
)
def volumes_encrypted(resource: Resource) -> Iterator[str]:
    """Every volume is encrypted.

    A snapshot that is shared by mistake can be read by whoever gets it.
    """
    mapped = [item.get("ebs") for item in resource.items("blockDeviceMappings")]
    own = [resource.inputs] if resource.type == VOLUME else []
    volumes = [*mapped, *resource.items("ebsBlockDevices"), *resource.items("rootBlockDevice"), *own]
    for volume in volumes:
        if isinstance(volume, Mapping) and volume.get("encrypted") in (None, False, "false"):
            yield "a volume is not encrypted"
    if resource.type == LAUNCH_TEMPLATE and not resource.raw("blockDeviceMappings"):
        yield "it leaves the root volume to the image, which may not be encrypted"


@rule(ADVISORY, controls=("seed:3",), mend="Add an aws.kms.Grant on the key for the group's service-linked role.")
def volume_key_grant(program: Program) -> Iterator[Violation]:
    """A key that a launch template's volumes name is granted to whom launches from it.

    Auto Scaling's role may use AWS's own keys alone: with another one each instance ends as soon as it begins, with
    Client.InternalError. A statement in the policy of a key that the program does not make cannot be seen here.
    """
    granted = {grant.raw("keyId") for grant in program.of(KEY_GRANT)}
    for template in program.of(LAUNCH_TEMPLATE):
        volumes = [item.get("ebs") for item in template.items("blockDeviceMappings")]
        named = {volume.get("kmsKeyId") for volume in volumes if isinstance(volume, Mapping)}
        for key in sorted(each for each in named - granted if isinstance(each, str) and each):
            yield Violation(template.urn, f"its volumes name {key}, for which there is no grant")


@rule(ADVISORY, of=(INSTANCE, LAUNCH_TEMPLATE), controls=("CKV_AWS_135",), mend="Set ebs_optimized.")
def instance_ebs_optimized(resource: Resource) -> Iterator[str]:
    """Volumes have a bandwidth of their own.

    Otherwise reading a disk and answering a request take turns.
    """
    if resource.knows("ebsOptimized") and not resource.is_true("ebsOptimized"):
        yield "it is not EBS-optimized"


@rule(ADVISORY, of=(INSTANCE, LAUNCH_TEMPLATE), controls=("CKV_AWS_126",), mend="monitoring: enabled=True.")
def instance_detailed_monitoring(resource: Resource) -> Iterator[str]:
    """Instances report every minute.

    With a report every five minutes, alarms and scaling are five minutes late.
    """
    enabled = resource.is_true("monitoring", "enabled") or resource.value("monitoring") is True
    if resource.knows("monitoring") and resource.knows("monitoring", "enabled") and not enabled:
        yield "detailed monitoring is off"


@rule(
    ADVISORY,
    of=LAUNCH_TEMPLATE,
    controls=("CKV_AWS_153", "FSBP AutoScaling.10"),
    mend="Add tag_specifications for instance and volume.",
)
def tags_at_launch(template: Resource) -> Iterator[str]:
    """What a launch template launches is tagged.

    A provider's default tags reach neither instances nor their volumes: costs and owners get lost.
    """
    specifications = as_list(template.value("tagSpecifications"))
    tagged = {
        str(item.get("resourceType")) for item in specifications if isinstance(item, Mapping) and item.get("tags")
    }
    unknown = UNKNOWN in specifications or str(UNKNOWN) in tagged or not template.knows("tagSpecifications")
    untagged = sorted({"instance", "volume"} - tagged)
    if untagged and not unknown:
        yield f"no tags at launch for: {', '.join(untagged)}"
