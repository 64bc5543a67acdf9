"""Cases: launch templates."""

from __future__ import annotations

from support.provider.case import Case, With

CASES: dict[str, Case] = {
    "aws:ec2/launchTemplate:LaunchTemplate": Case(
        inputs=lambda w: {
            "imageId": w.image,
            "instanceType": "t3.micro",
            "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
            "tags": {"Name": "template"},
        },
        updates={
            "description": "the second version",
            "defaultVersion": With(2, {"description": "the next"}),
            "updateDefaultVersion": With(value=True, also={"description": "for all"}),
            "blockDeviceMappings": [
                {
                    "deviceName": "/dev/xvda",
                    "ebs": {
                        "encrypted": "true",
                        "deleteOnTermination": "true",
                        "volumeType": "gp3",
                        "volumeSize": 8,
                        "iops": 3000,
                        "throughput": 125,
                    },
                }
            ],
            "capacityReservationSpecification": {"capacityReservationPreference": "open"},
            "cpuOptions": {"coreCount": 1, "threadsPerCore": 2},
            "creditSpecification": {"cpuCredits": "standard"},
            "disableApiStop": True,
            "disableApiTermination": True,
            "ebsOptimized": "true",
            "enclaveOptions": {"enabled": True},
            "hibernationOptions": {"configured": True},
            "iamInstanceProfile": lambda w: {"name": w.profile},
            "imageId": lambda w: w.other_image,
            "instanceInitiatedShutdownBehavior": "terminate",
            "instanceMarketOptions": {
                "marketType": "spot",
                "spotOptions": {"maxPrice": "0.01", "spotInstanceType": "one-time"},
            },
            "instanceRequirements": With(
                {
                    "vcpuCount": {"min": 2, "max": 4},
                    "memoryMib": {"min": 2048},
                    "memoryGibPerVcpu": {"min": 1.5},
                    "burstablePerformance": "excluded",
                    "excludedInstanceTypes": ["t2.*"],
                },
                {"instanceType": None},
            ),
            "instanceType": "t3.small",
            "kernelId": "aki-1",
            "keyName": "a-key",
            "licenseSpecifications": [
                {"licenseConfigurationArn": "arn:aws:license-manager:eu-west-1:123456789012:license:1"}
            ],
            "maintenanceOptions": {"autoRecovery": "disabled"},
            "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 2},
            "monitoring": {"enabled": True},
            "networkInterfaces": lambda w: [
                {
                    "deviceIndex": 0,
                    "associatePublicIpAddress": "false",
                    "deleteOnTermination": "true",
                    "securityGroups": [w.group],
                    "ipv4Addresses": ["10.0.0.10"],
                    "ipv6Prefixes": ["2001:db8::/80"],
                }
            ],
            "networkPerformanceOptions": {"bandwidthWeighting": "vpc-1"},
            "placement": {"tenancy": "dedicated", "availabilityZone": "eu-west-1a"},
            "privateDnsNameOptions": {"hostnameType": "resource-name", "enableResourceNameDnsAaaaRecord": True},
            "ramDiskId": "ari-1",
            "securityGroupNames": ["default"],
            "tagSpecifications": [
                {"resourceType": "instance", "tags": {"Name": "member"}},
                {"resourceType": "volume", "tags": {"Name": "member"}},
            ],
            "userData": "IyEvYmluL3NoCg==",
            "vpcSecurityGroupIds": lambda w: [w.group],
        },
        stale=("latestVersion", "defaultVersion"),
        replaces={"name": "another", "namePrefix": With("some-", {"name": None})},
    ),
}
