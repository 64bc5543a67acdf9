"""What a target of an EventBridge rule is sent: the event, a constant, a part of the event, or a text of it. Pure.

Source: Amazon EventBridge user guide, "Amazon EventBridge input transformation"; API reference, Target.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

PATH_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")
VARIABLE = re.compile(r"<([\w.-]+)>")
MISSING = object()


class InvalidPathError(ValueError):
    """Not a JSON path that is understood here."""


def check_target(target: Mapping[str, Any]) -> None:
    """Check that a target's input can be made.

    Raises:
        InvalidPathError: a JSON path cannot be read.
        ValueError: Input is not JSON, or more than one way to make the input is given.
    """
    given = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name)]
    if len(given) > 1:
        raise ValueError(f"only one of {', '.join(given)} can be given")
    if "Input" in given:
        json.loads(target["Input"])
    if "InputPath" in given:
        _steps(target["InputPath"])
    for path in target.get("InputTransformer", {}).get("InputPathsMap", {}).values():
        _steps(path)


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """The text that a target is sent, as JSON.

    Args:
        target: A target in boto3's shape, checked with `check_target`.
        event: The whole event.
        rule_arn: The rule, which a template may name.
    """
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        found = look_up(target["InputPath"], event)
        return json.dumps(None if found is MISSING else found)
    if target.get("InputTransformer"):
        return _transform(target["InputTransformer"], event, rule_arn)
    return json.dumps(event)


def look_up(path: str, event: Any) -> Any:
    """What a JSON path such as `$.detail.state` leads to, or `MISSING`."""
    found = event
    for step in _steps(path):
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return found


def _steps(path: str) -> list[str | int]:
    if not path.startswith("$"):
        raise InvalidPathError(f"{path!r} is not a JSON path: it does not begin with $")
    steps: list[str | int] = []
    position = 1
    while position < len(path):
        match = PATH_STEP.match(path, position)
        if match is None:
            raise InvalidPathError(f"{path!r} is not a JSON path that is understood here: {path[position:]!r}")
        steps.append(int(match[2]) if match[2] else match[1] or match[3] or match[4])
        position = match.end()
    return steps


def _transform(transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """Fill a template: between quotes a variable becomes text, outside of them JSON; an unknown one stays as it is."""
    variables = {name: look_up(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
    variables |= _predefined(event, rule_arn)
    template = transformer["InputTemplate"]

    def fill(match: re.Match[str]) -> str:
        if match[1] not in variables:
            return match[0]
        quotes_before = len(re.findall(r'(?<!\\)"', template[: match.start()]))
        return _written(variables[match[1]], quoted=quotes_before % 2 == 1)

    return VARIABLE.sub(fill, template)


def _predefined(event: Mapping[str, Any], rule_arn: str) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event.get("time", ""),
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": dict(event),
    }


def _written(value: Any, *, quoted: bool) -> str:
    if value is MISSING:
        return "" if quoted else "null"
    if not quoted:
        return json.dumps(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]
