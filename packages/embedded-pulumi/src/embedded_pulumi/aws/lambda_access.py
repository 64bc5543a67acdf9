"""Lambda permissions, and the settings of asynchronous invocations."""

from __future__ import annotations

import json
from typing import Any

from embedded_pulumi.aws.errors import found
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, request, response
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_PERMISSION: Fields = {
    "function": Text(required=True, force_new=True, aws="FunctionName"),
    "action": Text(required=True, force_new=True),
    "principal": Text(required=True, force_new=True),
    "eventSourceToken": Text(force_new=True),
    "functionUrlAuthType": Text(force_new=True, one_of=("AWS_IAM", "NONE")),
    "invokedViaFunctionUrl": Flag(force_new=True),
    "principalOrgId": Text(force_new=True, aws="PrincipalOrgID"),
    "qualifier": Text(force_new=True),
    "sourceAccount": Text(force_new=True),
    "sourceArn": Text(force_new=True),
    "statementId": Text(computed=True, force_new=True, max_length=100),
    "statementIdPrefix": Text(force_new=True, max_length=74),
}
_SENT = tuple(name for name in _PERMISSION if not name.startswith("statementId"))
_CONDITIONS = {  # property to the condition key that Lambda writes into the policy (lower case)
    "eventSourceToken": "lambda:eventsourcetoken",
    "functionUrlAuthType": "lambda:functionurlauthtype",
    "invokedViaFunctionUrl": "lambda:invokedviafunctionurl",
    "principalOrgId": "aws:principalorgid",
    "sourceAccount": "aws:sourceaccount",
    "sourceArn": "aws:sourcearn",
}


def _create_permission(aws: Session, props: Properties) -> str:
    statement = given_or_unique(props, "statementId", "statementIdPrefix")
    aws.lambda_.add_permission(StatementId=statement, **request(_PERMISSION, props, _SENT))
    return statement


def _qualifier(props: Properties) -> dict[str, str]:
    return {"Qualifier": props["qualifier"]} if props.get("qualifier") else {}


def _locate(id_: str, state: Properties) -> tuple[Properties, str]:
    """The function and the statement, from the state or the id of an import, `<function>[:<qualifier>]/<statement>`."""
    if state.get("function"):
        return {"function": state["function"], "qualifier": state.get("qualifier")}, id_
    function, _, statement = id_.rpartition("/")
    if not function:
        raise ProviderError(f"{id_!r} is not a permission's import id; accepted: <function>[:<qualifier>]/<statement>")
    if function.startswith("arn:"):
        return {"function": function, "qualifier": None}, statement
    name, _, qualifier = function.partition(":")
    return {"function": name, "qualifier": qualifier or None}, statement


def _read_permission(aws: Session, id_: str, state: Properties) -> Properties | None:
    where, statement_id = _locate(id_, state)
    answer = found(lambda: aws.lambda_.get_policy(FunctionName=where["function"], **_qualifier(where)))
    statements = json.loads(answer["Policy"])["Statement"] if answer else []
    statement = next((each for each in statements if each["Sid"] == statement_id), None)
    if statement is None:
        return None
    # Whichever operators Lambda has chosen to compare the keys.
    comparisons = (statement.get("Condition") or {}).values()
    conditions = {key.lower(): value for comparison in comparisons for key, value in comparison.items()}
    return {
        "id": statement_id,
        "statementId": statement_id,
        **where,
        "action": statement["Action"],
        "principal": _principal(statement["Principal"]),
        **{name: conditions.get(key) for name, key in _CONDITIONS.items()},
        "invokedViaFunctionUrl": str(conditions.get(_CONDITIONS["invokedViaFunctionUrl"])).lower() == "true",
    }


def _principal(principal: Any) -> str:
    """The principal as the program names it: an account's root stands for the account."""
    if isinstance(principal, str):
        return principal
    named = str(principal.get("Service") or principal.get("AWS") or "")
    parts = named.split(":")
    return parts[4] if named.startswith("arn:") and parts[5:] == ["root"] else named


def _delete_permission(aws: Session, id_: str, state: Properties) -> None:
    where, statement = _locate(id_, state)
    aws.lambda_.remove_permission(FunctionName=where["function"], StatementId=statement, **_qualifier(where))


PERMISSION = Resource(
    type_="aws:lambda/permission:Permission",
    inputs=_PERMISSION,
    name=AutoName(property="statementId", max_length=100, unless=("statementIdPrefix",)),
    at_most_one=(("statementId", "statementIdPrefix"),),
    create=_create_permission,
    locate=lambda _, props: given_or_unique(props, "statementId", "statementIdPrefix"),
    read=_read_permission,
    delete=_delete_permission,
)

_DESTINATION = Block(fields={"destination": Text(required=True)})
_INVOKE_CONFIG: Fields = {
    "functionName": Text(required=True, force_new=True),
    "qualifier": Text(force_new=True),
    "maximumEventAgeInSeconds": Whole(at_least=60, at_most=21600),
    "maximumRetryAttempts": Whole(default=2, at_least=0, at_most=2),
    "destinationConfig": Block(fields={"onFailure": _DESTINATION, "onSuccess": _DESTINATION}),
}
_INVOKE_SETTINGS = ("maximumEventAgeInSeconds", "maximumRetryAttempts", "destinationConfig")


def _config_id(props: Properties) -> str:
    return f"{props['functionName']}:{props['qualifier']}" if props.get("qualifier") else str(props["functionName"])


def _put_config(aws: Session, props: Properties) -> str:
    aws.lambda_.put_function_event_invoke_config(**request(_INVOKE_CONFIG, props))
    return _config_id(props)


def _config_target(id_: str, state: Properties) -> dict[str, str]:
    if state.get("functionName"):
        return {"FunctionName": state["functionName"], **_qualifier(state)}
    return {"FunctionName": id_}  # Lambda itself takes name:qualifier and ARNs with one


def _read_config(aws: Session, id_: str, state: Properties) -> Properties | None:
    answer = found(lambda: aws.lambda_.get_function_event_invoke_config(**_config_target(id_, state)))
    if answer is None:
        return None
    settings = response(_INVOKE_CONFIG, answer, _INVOKE_SETTINGS)
    settings["destinationConfig"] = {k: v for k, v in (settings["destinationConfig"] or {}).items() if v} or None
    return {"functionName": state.get("functionName", id_), "qualifier": state.get("qualifier"), **settings}


def _update_config(aws: Session, id_: str, change: Change) -> None:
    """Put instead of update, so that settings which the program removed are reset."""
    del id_
    _put_config(aws, change.new)


def _delete_config(aws: Session, id_: str, state: Properties) -> None:
    aws.lambda_.delete_function_event_invoke_config(**_config_target(id_, state))


EVENT_INVOKE_CONFIG = Resource(
    type_="aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    inputs=_INVOKE_CONFIG,
    create=_put_config,
    locate=lambda _, props: _config_id(props),
    read=_read_config,
    update=_update_config,
    delete=_delete_config,
)

RESOURCES = (PERMISSION, EVENT_INVOKE_CONFIG)
