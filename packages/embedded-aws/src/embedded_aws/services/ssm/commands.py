"""Run Command: what becomes of a command that is sent to instances behind which there is no machine.

An instance that Systems Manager does not manage is refused, as AWS does. A command to one whose agent is reached cannot
be delivered to a machine, and ends as `Undeliverable`; one to a silent agent waits until that is heard again or the
command expires (`DeliveryTimedOut`). No command ever succeeds here.

Source: Systems Manager user guide, "Understanding command statuses" and "Understanding timeout values in Run Command"
(the total timeout is TimeoutSeconds and the execution timeout); API SendCommand, InvalidInstanceId ("Valid states are
Running, Pending, Stopped, and Stopping"). A command without targets is `Success` with `NoInstancesInTag`, as
philcryer/aws-ssm-invoke's README shows; the words of InvalidInstanceId are in many issues (both read 2026-11-30).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.clock import Clock
from embedded_aws.services.ec2 import store
from embedded_aws.services.ssm.agents import Agents
from embedded_aws.services.ssm.information import has_tag

DOCUMENTS = {
    "AWS-ConfigureAWSPackage": "configurePackage",
    "AWS-GatherSoftwareInventory": "collectSoftwareInventoryItems",
    "AWS-RunPatchBaseline": "PatchLinux",
    "AWS-RunPowerShellScript": "runPowerShellScript",
    "AWS-RunRemoteScript": "downloadContent",
    "AWS-RunShellScript": "runShellScript",
    "AWS-UpdateSSMAgent": "updateagent",
    "AmazonCloudWatch-ManageAgent": "ConfigureCloudWatch",
}
"""Amazon's command documents that can be named, and the first step of each; the account's own are moto's."""

EXPLANATION = (
    "This instance is one of the embedded AWS: no machine runs behind it, and so nothing of this document was run.\n"
)
DELIVERY_TIMEOUT = EXECUTION_TIMEOUT = timedelta(hours=1)
PENDING = ("Pending", "Pending")
UNDELIVERABLE = ("Failed", "Undeliverable")
TIMED_OUT = ("TimedOut", "DeliveryTimedOut")
CANCELLED = ("Cancelled", "Cancelled")
NOT_RUN = -1
"""ResponseCode of a step that was not run."""

PAGE = 50
FILTERS = ("InvokedAfter", "InvokedBefore", "Status", "DocumentName")


@dataclass
class CommandInvocation:
    """A command on one instance: what became of it, as Status and StatusDetails."""

    instance_id: str
    status: tuple[str, str] = PENDING


@dataclass
class Command:
    """One command.

    Attributes:
        asked: The parameters of SendCommand.
        cancelled: Somebody has cancelled it.
    """

    id: str
    asked: Mapping[str, Any]
    requested: datetime
    expires: datetime
    invocations: dict[str, CommandInvocation] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def status(self) -> tuple[str, str]:
        """Status and StatusDetails of the whole."""
        each = {invocation.status for invocation in self.invocations.values()}
        if not each:
            return CANCELLED if self.cancelled else ("Success", "NoInstancesInTag")
        if PENDING in each:
            return PENDING if len(each) == 1 else ("InProgress", "InProgress")
        if len(each) > 1:
            return ("Failed", "Incomplete")
        (one,) = each
        return ("Failed", "Failed") if one == UNDELIVERABLE else one

    def count(self, *statuses: tuple[str, str]) -> int:
        """How many invocations are in one of these states."""
        return sum(each.status in statuses for each in self.invocations.values())


