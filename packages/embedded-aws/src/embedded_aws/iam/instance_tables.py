"""What the API actions of EC2 need by which instances, and what hangs on them, are made, changed and deleted.

A launch is decided about for everything that it uses and makes, and for the role that it hands on.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2"; EC2 user guide,
"Example policies to control access to the Amazon EC2 API", "Launch instances (RunInstances)"; IAM user guide, "Granting
a user permissions to pass a role".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded_aws.calls import Call
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.permissions import Needs, Permission, Resources, any_resource, on

_FIRST = {"instance": ("InstanceId", "InstanceIds"), "volume": ("VolumeId", "VolumeIds")}


def _arn(call: Call, facts: AccountFacts, kind: str, name: str) -> str:
    owner = "" if kind in {"image", "snapshot"} else facts.account
    return f"arn:{facts.partition}:ec2:{call.region}:{owner}:{kind}/{name}"


def _named(kind: str, *names: str) -> Resources:
    """The resources of a kind that parameters name; one that is about to be made is `*`."""

    def resources(call: Call, facts: AccountFacts) -> tuple[str, ...]:
        given = next((call.params[name] for name in names if call.params.get(name)), "*")
        values = [given] if isinstance(given, str) else given
        return tuple(_arn(call, facts, kind, value) for value in values)

    return resources


def _both(*parts: Resources) -> Resources:
    return lambda call, facts: tuple(arn for part in parts for arn in part(call, facts))


def _tagged(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """The permission to tag what a call makes, if it gives tags."""
    context = {"ec2:CreateAction": call.action}
    made = [each["ResourceType"] for each in call.params.get("TagSpecifications", []) if each.get("Tags")]
    return tuple(Permission("ec2:CreateTags", _arn(call, facts, kind, "*"), context) for kind in made)


def _launched(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """All that a launch uses, and what it makes."""
    params = call.params
    template = facts.launch_template(call.region, params["LaunchTemplate"]) if params.get("LaunchTemplate") else None
    interfaces: list[Mapping[str, Any]] = params.get("NetworkInterfaces", [])
    groups = [*params.get("SecurityGroupIds", []), *(each for one in interfaces for each in one.get("Groups", []))]
    subnets = [params.get("SubnetId"), *(one.get("SubnetId") for one in interfaces)]
    used: dict[str, list[Any]] = {
        "image": [params.get("ImageId")],
        "instance": ["*"],
        "key-pair": [params.get("KeyName")],
        "network-interface": [
            next((one["NetworkInterfaceId"] for one in interfaces if "NetworkInterfaceId" in one), "*")
        ],
        "placement-group": [params.get("Placement", {}).get("GroupName")],
        "capacity-reservation": [_reserved(params)],
        "security-group": groups or ["*"],
        "subnet": subnets if any(subnets) else ["*"],
        "volume": ["*"],
    }
    own = tuple(_arn(call, facts, kind, name) for kind, names in used.items() for name in names if name)
    return own if template is None else (*own, template.arn)


def _reserved(params: Mapping[str, Any]) -> Any:
    """The capacity reservation that a launch names."""
    target = (params.get("CapacityReservationSpecification") or {}).get("CapacityReservationTarget") or {}
    return target.get("CapacityReservationId")


def _launch(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    template = (
        facts.launch_template(call.region, call.params["LaunchTemplate"]) if call.params.get("LaunchTemplate") else None
    )
    roles = (*_roles(call, facts), *(template.roles if template and not call.params.get("IamInstanceProfile") else ()))
    return (*_tagged(call, facts), *_passed(roles))


def _roles(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The roles in the instance profile that a call names."""
    profile = call.params.get("IamInstanceProfile") or {}
    return facts.roles_of_profile(profile.get("Name") or profile.get("Arn") or "")


def _passed(roles: tuple[str, ...]) -> tuple[Permission, ...]:
    context = {"iam:PassedToService": "ec2.amazonaws.com"}
    return tuple(Permission("iam:PassRole", arn, context) for arn in dict.fromkeys(roles))


_INSTANCE = _named("instance", *_FIRST["instance"])
_VOLUME = _named("volume", *_FIRST["volume"])

INSTANCES: Mapping[str, Mapping[str, Needs]] = {
    "ec2": {
        "RunInstances": Needs(_launched, also=_launch),
        **on(
            any_resource,
            """
                DescribeCapacityReservations DescribeIamInstanceProfileAssociations
                DescribeInstanceCreditSpecifications DescribeKeyPairs DescribePlacementGroups
                DescribeVolumesModifications DescribeVpcPeeringConnections
            """,
        ),
        **on(
            _INSTANCE,
            """
                DescribeInstanceAttribute DisassociateIamInstanceProfile ModifyInstanceAttribute
                ModifyInstanceMetadataOptions MonitorInstances UnmonitorInstances
            """,
        ),
        **{
            action: Needs(_INSTANCE, also=lambda call, facts: _passed(_roles(call, facts)))
            for action in ("AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation")
        },
        "ImportKeyPair": Needs(_named("key-pair", "KeyName"), also=_tagged),
        "CreateKeyPair": Needs(_named("key-pair", "KeyName"), also=_tagged),
        "DeleteKeyPair": Needs(_named("key-pair", "KeyName")),
        "CreateVolume": Needs(_named("volume"), also=_tagged),
        **on(_VOLUME, "DeleteVolume ModifyVolume"),
        **on(_both(_INSTANCE, _VOLUME), "AttachVolume DetachVolume"),
        "AssociateAddress": Needs(_both(_named("elastic-ip", "AllocationId"), _INSTANCE)),
        "CreateNetworkAcl": Needs(_both(_named("network-acl"), _named("vpc", "VpcId")), also=_tagged),
        **on(
            _named("network-acl", "NetworkAclId"),
            """
                CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclAssociation
                ReplaceNetworkAclEntry
            """,
        ),
        "CreateVpcPeeringConnection": Needs(
            _both(_named("vpc", "VpcId"), _named("vpc-peering-connection")), also=_tagged
        ),
        "AcceptVpcPeeringConnection": Needs(_named("vpc-peering-connection", "VpcPeeringConnectionId")),
        "DeleteVpcPeeringConnection": Needs(_named("vpc-peering-connection", "VpcPeeringConnectionId")),
        "ModifyVpcPeeringConnectionOptions": Needs(_named("vpc-peering-connection", "VpcPeeringConnectionId")),
        "CreateCapacityReservation": Needs(_named("capacity-reservation"), also=_tagged),
        **on(
            _named("capacity-reservation", "CapacityReservationId"),
            "CancelCapacityReservation ModifyCapacityReservation",
        ),
        "CreatePlacementGroup": Needs(_named("placement-group", "GroupName"), also=_tagged),
        "DeletePlacementGroup": Needs(_named("placement-group", "GroupName")),
    },
}
"""botocore's service name to botocore's operation name to what it needs, beside `tables`."""
