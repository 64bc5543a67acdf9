"""The AWS clients of one caller, answered from the fleet, in boto3's shapes.

Every request is checked against botocore's service models. Every answer has AWS's time. `ApiFaults` says what goes
wrong in between. One `Account` serves any number of sweeps, each through a `ClientSession` of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, NoReturn, Protocol, TypeAlias

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from embedded_aws.fleet import Refused
from embedded_aws.in_process import autoscaling_calls, ec2_calls, other_calls, rollout_calls, target_groups
from embedded_aws.in_process.account import Account, SeenCall
from embedded_aws.in_process.errors import AwsError
from embedded_aws.in_process.faults import USUAL, Fate
from embedded_aws.in_process.pages import Entry, Pages

Answer: TypeAlias = Callable[[Account, Pages, dict[str, Any]], Entry]

ANSWERS: dict[str, Answer] = {
    "DescribeAutoScalingGroups": autoscaling_calls.describe_groups,
    "DescribeScalingActivities": autoscaling_calls.describe_activities,
    "DescribeInstanceRefreshes": autoscaling_calls.describe_refreshes,
    "SetInstanceHealth": autoscaling_calls.set_instance_health,
    "StartInstanceRefresh": rollout_calls.start_refresh,
    "DescribeAlarms": rollout_calls.describe_alarms,
    "DescribeInstanceStatus": ec2_calls.describe_status,
    "DescribeTags": ec2_calls.describe_tags,
    "DescribeTargetHealth": target_groups.describe_health,
    "GetManagedResource": other_calls.get_managed_resource,
    "CreateLogStream": other_calls.create_log_stream,
    "DescribeLogStreams": other_calls.describe_log_streams,
    "PutMetricData": other_calls.put_metric_data,
    "Publish": other_calls.publish,
}
METHODS = {xform_name(action): action for action in ANSWERS}
"""boto3's name of each operation's method."""

READ_TIMEOUT = timedelta(seconds=8)  # the healer's clients give up after so long
THROTTLING = {"ec2": "RequestLimitExceeded"}  # the code of most others is `Throttling`
DENIED = {"ec2": "UnauthorizedOperation"}  # the code of most others is `AccessDenied`


class Course(Protocol):
    """One caller's course through time."""

    @property
    def time(self) -> datetime:
        """How far it has come."""

    def wait(self, duration: timedelta) -> None:
        """Let time pass; what is due in the world until then happens."""


class Alone:
    """The course of a caller who is alone, or who shares the world's time with others."""

    def __init__(self, account: Account) -> None:
        self._account = account

    @property
    def time(self) -> datetime:
        """The world's own time."""
        return self._account.world.now

    def wait(self, duration: timedelta) -> None:
        """Let the world's time pass."""
        with self._account.lock:
            self._account.world.advance(self.time + duration)


