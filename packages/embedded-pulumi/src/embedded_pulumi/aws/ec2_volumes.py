"""EBS's volumes, what attaches them to instances, and what an Elastic IP address belongs to."""

from __future__ import annotations

import zlib
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, by_filter, once_free, one, wait_gone
from embedded_pulumi.aws.fields import Flag, Moment, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties

_WITH_IOPS = frozenset({"gp3", "io1", "io2"})
_CREATED = (
    *("availabilityZone", "encrypted", "iops", "kmsKeyId", "multiAttachEnabled", "size", "snapshotId"),
    *("throughput", "type"),
)
_NAMES = {"type": "VolumeType"}
_OWNERS = ("InstanceId", "NetworkInterfaceId")


class Volume(Ec2Type):
    """A volume.

    Source: terraform-provider-aws/internal/service/ec2/ebs_volume.go (0073593e7d69, 2025), read on 2026-11-30.
    """

    type_ = "aws:ebs/volume:Volume"
    inputs = {
        "availabilityZone": Text(required=True, force_new=True),
        "encrypted": Flag(computed=True, force_new=True),
        "finalSnapshot": Flag(default=False),
        "iops": Whole(computed=True),
        "kmsKeyId": ArnText(computed=True, force_new=True),
        "multiAttachEnabled": Flag(force_new=True),
        "size": Whole(computed=True),
        "snapshotId": Text(computed=True, force_new=True),
        "throughput": Whole(computed=True, at_least=125, at_most=1000),
        "type": Text(computed=True),
    }
    outputs = ("arn", "createTime")
    unsupported = ("outpostArn", "volumeInitializationRate")

    def check(self, inputs: Properties) -> list[CheckFailure]:
        kind, failures = inputs.get("type"), []
        if "size" not in inputs and "snapshotId" not in inputs:
            failures.append(CheckFailure("size", "one of size, snapshotId is required"))
        if kind is UNKNOWN:
            return failures
        if kind in {"io1", "io2"} and not inputs.get("iops"):
            failures.append(CheckFailure("iops", f"must be set when type is {kind}"))
        if kind not in _WITH_IOPS and inputs.get("iops") not in (None, 0, UNKNOWN):
            failures.append(CheckFailure("iops", f"must not be set when type is {kind or 'gp2'}"))
        if kind not in {"io1", "io2"} and inputs.get("multiAttachEnabled") is True:
            failures.append(CheckFailure("multiAttachEnabled", f"must not be set when type is {kind or 'gp2'}"))
        if kind != "gp3" and inputs.get("throughput") not in (None, 0, UNKNOWN):
            failures.append(CheckFailure("throughput", f"must not be set when type is {kind or 'gp2'}"))
        return failures

    def create(self, aws: Session, props: Properties) -> str:
        asked = {_NAMES.get(n, n[0].upper() + n[1:]): props[n] for n in _CREATED if props.get(n)}
        answer = aws.ec2.create_volume(**asked, TagSpecifications=tags.specification("volume", props["tagsAll"]))
        return str(answer["VolumeId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        def available() -> bool | None:
            return (self.find(aws, id_, props) or {}).get("State") in {"available", "in-use"} or None

        wait_for(f"volume {id_}", available)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = one(aws.ec2.describe_volumes, "Volumes", VolumeIds=[id_])
        return None if found is None or found["State"] in {"deleting", "deleted"} else found

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": aws.arn("ec2", f"volume/{id_}"),
            "availabilityZone": found["AvailabilityZone"],
            "createTime": Moment().from_aws(found["CreateTime"]),
            "encrypted": found["Encrypted"],
            "iops": found.get("Iops", 0),
            "kmsKeyId": found.get("KmsKeyId", ""),
            "multiAttachEnabled": found.get("MultiAttachEnabled", False),
            "size": found["Size"],
            "snapshotId": found.get("SnapshotId", ""),
            "throughput": found.get("Throughput", 0),
            "type": found["VolumeType"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if not change.has("iops", "size", "throughput", "type"):
            return
        kind, throughput = change.get("type"), change.get("throughput")
        asked: dict[str, Any] = {"VolumeType": kind} if change.has("type") else {}
        if change.has("size"):
            asked["Size"] = change.get("size")
        if change.has("iops") or (change.has("type") and kind in _WITH_IOPS and change.get("iops")):
            asked["Iops"] = change.get("iops")
        if throughput and kind == "gp3":
            asked["Throughput"] = throughput
        aws.ec2.modify_volume(VolumeId=id_, **asked)

        def modified() -> bool | None:
            told = aws.ec2.describe_volumes_modifications(VolumeIds=[id_])["VolumesModifications"]
            return not told or told[-1]["ModificationState"] in {"optimizing", "completed"} or None

        wait_for(f"volume {id_} to be modified", modified)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("finalSnapshot") and self.find(aws, id_, state):
            mark = tags.specification("snapshot", state.get("tagsAll") or {})
            snapshot = aws.ec2.create_snapshot(VolumeId=id_, TagSpecifications=mark)["SnapshotId"]

            def completed() -> bool | None:
                found = one(aws.ec2.describe_snapshots, "Snapshots", SnapshotIds=[snapshot])
                return (found or {}).get("State") == "completed" or None

            wait_for(f"snapshot {snapshot}", completed)
        once_free(f"volume {id_}", aws.ec2.delete_volume, lambda: _users(aws, id_), timeout=10 * 60, VolumeId=id_)
        wait_gone(f"volume {id_}", lambda: self.find(aws, id_, state))


def _users(aws: Session, id_: str) -> list[str]:
    found = one(aws.ec2.describe_volumes, "Volumes", VolumeIds=[id_])
    return [str(each["InstanceId"]) for each in (found or {}).get("Attachments", ())]


class VolumeAttachment(ResourceType):
    """A volume at an instance. Its id is a number made of device, instance and volume.

    Source: terraform-provider-aws/internal/service/ec2/ebs_volume_attachment.go (0620f2a6a126, 2025), read on
    2026-11-30.
    """

    type_ = "aws:ec2/volumeAttachment:VolumeAttachment"
    inputs = {
        "deviceName": Text(required=True, force_new=True),
        "forceDetach": Flag(),
        "instanceId": Text(required=True, force_new=True),
        "skipDestroy": Flag(),
        "stopInstanceBeforeDetaching": Flag(),
        "volumeId": Text(required=True, force_new=True),
    }

    def create(self, aws: Session, props: Properties) -> str:
        if self.find(aws, "", props) is None:

            def ready() -> bool | None:
                return _state(aws, props["instanceId"]) in {"running", "stopped"} or None

            wait_for(f"instance {props['instanceId']}", ready)
            aws.ec2.attach_volume(**_ends(props))
        return self.locate(aws, props)

    def locate(self, aws: Session, props: Properties) -> str:
        text = f"{props['deviceName']}-{props['instanceId']}-{props['volumeId']}-"
        return f"vai-{zlib.crc32(text.encode())}"

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        def attached() -> bool | None:
            return (self.find(aws, id_, props) or {}).get("State") == "attached" or None

        wait_for(f"volume {props['volumeId']} to be attached", attached)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        ends = state if state.get("volumeId") else _parts(id_)
        volume = one(aws.ec2.describe_volumes, "Volumes", VolumeIds=[ends["volumeId"]])
        for each in (volume or {}).get("Attachments", ()):
            same = (each["Device"], each["InstanceId"]) == (ends["deviceName"], ends["instanceId"])
            if same and each.get("State") != "detached":
                return {**each, "VolumeId": ends["volumeId"]}
        return None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        ends = {
            "deviceName": found["Device"],
            "instanceId": found["InstanceId"],
            "volumeId": found["VolumeId"],
        }
        return {**ends, "id": self.locate(aws, ends)}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("skipDestroy"):
            return
        instance = state["instanceId"]
        if state.get("stopInstanceBeforeDetaching"):
            aws.ec2.stop_instances(InstanceIds=[instance])
            wait_for(f"instance {instance} to stop", lambda: _state(aws, instance) == "stopped" or None)
        if self.find(aws, id_, state):
            aws.ec2.detach_volume(**_ends(state), Force=bool(state.get("forceDetach")))
        wait_gone(f"the attachment of {state['volumeId']}", lambda: self.find(aws, id_, state))


def _ends(props: Properties) -> dict[str, Any]:
    return {"Device": props["deviceName"], "InstanceId": props["instanceId"], "VolumeId": props["volumeId"]}


def _state(aws: Session, instance: str) -> str:
    found = one(aws.ec2.describe_instances, "Reservations", InstanceIds=[instance])
    return str(found["Instances"][0]["State"]["Name"]) if found else ""


def _parts(id_: str) -> Properties:
    parts = id_.split(":")
    if len(parts) != len(("device", "volume", "instance")) or not all(parts):
        raise ProviderError(f"{id_!r} is not an attachment's import id; accepted: <device>:<volume>:<instance>")
    return dict(zip(("deviceName", "volumeId", "instanceId"), parts, strict=True))


class EipAssociation(ResourceType):
    """What an Elastic IP address belongs to. A change makes another association.

    Source: terraform-provider-aws/internal/service/ec2/ec2_eip_association.go (01c08000ddb1), read on 2026-11-30,
    without EC2-Classic, which is gone.
    """

    type_ = "aws:ec2/eipAssociation:EipAssociation"
    inputs = {
        "allocationId": Text(computed=True, force_new=True),
        "allowReassociation": Flag(force_new=True),
        "instanceId": Text(computed=True, force_new=True),
        "networkInterfaceId": Text(computed=True, force_new=True),
        "privateIpAddress": Text(computed=True, force_new=True),
        "publicIp": Text(computed=True, force_new=True),
    }

    def create(self, aws: Session, props: Properties) -> str:
        asked = {name[0].upper() + name[1:]: props[name] for name in self.inputs if props.get(name)}
        return str(aws.ec2.associate_address(**asked)["AssociationId"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        """The association that is as it was asked for."""
        which = "allocation-id" if props.get("allocationId") else "public-ip"
        filters = by_filter(which, props.get("allocationId") or props.get("publicIp") or "")
        found = one(aws.ec2.describe_addresses, "Addresses", Filters=filters) or {}
        asked = [props.get(name) for name in ("instanceId", "networkInterfaceId")]
        same = [wish in (None, found.get(key)) for wish, key in zip(asked, _OWNERS, strict=True)]
        return found.get("AssociationId") if all(same) else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_addresses, "Addresses", Filters=by_filter("association-id", id_))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        names = ("allocationId", "instanceId", "networkInterfaceId", "privateIpAddress", "publicIp")
        return {name: found.get(name[0].upper() + name[1:], "") for name in names}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ec2.disassociate_address(AssociationId=id_)


TYPES = (Volume, VolumeAttachment, EipAssociation)
