"""EventBridge rules and their targets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.documents import JsonText, LiteralJson
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, MapOf, request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import Properties, Value

_DEFAULT_BUS = "default"
_DISABLED = "DISABLED"
_NAME = r"[0-9A-Za-z_.-]+"
_BUS = Text(
    default=_DEFAULT_BUS,
    force_new=True,
    min_length=1,
    max_length=1600,
    pattern=r"arn:aws[\w-]*:events:[^:]*:\d{12}:event-bus/.+|[/._A-Za-z0-9-]+",
    accepts="the name or ARN of an event bus",
)


@dataclass(frozen=True, kw_only=True)
class _Pattern(JsonText):
    """An event pattern, in which no sign is escaped."""

    def written(self, document: Value) -> str:
        """A pattern as the real provider writes it; see `Document.written`."""
        return self.measured(json.dumps(document))


def _raise_failed(answer: dict[str, Any]) -> None:
    """Raise the failures in the answer of a batch call, which itself succeeds."""
    for each in answer.get("FailedEntries", ()):
        raise ProviderError(f"{each.get('ErrorCode')}: {each.get('ErrorMessage')}")


def _targets(aws: Session, rule: dict[str, str]) -> list[Description]:
    answer = unless_gone(aws.events.list_targets_by_rule, **rule)
    return answer["Targets"] if answer else []


class EventRule(ResourceType):
    """A rule. PutRule replaces the whole rule. Its id names the bus, if that is not the default one.

    A rule whose state the program does not say keeps it, until PutRule is called for something else: that enables it.

    Source: terraform-provider-aws/internal/service/events/rule.go (0cdab4ae09a9, 2025), validate.go (088e0878080a).
    """

    type_ = "aws:cloudwatch/eventRule:EventRule"
    inputs = {
        "name": Text(computed=True, force_new=True, max_length=64, pattern=_NAME),
        "namePrefix": Text(computed=True, force_new=True, max_length=64, pattern=_NAME),
        "eventBusName": _BUS,
        "description": Text(max_length=512),
        "eventPattern": _Pattern(max_length=4096),
        "scheduleExpression": Text(max_length=256),
        "roleArn": ArnText(),
        "state": Text(computed=True, one_of=("ENABLED", _DISABLED, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")),
        "isEnabled": Flag(computed=True),  # deprecated: `state` says the same
        "forceDestroy": Flag(default=False),
    }
    outputs = ("arn",)
    name = AutoName(max_length=64)
    at_most_one = (("state", "isEnabled"),)
    tagging = Tagging(service="events", target="ResourceARN", by_arn=True, show="list_tags_for_resource")
    sent = ("eventBusName", "description", "eventPattern", "scheduleExpression", "roleArn", "state")

    def create(self, aws: Session, props: Properties) -> str:
        name = given_or_unique(props)
        self._put(aws, name, props, Tags=tags.to_list(props["tagsAll"]))
        return self.locate(aws, {**props, "name": name})

    def _put(self, aws: Session, name: str, props: Properties, **more: Any) -> None:
        if props.get("isEnabled") is not None:
            more["State"] = "ENABLED" if props["isEnabled"] else _DISABLED
        aws.events.put_rule(Name=name, **request(self.inputs, props, self.sent), **more)

    def locate(self, aws: Session, props: Properties) -> str:
        name, bus = given_or_unique(props), props["eventBusName"]
        return name if bus == _DEFAULT_BUS else f"{bus}/{name}"

    def _parts(self, id_: str) -> tuple[str, str]:
        """The bus and the name."""
        bus, slash, name = id_.rpartition("/")
        if not name or (slash and not bus):
            raise ProviderError(f"{id_!r} is not a rule's id; accepted: [<bus>/]<rule>")
        return bus or _DEFAULT_BUS, name

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        bus, name = self._parts(id_)
        return unless_gone(aws.events.describe_rule, Name=name, EventBusName=bus)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": found["Arn"],
            "name": found["Name"],
            **response(self.inputs, found, self.sent),
            # As the real provider, keep what AWS has no more, and the bus as the id names it: it may be an ARN.
            "eventPattern": found.get("EventPattern") or state.get("eventPattern"),
            "eventBusName": self._parts(id_)[0],
            "isEnabled": found["State"] != _DISABLED,
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("isEnabled", *self.sent):
            self._put(aws, self._parts(id_)[1], change.new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Delete it. `forceDestroy` is for rules that an AWS service manages; it does not take the targets off."""
        bus, name = self._parts(id_)
        aws.events.delete_rule(Name=name, EventBusName=bus, Force=bool(state.get("forceDestroy")))

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if inputs.get("scheduleExpression") is None and inputs.get("eventPattern") is None:
            return [CheckFailure("scheduleExpression", "at least one of scheduleExpression, eventPattern must be set")]
        return []


