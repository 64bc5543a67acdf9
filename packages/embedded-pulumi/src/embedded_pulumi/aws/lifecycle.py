"""A resource's life, the same for every type: check, diff, create, read, update, delete.

The service modules say what a type is and talk to AWS; here their answers become Pulumi inputs and outputs: defaults
and names, tags with the provider's defaults, previews, and what a half-made resource is reported as.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from embedded_pulumi.aws import marks, tags
from embedded_pulumi.aws.errors import as_provider_errors, gone_is_fine
from embedded_pulumi.aws.fields import Document, Field, is_empty
from embedded_pulumi.aws.naming import MADE_UP
from embedded_pulumi.aws.resource import TAGS, Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import SetOf, check_fields, diff_fields
from embedded_pulumi.provider import (
    Checked,
    CheckFailure,
    Created,
    Diff,
    DiffKind,
    InitFailed,
    OutcomeUnknown,
    ProviderError,
    ReadResult,
)
from embedded_pulumi.values import UNKNOWN, Properties, Value


def check(
    session: Session, resource: Resource, name: str, olds: Properties, news: Properties, *, seed: bytes
) -> Checked:
    """Validate and complete the inputs of a resource."""
    given = {key: value for key, value in _without_notes(news).items() if value is not None}
    named = resource.name.fill(name, olds, given, seed) if resource.name else given
    inputs, failures = check_fields(resource.fields, named, unsupported=resource.unsupported)
    failures += _check_region(session, inputs)
    failures += _check_groups(resource, inputs)
    if resource.examine and not failures:
        failures += resource.examine(inputs)
    made_up = [key for key in named if key not in given]
    return Checked({**inputs, MADE_UP: made_up} if made_up else inputs, tuple(failures))


def _check_region(session: Session, inputs: Properties) -> list[CheckFailure]:
    wished = inputs.get("region")
    if wished in (None, UNKNOWN, session.region):
        return []
    return [CheckFailure("region", f"{wished!r} is not the provider's region; accepted: {session.region}")]


def _check_groups(resource: Resource, inputs: Properties) -> list[CheckFailure]:
    failures = [
        CheckFailure(group[0], f"exactly one of {', '.join(group)} must be set")
        for group in resource.exactly_one
        if len(_present(inputs, group)) != 1
    ]
    for group in resource.at_most_one:
        both = _present(inputs, group)
        if len(both) > 1:
            failures.append(CheckFailure(both[1], f"conflicts with {both[0]}"))
    return failures


def _present(inputs: Properties, names: Iterable[str]) -> list[str]:
    return [name for name in names if not is_empty(inputs.get(name))]


def diff(
    session: Session, resource: Resource, old_inputs: Properties, old_outputs: Properties, news: Properties
) -> Diff:
    """Compare the wished inputs with the state, which a refresh keeps equal to the cloud."""
    state = {**old_inputs, **old_outputs}
    detailed = diff_fields(resource.fields, state, news)
    if resource.compare:
        detailed |= resource.compare(state, news)
    if resource.retag:
        detailed |= _diff_all_tags(state, _all_tags(session, news), detailed)
    # Two of one name cannot stand at once, says the real provider, whatever the name is unique in.
    # Source: nameRequiresDeleteBeforeReplace in pulumi-terraform-bridge/pkg/tfbridge/schema.go.
    named = resource.name is not None and resource.name.given_in(news)
    replaced = any(kind.value.endswith("-replace") for kind in detailed.values())
    return Diff(detailed, delete_before_replace=named and replaced, stables=resource.stables)


def _diff_all_tags(state: Properties, wished: Value, told: Iterable[str]) -> dict[str, DiffKind]:
    """Changes that come from the provider's default tags alone; those of the resource's own are told as `tags`."""
    changes = TAGS.diff("tagsAll", state.get("tagsAll"), wished)
    own = set(told)
    return {path: kind for path, kind in changes.items() if path.replace("tagsAll", "tags", 1) not in own}


def _all_tags(session: Session, inputs: Properties) -> Value:
    own = inputs.get("tags")
    return UNKNOWN if own is UNKNOWN else tags.merged(session.default_tags, own)


def _with_all_tags(session: Session, resource: Resource, inputs: Properties) -> Properties:
    own = _without_notes(inputs)
    return {**own, "tagsAll": _all_tags(session, own)} if resource.retag else own


def _without_notes(props: Properties) -> Properties:
    """The properties that are AWS's business."""
    return {name: value for name, value in props.items() if name != MADE_UP}


def create(session: Session, resource: Resource, inputs: Properties, token: str, *, preview: bool) -> Created:
    """Make it, bring it to what its inputs say, and read it back.

    Raises:
        ProviderError: nothing was created.
        InitFailed: it was created, and then something failed.
        OutcomeUnknown: AWS did not answer, and nothing is to be seen yet.
    """
    props = _with_all_tags(session, resource, inputs)
    if preview:
        return Created("", _foreseen(session, resource, props))
    try:
        with as_provider_errors():
            id_ = resource.create(session, marks.marked(props, token))
    except OutcomeUnknown:
        made = resume(session, resource, inputs, token, preview=False)
        if made is None:
            raise
        return made
    return _finished(session, resource, id_, props)


