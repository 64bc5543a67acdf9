"""What decides whether a group's launch succeeds, beside the launch template: its role, the zone, the quotas, the key.

A volume that Auto Scaling's role may not decrypt lets the launch begin and the instance end before it is in service:
"Client.InternalError: Client error on launch" (Auto Scaling User Guide, "Troubleshoot: instance launch failure"). What
the role needs is in "Required AWS KMS key policy for use with encrypted volumes".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import Call
from embedded_aws.iam.authorizer import RoleMay
from embedded_aws.services.ebs_defaults import AWS_KEY, EbsDefaults
from embedded_aws.services.ec2 import offerings
from embedded_aws.services.ec2.conditions import ZoneConditions
from embedded_aws.services.ec2.zones import zones_of
from embedded_aws.services.limits import AccountLimits
from embedded_aws.services.service_linked_roles import ServiceLinkedRoles

NEEDED = ("CreateGrant", "Decrypt", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")
"""What Auto Scaling's role must be allowed with a customer's key, as a grant names the operations."""

CLIENT_ERROR = (
    "Instance became unhealthy while waiting for instance to be in InService state. "
    "Termination Reason: Client.InternalError: Client error on launch"
)


class Launching:
    """Asked before each launch, and how it will end.

    Args:
        roles: Whom groups act as.
        conditions: How the zones are.
        limits: The quota on vCPUs.
        defaults: Which key encrypts a volume that names none.
        role_may: What key policies say.
    """

    def __init__(
        self,
        roles: ServiceLinkedRoles,
        conditions: ZoneConditions,
        limits: AccountLimits,
        defaults: EbsDefaults,
        role_may: RoleMay,
    ) -> None:
        self._roles = roles
        self._conditions = conditions
        self._limits = limits
        self._defaults = defaults
        self._role_may = role_may

    def role(self, call: Call) -> str:
        """The ARN of the role of the group that a call creates or changes; raises as `ServiceLinkedRoles.of_group`."""
        return self._roles.of_group(call, call.params.get("ServiceLinkedRoleARN"))

    def check(
        self,
        region: str,
        zone: str,
        instance_type: str,
        role: str,
        now: datetime,
        *,
        spot: bool = False,
        reserved: bool = False,
    ) -> None:
        """Refuse a launch that Auto Scaling or EC2 would refuse. Raises AwsError: with their words.

        One with a capacity reservation has its place, whatever the zone has otherwise.
        """
        self._roles.check_usable(role, now)
        if spot:  # the quotas on Spot requests are raised beyond all that is tried here
            self._conditions.check_launch(zone, instance_type, _zones(region), now, spot=True)
        else:
            self.check_place(region, None if reserved else zone, instance_type, now)

    def check_place(self, region: str, zone: str | None, instance_type: str, now: datetime, count: int = 1) -> None:
        """Refuse a launch, of whomever, that a quota or the zone does not allow, if it names one.

        Raises:
            AwsError: with EC2's words.
        """
        if zone is not None:
            self._conditions.check_launch(zone, instance_type, _zones(region), now)
        self._limits.check_launch(region, instance_type, count)

    def offered(self, region: str, zone: str) -> list[str]:
        """The types that a zone offers."""
        places = offerings.offered(region, "availability-zone")
        named = [each["InstanceType"] for each in places if each["Location"] == zone]
        return [each for each in named if self._conditions.offers(zone, each)]

    def ends_with(self, region: str, data: Mapping[str, Any], role: str) -> str | None:
        """How a launch that begins ends before the instance is in service; None if it does not."""
        closed = any(not self._may_use(key, role) for key in self._customers_keys(region, data))
        return CLIENT_ERROR if closed else None

    def _customers_keys(self, region: str, data: Mapping[str, Any]) -> Iterator[Any]:
        """The customer's keys, as moto has them, that encrypt the volumes of a launch."""
        volumes = [each["Ebs"] for each in data.get("BlockDeviceMappings", []) if each.get("Ebs")]
        named = {
            volume.get("KmsKeyId") or self._defaults.key(region)
            for volume in volumes or [{}]
            if str(volume.get("Encrypted", False)).lower() == "true" or self._defaults.encrypted(region)
        }
        known = get_backend("kms")[ACCOUNT][region].keys.values() if named - {AWS_KEY} else ()
        for key in known:
            names = {key.id, key.arn, *key.aliases}
            if names & named and not any(alias.startswith("alias/aws/") for alias in key.aliases):
                yield key

    def _may_use(self, key: Any, role: str) -> bool:
        """Whether a role may use a key: by a grant, or by the key's policy."""
        granted = {
            each for grant in key.grants.values() if grant.grantee_principal == role for each in grant.operations
        }
        try:
            return all(
                operation in granted or self._role_may(role, f"kms:{operation}", key.arn).allowed
                for operation in NEEDED
            )
        except KeyError:  # the role is gone
            return False


def _zones(region: str) -> list[str]:
    return [each.name for each in zones_of(region) if each.type == "availability-zone"]
