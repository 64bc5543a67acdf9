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
    """SSM raises a parameter's tier in place and never lowers it (PutParameter); it may choose another one itself."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        if old and new == "Intelligent-Tiering":
            return {}
        return super().diff(path, old, new, replace=replace or (old, new) == ("Advanced", "Standard"))


class Parameter(ResourceType):
    """A parameter.

    Source: terraform-provider-aws/internal/service/ssm/parameter.go (0073593e7d69), read on 2026-11-29.
    """

    type_ = "aws:ssm/parameter:Parameter"
    inputs = {
        "name": Text(force_new=True, min_length=1, max_length=2048),
        "type": Text(required=True, one_of=("String", "StringList", _SECURE)),
        "value": Text(),
        "insecureValue": Text(),
        "description": Text(max_length=1024),
        "allowedPattern": Text(max_length=1024),
        "dataType": Text(computed=True, force_new=True, one_of=("aws:ec2:image", "aws:ssm:integration", "text")),
        "keyId": Text(computed=True),
        "tier": _Tier(computed=True, one_of=("Standard", "Advanced", "Intelligent-Tiering")),
        "overwrite": Flag(),
    }
    outputs = ("arn", "hasValueWo", "version")
    unsupported = ("arn", "valueWo", "valueWoVersion")
    name = AutoName(max_length=255, unless=())
    exactly_one = (("value", "insecureValue"),)
    renewed = {"version": ("value", "description")}
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
        value = props.get("value") or props.get("insecureValue")
        described = [name for name in _DESCRIBED if name != "keyId" or props["type"] == _SECURE]
        asked = request(self.inputs, props, ("name", *described))
        aws.ssm.put_parameter(**asked, Value=value, Overwrite=overwrite, **more)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.ssm.get_parameter, "Parameter", Name=id_, WithDecryption=True)
        if found is None:
            return None
        filters = [{"Key": "Name", "Option": "Equals", "Values": [found["Name"]]}]
        described = aws.ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
        return {**described[0], **found} if described else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        secure = found["Type"] == _SECURE
        insecure = state.get("insecureValue") is not None and not secure
        told = response(self.inputs, found, _DESCRIBED)
        if not secure:
            del told["keyId"]  # the program may name a key, which is not used
        return {
            "arn": found["ARN"],
            "name": found["Name"],
            "version": found["Version"],
            **told,
            "value": None if insecure else found["Value"],
            "insecureValue": found["Value"] if insecure else None,
            "hasValueWo": False,
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("value", "insecureValue", *_DESCRIBED):
            props = {name: change.get(name) for name in self.inputs}
            # SSM keeps what an overwriting call does not name, so what was taken back is named as empty.
            cleared = {pascal(name): "" for name in ("description", "allowedPattern") if not props.get(name)}
            # A program that says `overwrite: false` gets SSM's refusal, as with the real provider.
            self._put(aws, props, overwrite=change.new.get("overwrite") is not False, **cleared)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ssm.delete_parameter(Name=id_)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if inputs["type"] == _SECURE and inputs.get("insecureValue") is not None:
            return [CheckFailure("insecureValue", f"is not accepted for a {_SECURE}: use value")]
        return []


TYPES = (Parameter,)
