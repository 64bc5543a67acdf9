"""Systems Manager parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Changes, Flag, Text
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import pascal, request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import Properties, Value

_SECURE = "SecureString"
_DESCRIBED = ("type", "description", "allowedPattern", "dataType", "keyId", "tier")
_TAGGING = Tagging(
    service="ssm",
    target="ResourceId",
    write="add_tags_to_resource",
    remove="remove_tags_from_resource",
    show="list_tags_for_resource",
    shown="TagList",
    more={"ResourceType": "Parameter"},
)


@dataclass(frozen=True, kw_only=True)
class _Tier(Text):
    """SSM raises a parameter's tier in place and never lowers it (PutParameter)."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        return super().diff(path, old, new, replace=replace or (old, new) == ("Advanced", "Standard"))


class Parameter(ResourceType):
    """A parameter."""

    type_ = "aws:ssm/parameter:Parameter"
    inputs = {
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
    outputs = ("arn", "hasValueWo", "version")
    unsupported = ("arn", "valueWo", "valueWoVersion")
    name = AutoName(max_length=2048, unless=())
    exactly_one = (("value", "insecureValue"),)
    renewed = {"version": ("value", "insecureValue", *_DESCRIBED)}
    tagging = _TAGGING

    def create(self, aws: Session, props: Properties) -> str:
        """Write a parameter. SSM takes no tags when it overwrites one; they are written after it."""
        name = str(props["name"])
        if props.get("overwrite"):
            self._put(aws, props, overwrite=True)
            _TAGGING.change(aws, name, props, props["tagsAll"], [])
        else:
            self._put(aws, props, overwrite=False, Tags=tags.to_list(props["tagsAll"]))
        return name

    def _put(self, aws: Session, props: Properties, *, overwrite: bool, **more: Any) -> None:
        value: Any = props.get("value") or props.get("insecureValue")
        asked = request(self.inputs, props, ("name", *_DESCRIBED))
        aws.ssm.put_parameter(**asked, Value=value, Overwrite=overwrite, **more)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.ssm.get_parameter, "Parameter", Name=id_, WithDecryption=True)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        filters: list[Any] = [{"Key": "Name", "Option": "Equals", "Values": [id_]}]
        described = aws.ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
        insecure = state.get("insecureValue") is not None
        return {
            "arn": found["ARN"],
            "name": id_,
            "version": found["Version"],
            **response(self.inputs, described[0] if described else {}, _DESCRIBED),
            "type": found["Type"],
            "value": None if insecure else found["Value"],
            "insecureValue": found["Value"] if insecure else None,
            "hasValueWo": False,
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("value", "insecureValue", *_DESCRIBED):
            props = {name: change.get(name) for name in self.inputs}
            if props["type"] != _SECURE:
                props["keyId"] = None
            # SSM keeps what an overwriting call does not name, so what was taken back is named as empty.
            cleared = {pascal(name): "" for name in ("description", "allowedPattern") if not props.get(name)}
            self._put(aws, props, overwrite=True, **cleared)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ssm.delete_parameter(Name=id_)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if inputs["type"] == _SECURE and inputs.get("insecureValue") is not None:
            return [CheckFailure("insecureValue", f"is not accepted for a {_SECURE}: use value")]
        if inputs["type"] != _SECURE and inputs.get("keyId"):
            return [CheckFailure("keyId", f"is accepted for a {_SECURE} only")]
        return []


TYPES = (Parameter,)
