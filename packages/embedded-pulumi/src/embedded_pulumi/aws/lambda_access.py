"""Lambda permissions, and the settings of asynchronous invocations."""

from __future__ import annotations

import json
import re
from typing import Any

from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, request, response
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_STATEMENT = "[A-Za-z0-9_-]+"
_CONDITIONS = {  # property to the condition key that Lambda writes into the policy (lower case)
    "eventSourceToken": "lambda:eventsourcetoken",
    "functionUrlAuthType": "lambda:functionurlauthtype",
    "invokedViaFunctionUrl": "lambda:invokedviafunctionurl",
    "principalOrgId": "aws:principalorgid",
    "sourceAccount": "aws:sourceaccount",
    "sourceArn": "aws:sourcearn",
}


class LambdaPermission(ResourceType):
    """A statement in the policy of a function, known by its id.

    A function that the program names with its account, or with a version or alias, is told without: with the real
    provider such a program replaces the statement each time.

    Source: terraform-provider-aws/internal/service/lambda/permission.go (2026) and validate.go (0210c547), read on
    2026-11-29.
    """

    type_ = "aws:lambda/permission:Permission"
    inputs = {
        "function": Text(
            required=True,
            force_new=True,
            max_length=140,
            pattern=r"(arn:[\w-]+:lambda:)?([a-z]{2}-[a-z-]+-\d:)?(\d{12}:)?(function:)?[A-Za-z0-9_-]+(:[$A-Za-z0-9_-]+)?",
            accepts="the name or ARN of a function",
            aws="FunctionName",
        ),
        "action": Text(required=True, force_new=True, pattern=r"lambda:[*]|lambda:[A-Za-z]+|[*]"),
        "principal": Text(required=True, force_new=True),
        "eventSourceToken": Text(force_new=True, min_length=1, max_length=256, pattern=r"[a-zA-Z0-9._-]+"),
        "functionUrlAuthType": Text(force_new=True, one_of=("NONE", "AWS_IAM")),
        "invokedViaFunctionUrl": Flag(force_new=True),
        "principalOrgId": Text(force_new=True, aws="PrincipalOrgID"),
        "qualifier": Text(force_new=True, min_length=1, max_length=128, pattern=r"[$A-Za-z0-9_-]+"),
        "sourceAccount": Text(force_new=True, pattern=r"\d{12}", accepts="an account, twelve digits"),
        "sourceArn": ArnText(force_new=True),
        "statementId": Text(computed=True, force_new=True, max_length=100, pattern=_STATEMENT),
        "statementIdPrefix": Text(computed=True, force_new=True, max_length=100, pattern=_STATEMENT),
    }
    name = AutoName(property="statementId", max_length=100, unless=("statementIdPrefix",))
    sent = tuple(name for name in inputs if not name.startswith("statementId"))

    def create(self, aws: Session, props: Properties) -> str:
        statement = self.locate(aws, props)
        aws.lambda_.add_permission(StatementId=statement, **request(self.inputs, props, self.sent))
        return statement

    def locate(self, aws: Session, props: Properties) -> str:
        return given_or_unique(props, "statementId", "statementIdPrefix")

    def _place(self, id_: str, state: Properties) -> Properties:
        """Function and statement, from the state or the id of an import, `<function>[:<qualifier>]/<statement>`."""
        if state.get("function"):
            return {"function": state["function"], "qualifier": state.get("qualifier"), "statementId": id_}
        function, _, statement = id_.partition("/")
        if not function or not statement or "/" in statement:
            form = "<function>[:<qualifier>]/<statement>"
            raise ProviderError(f"{id_!r} is not a permission's import id; accepted: {form}")
        qualifier = ""
        if not function.startswith("arn:"):
            function, _, qualifier = function.partition(":")
        return {"function": function, "qualifier": qualifier or None, "statementId": statement}

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        place = self._place(id_, state)
        where = request(self.inputs, place, ("function", "qualifier"))
        answer = unless_gone(aws.lambda_.get_policy, **where)
        statements = json.loads(answer["Policy"])["Statement"] if answer else []
        return next((each for each in statements if each["Sid"] == place["statementId"]), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        # Whichever operators Lambda has chosen to compare the keys.
        comparisons = (found.get("Condition") or {}).values()
        conditions = {key.lower(): value for comparison in comparisons for key, value in comparison.items()}
        return {
            "id": found["Sid"],
            "statementId": found["Sid"],
            **self._function_of(found, self._place(id_, state)),
            "action": found["Action"],
            "principal": self._principal(found["Principal"]),
            **{name: conditions.get(key) for name, key in _CONDITIONS.items()},
            "invokedViaFunctionUrl": str(conditions.get(_CONDITIONS["invokedViaFunctionUrl"])).lower() == "true",
        }

    def _function_of(self, statement: Description, place: Properties) -> Properties:
        """The function as the statement has it; its version or alias as it was asked for, if the statement has none."""
        said = str(place["function"])
        told = _function(statement["Resource"], by_arn=said.startswith("arn:"))
        asked = place.get("qualifier") or _function(said, by_arn=True)["qualifier"]
        return {**told, "qualifier": told["qualifier"] or asked}

    def stored(self, props: Properties) -> Properties:
        return {**props, **self._function_of({"Resource": props["function"]}, props)}

    def _principal(self, principal: Any) -> str:
        """The principal as the program names it: an account's root stands for the account."""
        if isinstance(principal, str):
            return principal
        named = str(principal.get("Service") or principal.get("AWS") or "")
        parts = named.split(":")
        return parts[4] if named.startswith("arn:") and parts[5:] == ["root"] else named

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        where = request(self.inputs, self._place(id_, state), ("function", "statementId", "qualifier"))
        aws.lambda_.remove_permission(**where)


def _function(name: str, *, by_arn: bool) -> Properties:
    """A function and its version or alias, from a name or an ARN that may have more parts."""
    found = _FUNCTION.fullmatch(name)
    if found is None:
        return {"function": name, "qualifier": None}
    arn = f"{found['before']}{found['name']}"
    return {"function": arn if by_arn else found["name"], "qualifier": found["qualifier"]}


_FUNCTION = re.compile(
    r"(?P<before>(arn:[^:]+:lambda:[^:]+:)?(\d{12}:)?(function:)?)(?P<name>[A-Za-z0-9_-]+)(:(?P<qualifier>[$A-Za-z0-9_-]+))?"
)
_FUNCTION_ID = re.compile(r"(?P<functionName>arn:(?:[^:]*:){5}[^:]+|[^:]+)(?::(?P<qualifier>[^:]+))?")
_DESTINATION = Block(fields={"destination": ArnText(required=True)})


class EventInvokeConfig(ResourceType):
    """How a function is invoked asynchronously. It is put even for an update, so that what was removed is reset.

    Source: terraform-provider-aws/internal/service/lambda/function_event_invoke_config.go, read on 2026-11-29.
    """

    type_ = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    inputs = {
        "functionName": Text(required=True, force_new=True, min_length=1),
        "qualifier": Text(force_new=True, min_length=1),
        "maximumEventAgeInSeconds": Whole(at_least=60, at_most=21600),
        "maximumRetryAttempts": Whole(default=2, at_least=0, at_most=2),
        "destinationConfig": Block(fields={"onFailure": _DESTINATION, "onSuccess": _DESTINATION}),
    }

    def create(self, aws: Session, props: Properties) -> str:
        aws.lambda_.put_function_event_invoke_config(**request(self.inputs, props))
        return self.locate(aws, props)

    def locate(self, aws: Session, props: Properties) -> str:
        function = str(props["functionName"])
        return f"{function}:{props['qualifier']}" if props.get("qualifier") else function

    def _place(self, id_: str, state: Properties) -> Properties:
        """Function and qualifier, from the state or the id of an import, `<name or ARN>[:<qualifier>]`."""
        if state.get("functionName"):
            return {"functionName": state["functionName"], "qualifier": state.get("qualifier")}
        found = _FUNCTION_ID.fullmatch(id_)
        if not found:
            raise ProviderError(f"{id_!r} is not a function's id; accepted: <name or ARN>[:<qualifier>]")
        return found.groupdict()

    def _where(self, id_: str, state: Properties) -> dict[str, str]:
        return request(self.inputs, self._place(id_, state), ("functionName", "qualifier"))

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.lambda_.get_function_event_invoke_config, **self._where(id_, state))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = response(self.inputs, found)
        destinations = {name: value for name, value in (told["destinationConfig"] or {}).items() if value}
        return {**told, **self._place(id_, state), "destinationConfig": destinations or None}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self.create(aws, change.new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.lambda_.delete_function_event_invoke_config(**self._where(id_, state))


TYPES = (LambdaPermission, EventInvokeConfig)
