"""CloudWatch Logs: log groups."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Fields, request, response
from embedded_pulumi.values import Properties

_INPUTS: Fields = {
    "name": Text(computed=True, force_new=True, max_length=512, aws="logGroupName"),
    "namePrefix": Text(force_new=True, max_length=486),
    "kmsKeyId": Text(aws="kmsKeyId"),
    "logGroupClass": Text(
        computed=True, force_new=True, one_of=("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"), aws="logGroupClass"
    ),
    "retentionInDays": Whole(default=0, at_least=0, aws="retentionInDays"),
    "skipDestroy": Flag(default=False),
}


def _create(aws: Session, props: Properties) -> str:
    name = given_or_unique(props)
    tagged = {"tags": props["tagsAll"]} if props["tagsAll"] else {}
    aws.logs.create_log_group(logGroupName=name, **request(_INPUTS, props, ("kmsKeyId", "logGroupClass")), **tagged)
    return name


def _settle(aws: Session, id_: str, props: Properties) -> None:
    if props["retentionInDays"]:
        aws.logs.put_retention_policy(logGroupName=id_, retentionInDays=props["retentionInDays"])


def _find(aws: Session, id_: str) -> dict[str, Any] | None:
    """The group of exactly this name: the API finds by prefix."""
    pages = aws.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=id_)
    return next((each for page in pages for each in page["logGroups"] if each["logGroupName"] == id_), None)


def _read(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    group = _find(aws, id_)
    if group is None:
        return None
    arn = group["arn"].removesuffix(":*")
    return {
        "arn": arn,
        **response(_INPUTS, group, ("name", "kmsKeyId", "logGroupClass")),
        "retentionInDays": group.get("retentionInDays", 0),
        "tagsAll": tags.from_map(aws.logs.list_tags_for_resource(resourceArn=arn)["tags"]),
    }


def _update(aws: Session, id_: str, change: Change) -> None:
    if change.has("retentionInDays"):
        if change.new["retentionInDays"]:
            _settle(aws, id_, change.new)
        else:
            aws.logs.delete_retention_policy(logGroupName=id_)
    if change.has("kmsKeyId"):
        if change.new.get("kmsKeyId"):
            aws.logs.associate_kms_key(logGroupName=id_, kmsKeyId=change.new["kmsKeyId"])
        else:
            aws.logs.disassociate_kms_key(logGroupName=id_)


def _delete(aws: Session, id_: str, state: Properties) -> None:
    if not state.get("skipDestroy"):
        aws.logs.delete_log_group(logGroupName=id_)


def _retag(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    del id_
    if removed:
        aws.logs.untag_resource(resourceArn=state["arn"], tagKeys=removed)
    if written:
        aws.logs.tag_resource(resourceArn=state["arn"], tags=written)


LOG_GROUP = Resource(
    type_="aws:cloudwatch/logGroup:LogGroup",
    inputs=_INPUTS,
    outputs=("arn",),
    unsupported=("deletionProtectionEnabled",),
    name=AutoName(max_length=512),
    at_most_one=(("name", "namePrefix"),),
    create=_create,
    locate=lambda _, props: given_or_unique(props),
    settle=_settle,
    read=_read,
    update=_update,
    delete=_delete,
    retag=_retag,
)

RESOURCES = (LOG_GROUP,)
