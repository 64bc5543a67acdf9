"""The operations on a resource, the same for every type: check, diff, create, read, update, delete.

The service modules describe the types and call AWS. This module turns their answers into Pulumi's inputs and outputs:
it fills in defaults and names, adds the provider's default tags, foresees previews, and reports failed initializations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from embedded_pulumi.aws import marks, tags
from embedded_pulumi.aws.documents import Document
from embedded_pulumi.aws.errors import as_provider_errors, gone_is_fine
from embedded_pulumi.aws.fields import Field, is_empty
from embedded_pulumi.aws.naming import MADE_UP, NoName
from embedded_pulumi.aws.resource_type import TAGS, Change, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import SetOf, check_exclusive, check_fields, diff_fields, known_among
from embedded_pulumi.provider import (
    Checked,
    CheckFailure,
    CheckRequest,
    Created,
    Diff,
    DiffKind,
    InitFailed,
    OutcomeUnknown,
    ProviderError,
    ReadResult,
)
from embedded_pulumi.values import UNKNOWN, Properties, Value


def check(session: Session, resource: ResourceType, request: CheckRequest) -> Checked:
    """Validate and complete the inputs of a resource."""
    given = {key: value for key, value in _without_notes(request.news).items() if value is not None}
    try:
        named = resource.fill(request, given)
    except NoName as error:
        return Checked(given, (CheckFailure(error.property, str(error)),))
    unserved = {name: value for name, value in named.items() if name in resource.unsupported}
    _, refused = check_fields({}, unserved, unsupported=resource.unsupported)
    if refused:  # and nothing else: the rest may be as it is because of these
        return Checked(given, tuple(refused))
    inputs, failures = check_fields(resource.fields, named, unsupported=resource.unsupported)
    failures += _check_region(session, inputs)
    failures += _check_groups(resource, named)
    if not failures:
        failures += resource.check(inputs)
    made_up = [key for key in named if key not in given]
    return Checked({**inputs, MADE_UP: made_up} if made_up else inputs, tuple(failures))


def _check_region(session: Session, inputs: Properties) -> list[CheckFailure]:
    desired = inputs.get("region")
    if desired in (None, UNKNOWN, session.region):
        return []
    return [CheckFailure("region", f"{desired!r} is not the provider's region; accepted: {session.region}")]


def _check_groups(resource: ResourceType, inputs: Properties) -> list[CheckFailure]:
    """Check which inputs the program sets together.

    One that is unknown may turn out to be set or not; an empty one is set.

    Source: validateExactlyOneAttribute, validateConflictingAttributes and validateRequiredWithAttribute in
    terraform-plugin-sdk/helper/schema/schema.go (9e601691167d, 2026-07-16).
    """
    failures = [
        CheckFailure(group[0], f"exactly one of {', '.join(group)} must be set")
        for group in resource.exactly_one
        if len(known_among(inputs, group)) > 1 or not any(name in inputs for name in group)
    ]
    failures += check_exclusive(resource.exclusive, inputs)
    for name, needed in resource.required_with.items():
        missing = [each for each in needed if each not in inputs]
        if name in inputs and missing:
            failures.append(CheckFailure(name, f"needs {', '.join(missing)}"))
    return failures


def diff(session: Session, resource: ResourceType, state: Properties, news: Properties) -> Diff:
    """Compare inputs with the state."""
    detailed = diff_fields(resource.fields, state, news)
    detailed |= resource.compare(state, news)
    if resource.tagging:
        detailed |= _diff_all_tags(state, _seen(session, _all_tags(session, news)), detailed)
    # As the real provider, delete first if the program gives the name: two resources cannot have it at once.
    # Source: nameRequiresDeleteBeforeReplace in pulumi-terraform-bridge/pkg/tfbridge/schema.go.
    named = resource.delete_first or (resource.name is not None and resource.name.given_in(news))
    replaced = any(kind.replaces for kind in detailed.values())
    return Diff(detailed, delete_before_replace=named and replaced, stables=resource.stables)


def _diff_all_tags(state: Properties, desired: Value, told: Iterable[str]) -> dict[str, DiffKind]:
    """Changes of the provider's default tags; those of the resource's own tags are in `tags` already."""
    changes = TAGS.diff("tagsAll", state.get("tagsAll"), desired)
    own = set(told)
    return {path: kind for path, kind in changes.items() if path.replace("tagsAll", "tags", 1) not in own}


def _all_tags(session: Session, inputs: Properties) -> Value:
    own = inputs.get("tags")
    return UNKNOWN if own is UNKNOWN else tags.merged(session.default_tags, own)


def _seen(session: Session, all_tags: Value) -> Value:
    """All tags but those that the provider ignores."""
    return UNKNOWN if all_tags is UNKNOWN else session.ignored_tags.without(all_tags)


def _with_all_tags(session: Session, resource: ResourceType, inputs: Properties) -> Properties:
    own = _without_notes(inputs)
    return {**own, "tagsAll": _all_tags(session, own)} if resource.tagging else own


def _without_notes(props: Properties) -> Properties:
    """The properties without those that only the provider uses."""
    return {name: value for name, value in props.items() if name != MADE_UP}


def create(session: Session, resource: ResourceType, inputs: Properties, token: str, *, preview: bool) -> Created:
    """Create a resource, initialize it, and read it back.

    Raises:
        ProviderError: nothing was created.
        InitFailed: it was created, but its initialization failed.
        OutcomeUnknown: AWS did not answer, and does not show the resource yet.
    """
    props = _with_all_tags(session, resource, inputs)
    if preview:
        return Created("", _foreseen(session, resource, props))
    marked = marks.marked(props, token)
    try:
        with as_provider_errors():
            id_ = resource.create(session, marked)
    except OutcomeUnknown:
        created = resume(session, resource, inputs, token, preview=False)
        if created is None:
            raise
        return created
    props |= {name: marked[name] for name in resource.outputs if name in marked}
    return _initialize(session, resource, id_, props)


def resume(
    session: Session, resource: ResourceType, inputs: Properties, token: str, *, preview: bool
) -> Created | None:
    """Complete the create with this token, in a preview only read the resource; None if it created none.

    Raises as `create`.
    """
    props = _with_all_tags(session, resource, inputs)
    with as_provider_errors():
        id_ = _find_created(session, resource, marks.marked(props, token)) if token else None
        if id_ is None:
            return None
        if preview:
            return Created(id_, _read_back(session, resource, id_, props, ()))
    return _initialize(session, resource, id_, props)


def _find_created(session: Session, resource: ResourceType, props: Properties) -> str | None:
    """The id of the resource that a create with these inputs and their mark made."""
    id_ = resource.locate(session, props)
    answer = _described(session, resource, id_, props) if id_ else None
    if answer is None:
        return None
    if marks.takes_marks(answer):
        return id_ if marks.mark_of(answer) == marks.mark_of(props) else None
    return None if _unapplied(resource, props, answer, resource.fields) else id_


def _initialize(session: Session, resource: ResourceType, id_: str, props: Properties) -> Created:
    """Complete a resource that has just been created, and read it back."""
    try:
        with as_provider_errors():
            resource.settle(session, id_, props)
            return Created(id_, _read_back(session, resource, id_, props, resource.fields))
    except OutcomeUnknown:
        raise
    except ProviderError as error:
        region = {"region": session.region} if resource.regional else {}
        raise InitFailed(id_, {**region, **props, "id": id_}, [str(error)]) from error


def _foreseen(session: Session, resource: ResourceType, props: Properties) -> Properties:
    """The outputs as far as they are known before the resource exists."""
    unknown = dict.fromkeys(resource.all_outputs, UNKNOWN)
    region = {"region": session.region} if resource.regional else {}
    return {**unknown, **region, **{name: _foresee(resource, name, value) for name, value in props.items()}}


def _foresee(resource: ResourceType, name: str, value: Value) -> Value:
    field = resource.fields.get(name)
    return field.foresee(value) if field else value


def _read_back(
    session: Session, resource: ResourceType, id_: str, known: Properties, written: Collection[str]
) -> Properties:
    """The outputs after a create or an update; an input that AWS does not show is as it was written.

    Only the inputs in `written` are compared with the answer, as Terraform's core does. AWS may have changed others: it
    raises a group's desired capacity to a new minimum.

    Raises:
        ProviderError: the resource does not exist, or AWS took an input and did not apply it.
    """
    answer = _look(session, resource, id_, known)
    if answer is None:
        raise ProviderError(f"{id_} does not exist right after it was written")
    dropped = _unapplied(resource, known, answer, written)
    if resource.tagging:
        dropped |= TAGS.diff("tagsAll", answer.get("tagsAll"), _seen(session, known["tagsAll"]))
    if dropped:
        raise ProviderError(f"AWS took these properties and did not apply them: {', '.join(dropped)}")
    return _outputs(session, resource, id_, known, answer)


def _unapplied(
    resource: ResourceType, desired: Properties, answer: Properties, written: Collection[str]
) -> dict[str, DiffKind]:
    """The differences between the written inputs and AWS's answer."""
    told = {name: field for name, field in resource.fields.items() if name in answer and name in written}
    return dict(diff_fields(told, answer, resource.stored(desired)))


