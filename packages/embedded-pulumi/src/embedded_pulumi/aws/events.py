"""EventBridge rules and their targets."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.errors import found
from embedded_pulumi.aws.fields import Document, Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique, unique
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, MapOf, request, response
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import Properties

_DEFAULT_BUS = "default"
_BUS = Text(default=_DEFAULT_BUS, force_new=True)

_RULE: Fields = {
    "name": Text(computed=True, force_new=True, max_length=64),
    "namePrefix": Text(force_new=True, max_length=38),
    "eventBusName": _BUS,
    "description": Text(max_length=512),
    "eventPattern": Document(),
    "scheduleExpression": Text(max_length=256),
    "roleArn": Text(),
    "state": Text(default="ENABLED", one_of=("DISABLED", "ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")),
    "forceDestroy": Flag(default=False),
}
_RULE_SENT = ("eventBusName", "description", "eventPattern", "scheduleExpression", "roleArn", "state")


def _put_rule(aws: Session, name: str, props: Properties, **more: Any) -> None:
    """PutRule replaces the whole rule."""
    aws.events.put_rule(Name=name, **request(_RULE, props, _RULE_SENT), **more)


def _create_rule(aws: Session, props: Properties) -> str:
    name = given_or_unique(props)
    _put_rule(aws, name, props, Tags=tags.to_list(props["tagsAll"]))
    return _rule_id(name, props["eventBusName"])


def _rule_id(name: str, bus: str) -> str:
    return name if bus == _DEFAULT_BUS else f"{bus}/{name}"


def _rule_parts(id_: str) -> dict[str, str]:
    bus, _, name = id_.rpartition("/")
    return {"Name": name, "EventBusName": bus or _DEFAULT_BUS}


def _read_rule(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    where = _rule_parts(id_)
    rule = found(lambda: aws.events.describe_rule(**where))
    if rule is None:
        return None
    return {
        "arn": rule["Arn"],
        "name": rule["Name"],
        **response(_RULE, rule, _RULE_SENT),
        "eventBusName": rule.get("EventBusName") or where["EventBusName"],
        "isEnabled": rule["State"] != "DISABLED",
        "tagsAll": tags.from_list(aws.events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]),
    }


def _update_rule(aws: Session, id_: str, change: Change) -> None:
    if change.has(*_RULE_SENT):
        _put_rule(aws, _rule_parts(id_)["Name"], change.new)


def _delete_rule(aws: Session, id_: str, state: Properties) -> None:
    where = _rule_parts(id_)
    if state.get("forceDestroy"):
        _remove_all_targets(aws, where)
    aws.events.delete_rule(**where)


def _remove_all_targets(aws: Session, where: dict[str, str]) -> None:
    rule = {"Rule": where["Name"], "EventBusName": where["EventBusName"]}
    answer = found(lambda: aws.events.list_targets_by_rule(**rule))
    ids = [each["Id"] for each in answer["Targets"]] if answer else []
    if ids:
        _raise_failed(aws.events.remove_targets(**rule, Ids=ids, Force=True))


def _retag_rule(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    del id_
    if removed:
        aws.events.untag_resource(ResourceARN=state["arn"], TagKeys=removed)
    if written:
        aws.events.tag_resource(ResourceARN=state["arn"], Tags=tags.to_list(written))


def _examine_rule(inputs: Properties) -> list[CheckFailure]:
    if not inputs.get("scheduleExpression") and not inputs.get("eventPattern"):
        return [CheckFailure("scheduleExpression", "at least one of scheduleExpression, eventPattern must be set")]
    return []


EVENT_RULE = Resource(
    type_="aws:cloudwatch/eventRule:EventRule",
    inputs=_RULE,
    outputs=("arn", "isEnabled"),
    unsupported=("isEnabled",),  # deprecated: `state` says the same
    name=AutoName(max_length=64),
    at_most_one=(("name", "namePrefix"),),
    renewed={"isEnabled": ("state",)},
    examine=_examine_rule,
    create=_create_rule,
    locate=lambda _, props: _rule_id(given_or_unique(props), props["eventBusName"]),
    read=_read_rule,
    update=_update_rule,
    delete=_delete_rule,
    retag=_retag_rule,
)

_TARGET: Fields = {
    "rule": Text(required=True, force_new=True),
    "eventBusName": _BUS,
    "targetId": Text(computed=True, force_new=True, max_length=64, aws="Id"),
    "arn": Text(required=True),
    "roleArn": Text(),
    "input": Document(),
    "inputPath": Text(max_length=256),
    "inputTransformer": Block(
        fields={
            "inputPaths": MapOf(aws="InputPathsMap"),
            "inputTemplate": Text(required=True, max_length=8192),
        }
    ),
    "deadLetterConfig": Block(fields={"arn": Text()}),
    "retryPolicy": Block(
        fields={
            "maximumEventAgeInSeconds": Whole(at_least=60, at_most=86400),
            "maximumRetryAttempts": Whole(at_least=0, at_most=185),
        }
    ),
    "sqsTarget": Block(aws="SqsParameters", fields={"messageGroupId": Text()}),
    "forceDestroy": Flag(default=False),
}
_TARGET_SENT = tuple(name for name in _TARGET if name not in ("rule", "eventBusName", "forceDestroy"))


def _create_target(aws: Session, props: Properties) -> str:
    target = _given_or_unique_target(props)
    _put_target(aws, {**props, "targetId": target})
    return _target_id(props["eventBusName"], props["rule"], target)


def _given_or_unique_target(props: Properties) -> str:
    return str(props.get("targetId") or unique("terraform-", props))


def _put_target(aws: Session, props: Properties) -> None:
    answer = aws.events.put_targets(
        Rule=props["rule"], EventBusName=props["eventBusName"], Targets=[request(_TARGET, props, _TARGET_SENT)]
    )
    _raise_failed(answer)


def _raise_failed(answer: dict[str, Any]) -> None:
    """Raise the failures in the answer of a batch call, which itself succeeds."""
    for each in answer.get("FailedEntries", ()):
        raise ProviderError(f"{each.get('ErrorCode')}: {each.get('ErrorMessage')}")


def _target_id(bus: str, rule: str, target: str) -> str:
    return f"{rule}-{target}" if bus == _DEFAULT_BUS else f"{bus}-{rule}-{target}"


def _locate_target(id_: str, state: Properties) -> tuple[str, str, str]:
    """The bus, the rule and the target, from the state, or from the id of an import, `[<bus>/]<rule>/<target>`."""
    if state.get("rule"):
        bus = state.get("eventBusName") or _DEFAULT_BUS
        return bus, state["rule"], state.get("targetId") or id_.removeprefix(_target_id(bus, state["rule"], ""))
    where, _, target = id_.rpartition("/")
    bus, _, rule = where.rpartition("/")
    if not rule or not target:
        raise ProviderError(f"{id_!r} is not a target's import id; accepted: [<bus>/]<rule>/<target>")
    return bus or _DEFAULT_BUS, rule, target


def _read_target(aws: Session, id_: str, state: Properties) -> Properties | None:
    bus, rule, target_id = _locate_target(id_, state)
    answer = found(lambda: aws.events.list_targets_by_rule(Rule=rule, EventBusName=bus))
    targets = answer["Targets"] if answer else []
    target = next((each for each in targets if each["Id"] == target_id), None)
    if target is None:
        return None
    return {
        "id": _target_id(bus, rule, target_id),
        "rule": rule,
        "eventBusName": bus,
        **response(_TARGET, target, _TARGET_SENT),
    }


def _update_target(aws: Session, id_: str, change: Change) -> None:
    _, _, target = _locate_target(id_, change.old)
    _put_target(aws, {**change.new, "targetId": target})


def _delete_target(aws: Session, id_: str, state: Properties) -> None:
    bus, rule, target = _locate_target(id_, state)
    force = bool(state.get("forceDestroy"))
    _raise_failed(aws.events.remove_targets(Rule=rule, EventBusName=bus, Ids=[target], Force=force))


EVENT_TARGET = Resource(
    type_="aws:cloudwatch/eventTarget:EventTarget",
    inputs=_TARGET,
    unsupported=(
        "appsyncTarget",
        "batchTarget",
        "ecsTarget",
        "httpTarget",
        "kinesisTarget",
        "redshiftTarget",
        "runCommandTargets",
        "sagemakerPipelineTarget",
    ),
    at_most_one=(("input", "inputPath", "inputTransformer"),),
    create=_create_target,
    locate=lambda _, props: _target_id(props["eventBusName"], props["rule"], _given_or_unique_target(props)),
    read=_read_target,
    update=_update_target,
    delete=_delete_target,
)

RESOURCES = (EVENT_RULE, EVENT_TARGET)
