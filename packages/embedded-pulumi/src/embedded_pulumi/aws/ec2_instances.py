"""EC2's instances and key pairs."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, by_filter, one, wait_gone
from embedded_pulumi.aws.fields import Changes, Flag, Text, Whole, kind_of
from embedded_pulumi.aws.formats import Address
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, SetOf, request
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties

_PATIENCE = 600.0  # seconds, as the real provider's default timeouts
_TYPES = ("standard", "io1", "io2", "gp2", "gp3", "sc1", "st1")
_FIXED: Fields = {
    "encrypted": Flag(computed=True, force_new=True),
    "kmsKeyId": Text(computed=True, force_new=True),
}
_ROOT: Fields = {
    "deleteOnTermination": Flag(default=True),
    "deviceName": Text(computed=True),
    "iops": Whole(computed=True),
    "throughput": Whole(computed=True),
    "volumeId": Text(computed=True),
    "volumeSize": Whole(computed=True),
    "volumeType": Text(computed=True, one_of=_TYPES),
    **_FIXED,
}
_DATA: Fields = {
    "deleteOnTermination": Flag(default=True, force_new=True),
    "deviceName": Text(required=True, force_new=True),
    "iops": Whole(computed=True, force_new=True),
    "snapshotId": Text(computed=True, force_new=True),
    "throughput": Whole(computed=True, force_new=True),
    "volumeId": Text(computed=True),
    "volumeSize": Whole(computed=True, force_new=True),
    "volumeType": Text(computed=True, force_new=True, one_of=_TYPES),
    **_FIXED,
}
_SIZES = ("iops", "throughput", "volumeSize", "volumeType")
_UNTAGGED = ("tags", "tagsAll")
_METADATA: Fields = {
    "httpEndpoint": Text(computed=True, one_of=("disabled", "enabled")),
    "httpProtocolIpv6": Text(computed=True, one_of=("disabled", "enabled")),
    "httpPutResponseHopLimit": Whole(computed=True, at_least=1, at_most=64),
    "httpTokens": Text(computed=True, one_of=("optional", "required")),
    "instanceMetadataTags": Text(computed=True, one_of=("disabled", "enabled")),
}
_TEMPLATE: Fields = {
    "id": Text(computed=True, force_new=True, aws="LaunchTemplateId"),
    "name": Text(computed=True, force_new=True, aws="LaunchTemplateName"),
    "version": Text(default="$Default", force_new=True, min_length=1, max_length=255),
}
_FLAGS = {"disableApiStop": "DisableApiStop", "disableApiTermination": "DisableApiTermination",
          "sourceDestCheck": "SourceDestCheck"}  # fmt: skip
_RESTARTED = ("instanceType", "userData", "userDataBase64")
_GONE = ("shutting-down", "terminated")


class SingleInstance(Ec2Type):
    """An instance. Another type, or other user data, stops it and starts it again.

    The user data is the text, or base64 if that is how a program gives it. A launch template of another version
    replaces the instance, also where it runs that version already.

    Source: terraform-provider-aws/internal/service/ec2/ec2_instance.go (0015dfcd06d5), read on 2026-11-30; since
    version 6 of the provider the state has user data in clear, and no hash of it.
    """

    type_ = "aws:ec2/instance:Instance"
    inputs = {
        "ami": Text(computed=True, force_new=True),
        "associatePublicIpAddress": Flag(computed=True, force_new=True),
        "availabilityZone": Text(computed=True, force_new=True),
        "disableApiStop": Flag(computed=True),
        "disableApiTermination": Flag(computed=True),
        "ebsBlockDevices": SetOf(computed=True, force_new=True, item=Block(fields=_DATA, unsupported=_UNTAGGED)),
        "ebsOptimized": Flag(computed=True, force_new=True),
        "forceDestroy": Flag(default=False),
        "iamInstanceProfile": Text(computed=True),
        "instanceInitiatedShutdownBehavior": Text(computed=True, one_of=("stop", "terminate")),
        "instanceType": Text(computed=True),
        "keyName": Text(computed=True, force_new=True),
        "launchTemplate": Block(force_new=True, fields=_TEMPLATE, at_most_one=(("id", "name"),)),
        "metadataOptions": Block(computed=True, fields=_METADATA),
        "monitoring": Flag(computed=True),
        "privateIp": Address(computed=True, force_new=True),
        "rootBlockDevice": Block(computed=True, fields=_ROOT, unsupported=_UNTAGGED),
        "securityGroups": SetOf(computed=True, force_new=True),
        "sourceDestCheck": Flag(default=True),
        "subnetId": Text(computed=True, force_new=True),
        "tenancy": Text(computed=True, force_new=True, one_of=("default", "dedicated", "host")),
        "userData": Text(computed=True, max_length=16384),
        "userDataBase64": Text(computed=True),
        "userDataReplaceOnChange": Flag(default=False),
        "vpcSecurityGroupIds": SetOf(computed=True),
    }
    outputs = (
        *("arn", "instanceLifecycle", "instanceState", "outpostArn", "passwordData", "primaryNetworkInterfaceId"),
        *("privateDns", "publicDns", "publicIp", "spotInstanceRequestId"),
    )
    renewed = {"publicDns": _RESTARTED, "publicIp": _RESTARTED}
    at_most_one = (("userData", "userDataBase64"),)
    unsupported = (
        *("capacityReservationSpecification", "cpuOptions", "creditSpecification", "enablePrimaryIpv6"),
        *("enclaveOptions", "ephemeralBlockDevices", "getPasswordData", "hibernation", "hostId"),
        *("hostResourceGroupArn", "instanceMarketOptions", "ipv6AddressCount", "ipv6Addresses"),
        *("maintenanceOptions", "networkInterfaces", "placementGroup", "placementGroupId"),
        *("placementPartitionNumber", "primaryNetworkInterface", "privateDnsNameOptions"),
        *("secondaryNetworkInterfaces", "secondaryPrivateIps", "volumeTags"),
    )

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if "launchTemplate" not in inputs:
            failures = [CheckFailure(name, "is required without launchTemplate") for name in ("ami", "instanceType")
                        if not inputs.get(name)]  # fmt: skip
        else:
            failures = []
        given = inputs.get("userDataBase64")
        if given not in (None, UNKNOWN) and not _is_base64(given):
            failures.append(CheckFailure("userDataBase64", "is not base64"))
        return failures

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.ec2.run_instances(
            MinCount=1,
            MaxCount=1,
            **self._launch(aws, props),
            TagSpecifications=tags.specification("instance", props["tagsAll"]),
        )
        return str(answer["Instances"][0]["InstanceId"])

    def _launch(self, aws: Session, props: Properties) -> dict[str, Any]:
        """The parameters of RunInstances."""
        names = {
            "ami": "ImageId",
            "disableApiStop": "DisableApiStop",
            "disableApiTermination": "DisableApiTermination",
            "ebsOptimized": "EbsOptimized",
            "instanceInitiatedShutdownBehavior": "InstanceInitiatedShutdownBehavior",
            "instanceType": "InstanceType",
            "keyName": "KeyName",
        }
        asked = {parameter: props[name] for name, parameter in names.items() if props.get(name)}
        if props.get("iamInstanceProfile"):
            asked["IamInstanceProfile"] = {"Name": props["iamInstanceProfile"]}
        if props.get("launchTemplate"):
            asked["LaunchTemplate"] = self.inputs["launchTemplate"].to_aws(props["launchTemplate"])
        if props.get("metadataOptions"):
            asked["MetadataOptions"] = self.inputs["metadataOptions"].to_aws(props["metadataOptions"])
        if props.get("monitoring") is not None:
            asked["Monitoring"] = {"Enabled": props["monitoring"]}
        placement = {"AvailabilityZone": props.get("availabilityZone"), "Tenancy": props.get("tenancy")}
        if any(placement.values()):
            asked["Placement"] = {name: value for name, value in placement.items() if value}
        if (text := _text(props)) is not None:
            asked["UserData"] = text
        devices = self._devices(aws, props)
        return {**asked, **({"BlockDeviceMappings": devices} if devices else {}), **self._place(props)}

    def _place(self, props: Properties) -> dict[str, Any]:
        """Where in a network it is: on the instance, or on an interface if a public address is wanted or not."""
        groups = props.get("vpcSecurityGroupIds")
        if props.get("associatePublicIpAddress") is not None and props.get("subnetId"):
            interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": props["associatePublicIpAddress"]}
            more = {"SubnetId": props["subnetId"], "PrivateIpAddress": props.get("privateIp"), "Groups": groups}
            return {"NetworkInterfaces": [interface | {name: value for name, value in more.items() if value}]}
        more = {
            "SubnetId": props.get("subnetId"),
            "PrivateIpAddress": props.get("privateIp"),
            "SecurityGroupIds": groups,
            "SecurityGroups": props.get("securityGroups"),
        }
        return {name: value for name, value in more.items() if value}

    def _devices(self, aws: Session, props: Properties) -> list[dict[str, Any]]:
        devices = [_mapping(each, each["deviceName"]) for each in props.get("ebsBlockDevices") or ()]
        if props.get("rootBlockDevice"):
            devices.append(_mapping(props["rootBlockDevice"], _root_of(aws, props)))
        return devices

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        wait_for(f"instance {id_} to run", lambda: self._in_state(aws, id_, "running"), timeout=_PATIENCE)
        if not props["sourceDestCheck"]:
            aws.ec2.modify_instance_attribute(InstanceId=id_, SourceDestCheck={"Value": False})

    def _in_state(self, aws: Session, id_: str, state: str) -> bool | None:
        found = self.find(aws, id_, {})
        if found is None:
            raise ProviderError(f"instance {id_} ended while it was waited for")
        return True if found["State"]["Name"] == state else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        reservation = one(aws.ec2.describe_instances, "Reservations", InstanceIds=[id_])
        found = reservation["Instances"][0] if reservation else None
        return None if found is None or found["State"]["Name"] in _GONE else dict(found)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        first: Mapping[str, Any] = next(iter(found.get("NetworkInterfaces", ())), {})
        return {
            "arn": aws.arn("ec2", f"instance/{id_}"),
            "ami": found["ImageId"],
            "associatePublicIpAddress": bool(first.get("Association", {}).get("PublicIp")),
            "availabilityZone": found["Placement"]["AvailabilityZone"],
            "ebsOptimized": found.get("EbsOptimized", False),
            "iamInstanceProfile": found.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2],
            "instanceLifecycle": found.get("InstanceLifecycle", ""),
            "instanceState": found["State"]["Name"],
            "instanceType": found["InstanceType"],
            "keyName": found.get("KeyName", ""),
            "metadataOptions": self.inputs["metadataOptions"].from_aws(found.get("MetadataOptions", {})),
            "monitoring": found["Monitoring"]["State"] in ("enabled", "pending"),
            "outpostArn": found.get("OutpostArn", ""),
            "passwordData": "",
            "primaryNetworkInterfaceId": first.get("NetworkInterfaceId", ""),
            "privateDns": found.get("PrivateDnsName", ""),
            "privateIp": found.get("PrivateIpAddress"),
            "publicDns": found.get("PublicDnsName", ""),
            "publicIp": found.get("PublicIpAddress", ""),
            "sourceDestCheck": found.get("SourceDestCheck", True),
            "spotInstanceRequestId": found.get("SpotInstanceRequestId", ""),
            "subnetId": found.get("SubnetId"),
            "tenancy": found["Placement"].get("Tenancy", "default"),
            "vpcSecurityGroupIds": [each["GroupId"] for each in found.get("SecurityGroups", ())],
            **({} if state.get("securityGroups") else {"securityGroups": []}),
            **self._attributes(aws, id_, state),
            **self._volumes(aws, id_, found),
        }

    def _attributes(self, aws: Session, id_: str, state: Properties) -> Properties:
        """What DescribeInstances does not tell."""

        def attribute(name: str) -> Any:
            answer = aws.ec2.describe_instance_attribute(InstanceId=id_, Attribute=name)
            return answer.get(name[0].upper() + name[1:], {}).get("Value")

        told: Properties = {name: bool(attribute(name)) for name in ("disableApiStop", "disableApiTermination")}
        told["instanceInitiatedShutdownBehavior"] = attribute("instanceInitiatedShutdownBehavior") or "stop"
        encoded = attribute("userData") or ""
        if state.get("userDataBase64"):
            return {**told, "userDataBase64": encoded}
        return {**told, "userData": base64.b64decode(encoded).decode(errors="replace")}

    def _volumes(self, aws: Session, id_: str, found: Description) -> Properties:
        attached = aws.ec2.describe_volumes(Filters=by_filter("attachment.instance-id", id_))["Volumes"]
        volumes = {each["VolumeId"]: each for each in attached}
        root, others = None, []
        for mapping in found.get("BlockDeviceMappings", ()):
            ebs = mapping.get("Ebs", {})
            if ebs.get("VolumeId") not in volumes:
                continue
            told = _volume(volumes[ebs["VolumeId"]], mapping)
            if mapping["DeviceName"] == found.get("RootDeviceName"):
                root = {name: value for name, value in told.items() if name != "snapshotId"}
            else:
                others.append(told)
        return {"rootBlockDevice": root, "ebsBlockDevices": others}

    def compare(self, state: Properties, news: Properties) -> Changes:
        """User data that replaces the instance, if the program wants that."""
        if not news.get("userDataReplaceOnChange"):
            return {}
        changed = (
            name
            for name in ("userData", "userDataBase64")
            if self.inputs[name].diff(name, state.get(name), news.get(name))
        )
        return {name: kind_of(state.get(name), news.get(name), replace=True) for name in changed}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        ec2 = aws.ec2
        if change.has("iamInstanceProfile"):
            self._give_profile(aws, id_, change.new["iamInstanceProfile"])
        for name, parameter in _FLAGS.items():
            if change.has(name):
                ec2.modify_instance_attribute(InstanceId=id_, **{parameter: {"Value": change.new[name]}})
        if change.has("vpcSecurityGroupIds"):
            ec2.modify_instance_attribute(InstanceId=id_, Groups=change.new["vpcSecurityGroupIds"])
        if change.has("instanceInitiatedShutdownBehavior"):
            wish = {"Value": change.new["instanceInitiatedShutdownBehavior"]}
            ec2.modify_instance_attribute(InstanceId=id_, InstanceInitiatedShutdownBehavior=wish)
        if change.has("monitoring"):
            (ec2.monitor_instances if change.new["monitoring"] else ec2.unmonitor_instances)(InstanceIds=[id_])
        if change.has("metadataOptions"):
            wish = {**(change.old.get("metadataOptions") or {}), **change.new["metadataOptions"]}
            ec2.modify_instance_metadata_options(InstanceId=id_, **request(_METADATA, wish))
        if change.has("rootBlockDevice"):
            self._change_root(aws, id_, change)
        if change.has(*_RESTARTED):
            self._restart(aws, id_, change)

    def _give_profile(self, aws: Session, id_: str, name: str) -> None:
        held = aws.ec2.describe_iam_instance_profile_associations(Filters=by_filter("instance-id", id_))
        held = [
            each for each in held["IamInstanceProfileAssociations"] if each["State"] in ("associated", "associating")
        ]
        if held and name:
            association = held[0]["AssociationId"]
            aws.ec2.replace_iam_instance_profile_association(
                AssociationId=association, IamInstanceProfile={"Name": name}
            )
        elif name:
            aws.ec2.associate_iam_instance_profile(InstanceId=id_, IamInstanceProfile={"Name": name})
        elif held:
            aws.ec2.disassociate_iam_instance_profile(AssociationId=held[0]["AssociationId"])

    def _change_root(self, aws: Session, id_: str, change: Change) -> None:
        old, new = change.old.get("rootBlockDevice") or {}, change.new["rootBlockDevice"]
        sizes = {name: new[name] for name in _SIZES if new.get(name) is not None and new[name] != old.get(name)}
        if sizes:
            names = {"volumeSize": "Size", "volumeType": "VolumeType", "iops": "Iops", "throughput": "Throughput"}
            aws.ec2.modify_volume(VolumeId=old["volumeId"], **{names[name]: value for name, value in sizes.items()})
        if new["deleteOnTermination"] != old.get("deleteOnTermination"):
            ebs = {"DeleteOnTermination": new["deleteOnTermination"]}
            mapping = [{"DeviceName": old["deviceName"], "Ebs": ebs}]
            aws.ec2.modify_instance_attribute(InstanceId=id_, BlockDeviceMappings=mapping)

    def _restart(self, aws: Session, id_: str, change: Change) -> None:
        """Stop it, change what only a stopped instance can change, and start it if it ran."""
        runs = self.find(aws, id_, {})
        if runs and runs["State"]["Name"] == "running":
            aws.ec2.stop_instances(InstanceIds=[id_])
            wait_for(f"instance {id_} to stop", lambda: self._in_state(aws, id_, "stopped"), timeout=_PATIENCE)
        if change.has("instanceType"):
            aws.ec2.modify_instance_attribute(InstanceId=id_, InstanceType={"Value": change.new["instanceType"]})
        if change.has("userData", "userDataBase64"):
            wish = _text(change.new)
            aws.ec2.modify_instance_attribute(
                InstanceId=id_, UserData={"Value": wish if isinstance(wish, bytes) else (wish or "").encode()}
            )
        if runs and runs["State"]["Name"] == "running":
            aws.ec2.start_instances(InstanceIds=[id_])
            wait_for(f"instance {id_} to run", lambda: self._in_state(aws, id_, "running"), timeout=_PATIENCE)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("forceDestroy"):
            for attribute in ("DisableApiStop", "DisableApiTermination"):
                aws.ec2.modify_instance_attribute(InstanceId=id_, **{attribute: {"Value": False}})
        aws.ec2.terminate_instances(InstanceIds=[id_])
        wait_gone(f"instance {id_}", lambda: self._still_there(aws, id_), timeout=2 * _PATIENCE)

    def _still_there(self, aws: Session, id_: str) -> Description | None:
        reservation = one(aws.ec2.describe_instances, "Reservations", InstanceIds=[id_])
        found = reservation["Instances"][0] if reservation else None
        return None if found is None or found["State"]["Name"] == "terminated" else dict(found)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _text(props: Properties) -> str | bytes | None:
    """The user data as boto3 takes it, which encodes it."""
    if props.get("userDataBase64"):
        return base64.b64decode(props["userDataBase64"])
    text: str | None = props.get("userData")
    return text or None


def _mapping(device: Properties, name: str) -> dict[str, Any]:
    own = ("encrypted", "iops", "kmsKeyId", "snapshotId", "throughput", "volumeSize", "volumeType")
    asked = {each[0].upper() + each[1:]: device[each] for each in own if device.get(each)}
    return {"DeviceName": name, "Ebs": {**asked, "DeleteOnTermination": device["deleteOnTermination"]}}


def _root_of(aws: Session, props: Properties) -> str:
    """The name of the image's root device."""
    image = props.get("ami")
    if not image:
        raise ProviderError("rootBlockDevice needs ami: its root device has the name that the image gives it")
    found = one(aws.ec2.describe_images, "Images", ImageIds=[image])
    if not found or not found.get("RootDeviceName"):
        raise ProviderError(f"image {image} has no root device")
    return str(found["RootDeviceName"])