class ClientSession:
    """The AWS clients of one sweep: what `Clients` of the healer asks for, and `sleep` in simulated time.

    Args:
        strand: How time passes for this caller; None for one that is alone.

    Attributes:
        number: Which session of the account it is.
        autoscaling, ec2, elbv2, cloudwatch, sns, logs, zonal_shift: The client of each service.
    """

    def __init__(self, account: Account, strand: Course | None = None) -> None:
        self.account = account
        self.strand = strand or Alone(account)
        self.number = account.number()
        self._pages = Pages()
        self.autoscaling = Client(self, "autoscaling")
        self.ec2 = Client(self, "ec2")
        self.elbv2 = Client(self, "elbv2")
        self.cloudwatch = Client(self, "cloudwatch")
        self.sns = Client(self, "sns")
        self.logs = Client(self, "logs")
        self.zonal_shift = Client(self, "arc-zonal-shift")

    def sleep(self, seconds: float) -> None:
        """Let time pass, as `time.sleep` would."""
        self.strand.wait(timedelta(seconds=seconds))

    def call(self, service: str, action: str, params: dict[str, Any]) -> dict[str, Any]:
        """Make one call, and take the time that it takes.

        Raises:
            ClientError: AWS refused.
            ReadTimeoutError: No answer came.
            ParamValidationError: The request is not one that AWS knows.
        """
        account = self.account
        account.checks.check(service, action, params)
        account.calls[action] = account.calls.get(action, 0) + 1
        call = SeenCall(self.number, action, params, self.strand.time)
        latency = timedelta(seconds=account.faults.latency_seconds * account.rng.random() / 2)
        try:
            self.strand.wait(latency)
            account.before(call)
            self._may_fail_before(service, call)
            fate = self._on_its_way(service, call)
            with account.lock:
                reply = self._carry_out(call, fate)
            if account.happens(account.faults.lost_reply):
                self._time_out(call, service)
            self.strand.wait(latency)
        except ClientError as error:
            call.error = error.response["Error"]["Code"]
            raise
        except BotoCoreError as error:
            call.error = type(error).__name__
            raise
        finally:
            for witness in account.witnesses:
                witness.sees(call)
        return reply

    def _may_fail_before(self, service: str, call: SeenCall) -> None:
        account, faults = self.account, self.account.faults
        if call.action in faults.denied:
            self._refuse(call, DENIED.get(service, "AccessDenied"), f"not authorized to perform {call.action}", 403)
        turn = faults.throttled_every and sum(account.calls.values()) % faults.throttled_every == 1
        if turn or account.happens(faults.throttled):
            self._refuse(call, THROTTLING.get(service, "Throttling"), "Rate exceeded")
        if account.happens(faults.broken):
            self._refuse(call, "InternalFailure", "An internal error has occurred", 500)
        if account.happens(faults.lost_request):
            self._time_out(call, service)
        for name in faults.unknown_filters and (item["Name"] for item in call.params.get("Filters", ())):
            if name in faults.unknown_filters:
                self._refuse(call, "InvalidParameterValue", f"The filter '{name}' is invalid")

    def _on_its_way(self, service: str, call: SeenCall) -> Fate:
        """Let a request travel as long as its fate says; returns how it fares when it arrives."""
        trouble = self.account.faults.troubled.get(call.action)
        fate = trouble(call.params) if trouble else USUAL
        if fate.seconds >= READ_TIMEOUT.total_seconds():
            self._time_out(call, service)
        if fate.seconds:
            self.strand.wait(timedelta(seconds=fate.seconds))
        return fate

    def _carry_out(self, call: SeenCall, fate: Fate) -> dict[str, Any]:
        account = self.account
        for witness in account.witnesses:
            witness.before_effect(call)
        if fate.refused:
            self._refuse(call, fate.refused, "the request was refused")
        own = account.answers.get(call.action)
        try:
            reply = own() if own else ANSWERS[call.action](account, self._pages, call.params)
        except Refused as error:
            self._refuse(call, error.code, error.message)
        except AwsError as error:
            self._refuse(call, error.code, error.message, error.status)
        altered = account.faults.altered.get(call.action)
        call.took_effect = account.world.now
        call.reply = (altered(reply) if altered else reply) | {"ResponseMetadata": self._metadata(200)}
        if account.after is not None:
            call.reply = copy.deepcopy(call.reply)
            account.after(call)
        return call.reply

    def _refuse(self, call: SeenCall, code: str, message: str, status: int = 400) -> NoReturn:
        answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": self._metadata(status)}
        raise ClientError(answer, call.action)

    def _time_out(self, call: SeenCall, service: str) -> NoReturn:
        call.error = ReadTimeoutError.__name__  # also for a caller that is ended while it waits
        self.strand.wait(READ_TIMEOUT)
        raise ReadTimeoutError(endpoint_url=f"https://{service}.amazonaws.com/")

    def _metadata(self, status: int) -> dict[str, Any]:
        undated = self.account.happens(self.account.faults.undated)
        now = self.account.world.now.replace(microsecond=0)
        headers = {} if undated else {"date": format_datetime(now, usegmt=True)}
        return {"HTTPStatusCode": status, "HTTPHeaders": headers, "RetryAttempts": 0}


class Client:
    """A boto3 client of one service: `describe_tags(...)` is the call DescribeTags."""

    def __init__(self, session: ClientSession, service: str) -> None:
        self._session = session
        self._service = service

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        """The method of an operation. Raises AttributeError: there is no such operation here."""
        action = METHODS.get(name)
        if action is None:
            raise AttributeError(f"{self._service}.{name}: this stand-in does not answer it")

        def method(**params: Any) -> dict[str, Any]:
            return self._session.call(self._service, action, params)

        self.__dict__[name] = method
        return method
