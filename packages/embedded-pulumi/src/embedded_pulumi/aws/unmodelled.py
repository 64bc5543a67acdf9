"""Types that this provider does not model, noted for a program that is to go on without them.

Nothing is called, and nothing is there. A resource has the inputs of the program, and outputs that are made up, so that
what depends on it can be made. `provider.UNMODELLED` marks it, in the state too.
"""

from __future__ import annotations

import re
import typing
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from embedded_pulumi.aws.session import Session
from embedded_pulumi.provider import UNMODELLED, Created, Diff, DiffKind, ReadResult
from embedded_pulumi.sdk import class_named, is_optional, properties_of
from embedded_pulumi.values import UNKNOWN, Properties, Value

MADE_UP = "made-up"
"""What made-up texts begin with, so that nobody takes them for real."""

_PLAIN: Mapping[Any, Value] = {bool: False, int: 0, float: 0}


def is_noted(outputs: Mapping[str, Value]) -> bool:
    """Whether these are the outputs of a resource that was only noted."""
    return UNMODELLED in outputs


def note(session: Session, type_: str, inputs: Properties, *, preview: bool, id_: str = "") -> Created:
    """A resource with made-up outputs; in a preview they are unknown.

    Args:
        session: Whose account and region its ARN has.
        type_: Its type token.
        inputs: What the program gives.
        preview: Whether it is only foreseen.
        id_: The id of a resource that the program reads, and that somebody else has made.
    """
    kind = type_.rpartition(":")[2]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind).lower()
    own = id_ or f"{MADE_UP}-{words}-{uuid.uuid4().hex[:8]}"
    hints = _computed(type_, inputs)
    made = {name: UNKNOWN if preview else _made(session, type_, name, hint, own) for name, hint in hints.items()}
    return Created("" if preview else own, {**inputs, **made, UNMODELLED: sorted(made)})


def _computed(type_: str, inputs: Properties) -> dict[str, Any]:
    """The outputs that AWS would add, with their types, as far as the SDK knows: always an ARN."""
    declared = class_named(type_, type_.rpartition(":")[2])
    hints = {"arn": str} if declared is None else properties_of(declared)
    return {name: hint for name, hint in hints.items() if inputs.get(name) is None and not is_optional(hint)}


def _made(session: Session, type_: str, name: str, hint: Any, own: str) -> Value:
    if name == "region":
        return session.region
    if hint in _PLAIN:
        return _PLAIN[hint]
    if typing.get_origin(hint) in (list, Sequence):
        return []
    if typing.get_origin(hint) in (dict, Mapping) or (isinstance(hint, type) and hint is not str):
        return {}
    if name.lower().endswith("arn"):
        return _arn(session, type_.split(":")[1].split("/", maxsplit=1)[0].rstrip("_"), own)
    return own


_ARN_SERVICES = {
    **dict.fromkeys(("alb", "elb", "lb"), "elasticloadbalancing"),
    "cognito": "cognito-idp",
    "efs": "elasticfilesystem",
    "msk": "kafka",
    "opensearch": "es",
    "sfn": "states",
}
_NO_REGION = frozenset({"cloudfront", "globalaccelerator", "iam", "organizations", "waf"})
_NO_ACCOUNT = frozenset({"route53", "s3"})


def _arn(session: Session, module: str, resource: str) -> str:
    """An ARN as the service's are: IAM refuses a policy about a bucket in a region.

    Source: Service Authorization Reference, "Resource types defined by ..." of these services.
    """
    service = _ARN_SERVICES.get(module, module)
    if service in _NO_ACCOUNT:
        return f"arn:{session.partition}:{service}:::{resource}"
    if service in _NO_REGION:
        return f"arn:{session.partition}:{service}::{session.account_id}:{resource}"
    return session.arn(service, resource)


def diff(olds: Properties, news: Properties) -> Diff:
    """Compare inputs, property by property: nobody can say which of them would replace the resource."""
    detailed = {}
    for name in dict.fromkeys((*olds, *news)):
        before, after = olds.get(name), news.get(name)
        if before != after:
            detailed[name] = DiffKind.ADD if before is None else DiffKind.DELETE if after is None else DiffKind.UPDATE
    return Diff(detailed)


def updated(old_inputs: Properties, old_outputs: Properties, news: Properties) -> Properties:
    """The outputs after an update: what was made up stays as it is."""
    made = {name: value for name, value in old_outputs.items() if name not in old_inputs or name == UNMODELLED}
    return {**made, **news}


def read(session: Session, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult:
    """A noted resource as it was noted, or one of somebody else's, with its id, as it is noted now."""
    if is_noted(outputs):
        return ReadResult(id_, outputs, inputs)
    return ReadResult(id_, note(session, type_, inputs, preview=False, id_=id_).outputs, inputs)