def _volume(volume: Mapping[str, Any], mapping: Mapping[str, Any]) -> Properties:
    return {
        "deleteOnTermination": mapping["Ebs"].get("DeleteOnTermination", False),
        "deviceName": mapping["DeviceName"],
        "encrypted": volume.get("Encrypted", False),
        "iops": volume.get("Iops", 0),
        "kmsKeyId": volume.get("KmsKeyId", ""),
        "snapshotId": volume.get("SnapshotId", ""),
        "throughput": volume.get("Throughput", 0),
        "volumeId": volume["VolumeId"],
        "volumeSize": volume["Size"],
        "volumeType": volume["VolumeType"],
    }


class _KeyTagging(Tagging):
    """A key pair is called by its name, and tagged by its id."""

    def change(self, aws: Session, id_: str, props: Properties, written: tags.Tags, removed: list[str]) -> None:
        """Write some tags, and remove others."""
        if removed:
            aws.ec2.delete_tags(Resources=[props["keyPairId"]], Tags=[{"Key": key} for key in removed])
        if written:
            aws.ec2.create_tags(Resources=[props["keyPairId"]], Tags=self.to_aws(written))


class KeyPair(ResourceType):
    """The public half of a key, under a name, which is its id. AWS shows no key, only its fingerprint.

    Source: terraform-provider-aws/internal/service/ec2/ec2_key_pair.go (05bc9541efe7, 2026), read on 2026-11-30.
    """

    type_ = "aws:ec2/keyPair:KeyPair"
    inputs = {
        "keyName": Text(computed=True, force_new=True, max_length=255),
        "keyNamePrefix": Text(computed=True, force_new=True, max_length=229),
        "publicKey": Text(required=True, force_new=True, canonical=str.strip),
    }
    outputs = ("arn", "fingerprint", "keyPairId", "keyType")
    name = AutoName(property="keyName", unless=("keyNamePrefix",))
    tagging = _KeyTagging(service="ec2", target="Resources")

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.ec2.import_key_pair(
            KeyName=given_or_unique(props, "keyName", "keyNamePrefix"),
            PublicKeyMaterial=props["publicKey"].encode(),
            TagSpecifications=tags.specification("key-pair", props["tagsAll"]),
        )
        return str(answer["KeyName"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        return given_or_unique(props, "keyName", "keyNamePrefix")

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_key_pairs, "KeyPairs", KeyNames=[id_])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": aws.arn("ec2", f"key-pair/{id_}"),
            "fingerprint": found["KeyFingerprint"],
            "keyName": found["KeyName"],
            "keyPairId": found["KeyPairId"],
            "keyType": found.get("KeyType", "rsa"),
        }

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ec2.delete_key_pair(KeyName=id_)


TYPES = (SingleInstance, KeyPair)
