"""What the model of an API demands of a request: values there, of their type, and within lengths, ranges and patterns.

AWS checks each request against its service's model before the service sees it, and names everything that is wrong at
once. moto checks hardly any of it. botocore carries the same models, with the constraints in them.

Source: botocore 1.44.5, `data/*/*/service-2.json`; the words are those that the services answer with
(hashicorp/terraform-provider-aws 41316, aws-cloudformation/cfn-lint 306, GorillaStack/auto-tag 77, read 2026-11-29);
EC2 API reference, "Error codes": MissingParameter, InvalidParameterValue.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import gt, lt
from typing import Any

from embedded_aws.calls import AwsError
from embedded_aws.wire import Inbound

CODES = {
    "cloudwatch": "ValidationError",
    "logs": "InvalidParameterException",
    "route53": "InvalidInput",
    "s3": "InvalidArgument",
}
"""Services whose code is another than that of their protocol (cloudwatch came from the query protocol)."""

QUERY_CODE, JSON_CODE = "ValidationError", "ValidationException"

WORDED_ELSEWHERE = {
    "ec2": frozenset({"InstanceType", "VolumeType", "LocationType"}),
    "iam": frozenset({"policyDocumentType"}),
    "lambda": frozenset({"Runtime", "MemorySize", "Timeout", "ArchitecturesList", "Architecture"}),
    "sns": frozenset({"PublishBatchRequestEntryList"}),
}
"""Shapes of a service that it checks later and in other words; its handlers here do so."""

TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (datetime,),
    "blob": (bytes, str),
}
"""A model's type to the types in which its values arrive."""

LAST_YEAR = 9999

BITS = {"integer": 31, "long": 63}
"""How large a whole number may be; the sign comes on top."""

IAM_NAME = r"[\w+=,.@-]+"
SURROGATES = (r"\uD800\uDC00-\uDBFF\uDFFF", "\U00010000-\U0010ffff")
"""Characters beyond the first 65,536 as Java writes them in a pattern, and as Python does."""