class RunCommand:
    """All commands of the account, by region.

    Args:
        lock: Held while commands are looked at; the gateway's own, re-entrant.
    """

    def __init__(self, clock: Clock, lock: AbstractContextManager[Any], agents: Agents) -> None:
        self._clock = clock
        self._lock = lock
        self._agents = agents
        self._commands: dict[str, dict[str, Command]] = {}

    def routes(self) -> Routes:
        """The calls that this part answers."""
        handlers: dict[str, Callable[[Call], dict[str, Any]]] = {
            "SendCommand": self._send,
            "ListCommands": self._list,
            "ListCommandInvocations": self._list_invocations,
            "GetCommandInvocation": self._get_invocation,
            "CancelCommand": self._cancel,
        }
        return {("ssm", action): handler for action, handler in handlers.items()}

    def _send(self, call: Call) -> dict[str, Any]:
        params = call.params
        _check_document(call)
        ids, targets = params.get("InstanceIds", []), params.get("Targets", [])
        if bool(ids) == bool(targets):
            raise AwsError("ValidationException", "Either InstanceIds or Targets must be specified, and not both.")
        if len(set(ids)) < len(ids):
            raise AwsError("DuplicateInstanceId", "You can't specify an instance ID in more than one association.")
        unmanaged = [each for each in ids if self._agents.find(call.region, each) is None]
        if unmanaged:
            named = ", ".join(unmanaged)
            message = f"Instances [[{named}]] not in a valid state for account {call.caller.account}"
            raise AwsError("InvalidInstanceId", message)
        chosen = ids or [each.id for each in self._agents.of_region(call.region) if _is_target(call, each.id)]
        wait = timedelta(seconds=params.get("TimeoutSeconds", DELIVERY_TIMEOUT.total_seconds()))
        run = params.get("Parameters", {}).get("executionTimeout", [str(int(EXECUTION_TIMEOUT.total_seconds()))])
        expires = call.time + wait + timedelta(seconds=int(run[0]))
        command = Command(str(uuid4()), params, call.time, expires)
        answer = {"Command": _told(command) | {"Status": "Pending", "StatusDetails": "Pending"}}
        command.invocations = {each: CommandInvocation(each) for each in chosen}
        self._commands.setdefault(call.region, {})[command.id] = command
        self._clock.at(expires, lambda: self._settle(call.region, command))
        return answer

    def _settle(self, region: str, command: Command) -> None:
        """See what has become of the invocations that were pending."""
        now = self._clock.now()
        with self._lock:
            for each in command.invocations.values():
                if each.status != PENDING:
                    continue
                agent = self._agents.find(region, each.instance_id)
                if agent is None or agent.silent_since is None:
                    each.status = UNDELIVERABLE
                elif now >= command.expires:
                    each.status = TIMED_OUT

    def _of(self, call: Call) -> list[Command]:
        """The commands that a listing asks for, the newest first."""
        params = call.params
        known = list(self._commands.get(call.region, {}).values())
        for each in known:
            self._settle(call.region, each)
        wanted = [_filter(each["key"], each["value"]) for each in params.get("Filters", [])]
        return [
            each
            for each in reversed(known)
            if params.get("CommandId") in {None, each.id} and all(passes(each) for passes in wanted)
        ]

    def _list(self, call: Call) -> dict[str, Any]:
        instance = call.params.get("InstanceId")
        told = [_told(each) for each in self._of(call) if instance is None or instance in each.invocations]
        return _page("Commands", told, call.params)

    def _list_invocations(self, call: Call) -> dict[str, Any]:
        params = call.params
        told = [
            _told_invocation(call.region, command, each, in_full=params.get("Details", False))
            for command in self._of(call)
            for each in command.invocations.values()
            if params.get("InstanceId") in {None, each.instance_id}
        ]
        return _page("CommandInvocations", told, params)

    def _get_invocation(self, call: Call) -> dict[str, Any]:
        command = self._commands.get(call.region, {}).get(call.params["CommandId"])
        invocation = None if command is None else command.invocations.get(call.params["InstanceId"])
        if command is None or invocation is None:
            raise AwsError("InvocationDoesNotExist", "")
        self._settle(call.region, command)
        status, details = invocation.status
        return {
            "CommandId": command.id,
            "InstanceId": invocation.instance_id,
            "Comment": command.asked.get("Comment", ""),
            "DocumentName": command.asked["DocumentName"],
            "DocumentVersion": command.asked.get("DocumentVersion", "$DEFAULT"),
            "PluginName": _plugin(command),
            "ResponseCode": NOT_RUN,
            "ExecutionStartDateTime": "",
            "ExecutionElapsedTime": "",
            "ExecutionEndDateTime": "",
            "Status": status,
            "StatusDetails": details,
            "StandardOutputContent": "",
            "StandardOutputUrl": "",
            "StandardErrorContent": EXPLANATION if invocation.status == UNDELIVERABLE else "",
            "StandardErrorUrl": "",
        }

    def _cancel(self, call: Call) -> dict[str, Any]:
        command = self._commands.get(call.region, {}).get(call.params["CommandId"])
        if command is None:
            raise AwsError("InvalidCommandId", "")
        self._settle(call.region, command)
        wanted = call.params.get("InstanceIds") or list(command.invocations)
        for each in command.invocations.values():
            if each.status == PENDING and each.instance_id in wanted:
                each.status, command.cancelled = CANCELLED, True
        return {}


