"""EC2's launch templates. Each change makes a new version; an Auto Scaling group follows `latestVersion`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, one
from embedded_pulumi.aws.fields import Flag, FlagText, Moment, Text, Whole
from embedded_pulumi.aws.formats import Address, ArnText, Cidr
from embedded_pulumi.aws.instance_requirements import ALTERNATIVES, requirements
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, SetOf, TagMap, Wrapped, request, response
from embedded_pulumi.values import Properties, Value


@dataclass(frozen=True, kw_only=True)
class _Ebs(Block):
    """A volume; IOPS of 0 are none, which takes back those that it had."""

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return super().to_aws({name: item for name, item in value.items() if name != "iops" or item})


_EBS = _Ebs(
    fields={
        "deleteOnTermination": FlagText(),
        "encrypted": FlagText(),
        "iops": Whole(computed=True),
        "kmsKeyId": Text(),
        "snapshotId": Text(),
        "throughput": Whole(computed=True, at_least=125, at_most=2000),
        "volumeInitializationRate": Whole(computed=True, at_least=100, at_most=300),
        "volumeSize": Whole(computed=True),
        "volumeType": Text(computed=True, one_of=("standard", "io1", "io2", "gp2", "gp3", "sc1", "st1")),
    }
)
_BLOCK_DEVICES = ListOf(
    item=Block(fields={"deviceName": Text(), "ebs": _EBS, "noDevice": Text(), "virtualName": Text()})
)
_CAPACITY_RESERVATION = Block(
    fields={
        "capacityReservationPreference": Text(one_of=("capacity-reservations-only", "open", "none")),
        "capacityReservationTarget": Block(
            fields={"capacityReservationId": Text(), "capacityReservationResourceGroupArn": ArnText()},
            at_most_one=(("capacityReservationId", "capacityReservationResourceGroupArn"),),
        ),
    }
)
_MARKET = Block(
    fields={
        "marketType": Text(one_of=("spot", "capacity-block")),
        "spotOptions": Block(
            fields={
                "blockDurationMinutes": Whole(multiple_of=60),
                "instanceInterruptionBehavior": Text(one_of=("hibernate", "stop", "terminate")),
                "maxPrice": Text(),
                "spotInstanceType": Text(one_of=("one-time", "persistent")),
                "validUntil": Moment(computed=True),
            },
        ),
    }
)
_METADATA = Block(
    computed=True,
    fields={
        "httpEndpoint": Text(computed=True, one_of=("enabled", "disabled")),
        "httpProtocolIpv6": Text(computed=True, one_of=("enabled", "disabled")),
        "httpPutResponseHopLimit": Whole(computed=True, at_least=1, at_most=64),
        "httpTokens": Text(computed=True, one_of=("optional", "required")),
        "instanceMetadataTags": Text(computed=True, one_of=("enabled", "disabled")),
    },
)
_ENA_SRD = Block(
    fields={
        "enaSrdEnabled": Flag(),
        "enaSrdUdpSpecification": Block(fields={"enaSrdUdpEnabled": Flag()}),
    }
)
_INTERFACES = ListOf(
    item=Block(
        fields={
            "associateCarrierIpAddress": FlagText(),
            "associatePublicIpAddress": FlagText(),
            "connectionTrackingSpecification": Block(
                fields={
                    "tcpEstablishedTimeout": Whole(at_least=60, at_most=432000),
                    "udpStreamTimeout": Whole(at_least=60, at_most=180),
                    "udpTimeout": Whole(at_least=30, at_most=60),
                }
            ),
            "deleteOnTermination": FlagText(),
            "description": Text(),
            "deviceIndex": Whole(default=0),
            "enaQueueCount": Whole(),
            "enaSrdSpecification": _ENA_SRD,
            "interfaceType": Text(one_of=("efa", "efa-only", "interface")),
            "ipv4AddressCount": Whole(aws="SecondaryPrivateIpAddressCount"),
            "ipv4Addresses": Wrapped(item=Address(), key="PrivateIpAddress", aws="PrivateIpAddresses"),
            "ipv4PrefixCount": Whole(),
            "ipv4Prefixes": Wrapped(item=Cidr(), key="Ipv4Prefix"),
            "ipv6AddressCount": Whole(),
            "ipv6Addresses": Wrapped(item=Address(version=6), key="Ipv6Address"),
            "ipv6PrefixCount": Whole(),
            "ipv6Prefixes": Wrapped(item=Cidr(version=6), key="Ipv6Prefix"),
            "networkCardIndex": Whole(default=0),
            "networkInterfaceId": Text(),
            "primaryIpv6": FlagText(),
            "privateIpAddress": Address(),
            "securityGroups": SetOf(aws="Groups"),
            "subnetId": Text(),
        }
    )
)
_PLACEMENT = Block(
    fields={
        "affinity": Text(),
        "availabilityZone": Text(),
        "groupId": Text(),
        "groupName": Text(),
        "hostId": Text(),
        "hostResourceGroupArn": ArnText(),
        "partitionNumber": Whole(),
        "spreadDomain": Text(),
        "tenancy": Text(one_of=("default", "dedicated", "host")),
    },
    at_most_one=(("groupId", "groupName"), ("hostId", "hostResourceGroupArn")),
)
_PRIVATE_DNS = Block(
    fields={
        "enableResourceNameDnsARecord": Flag(),
        "enableResourceNameDnsAaaaRecord": Flag(aws="EnableResourceNameDnsAAAARecord"),
        "hostnameType": Text(one_of=("ip-name", "resource-name")),
    }
)
_CPU = Block(
    fields={
        "amdSevSnp": Text(one_of=("enabled", "disabled")),
        "coreCount": Whole(),
        "nestedVirtualization": Text(one_of=("enabled", "disabled")),
        "threadsPerCore": Whole(),
    }
)
_RESOURCE_TYPES = """
    application-status-check capacity-block capacity-manager-data-export capacity-reservation
    capacity-reservation-cancellation-quote capacity-reservation-fleet capacity-reservation-modification-quote
    carrier-gateway client-vpn-endpoint coip-pool customer-gateway declarative-policies-report dedicated-host
    dhcp-options egress-only-internet-gateway elastic-gpu elastic-ip export-image-task export-instance-task
    fca-policy fleet fpga-image host-reservation image image-usage-report import-image-task import-snapshot-task
    instance instance-connect-endpoint instance-event-window internet-gateway ipam
    ipam-external-resource-verification-token ipam-internet-registry-association ipam-policy ipam-pool
    ipam-pool-allocation ipam-prefix-list-resolver ipam-prefix-list-resolver-target ipam-resource-discovery
    ipam-resource-discovery-association ipam-scope ipv4pool-ec2 ipv6pool-ec2 key-pair launch-template local-gateway
    local-gateway-route-table local-gateway-route-table-virtual-interface-group-association
    local-gateway-route-table-vpc-association local-gateway-virtual-interface local-gateway-virtual-interface-group
    mac-modification-task metric-category natgateway network-acl network-insights-access-scope
    network-insights-access-scope-analysis network-insights-analysis network-insights-path network-interface
    outpost-lag placement-group prefix-list replace-root-volume-task reserved-instances route-server
    route-server-endpoint route-server-peer route-table secondary-interface secondary-network secondary-subnet
    security-group security-group-rule service-link-virtual-interface snapshot spot-fleet-request
    spot-instances-request subnet subnet-cidr-reservation traffic-mirror-filter traffic-mirror-filter-rule
    traffic-mirror-session traffic-mirror-target transit-gateway transit-gateway-attachment
    transit-gateway-connect-peer transit-gateway-metering-policy transit-gateway-multicast-domain
    transit-gateway-policy-table transit-gateway-route-table transit-gateway-route-table-announcement
    verified-access-endpoint verified-access-endpoint-target verified-access-group verified-access-instance
    verified-access-policy verified-access-trust-provider volume vpc vpc-block-public-access-exclusion
    vpc-encryption-control vpc-endpoint vpc-endpoint-connection vpc-endpoint-connection-device-type
    vpc-endpoint-service vpc-endpoint-service-permission vpc-flow-log vpc-peering-connection vpn-concentrator
    vpn-connection vpn-connection-device-type vpn-gateway