XML = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""What can be written in XML 1.0, and so be told again by the protocols that answer in it."""

POSIX = {r"\p{Alnum}": "a-zA-Z0-9", r"\p{Alpha}": "a-zA-Z", r"\p{ASCII}": r"\x00-\x7F", r"\p{Graph}": r"\x21-\x7E"}


@dataclass(frozen=True)
class BrokenConstraint:
    """One constraint that one value breaks.

    Attributes:
        path: Such as `Targets.1.member.Id`.
        kind: The constraint's name in the model: `required`, `min`, `max`, `pattern` or `enum`.
        words: The constraint as AWS tells it.
    """

    path: str
    value: Any
    kind: str
    words: str


def check(inbound: Inbound) -> None:
    """Refuse a request that breaks its model.

    Raises:
        AwsError: with the code of the service's protocol.
    """
    shape = inbound.operation.input_shape
    if shape is None:
        return
    service = inbound.scope.service
    exempt = WORDED_ELSEWHERE.get(service, frozenset())
    found = list(_violations(shape, inbound.params, "", exempt))
    if inbound.protocol in {"ec2", "query"}:
        found += _unwritable(inbound.params, "")
    if not found:
        return
    if service == "ec2":
        raise _ec2_refusal(found[0])
    if service == "iam" and found[0].kind == "pattern" and IAM_NAME in found[0].words:
        raise _iam_name_refusal(found[0].path)
    raise AwsError(CODES.get(service, QUERY_CODE if inbound.protocol == "query" else JSON_CODE), _told(found))


def _violations(shape: Any, value: Any, path: str, exempt: frozenset[str]) -> Iterator[BrokenConstraint]:
    if shape.name in exempt:
        return
    if not _is_of_type(shape.type_name, value):
        raise AwsError("SerializationException", f"The value of {_member(path)} is no {shape.type_name}.")
    yield from _own_violations(shape, value, path)
    yield from _MEMBERS.get(shape.type_name, _no_members)(shape, value, path, exempt)


def _of_structure(shape: Any, value: Any, path: str, exempt: frozenset[str]) -> Iterator[BrokenConstraint]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield BrokenConstraint(_below(path, name), None, "required", "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _violations(member, value[name], _below(path, name), exempt)


def _of_list(shape: Any, value: Any, path: str, exempt: frozenset[str]) -> Iterator[BrokenConstraint]:
    for number, each in enumerate(value, start=1):
        yield from _violations(shape.member, each, f"{path}.{number}.member", exempt)


def _of_map(shape: Any, value: Any, path: str, exempt: frozenset[str]) -> Iterator[BrokenConstraint]:
    yield from _map_violations(shape, value, path)
    if shape.value.type_name in _MEMBERS:
        for name, each in value.items():
            yield from _violations(shape.value, each, f"{path}.{name}.member", exempt)


def _no_members(*_: Any) -> Iterator[BrokenConstraint]:
    return iter(())


_MEMBERS = {"structure": _of_structure, "list": _of_list, "map": _of_map}
"""A type to the constraints of its members."""


def _unwritable(value: Any, path: str) -> Iterator[BrokenConstraint]:
    """Texts that no answer could hold."""
    if isinstance(value, str) and not XML.fullmatch(value):
        yield BrokenConstraint(path, ascii(value), "pattern", "Member must hold characters of XML 1.0 only")
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _unwritable(each, _below(path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value, start=1):
            yield from _unwritable(each, f"{path}.{number}.member")


def _is_of_type(type_name: str, value: Any) -> bool:
    if type_name not in TYPES:
        return True
    if isinstance(value, bool) and type_name != "boolean":
        return False
    if type_name in BITS:
        most = 2 ** BITS[type_name]
        return isinstance(value, int) and -most <= value < most
    if type_name in {"float", "double"} and isinstance(value, int | float):
        return not isinstance(value, float) or math.isfinite(value)
    if type_name == "timestamp" and isinstance(value, datetime):
        return 1 < value.year < LAST_YEAR  # whichever zone it is seen from
    return isinstance(value, TYPES[type_name])


def _map_violations(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[BrokenConstraint]:
    for name, each in value.items():
        for what, part, member in (("keys", shape.key, name), ("value", shape.value, each)):
            if part.type_name == "string" and (broken := list(_own_violations(part, member, path))):
                together = ", ".join(one.words for one in broken)
                told = _shown(value, shape, shape.key, shape.value)
                yield BrokenConstraint(path, told, broken[0].kind, f"Map {what} must satisfy constraint: [{together}]")
                return


def _own_violations(shape: Any, value: Any, path: str) -> Iterator[BrokenConstraint]:
    """The constraints of a shape itself, which its value breaks; those of its members are another matter."""
    limits, shown = shape.metadata, _shown(value, shape)
    for kind, outside, bound in (("max", gt, "less than or equal to"), ("min", lt, "greater than or equal to")):
        if kind in limits and outside(_measure(value), limits[kind]):
            what = "value" if isinstance(value, int | float) else "length"
            yield BrokenConstraint(path, shown, kind, f"Member must have {what} {bound} {limits[kind]}")
    pattern = limits.get("pattern")
    if pattern and isinstance(value, str) and not _fits(pattern, value):
        yield BrokenConstraint(path, shown, "pattern", f"Member must satisfy regular expression pattern: {pattern}")
    known = getattr(shape, "enum", None)
    if known and value not in known:
        yield BrokenConstraint(path, shown, "enum", f"Member must satisfy enum value set: [{', '.join(known)}]")


def _shown(value: Any, *shapes: Any) -> Any:
    """A value as a message may show it: what the model calls sensitive is hidden."""
    return "***" if any(shape.metadata.get("sensitive") for shape in shapes) else value


def _measure(value: Any) -> float:
    """What a minimum and a maximum are about: a number itself, the length of anything else."""
    if isinstance(value, int | float):
        return value
    return len(value) if isinstance(value, str | bytes | list | dict) else 0


def _fits(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern of Java's in Python; None for one with classes of Unicode characters, which Python has not."""
    for java, python in (SURROGATES, *POSIX.items()):
        pattern = pattern.replace(java, python)
    if r"\p{" in pattern:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `[[` means something in Java, and will in Python
            return re.compile(pattern, re.ASCII)
    except re.error:
        return None


# What the client is told.


def _told(found: Sequence[BrokenConstraint]) -> str:
    said = "; ".join(
        f"Value {_quoted(each.value)}at '{_member(each.path)}' failed to satisfy constraint: {each.words}"
        for each in found
    )
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {said}"


def _quoted(value: Any) -> str:
    return "null " if value is None else f"'{_written(value)}' "


def _written(value: Any) -> str:
    """A value as Java prints it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return str(value)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _member(path: str) -> str:
    """A path with members named as AWS's messages name them: `targets.1.member.id`."""
    return ".".join(part[:1].lower() + part[1:] for part in path.split("."))


def _ec2_refusal(broken: BrokenConstraint) -> AwsError:
    name = ".".join(part for part in broken.path.split(".") if part != "member")
    if broken.kind == "required":
        return AwsError("MissingParameter", f"The request must contain the parameter {name}")
    last = name.rpartition(".")[2]
    text = f"Value ({_written(broken.value)}) for parameter {_member(last)} is invalid."
    if broken.kind in {"min", "max"}:
        text += f" {broken.words.replace('Member must have', 'Expecting a')}."
    return AwsError("InvalidParameterValue", text)


def _iam_name_refusal(path: str) -> AwsError:
    allowed = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
    return AwsError("ValidationError", f"The specified value for {_member(path)} is invalid. {allowed}")