def _check_document(call: Call) -> None:
    name = call.params["DocumentName"].rpartition("document/")[2]
    own = get_backend("ssm")[call.caller.account][call.region]._documents  # noqa: SLF001 - its reader raises instead
    if name not in DOCUMENTS and name not in own:
        known = ", ".join(sorted({*DOCUMENTS, *own}))
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist. The embedded AWS has: {known}.")


def _is_target(call: Call, instance_id: str) -> bool:
    """Whether an instance is one of a command's targets: each of them must fit."""
    return all(_fits(call.region, instance_id, each["Key"], each["Values"]) for each in call.params["Targets"])


def _fits(region: str, instance_id: str, key: str, values: Sequence[str]) -> bool:
    if key.lower() == "instanceids":
        return "*" in values or instance_id in values
    if key == "tag-key" or key.startswith("tag:"):
        return has_tag(region, instance_id, key, values)
    raise AwsError(
        "InvalidTarget", f"The target {key} is not part of the embedded AWS: InstanceIds, tag:<key>, tag-key."
    )


def _filter(key: str, value: str) -> Callable[[Command], bool]:
    """Whether a command passes one filter of a listing."""
    if key == "InvokedAfter":
        return lambda command: command.requested > _time(value)
    if key == "InvokedBefore":
        return lambda command: command.requested < _time(value)
    if key == "Status":
        return lambda command: value in command.status
    if key == "DocumentName":
        return lambda command: bool(command.asked["DocumentName"] == value)
    raise AwsError("InvalidFilterKey", f"The filter key {key} is not valid; valid are {', '.join(FILTERS)}.")


def _time(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise AwsError("ValidationException", f"{value} is not a time such as 2026-07-07T00:00:00Z.")
    return moment


def _told(command: Command) -> dict[str, Any]:
    """A command in boto3's shape."""
    asked = command.asked
    status, details = command.status
    copied = ("Targets", "OutputS3Region", "OutputS3BucketName", "OutputS3KeyPrefix", "Parameters")
    return {
        "CommandId": command.id,
        "DocumentName": asked["DocumentName"],
        "DocumentVersion": asked.get("DocumentVersion", "$DEFAULT"),
        "Comment": asked.get("Comment", ""),
        "ExpiresAfter": command.expires,
        "InstanceIds": asked.get("InstanceIds", []),
        "RequestedDateTime": command.requested,
        "Status": status,
        "StatusDetails": details,
        "MaxConcurrency": asked.get("MaxConcurrency", "50"),
        "MaxErrors": asked.get("MaxErrors", "0"),
        "TargetCount": len(command.invocations),
        "CompletedCount": command.count(UNDELIVERABLE, TIMED_OUT, CANCELLED),
        "ErrorCount": command.count(UNDELIVERABLE),
        "DeliveryTimedOutCount": command.count(TIMED_OUT),
        "TimeoutSeconds": asked.get("TimeoutSeconds", int(DELIVERY_TIMEOUT.total_seconds())),
        **{name: asked[name] for name in copied if name in asked},
    }


def _told_invocation(region: str, command: Command, invocation: CommandInvocation, *, in_full: bool) -> dict[str, Any]:
    """An invocation in boto3's shape; in full with the steps of its document."""
    status, details = invocation.status
    told = {
        "CommandId": command.id,
        "InstanceId": invocation.instance_id,
        "InstanceName": store.backend(region).tags.get(invocation.instance_id, {}).get("Name", ""),
        "Comment": command.asked.get("Comment", ""),
        "DocumentName": command.asked["DocumentName"],
        "DocumentVersion": command.asked.get("DocumentVersion", "$DEFAULT"),
        "RequestedDateTime": command.requested,
        "Status": status,
        "StatusDetails": details,
        "StandardOutputUrl": "",
        "StandardErrorUrl": "",
        "CommandPlugins": [],
    }
    if not in_full:
        return told
    output = EXPLANATION if invocation.status == UNDELIVERABLE else ""
    step = {"Name": _plugin(command), "Status": status, "StatusDetails": details, "ResponseCode": NOT_RUN}
    return told | {"CommandPlugins": [step | {"Output": output}]}


def _plugin(command: Command) -> str:
    return DOCUMENTS.get(command.asked["DocumentName"].rpartition("document/")[2], "")


def _page(name: str, found: Sequence[dict[str, Any]], params: Mapping[str, Any]) -> dict[str, Any]:
    token = params.get("NextToken", "0")
    if not (token.isascii() and token.isdecimal()):
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    begin, size = int(token), params.get("MaxResults", PAGE)
    more = {"NextToken": str(begin + size)} if len(found) > begin + size else {}
    return {name: list(found[begin : begin + size])} | more
