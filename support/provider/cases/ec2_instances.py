"""Cases: instances, and what hangs on them."""

from __future__ import annotations

from support.provider.case import Case, With

KEY = (
    "ssh-rsa "
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQDusXfgTE4eBP50NglSzCSEGnIL6+cr6m3H6cZANOQ+P1o/W4BdtcAL3sor4iGi7SOeJgo8kweyMQrh"
    "rt6HaKGgromRiz37LQx+4xB3wBVxg6r7mYGlOfQNtaGmMMWZJzA3ZSJkRYlCvEQx7o/uDm5bHGQmWqAlQYJ7OmvnHTFNOhBNuUmSSA+0Zd8AYFV2N+Ff"
    "grAPHtUPPmm7KnTrwSELCbMDfjzOFmRGUSbXdrxSoWYvZMEBCQVVYRLMgHxHfd+/ZcwtwUB5RCQ4HnNzQTkdqZXhWDHVaWNMCdOEVvxmMHBSLGAq4K5l"
    "VTCKNZdLaGwKWHKJ5xU9qwr1lTQXvFLj me@example.com"
)

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