def _look(session: Session, resource: ResourceType, id_: str, state: Properties) -> Properties | None:
    """The properties that AWS shows, without the mark; None if the resource does not exist."""
    answer = _described(session, resource, id_, state)
    if answer is None:
        return None
    if resource.tagging:
        answer["tagsAll"] = _seen(session, answer["tagsAll"])
    return marks.unmarked(answer)


def _described(session: Session, resource: ResourceType, id_: str, state: Properties) -> Properties | None:
    found = resource.find(session, id_, state)
    if found is None:
        return None
    answer = resource.describe(session, id_, found, state)
    if resource.name and resource.name.property in answer:
        answer |= resource.name.prefixes(answer[resource.name.property])
    if resource.tagging:
        answer["tagsAll"] = resource.tagging.read(session, id_, answer, found)
    return answer


def _outputs(session: Session, resource: ResourceType, id_: str, known: Properties, answer: Properties) -> Properties:
    told = {name: _spelled(resource, known, name, value) for name, value in answer.items() if value is not None}
    untold = {name: value for name, value in known.items() if name not in answer}
    outputs = {**untold, **told, "id": answer.get("id") or id_}
    if resource.regional:
        outputs["region"] = session.region
    if resource.tagging:
        outputs["tagsAll"] = told.get("tagsAll", {})
        outputs["tags"] = tags.own_of(outputs["tagsAll"], session.default_tags, known.get("tags"))
    return outputs


