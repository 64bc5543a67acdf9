"""Cases: instances, and what hangs on them."""

from __future__ import annotations

from embedded_pulumi.values import Properties
from support.provider.case import Case, With
from support.provider.world import World

KEY = (
    "ssh-rsa "
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQDusXfgTE4eBP50NglSzCSEGnIL6+cr6m3H6cZANOQ+P1o/W4BdtcAL3sor4iGi7SOeJgo8kweyMQrh"
    "rt6HaKGgromRiz37LQx+4xB3wBVxg6r7mYGlOfQNtaGmMMWZJzA3ZSJkRYlCvEQx7o/uDm5bHGQmWqAlQYJ7OmvnHTFNOhBNuUmSSA+0Zd8AYFV2N+Ff"
    "grAPHtUPPmm7KnTrwSELCbMDfjzOFmRGUSbXdrxSoWYvZMEBCQVVYRLMgHxHfd+/ZcwtwUB5RCQ4HnNzQTkdqZXhWDHVaWNMCdOEVvxmMHBSLGAq4K5l"
    "VTCKNZdLaGwKWHKJ5xU9qwr1lTQXvFLj me@example.com"
)


def fresh_volume(world: World) -> str:
    return world.stand("aws:ebs/volume:Volume", "volume", {"availabilityZone": "eu-west-1a", "size": 1}).id


def fresh_address(world: World) -> Properties:
    return world.make("aws:ec2/eip:Eip", "address", domain="vpc")


def fresh_interface(world: World) -> str:
    made = world.session.ec2.create_network_interface(SubnetId=world.subnet)
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


CASES: dict[str, Case] = {
    "aws:ec2/instance:Instance": Case(
        inputs=lambda w: {
            "ami": w.image,
            "instanceType": "t3.micro",
            "subnetId": w.subnet,
            "vpcSecurityGroupIds": [w.group],
            "rootBlockDevice": {"volumeSize": 20, "volumeType": "gp3"},
            "disableApiStop": False,
            "disableApiTermination": False,
            "tags": {"Name": "box"},
        },
        updates={
            "disableApiTermination": With(value=True, also={"forceDestroy": True}),
            "forceDestroy": True,
            "iamInstanceProfile": lambda w: w.profile,
            "instanceType": "t3.small",
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2},
            "rootBlockDevice": {"volumeSize": 30, "volumeType": "gp3"},
            "sourceDestCheck": False,
            "userDataReplaceOnChange": True,
            "vpcSecurityGroupIds": lambda w: [w.other_group],
            "disableApiStop": True,
        },
        stuck={"instanceInitiatedShutdownBehavior": "terminate"},
        created={
            "monitoring": True,
            "userData": "echo hello",
            "userDataBase64": "ZWNobyBoZWxsbw==",
        },
        replaces={
            "ami": lambda w: w.other_image,
            "associatePublicIpAddress": True,
            "availabilityZone": "eu-west-1b",
            "ebsBlockDevices": [{"deviceName": "/dev/sdf", "volumeSize": 5}],
            "ebsOptimized": True,
            "keyName": "another",
            "launchTemplate": lambda w: {"id": w.launch_template["id"]},
            "privateIp": "10.0.0.77",
            "securityGroups": ["another"],
            "subnetId": lambda w: w.other_subnet,
            "tenancy": "dedicated",
        },
    ),
    "aws:ebs/volume:Volume": Case(
        inputs=lambda _: {"availabilityZone": "eu-west-1a", "size": 8, "type": "gp3", "tags": {"Name": "volume"}},
        updates={
            "finalSnapshot": True,
            "iops": 4000,
            "size": 16,
            "throughput": 250,
            "type": With("io2", {"iops": 100}),
        },
        replaces={
            "availabilityZone": "eu-west-1b",
            "encrypted": True,
            "kmsKeyId": lambda w: With(w.key["arn"], {"encrypted": True}),
            "multiAttachEnabled": With(value=True, also={"type": "io2", "iops": 100}),
            "snapshotId": "snap-12345678",
        },
    ),
    "aws:ec2/volumeAttachment:VolumeAttachment": Case(
        inputs=lambda w: {"deviceName": "/dev/sdf", "instanceId": w.instance, "volumeId": fresh_volume(w)},
        updates={"forceDetach": True, "skipDestroy": True, "stopInstanceBeforeDetaching": True},
        replaces={"deviceName": "/dev/sdg", "instanceId": "i-1", "volumeId": fresh_volume},
        import_id="{deviceName}:{volumeId}:{instanceId}",
    ),
    "aws:ec2/eipAssociation:EipAssociation": Case(
        inputs=lambda w: {"allocationId": fresh_address(w)["id"], "networkInterfaceId": fresh_interface(w)},
        replaces={
            "allocationId": "eipalloc-1",
            "allowReassociation": True,
            "instanceId": lambda w: With(w.instance, {"networkInterfaceId": None}),
            "networkInterfaceId": fresh_interface,
            "privateIpAddress": "10.0.0.99",
            "publicIp": With("192.0.2.1", {"allocationId": None}),
        },
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": Case(
        inputs=lambda w: {
            "securityGroupId": w.fresh_group(),
            "type": "ingress",
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrBlocks": ["10.0.0.0/16"],
            "description": "one",
        },
        updates={"description": "two"},
        replaces={
            "cidrBlocks": ["10.0.0.0/16", "10.1.0.0/16"],
            "fromPort": 80,
            "ipv6CidrBlocks": ["2001:db8::/32"],
            "prefixListIds": ["pl-12345678"],
            "protocol": "udp",
            "securityGroupId": "sg-12345678",
            "self": With(value=True, also={"cidrBlocks": None}),
            "sourceSecurityGroupId": With("sg-87654321", {"cidrBlocks": None}),
            "toPort": 444,
            "type": "egress",
        },
        import_id="{securityGroupId}_{type}_{protocol}_{fromPort}_{toPort}_10.0.0.0/16",
    ),
    "aws:ec2/placementGroup:PlacementGroup": Case(
        inputs=lambda _: {"strategy": "partition", "partitionCount": 3, "tags": {"Name": "apart"}},
        created={"spreadLevel": With("rack", {"strategy": "spread", "partitionCount": None})},
        replaces={"name": "another", "partitionCount": 4, "strategy": With("spread", {"partitionCount": None})},
    ),
    "aws:ec2/keyPair:KeyPair": Case(
        unreadable=("publicKey",),
        inputs=lambda _: {"publicKey": KEY, "tags": {"Name": "key"}},
        replaces={
            "keyName": "another",
            "keyNamePrefix": With("some-", {"keyName": None}),
            "publicKey": f"{KEY}.org",
        },
    ),
}
