"""Types that no provider here models, noted for a program that is to go on without them.

Nothing is called, and nothing is there. A resource has the inputs of the program, and outputs that are made up, so that
what depends on it can be made. `provider.UNMODELLED` marks it, in the state too. A data source has an answer that is
made up, always the same for the same arguments.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from embedded_pulumi.provider import UNMODELLED, Created, Diff, DiffKind, Invoked, ReadResult
from embedded_pulumi.sdk import class_named, is_optional, properties_of
from embedded_pulumi.values import UNKNOWN, Properties, Value

MADE_UP = "made-up"
"""What made-up texts begin with, so that nobody takes them for real."""

MakeUp: TypeAlias = Callable[[str, str, Any, str], Value]
"""Makes up an output: of the type token, its name, the type that the SDK declares, and the resource's id."""

_PLAIN: Mapping[Any, Value] = {bool: False, int: 0, float: 0}


def is_noted(outputs: Mapping[str, Value]) -> bool:
    """Whether these are the outputs of a resource that was only noted."""
    return UNMODELLED in outputs


def make_up(_: str, __: str, hint: Any, own: str) -> Value:
    """An output by its declared type alone; a text is the resource's id."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    if typing.get_origin(hint) in (list, Sequence):
        return []
    if typing.get_origin(hint) in (dict, Mapping) or (isinstance(hint, type) and hint is not str):
        return {}
    return own


def note(type_: str, inputs: Properties, *, preview: bool, id_: str = "", making: MakeUp = make_up) -> Created:
    """A resource with made-up outputs; in a preview they are unknown.

    Args:
        type_: Its type token.
        inputs: What the program gives.
        preview: Whether it is only foreseen.
        id_: The id of a resource that the program reads, and that somebody else has made.
        making: Makes up one output.
    """
    own = id_ or f"{MADE_UP}-{_words(type_)}-{uuid.uuid4().hex[:8]}"
    hints = _computed(type_, inputs)
    made = {name: UNKNOWN if preview else making(type_, name, hint, own) for name, hint in hints.items()}
    return Created("" if preview else own, {**inputs, **made, UNMODELLED: sorted(made)})


def _words(token: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", token.rpartition(":")[2]).lower()


def _computed(type_: str, inputs: Properties) -> dict[str, Any]:
    """The outputs that the provider would add, with their types, as far as the SDK knows; of AWS's always an ARN."""
    declared = class_named(type_, type_.rpartition(":")[2])
    if declared is None:
        return {"arn": str} if type_.startswith("aws:") else {}
    hints = properties_of(declared)
    return {name: hint for name, hint in hints.items() if inputs.get(name) is None and not is_optional(hint)}


def answered(token: str, args: Properties, making: MakeUp = make_up) -> Invoked:
    """A made-up answer of a data source, with what its result has by the SDK; the arguments come back as they are.

    Args:
        token: Such as `aws:s3/getBucket:getBucket`, whose result is `GetBucketResult`.
        args: What the program asks with.
        making: Makes up one value.
    """
    name = token.rpartition(":")[2]
    digest = hashlib.sha256(json.dumps([token, args], sort_keys=True, default=str).encode()).hexdigest()
    own = f"{MADE_UP}-{_words(token).removeprefix('get-')}-{digest[:8]}"
    declared = class_named(token, f"{name[:1].upper()}{name[1:]}Result")
    hints = {} if declared is None else properties_of(declared)
    made = {key: making(token, key, hint, own) for key, hint in hints.items() if not is_optional(hint)}
    given = {key: value for key, value in args.items() if value is not None}
    return Invoked({"id": own, **made, **given}, made_up=True)


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


def read(type_: str, id_: str, inputs: Properties, outputs: Properties, making: MakeUp = make_up) -> ReadResult:
    """A noted resource as it was noted, or one of somebody else's, with its id, as it is noted now."""
    if is_noted(outputs):
        return ReadResult(id_, outputs, inputs)
    return ReadResult(id_, note(type_, inputs, preview=False, id_=id_, making=making).outputs, inputs)