def _spelled(resource: ResourceType, known: Properties, name: str, value: Value) -> Value:
    """A document or a set as the program spells and orders it, if it means the same."""
    field, said = resource.fields.get(name), known.get(name)
    if isinstance(field, (Document, SetOf)) and said is not None and not field.diff("", value, said):
        value = said
    return field.as_output(value) if field else value


def read(
    session: Session, resource: ResourceType, id_: str, inputs: Properties, outputs: Properties
) -> ReadResult | None:
    """Read a resource; None if it does not exist."""
    state = _without_notes({**inputs, **outputs})
    with as_provider_errors():
        answer = _look(session, resource, id_, state)
    if answer is None:
        return None
    now = _outputs(session, resource, id_, state, answer)
    desired = _imported_inputs(resource, now) if not state else _refreshed_inputs(resource, inputs or outputs, now)
    return ReadResult(now["id"], now, desired)


def _refreshed_inputs(resource: ResourceType, inputs: Properties, now: Properties) -> Properties:
    """The inputs after a refresh: the same properties with their present values, as they were spelled before."""
    refreshed: Properties = {name: value for name, value in inputs.items() if name == MADE_UP}
    for name, field in resource.fields.items():
        if name not in inputs:
            continue
        if not field.diff(name, now.get(name), inputs[name]):
            refreshed[name] = inputs[name]
        elif now.get(name) is not None:
            refreshed[name] = field.as_input(now[name])
    return refreshed


