"""What listeners and rules do with a request, and when: actions and conditions as properties.

Source: terraform-provider-aws/internal/service/elbv2/listener.go and listener_rule.go (032c4f076a6c, 2025; read
2026-11-30). Actions that authenticate are refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, SetOf
from embedded_pulumi.values import Properties, Value

_FORWARD = Block(
    fields={
        "targetGroups": SetOf(
            required=True,
            min_items=1,
            max_items=5,
            item=Block(
                fields={
                    "arn": ArnText(required=True, aws="TargetGroupArn"),
                    "weight": Whole(default=1, at_least=0, at_most=999),
                }
            ),
        ),
        "stickiness": Block(
            computed=True,
            fields={
                "duration": Whole(required=True, at_least=1, at_most=604800, aws="DurationSeconds"),
                "enabled": Flag(default=False),
            },
            aws="TargetGroupStickinessConfig",
        ),
    },
    aws="ForwardConfig",
)
_REDIRECT = Block(
    fields={
        "host": Text(default="#{host}", min_length=1, max_length=128),
        "path": Text(default="/#{path}", min_length=1, max_length=128),
        "port": Text(default="#{port}"),
        "protocol": Text(default="#{protocol}", one_of=("#{protocol}", "HTTP", "HTTPS")),
        "query": Text(default="#{query}", max_length=128),
        "statusCode": Text(required=True, one_of=("HTTP_301", "HTTP_302")),
    },
    aws="RedirectConfig",
)
_RESPONSE = Block(
    fields={
        "contentType": Text(
            required=True,
            one_of=("text/plain", "text/css", "text/html", "application/javascript", "application/json"),
        ),
        "messageBody": Text(max_length=1024),
        "statusCode": Text(computed=True, pattern=r"[245]\d\d", accepts="200 to 299, 400 to 599"),
    },
    aws="FixedResponseConfig",
)
ACTIONS = ListOf(
    required=True,
    min_items=1,
    item=Block(
        fields={
            "type": Text(required=True, one_of=("forward", "redirect", "fixed-response")),
            "order": Whole(computed=True, at_least=1, at_most=50000),
            "targetGroupArn": ArnText(),
            "forward": _FORWARD,
            "redirect": _REDIRECT,
            "fixedResponse": _RESPONSE,
        },
        unsupported=("authenticateCognito", "authenticateOidc", "jwtValidation"),
    ),
)
_PARTS = {"redirect": "redirect", "fixed-response": "fixedResponse"}


def actions_to_aws(actions: Sequence[Properties]) -> list[dict[str, Any]]:
    """Actions as calls take them, in their order; each says only what belongs to its type."""
    given = []
    for index, each in enumerate(actions, start=1):
        action: dict[str, Any] = {"Type": each["type"], "Order": each.get("order") or index}
        if each["type"] != "forward":
            part = _PARTS[each["type"]]
            field: Any = ACTIONS.item.fields[part]  # type: ignore[attr-defined]
            action[field.aws] = field.to_aws(each.get(part) or {})
        elif each.get("targetGroupArn"):
            action["TargetGroupArn"] = each["targetGroupArn"]
        else:
            action["ForwardConfig"] = _FORWARD.to_aws(each.get("forward") or {})
        given.append(action)
    return given


def actions_from_aws(told: Sequence[dict[str, Any]], kept: Value) -> list[Properties]:
    """Actions as properties; a forward is told in the way in which the program says it.

    Args:
        told: What ELB tells; of a forward to one target group both forms.
        kept: The actions in the state, empty for an import.
    """
    known = kept if isinstance(kept, list) else []
    ordered = sorted(told, key=lambda each: each.get("Order") or 0)
    return [_action(each, known[at] if at < len(known) else {}, at + 1) for at, each in enumerate(ordered)]


def _action(told: dict[str, Any], kept: Properties, place: int) -> Properties:
    action: Properties = {"type": told["Type"], "order": told.get("Order") or place}
    if told["Type"] != "forward":
        part = _PARTS[told["Type"]]
        field: Any = ACTIONS.item.fields[part]  # type: ignore[attr-defined]
        return {**action, part: field.from_aws(told.get(field.aws) or {})}
    groups = (told.get("ForwardConfig") or {}).get("TargetGroups") or []
    arn = told.get("TargetGroupArn") or (groups[0]["TargetGroupArn"] if len(groups) == 1 else None)
    if kept.get("forward") or arn is None:
        return {**action, "forward": _told_forward(told["ForwardConfig"])}
    return {**action, "targetGroupArn": arn}


def _told_forward(config: dict[str, Any]) -> Value:
    """A forward; stickiness that was never asked for is none."""
    sticky = config.get("TargetGroupStickinessConfig") or {}
    said = config if sticky.get("DurationSeconds") else {"TargetGroups": config["TargetGroups"]}
    return _FORWARD.from_aws(said)


_VALUES = SetOf(required=True, item=Text(min_length=1, max_length=128))


def _matching(**more: Any) -> Block:
    """A condition by patterns; regular expressions are refused by name."""
    return Block(fields={**more, "values": _VALUES}, unsupported=("regexValues",))


CONDITION_FIELDS: Fields = {
    "hostHeader": _matching(),
    "httpHeader": _matching(
        httpHeaderName=Text(required=True, pattern=r"[0-9A-Za-z_!#$%&'*+,.^`|~-]{1,40}", accepts="a header's name")
    ),
    "httpRequestMethod": Block(
        fields={
            "values": SetOf(
                required=True, item=Text(pattern=r"[A-Za-z_-]{1,40}", accepts="methods such as GET or POST")
            )
        }
    ),
    "pathPattern": _matching(),
    "queryStrings": SetOf(item=Block(fields={"key": Text(), "value": Text(required=True)})),
    "sourceIp": Block(fields={"values": SetOf(required=True)}, unsupported=("ipAddressType",)),
}
_KINDS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "queryStrings": ("query-string", "QueryStringConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}
CONDITIONS = SetOf(required=True, min_items=1, item=Block(fields=CONDITION_FIELDS))


def conditions_to_aws(conditions: Sequence[Properties]) -> list[dict[str, Any]]:
    """Conditions as calls take them."""
    given = []
    for condition in conditions:
        for name, (field, config) in _KINDS.items():
            value = condition.get(name)
            if value:
                said = CONDITION_FIELDS[name].to_aws(value)
                given.append({"Field": field, config: {"Values": said} if name == "queryStrings" else said})
    return given


def conditions_from_aws(told: Sequence[dict[str, Any]]) -> list[Properties]:
    """Conditions as properties."""
    names = {field: (name, config) for name, (field, config) in _KINDS.items()}
    found = []
    for each in told:
        name, config = names[each["Field"]]
        said = each.get(config) or {"Values": each.get("Values", [])}
        found.append({name: CONDITION_FIELDS[name].from_aws(said["Values"] if name == "queryStrings" else said)})
    return found
