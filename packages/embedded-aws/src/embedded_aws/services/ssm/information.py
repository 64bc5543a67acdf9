"""DescribeInstanceInformation: the instances that Systems Manager manages, and whether they are reached.

An instance is in the list from its first report until it is terminated.

Source: botocore 1.44.5, ssm InstanceInformation.PingStatus, InstanceInformationStringFilter ("Valid filter key
values").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.ec2 import images, store
from embedded_aws.services.ssm.agents import Agent, Agents

AGENT_VERSION = "3.3.3050.0"
PAGE_SIZES = range(5, 51)

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

PLATFORMS = (
    ("al2", "Amazon Linux"),
    ("amzn", "Amazon Linux"),
    ("ubuntu", "Ubuntu"),
    ("debian", "Debian GNU/Linux"),
    ("Windows", "Microsoft Windows Server"),
)
"""How the names of public images begin, and what the agent calls their platform."""


class Information:
    """Answers DescribeInstanceInformation."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents

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
        every = (_tell(each, call.region, call.time) for each in self._agents.of_region(call.region))
        found = [told for told in every if all(_passes(call.region, told, *each) for each in wanted)]
        return _page(found, size, params.get("NextToken"))


def _tell(agent: Agent, region: str, now: datetime) -> dict[str, Any]:
    instance = agent.instance
    image = images.register(region).get(instance.image_id)
    name = (image.name if image is not None else "").rpartition("/")[2]
    platform = next((platform for begin, platform in PLATFORMS if name.startswith(begin)), PLATFORMS[0][1])
    return {
        "InstanceId": instance.id,
        "PingStatus": "Online" if agent.is_online(now) else "ConnectionLost",
        "LastPingDateTime": agent.last_report(now),
        "AgentVersion": AGENT_VERSION,
        "IsLatestVersion": True,
        "PlatformType": "Windows" if image is not None and image.windows else "Linux",
        "PlatformName": platform,
        "ResourceType": "EC2Instance",
        "IPAddress": instance.private_ip,
        "ComputerName": instance.private_dns_name,
        "SourceId": instance.id,
        "SourceType": "AWS::EC2::Instance",
    }


def _passes(region: str, told: Mapping[str, Any], name: str, values: Sequence[str]) -> bool:
    """Whether an instance passes one filter."""
    if name == "tag-key" or name.startswith("tag:"):
        return has_tag(region, told["InstanceId"], name, values)
    return FILTERS[name](told) in values


def has_tag(region: str, instance_id: str, name: str, values: Sequence[str]) -> bool:
    """Whether an instance has what `tag-key` or `tag:<key>` asks for."""
    tags = store.backend(region).tags.get(instance_id, {})
    return any(each in tags for each in values) if name == "tag-key" else tags.get(name[len("tag:") :]) in values


def _page(found: Sequence[dict[str, Any]], size: int, token: str | None) -> dict[str, Any]:
    """One page; its token is the id of its last instance."""
    if token is not None and not token.startswith("i-"):
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    rest = [told for told in found if told["InstanceId"] > (token or "")]
    shown: dict[str, Any] = {"InstanceInformationList": rest[:size]}
    return shown | ({"NextToken": rest[size - 1]["InstanceId"]} if len(rest) > size else {})