def _imported_inputs(resource: ResourceType, now: Properties) -> Properties:
    """The inputs of an imported resource: all its properties, without those that mean the same if they are absent.

    Source: isDefaultOrZeroValue in pulumi-terraform-bridge/pkg/tfbridge/schema.go (59de6c661df1).
    """
    said = {name: field for name, field in resource.fields.items() if _says_something(field, now.get(name))}
    inputs = {name: field.as_input(now[name]) for name, field in said.items()}
    inputs.pop("region", None)
    for group in (*resource.exactly_one, *resource.exclusive):
        for extra in [name for name in group if not is_empty(inputs.get(name))][1:]:
            del inputs[extra]
    defaults = {name: field.default for name, field in resource.fields.items() if field.default is not None}
    for failure in resource.check({**defaults, **inputs}):
        inputs.pop(failure.property, None)  # AWS filled it in, and a program may not set it
    return {name: value for name, value in inputs.items() if name not in defaults or value != defaults[name]}


def _says_something(field: Field, value: Value) -> bool:
    """Whether leaving a value out would change its meaning: an empty value matters if the default is not empty."""
    return value is not None and (not is_empty(value) or field.default is not None)


def update(
    session: Session, resource: ResourceType, id_: str, state: Properties, news: Properties, *, preview: bool
) -> Properties:
    """Update a resource in place, and read it back."""
    props = _with_all_tags(session, resource, news)
    change = Change(resource.fields, state, props)
    kept = {name: value for name, value in _without_notes(state).items() if name not in resource.fields}
    if preview:
        # AWS filled in these inputs before, and the program still does not set them.
        filled_in = {name: state[name] for name, field in resource.fields.items() if field.computed and name in state}
        return {
            **kept,
            **filled_in,
            **_foreseen_changes(resource, change),
            **_renewed(resource, change),
        }
    with as_provider_errors():
        resource.update(session, id_, change)
        if resource.tagging:
            written, removed = _changed_tags(change)
            resource.tagging.change(session, id_, state, written, removed)
        return _read_back(session, resource, id_, {**kept, **props}, _changed(resource, change))


def _foreseen_changes(resource: ResourceType, change: Change) -> Properties:
    """The inputs after an update. One that does not change keeps its old value, with all that AWS filled in."""
    changed = _changed(resource, change)
    same = {name for name in change.new if name in resource.fields and name not in changed}
    kept = {name: change.old[name] for name in same if change.old.get(name) is not None}
    return {name: _foresee(resource, name, value) for name, value in change.new.items()} | kept


def _changed(resource: ResourceType, change: Change) -> set[str]:
    """The inputs that change."""
    return set(resource.compare(change.old, change.new)) | {name for name in resource.fields if change.has(name)}


def _renewed(resource: ResourceType, change: Change) -> Properties:
    """The outputs to which an update gives new values."""
    renewed = resource.renews(change, _changed(resource, change))
    return {name: UNKNOWN for name in renewed if change.new.get(name) is None}


def _changed_tags(change: Change) -> tuple[tags.Tags, list[str]]:
    """The tags that an update writes, and the keys of those that it removes."""
    old, new = change.old.get("tagsAll") or {}, change.new["tagsAll"]
    return {key: value for key, value in new.items() if old.get(key) != value}, sorted(old.keys() - new.keys())


def delete(session: Session, resource: ResourceType, id_: str, state: Properties) -> None:
    """Delete a resource, again if the answer is lost. It is a success if it does not exist any more."""
    try:
        _delete(session, resource, id_, state)
    except OutcomeUnknown:
        _delete(session, resource, id_, state)


def _delete(session: Session, resource: ResourceType, id_: str, state: Properties) -> None:
    with as_provider_errors(), gone_is_fine():
        resource.delete(session, id_, state)
