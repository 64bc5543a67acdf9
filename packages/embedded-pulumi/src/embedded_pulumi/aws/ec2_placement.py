"""EC2's placement groups."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import one, wait_gone
from embedded_pulumi.aws.fields import Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import request
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.tags import Tags
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import UNKNOWN, Properties

_STRATEGIES = ("cluster", "partition", "spread")


class _PlacementTagging(Tagging):
    """Tags of a placement group go by its id, and it goes by its name."""

    def change(self, aws: Session, id_: str, props: Properties, written: Tags, removed: list[str]) -> None:
        """Write some tags, and remove others."""
        if removed:
            aws.ec2.delete_tags(Resources=[props["placementGroupId"]], Tags=[{"Key": key} for key in removed])
        if written:
            aws.ec2.create_tags(Resources=[props["placementGroupId"]], Tags=self.to_aws(written))


class PlacementGroup(ResourceType):
    """A placement group. Only its tags can be changed; its id is its name.

    Source: terraform-provider-aws/internal/service/ec2/ec2_placement_group.go (2026).
    """

    type_ = "aws:ec2/placementGroup:PlacementGroup"
    inputs = {
        "name": Text(computed=True, force_new=True, max_length=255, aws="GroupName"),
        "partitionCount": Whole(computed=True, force_new=True, at_least=0, at_most=7),
        "spreadLevel": Text(computed=True, force_new=True, one_of=("host", "rack")),
        "strategy": Text(required=True, force_new=True, one_of=_STRATEGIES),
    }
    outputs = ("arn", "placementGroupId")
    name = AutoName(max_length=255)
    tagging = _PlacementTagging(service="ec2", target="Resources")

    def check(self, inputs: Properties) -> list[CheckFailure]:
        strategy, failures = inputs.get("strategy"), []
        if strategy is UNKNOWN:
            return []
        if strategy != "partition" and inputs.get("partitionCount") not in (None, 0, UNKNOWN):
            failures.append(CheckFailure("partitionCount", f"must not be set when strategy is {strategy}"))
        if strategy != "spread" and inputs.get("spreadLevel") not in (None, "", UNKNOWN):
            failures.append(CheckFailure("spreadLevel", f"must not be set when strategy is {strategy}"))
        return failures

    def create(self, aws: Session, props: Properties) -> str:
        name = given_or_unique(props)
        asked: dict[str, Any] = request(self.inputs, props, ("strategy", "spreadLevel"))
        if props.get("partitionCount"):
            asked["PartitionCount"] = props["partitionCount"]
        given = tags.specification("placement-group", props["tagsAll"])
        aws.ec2.create_placement_group(GroupName=name, **asked, TagSpecifications=given)
        return name

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = one(aws.ec2.describe_placement_groups, "PlacementGroups", GroupNames=[id_])
        return None if found is None or found["State"] == "deleted" else found

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": found["GroupArn"],
            "name": found["GroupName"],
            "partitionCount": found.get("PartitionCount", 0),
            "placementGroupId": found["GroupId"],
            "spreadLevel": found.get("SpreadLevel", ""),
            "strategy": found["Strategy"],
        }

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if self.find(aws, id_, state) is not None:
            aws.ec2.delete_placement_group(GroupName=id_)
            wait_gone(id_, lambda: self.find(aws, id_, state))


TYPES = (PlacementGroup,)
