"""Systems Manager parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.errors import found
from embedded_pulumi.aws.fields import Changes, Flag, Text
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Fields, pascal, request, response
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import Properties, Value

_SECURE = "SecureString"


@dataclass(frozen=True, kw_only=True)
class _Tier(Text):
    """SSM raises a parameter's tier in place and never lowers it (PutParameter)."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        return super().diff(path, old, new, replace=replace or (old, new) == ("Advanced", "Standard"))


_INPUTS: Fields = {
    "name": Text(force_new=True, max_length=2048),
    "type": Text(required=True, one_of=("String", "StringList", _SECURE)),
    "value": Text(),
    "insecureValue": Text(),
    "description": Text(max_length=1024),
    "allowedPattern": Text(max_length=1024),
    "dataType": Text(computed=True, one_of=("text", "aws:ec2:image", "aws:ssm:integration")),
    "keyId": Text(computed=True),
    "tier": _Tier(computed=True, one_of=("Standard", "Advanced", "Intelligent-Tiering")),
    "overwrite": Flag(),
}
_DESCRIBED = ("type", "description", "allowedPattern", "dataType", "keyId", "tier")


def _put(aws: Session, props: Properties, *, overwrite: bool, **more: Any) -> None:
    value = props.get("value") or props.get("insecureValue")
    asked = request(_INPUTS, props, ("name", *_DESCRIBED))
    aws.ssm.put_parameter(**asked, Value=value, Overwrite=overwrite, **more)


def _create(aws: Session, props: Properties) -> str:
    """Write a parameter. SSM takes no tags when it overwrites one; they are written after it."""
    name = str(props["name"])
    if props.get("overwrite"):
        _put(aws, props, overwrite=True)
        _retag(aws, name, props, props["tagsAll"], [])
    else:
        _put(aws, props, overwrite=False, Tags=tags.to_list(props["tagsAll"]))
    return name


def _metadata(aws: Session, name: str) -> Properties:
    """The properties that GetParameter does not show."""
    filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    described = aws.ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
    return response(_INPUTS, described[0] if described else {}, _DESCRIBED)


def _read(aws: Session, id_: str, state: Properties) -> Properties | None:
    answer = found(lambda: aws.ssm.get_parameter(Name=id_, WithDecryption=True))
    if answer is None:
        return None
    parameter = answer["Parameter"]
    value = parameter["Value"]
    insecure = state.get("insecureValue") is not None
    told = aws.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=id_)
    return {
        "arn": parameter["ARN"],
        "name": id_,
        "version": parameter["Version"],
        **_metadata(aws, id_),
        "type": parameter["Type"],
        "value": None if insecure else value,
        "insecureValue": value if insecure else None,
        "hasValueWo": False,
        "tagsAll": tags.from_list(told["TagList"]),
    }


def _update(aws: Session, id_: str, change: Change) -> None:
    del id_
    if change.has("value", "insecureValue", *_DESCRIBED):
        props = {name: change.get(name) for name in _INPUTS}
        if props["type"] != _SECURE:
            props["keyId"] = None
        # SSM keeps what an overwriting call does not name, so what was taken back is named as empty.
        cleared = {pascal(name): "" for name in ("description", "allowedPattern") if not props.get(name)}
        _put(aws, props, overwrite=True, **cleared)


def _delete(aws: Session, id_: str, state: Properties) -> None:
    del state
    aws.ssm.delete_parameter(Name=id_)


def _retag(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    del state
    if removed:
        aws.ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId=id_, TagKeys=removed)
    if written:
        aws.ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=id_, Tags=tags.to_list(written))


def _examine(inputs: Properties) -> list[CheckFailure]:
    if inputs["type"] == _SECURE and inputs.get("insecureValue") is not None:
        return [CheckFailure("insecureValue", f"is not accepted for a {_SECURE}: use value")]
    if inputs["type"] != _SECURE and inputs.get("keyId"):
        return [CheckFailure("keyId", f"is accepted for a {_SECURE} only")]
    return []


PARAMETER = Resource(
    type_="aws:ssm/parameter:Parameter",
    inputs=_INPUTS,
    outputs=("arn", "hasValueWo", "version"),
    unsupported=("arn", "valueWo", "valueWoVersion"),
    name=AutoName(max_length=2048, unless=()),
    exactly_one=(("value", "insecureValue"),),
    examine=_examine,
    renewed={"version": ("value", "insecureValue", *_DESCRIBED)},
    create=_create,
    locate=lambda _, props: str(props["name"]),
    read=_read,
    update=_update,
    delete=_delete,
    retag=_retag,
)

RESOURCES = (PARAMETER,)