def resume(session: Session, resource: Resource, inputs: Properties, token: str, *, preview: bool) -> Created | None:
    """Finish what a create with this token began, or in preview look at it; None if it made nothing. Raises as it."""
    props = _with_all_tags(session, resource, inputs)
    with as_provider_errors():
        id_ = _made(session, resource, marks.marked(props, token)) if token else None
        if id_ is None:
            return None
        if preview:
            return Created(id_, _read_back(session, resource, id_, props, ()))
    return _finished(session, resource, id_, props)


def _made(session: Session, resource: Resource, props: Properties) -> str | None:
    """The id of what a create with these inputs and their mark made."""
    id_ = resource.locate(session, props)
    answer = resource.read(session, id_, props) if id_ else None
    if answer is None:
        return None
    if marks.takes_marks(answer):
        return id_ if marks.mark_of(answer) == marks.mark_of(props) else None
    return None if _unapplied(resource, props, answer, resource.fields) else id_


def _finished(session: Session, resource: Resource, id_: str, props: Properties) -> Created:
    try:
        return Created(id_, _settled(session, resource, id_, props))
    except OutcomeUnknown:
        raise
    except ProviderError as error:
        raise InitFailed(id_, {**_half_made(session, resource, props), "id": id_}, [str(error)]) from error


def _settled(session: Session, resource: Resource, id_: str, props: Properties) -> Properties:
    with as_provider_errors():
        if resource.settle:
            resource.settle(session, id_, props)
        return _read_back(session, resource, id_, props, resource.fields)


def _foreseen(session: Session, resource: Resource, props: Properties) -> Properties:
    """The outputs as far as they are known before the resource exists."""
    unknown = dict.fromkeys(resource.all_outputs, UNKNOWN)
    region = {"region": session.region} if resource.regional else {}
    return {**unknown, **region, **{name: _foresee(resource, name, value) for name, value in props.items()}}


def _foresee(resource: Resource, name: str, value: Value) -> Value:
    field = resource.fields.get(name)
    return field.foresee(value) if field else value


def _half_made(session: Session, resource: Resource, props: Properties) -> Properties:
    """The outputs of a resource that was left half-made: what was wished and nothing else."""
    region = {"region": session.region} if resource.regional else {}
    return {**region, **props}


def _read_back(
    session: Session, resource: Resource, id_: str, known: Properties, written: Collection[str]
) -> Properties:
    """The outputs after a change. What was just written stands where AWS does not tell it at all."""
    answer = _look(session, resource, id_, known)
    if answer is None:
        raise ProviderError(f"{id_} does not exist right after it was written")
    _refuse_unapplied(resource, known, answer, written)
    return _outputs(session, resource, id_, known, answer)


def _refuse_unapplied(resource: Resource, wished: Properties, answer: Properties, written: Collection[str]) -> None:
    """An endpoint that takes a property and drops it is found out here, as Terraform's core does.

    Only for what was written: AWS may have moved the rest, as it raises a group's desired capacity to a new minimum.

    Raises:
        ProviderError: what was written is not what is read; names the properties.
    """
    dropped = _unapplied(resource, wished, answer, written)
    if resource.retag:
        dropped |= TAGS.diff("tagsAll", answer.get("tagsAll"), wished["tagsAll"])
    if dropped:
        raise ProviderError(f"AWS took these properties and did not apply them: {', '.join(dropped)}")


def _unapplied(
    resource: Resource, wished: Properties, answer: Properties, written: Collection[str]
) -> dict[str, DiffKind]:
    """What of the written inputs AWS tells otherwise than they were wished."""
    told = {name: field for name, field in resource.fields.items() if name in answer and name in written}
    return dict(diff_fields(told, answer, wished))


def _look(session: Session, resource: Resource, id_: str, state: Properties) -> Properties | None:
    """Its properties as AWS tells them; the mark of its creation is nobody's business."""
    answer = resource.read(session, id_, state)
    return None if answer is None else marks.unmarked(answer)


def _outputs(session: Session, resource: Resource, id_: str, known: Properties, answer: Properties) -> Properties:
    told = {name: _spelled(resource, known, name, value) for name, value in answer.items() if value is not None}
    untold = {name: value for name, value in known.items() if name not in answer}
    outputs = {**untold, **told, "id": answer.get("id") or id_}
    if resource.regional:
        outputs["region"] = session.region
    if resource.retag:
        outputs["tagsAll"] = told.get("tagsAll", {})
        own = tags.own_of(outputs["tagsAll"], session.default_tags, known.get("tags"))
        outputs["tags"] = own
    return outputs


