"""CloudWatch Logs: log groups."""

from __future__ import annotations

from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.values import Properties

_DELIVERY = "DELIVERY"
_NAME = r"[0-9A-Za-z_./#-]+"
_RETENTIONS = (
    *(0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""Days; 0 keeps everything."""


class LogGroup(ResourceType):
    """A log group, found by its name.

    Source: terraform-provider-aws/internal/service/logs/group.go (0073593e7d69) and validate.go (1c6c26318f8e), read on
    2026-11-29.
    """

    type_ = "aws:cloudwatch/logGroup:LogGroup"
    inputs = {
        "name": Text(computed=True, force_new=True, max_length=512, pattern=_NAME, aws="logGroupName"),
        "namePrefix": Text(computed=True, force_new=True, max_length=483, pattern=_NAME),
        "kmsKeyId": Text(aws="kmsKeyId"),
        "logGroupClass": Text(
            computed=True, force_new=True, one_of=("STANDARD", "INFREQUENT_ACCESS", _DELIVERY), aws="logGroupClass"
        ),
        "retentionInDays": Whole(default=0, one_of=_RETENTIONS, aws="retentionInDays"),
        "skipDestroy": Flag(default=False),
    }
    outputs = ("arn",)
    unsupported = ("deletionProtectionEnabled",)
    name = AutoName(max_length=255)
    tagging = Tagging(
        service="logs",
        target="resourceArn",
        by_arn=True,
        show="list_tags_for_resource",
        tags="tags",
        keys="tagKeys",
        shown="tags",
        pair=(),
    )

    def create(self, aws: Session, props: Properties) -> str:
        name = given_or_unique(props)
        asked = request(self.inputs, props, ("kmsKeyId", "logGroupClass"))
        tagged = {"tags": props["tagsAll"]} if props["tagsAll"] else {}
        aws.logs.create_log_group(logGroupName=name, **asked, **tagged)
        return name

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        if props["retentionInDays"] and props.get("logGroupClass") != _DELIVERY:
            aws.logs.put_retention_policy(logGroupName=id_, retentionInDays=props["retentionInDays"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        """The group of exactly this name: the API finds by prefix."""
        pages = aws.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=id_)
        return next((each for page in pages for each in page["logGroups"] if each["logGroupName"] == id_), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = response(self.inputs, {"logGroupClass": "STANDARD", **found}, ("name", "kmsKeyId", "logGroupClass"))
        # AWS keeps a group of this class for two days, whatever the program says.
        kept = {} if told["logGroupClass"] == _DELIVERY else {"retentionInDays": found.get("retentionInDays", 0)}
        return {"arn": found["arn"].removesuffix(":*"), **told, **kept}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("retentionInDays") and change.get("logGroupClass") != _DELIVERY:
            if change.new["retentionInDays"]:
                self.settle(aws, id_, change.new)
            else:
                aws.logs.delete_retention_policy(logGroupName=id_)
        if change.has("kmsKeyId"):
            if change.new.get("kmsKeyId"):
                aws.logs.associate_kms_key(logGroupName=id_, kmsKeyId=change.new["kmsKeyId"])
            else:
                aws.logs.disassociate_kms_key(logGroupName=id_)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if not state.get("skipDestroy"):
            aws.logs.delete_log_group(logGroupName=id_)


TYPES = (LogGroup,)