"""
_TAGGED = tuple(_RESOURCE_TYPES.split())
"""All resource types of EC2 (botocore 1.44.5); AWS takes tags for some of them only."""

_DATA: Fields = {  # all that goes into a version
    "blockDeviceMappings": _BLOCK_DEVICES,
    "capacityReservationSpecification": _CAPACITY_RESERVATION,
    "cpuOptions": _CPU,
    "creditSpecification": Block(fields={"cpuCredits": Text(one_of=("standard", "unlimited"))}),
    "disableApiStop": Flag(),
    "disableApiTermination": Flag(),
    "ebsOptimized": FlagText(),
    "enclaveOptions": Block(fields={"enabled": Flag()}),
    "hibernationOptions": Block(fields={"configured": Flag(required=True)}),
    "iamInstanceProfile": Block(fields={"arn": ArnText(), "name": Text()}, at_most_one=(("arn", "name"),)),
    "imageId": Text(),
    "instanceInitiatedShutdownBehavior": Text(one_of=("stop", "terminate")),
    "instanceMarketOptions": _MARKET,
    "instanceRequirements": Block(fields=requirements(of_template=True), at_most_one=ALTERNATIVES),
    "instanceType": Text(),
    "kernelId": Text(),
    "keyName": Text(),
    "licenseSpecifications": SetOf(item=Block(fields={"licenseConfigurationArn": ArnText(required=True)})),
    "maintenanceOptions": Block(fields={"autoRecovery": Text(one_of=("default", "disabled"))}),
    "metadataOptions": _METADATA,
    "monitoring": Block(fields={"enabled": Flag()}),
    "networkInterfaces": _INTERFACES,
    "networkPerformanceOptions": Block(fields={"bandwidthWeighting": Text(one_of=("default", "vpc-1", "ebs-1"))}),
    "placement": _PLACEMENT,
    "privateDnsNameOptions": _PRIVATE_DNS,
    "ramDiskId": Text(),
    "securityGroupNames": SetOf(aws="SecurityGroups"),
    "tagSpecifications": ListOf(item=Block(fields={"resourceType": Text(one_of=_TAGGED), "tags": TagMap()})),
    "userData": Text(),
    "vpcSecurityGroupIds": SetOf(aws="SecurityGroupIds"),
}
_NAME = r"[0-9A-Za-z()./_-]+"
_VERSIONED = ("description", *_DATA)


class LaunchTemplate(Ec2Type):
    """A launch template, described as its latest version is.

    Source: terraform-provider-aws/internal/service/ec2/ec2_launch_template.go (0f1a8c1727be, 2026).
    """

    type_ = "aws:ec2/launchTemplate:LaunchTemplate"
    inputs = {
        "name": Text(computed=True, force_new=True, min_length=3, max_length=125, pattern=_NAME),
        "namePrefix": Text(computed=True, force_new=True, min_length=3, max_length=99, pattern=_NAME),
        "description": Text(max_length=255, aws="VersionDescription"),
        "defaultVersion": Whole(computed=True, at_least=1),
        "updateDefaultVersion": Flag(),
        **_DATA,
    }
    outputs = ("arn", "latestVersion")
    unsupported = ("secondaryInterfaces",)
    name = AutoName()
    at_most_one = (
        ("defaultVersion", "updateDefaultVersion"),
        ("instanceType", "instanceRequirements"),
        ("securityGroupNames", "vpcSecurityGroupIds"),
    )
    renewed = {"latestVersion": (), "defaultVersion": ()}

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.ec2.create_launch_template(
            LaunchTemplateName=given_or_unique(props),
            **self._version(props),
            TagSpecifications=tags.specification("launch-template", props["tagsAll"]),
        )
        return str(answer["LaunchTemplate"]["LaunchTemplateId"])

    def _version(self, props: Properties) -> dict[str, Any]:
        data = request(_DATA, props) or {"UserData": ""}  # AWS refuses a version without any data
        return {"LaunchTemplateData": data, **request(self.inputs, props, ("description",))}

    def renews(self, change: Change, changed: Collection[str]) -> Collection[str]:
        """The outputs with new values, as the real provider foresees them: not after a new description, but after tags.

        Source: CustomizeDiff in the same file.
        """
        versions = set(changed) - {"name", "namePrefix", "description", "defaultVersion", "updateDefaultVersion"}
        defaults = set(changed) - {"name", "namePrefix", "description"}
        latest = ["latestVersion"] if versions else []
        return [*latest, "defaultVersion"] if change.new.get("updateDefaultVersion") and defaults else latest

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        """The template, and under `Latest` its latest version."""
        template = one(aws.ec2.describe_launch_templates, "LaunchTemplates", LaunchTemplateIds=[id_])
        latest = template and one(
            aws.ec2.describe_launch_template_versions,
            "LaunchTemplateVersions",
            LaunchTemplateId=id_,
            Versions=[str(template["LatestVersionNumber"])],
        )
        return {**template, "Latest": latest} if template and latest else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        data = found["Latest"]["LaunchTemplateData"]
        # moto shows the template's own tags among those of launched resources.
        launched = [each for each in data.get("TagSpecifications", ()) if each.get("ResourceType") != "launch-template"]
        return {
            "arn": aws.arn("ec2", f"launch-template/{id_}"),
            "name": found["LaunchTemplateName"],
            "defaultVersion": found["DefaultVersionNumber"],
            "latestVersion": found["LatestVersionNumber"],
            "description": found["Latest"].get("VersionDescription", ""),
            **response(_DATA, data),
            "tagSpecifications": _DATA["tagSpecifications"].from_aws(launched),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        latest = int(change.old["latestVersion"])
        if change.has(*_VERSIONED):
            answer = aws.ec2.create_launch_template_version(LaunchTemplateId=id_, **self._version(change.new))
            latest = int(answer["LaunchTemplateVersion"]["VersionNumber"])
        desired = latest if change.new.get("updateDefaultVersion") else change.get("defaultVersion")
        if desired and desired != change.old.get("defaultVersion"):
            aws.ec2.modify_launch_template(LaunchTemplateId=id_, DefaultVersion=str(desired))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ec2.delete_launch_template(LaunchTemplateId=id_)


TYPES = (LaunchTemplate,)