def _spelled(resource: Resource, known: Properties, name: str, value: Value) -> Value:
    """A document or a set in the program's own spelling and order, if it means the same."""
    field, said = resource.fields.get(name), known.get(name)
    if isinstance(field, (Document, SetOf)) and said is not None and not field.diff("", value, said):
        return said
    return value


def read(session: Session, resource: Resource, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
    """Look at it as it is now; None if it is gone."""
    state = _without_notes({**inputs, **outputs})
    with as_provider_errors():
        answer = _look(session, resource, id_, state)
    if answer is None:
        return None
    now = _outputs(session, resource, id_, state, answer)
    wished = _imported_inputs(resource, now) if not state else _refreshed_inputs(resource, inputs or outputs, now)
    return ReadResult(now["id"], now, wished)


def _refreshed_inputs(resource: Resource, inputs: Properties, now: Properties) -> Properties:
    """The inputs that would make it as it is: the same properties, in their old spelling where they mean the same."""
    refreshed: Properties = {name: value for name, value in inputs.items() if name == MADE_UP}
    for name, field in resource.fields.items():
        if name not in inputs:
            continue
        if not field.diff(name, now.get(name), inputs[name]):
            refreshed[name] = inputs[name]
        elif now.get(name) is not None:
            refreshed[name] = now[name]
    return refreshed


def _imported_inputs(resource: Resource, now: Properties) -> Properties:
    """The inputs for a resource that no program made: all that it has, without what its absence would mean too."""
    inputs = {name: now[name] for name, field in resource.fields.items() if _says_something(field, now.get(name))}
    inputs.pop("region", None)
    for group in (*resource.exactly_one, *resource.at_most_one):
        for extra in _present(inputs, group)[1:]:
            del inputs[extra]
    defaults = {name: field.default for name, field in resource.fields.items() if field.default is not None}
    inputs = {**defaults, **inputs}
    for failure in resource.examine(inputs) if resource.examine else ():
        inputs.pop(failure.property, None)  # AWS filled in what a program must not say
    return inputs


def _says_something(field: Field, value: Value) -> bool:
    """Whether leaving a value out would mean another: an empty one counts where the default is not empty."""
    return value is not None and (not is_empty(value) or field.default is not None)


def update(
    session: Session, resource: Resource, id_: str, state: Properties, news: Properties, *, preview: bool
) -> Properties:
    """Change it in place and read it back."""
    props = _with_all_tags(session, resource, news)
    change = Change(resource.fields, state, props)
    kept = {name: value for name, value in _without_notes(state).items() if name not in resource.fields}
    if preview:
        return {
            **kept,
            **_carried(resource, state),
            **_foreseen_changes(resource, change),
            **_renewed(resource, change),
        }
    with as_provider_errors():
        if resource.update:
            resource.update(session, id_, change)
        if resource.retag:
            _update_tags(session, resource, id_, change)
        return _read_back(session, resource, id_, {**kept, **props}, _changed(resource, change))


def _carried(resource: Resource, state: Properties) -> Properties:
    """What AWS filled in before and stays when the program still does not say it."""
    names = [name for name, field in resource.fields.items() if field.computed and name in state]
    return {name: state[name] for name in names}


def _foreseen_changes(resource: Resource, change: Change) -> Properties:
    """What does not change stays as it is, down to what AWS filled in inside of it."""
    changed = _changed(resource, change)
    same = {name for name in change.new if name in resource.fields and name not in changed}
    kept = {name: change.old[name] for name in same if change.old.get(name) is not None}
    return {name: _foresee(resource, name, value) for name, value in change.new.items()} | kept


def _changed(resource: Resource, change: Change) -> set[str]:
    """The inputs that change."""
    told = set(resource.compare(change.old, change.new)) if resource.compare else set()
    return told | {name for name in resource.fields if change.has(name)}


def _renewed(resource: Resource, change: Change) -> Properties:
    """Outputs that get new values, and those of the inputs' that AWS fills in anew; new tags renew nothing."""
    changed = _changed(resource, change).intersection(resource.inputs)
    open_ = {name: causes for name, causes in resource.renewed.items() if change.new.get(name) is None}
    return {name: UNKNOWN for name, causes in open_.items() if changed.intersection(causes or changed)}


def _update_tags(session: Session, resource: Resource, id_: str, change: Change) -> None:
    old, new = change.old.get("tagsAll") or {}, change.new["tagsAll"]
    written = {key: value for key, value in new.items() if old.get(key) != value}
    removed = sorted(old.keys() - new.keys())
    if resource.retag and (written or removed):
        resource.retag(session, id_, change.old, written, removed)


def delete(session: Session, resource: Resource, id_: str, state: Properties) -> None:
    """Delete it; already gone is success, and so an answer that was lost is asked for once more."""
    try:
        _delete(session, resource, id_, state)
    except OutcomeUnknown:
        _delete(session, resource, id_, state)


def _delete(session: Session, resource: Resource, id_: str, state: Properties) -> None:
    with as_provider_errors(), gone_is_fine():
        resource.delete(session, id_, state)