class EventTarget(ResourceType):
    """A target of a rule.

    A retry policy that says one thing only has 0 for the other, and AWS takes no event age of 0
    (terraform-provider-aws issue 38265, open in 2026).

    Source: terraform-provider-aws/internal/service/events/target.go (0762c41e2027) and validate.go (088e0878080a).
    """

    type_ = "aws:cloudwatch/eventTarget:EventTarget"
    inputs = {
        "rule": Text(required=True, force_new=True, max_length=64, pattern=_NAME),
        "eventBusName": _BUS,
        "targetId": Text(force_new=True, max_length=64, pattern=_NAME, aws="Id"),
        "arn": ArnText(required=True),
        "roleArn": ArnText(),
        "input": LiteralJson(max_length=8192),
        "inputPath": Text(max_length=256),
        "inputTransformer": Block(
            fields={
                "inputPaths": MapOf(key_pattern="(?!AWS).*", aws="InputPathsMap"),
                "inputTemplate": Text(required=True, min_length=1, max_length=8192),
            }
        ),
        "deadLetterConfig": Block(fields={"arn": ArnText()}),
        "retryPolicy": Block(
            fields={
                "maximumEventAgeInSeconds": Whole(default=0, at_least=0, at_most=86400),
                "maximumRetryAttempts": Whole(default=0, at_least=0, at_most=185),
            }
        ),
        "sqsTarget": Block(aws="SqsParameters", fields={"messageGroupId": Text()}),
        "forceDestroy": Flag(default=False),
    }
    unsupported = (
        "appsyncTarget",
        "batchTarget",
        "ecsTarget",
        "httpTarget",
        "kinesisTarget",
        "redshiftTarget",
        "runCommandTargets",
        "sagemakerPipelineTarget",
    )
    name = AutoName(property="targetId", unless=())
    at_most_one = (("input", "inputPath", "inputTransformer"),)
    sent = tuple(name for name in inputs if name not in ("rule", "eventBusName", "forceDestroy"))
    kept = ("deadLetterConfig", "inputTransformer", "retryPolicy", "sqsTarget")

    def create(self, aws: Session, props: Properties) -> str:
        self._put(aws, props)
        return self.locate(aws, props)

    def _put(self, aws: Session, props: Properties) -> None:
        told = request(self.inputs, props, self.sent)
        _raise_failed(aws.events.put_targets(Rule=props["rule"], EventBusName=props["eventBusName"], Targets=[told]))

    def locate(self, aws: Session, props: Properties) -> str:
        return self._id(props["eventBusName"], props["rule"], props["targetId"])

    def _id(self, bus: str, rule: str, target: str) -> str:
        return f"{rule}-{target}" if bus == _DEFAULT_BUS else f"{bus}-{rule}-{target}"

    def _place(self, id_: str, state: Properties) -> tuple[dict[str, str], str]:
        """The rule and the target, from the state, or from the id of an import, `[<bus>/]<rule>/<target>`."""
        if state.get("rule"):
            bus, rule = state.get("eventBusName") or _DEFAULT_BUS, state["rule"]
            target = state.get("targetId") or id_.removeprefix(self._id(bus, rule, ""))
        else:
            where, _, target = id_.rpartition("/")
            bus, _, rule = where.rpartition("/")
            if not rule or not target:
                raise ProviderError(f"{id_!r} is not a target's import id; accepted: [<bus>/]<rule>/<target>")
        return {"Rule": rule, "EventBusName": bus or _DEFAULT_BUS}, target

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        rule, target = self._place(id_, state)
        return next((each for each in _targets(aws, rule) if each["Id"] == target), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        rule, target = self._place(id_, state)
        told = response(self.inputs, found, self.sent)
        # As the real provider, keep a block that AWS has no more: only the program takes it back.
        told |= {name: state.get(name) for name in self.kept if told[name] is None}
        return {
            "id": self._id(rule["EventBusName"], rule["Rule"], target),
            "rule": rule["Rule"],
            "eventBusName": rule["EventBusName"],
            **told,
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has(*self.sent):
            self._put(aws, change.new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        rule, target = self._place(id_, state)
        force = bool(state.get("forceDestroy"))
        _raise_failed(aws.events.remove_targets(**rule, Ids=[target], Force=force))


TYPES = (EventRule, EventTarget)
