"""The instances that Systems Manager manages: those whose agent may report, and whether it still does.

moto has no DescribeInstanceInformation. The agent of Amazon's images reports once a role lets it. After that an
instance stays in the list until it is terminated; while it is stopped or impaired the connection is lost.

Source: Systems Manager user guide, "Configure instance permissions required for Systems Manager"; botocore 1.44.5, ssm
InstanceInformation.PingStatus, InstanceInformationStringFilter ("Valid filter key values").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.iam.authorizer import RoleMay
from embedded_aws.services.ec2 import images, store
from embedded_aws.services.ec2.instance_status import ChecksOf

REPORT = "ssm:UpdateInstanceInformation"
AGENT_VERSION = "3.3.3050.0"
PAGE_SIZES = range(5, 51)
OK = "ok"

FILTERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "InstanceIds": lambda told: told["InstanceId"],
    "AgentVersion": lambda told: told["AgentVersion"],
    "PingStatus": lambda told: told["PingStatus"],
    "PlatformTypes": lambda told: told["PlatformType"],
    "ResourceType": lambda told: told["ResourceType"],
    "IamRole": lambda told: told.get("IamRole", ""),
    "ActivationIds": lambda told: told.get("ActivationId", ""),
    "AssociationStatus": lambda told: told.get("AssociationStatus", ""),
}
"""Filter to what an instance shows under it; tags are another matter."""


class ManagedInstances:
    """Answers DescribeInstanceInformation."""

    def __init__(self, role_may: RoleMay, checks: ChecksOf) -> None:
        self._role_may = role_may
        self._checks = checks

    def routes(self) -> Routes:
        """The call that this part answers."""
        return {("ssm", "DescribeInstanceInformation"): self._describe}

    def _describe(self, call: Call) -> dict[str, Any]:
        params = call.params
        size = params.get("MaxResults", PAGE_SIZES[-1])
        if size not in PAGE_SIZES:
            raise AwsError("ValidationException", f"MaxResults must be {PAGE_SIZES[0]} to {PAGE_SIZES[-1]}, not {size}")
        wanted = [(each["key"], each["valueSet"]) for each in params.get("InstanceInformationFilterList", [])]
        wanted += [(each["Key"], each["Values"]) for each in params.get("Filters", [])]
        for name, _ in wanted:
            if name not in FILTERS and name != "tag-key" and not name.startswith("tag:"):
                raise AwsError("InvalidFilterKey", f"The filter key {name} is not valid.")
        found = [told for told in self._all(call) if all(_passes(call.region, told, *each) for each in wanted)]
        return _page(found, size, params.get("NextToken"))

    def _all(self, call: Call) -> Iterator[dict[str, Any]]:
        """Every instance that reported once, by its id."""
        ec2 = store.backend(call.region)
        for instance in sorted(ec2.all_instances(), key=lambda each: str(each.id)):
            role = _role(ec2, instance.id)
            if instance.state in {"running", "stopping", "stopped"} and role and self._may_report(role):
                yield self._tell(call, instance)

    def _may_report(self, role: str) -> bool:
        try:
            return self._role_may(role, REPORT, "*").allowed
        except KeyError:  # the role is gone
            return False

    def _tell(self, call: Call, instance: Any) -> dict[str, Any]:
        checks = self._checks(instance.id)
        online = instance.state == "running" and (
            checks is None or {checks.system.status, checks.instance.status} <= REACHED
        )
        image = images.register(call.region).get(instance.image_id)
        windows = image is not None and image.windows
        return {
            "InstanceId": instance.id,
            "PingStatus": "Online" if online else "ConnectionLost",
            "LastPingDateTime": call.time,
            "AgentVersion": AGENT_VERSION,
            "IsLatestVersion": True,
            "PlatformType": "Windows" if windows else "Linux",
            "PlatformName": "Microsoft Windows Server" if windows else "Amazon Linux",
            "ResourceType": "EC2Instance",
            "IPAddress": instance.private_ip,
            "ComputerName": instance.private_dns_name,
            "SourceId": instance.id,
            "SourceType": "AWS::EC2::Instance",
        }


REACHED = frozenset({OK, "initializing"})
"""Results of a status check with which an agent still reaches its service."""


def _role(ec2: Any, instance_id: str) -> str | None:
    """The ARN of an instance's role, None without a profile or if there is none in it."""
    association = ec2.iam_instance_profile_associations.get(instance_id)
    roles = association.iam_instance_profile.roles if association is not None else []
    return str(roles[0].arn) if roles else None


def _passes(region: str, told: Mapping[str, Any], name: str, values: Sequence[str]) -> bool:
    """Whether an instance passes one filter."""
    tags = store.backend(region).tags.get(told["InstanceId"], {})
    if name == "tag-key":
        return any(value in tags for value in values)
    if name.startswith("tag:"):
        return tags.get(name.removeprefix("tag:")) in values
    return FILTERS[name](told) in values


def _page(found: Sequence[dict[str, Any]], size: int, token: str | None) -> dict[str, Any]:
    """One page; its token is the id of its last instance."""
    if token is not None and not token.startswith("i-"):
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    rest = [told for told in found if told["InstanceId"] > (token or "")]
    shown: dict[str, Any] = {"InstanceInformationList": rest[:size]}
    return shown | ({"NextToken": rest[size - 1]["InstanceId"]} if len(rest) > size else {})
