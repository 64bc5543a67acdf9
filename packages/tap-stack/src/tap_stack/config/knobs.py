"""What can be configured, as rows: read off the fields of the configuration's models, where each is declared once."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

PROJECT = "tap"
"""Pulumi.yaml's project name: the namespace of the configuration keys."""

ENV_PREFIX = "TAP_"
"""Of the environment variables. Without it a variable of somebody's shell, such as TAGS, would configure the stack."""

DOCUMENT = "document"
"""The type of a knob whose value is JSON, and may have several lines."""

TYPE_NAMES: dict[object, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    tuple[str, ...]: "list",
    int | tuple[str, ...]: "integer or list",
    dict[str, str]: "map",
}


@dataclasses.dataclass(frozen=True)
class Knob:
    """One thing that can be configured.

    Attributes:
        field: The field of the model.
        key: Pulumi's key, such as `tap:minSize`.
        env: The environment variable, such as `TAP_MIN_SIZE`.
        type: What kind of value it is: string, integer, number, boolean, list, map or document.
        default: What holds when neither is set.
        accepted: What is accepted, as a phrase that completes "accepted: ...".
        description: One sentence.
    """

    field: str
    key: str
    env: str
    type: str
    default: object
    accepted: str
    description: str


def knob(
    default: object,
    description: str,
    *,
    accepted: str = "",
    key: str = "",
    env: str = "",
    type_: str = "",
    **bounds: Any,
) -> Any:
    """Declare a field of a configuration model that is a knob.

    `accepted` is needed where type and bounds do not say it all; `key` and `env` where the name does not give them;
    `type_` where the annotation does not, as for a document, which is a text of several lines.
    """
    bounds["json_schema_extra"] = {"accepted": accepted, "key": key, "env": env, "type": type_}
    return Field(default, description=description, validate_default=True, **bounds)


def knobs_of(model: type[BaseModel]) -> list[Knob]:
    """The knobs of a model, in the order of its fields."""
    return [
        _row(name, field) for name, field in model.model_fields.items() if isinstance(field.json_schema_extra, dict)
    ]


def _row(name: str, field: FieldInfo) -> Knob:
    extra: dict[str, Any] = dict(field.json_schema_extra) if isinstance(field.json_schema_extra, dict) else {}
    return Knob(
        field=name,
        key=extra["key"] or f"{PROJECT}:{to_camel(name)}",
        env=extra["env"] or f"{ENV_PREFIX}{name.upper()}",
        type=extra["type"] or TYPE_NAMES.get(field.annotation, "string"),
        default=field.default,
        accepted=extra["accepted"] or _accepted(field),
        description=field.description or "",
    )


def _accepted(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return " or ".join(get_args(field.annotation))
    if field.annotation is bool:
        return "true or false"
    least = next((bound.ge for bound in field.metadata if isinstance(bound, Ge)), None)
    most = next((bound.le for bound in field.metadata if isinstance(bound, Le)), None)
    if least is None or most is None:
        raise TypeError(f"a {field.annotation} knob without bounds must say in words what it accepts")
    return f"{TYPE_NAMES[field.annotation]}, {least} to {most}"


def knobs_model(dataclass: type, prefix: str) -> type[BaseModel]:
    """A configuration model with one knob for each field of `dataclass`, so that its limits are not written twice.

    Args:
        dataclass: Its fields are numbers or booleans with a default and metadata `description`, `minimum`, `maximum`.
        prefix: Goes before each field's name: `healer` and `window` make `healer_window`, key `tap:healerWindow`.
    """
    hints = get_type_hints(dataclass)
    fields: dict[str, Any] = {
        f"{prefix}_{field.name}": _declared(field, hints[field.name]) for field in dataclasses.fields(dataclass)
    }
    return create_model(f"{dataclass.__name__}Knobs", __config__=ConfigDict(extra="forbid", frozen=True), **fields)


def _declared(field: dataclasses.Field[Any], type_: Any) -> Any:
    limits = {"ge": field.metadata.get("minimum"), "le": field.metadata.get("maximum")}
    bounds = {} if type_ is bool else {name: limit for name, limit in limits.items() if limit is not None}
    return Annotated[type_, knob(field.default, field.metadata["description"], **bounds)], field.default
