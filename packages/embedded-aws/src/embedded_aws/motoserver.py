"""moto as one function: a request in, its answer out, in this cloud's account and at this cloud's time.

moto keeps its state in the process, so there is one cloud in a process at a time; `running` says so loudly.
"""

from __future__ import annotations

import copy
import importlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

from moto.core import utils as moto_utils
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.config import default_user_config
from moto.core.model_instances import reset_model_data
from moto.core.utils import service_name_from_moto_package_name
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition
from werkzeug.test import run_wsgi_app

from embedded_aws import moto_caches
from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError
from embedded_aws.wire import Answer, Inbound

Now: TypeAlias = Callable[[], datetime]

log = logging.getLogger(__name__)

UNREADABLE = {
    "ec2": "InvalidParameterValue",
    "query": "ValidationError",
    "json": "ValidationException",
    "rest-json": "ValidationException",
    "rest-xml": "InvalidArgument",
}
"""A protocol to its usual code for a value that the service cannot use."""

NO_DEFAULT_IMAGES = ("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
"""Read from the environment and nowhere else: moto's list of old public images costs time in every region."""

_running = threading.Lock()


class MotoServer:
    """moto's WSGI application; a backend is loaded when its first request arrives. One thread at a time."""

    def __init__(self) -> None:
        self._application = moto_caches.Dispatcher(moto_caches.application)
        self._stocked: set[str] = set()

    def answer(self, inbound: Inbound) -> Answer:
        """Let moto answer a request as it came.

        Raises:
            AwsError: moto does not implement the operation (`NotImplemented`, 501: a client does not retry that), or
                broke on a value that AWS would have refused.
        """
        self._stock(get_partition(inbound.scope.region))
        # moto takes the region from the user agent or the host before it looks at the signature: show it neither.
        environ = {**inbound.wsgi_environ(), "HTTP_USER_AGENT": "", "HTTP_HOST": "localhost"}
        try:
            chunks, status, headers = run_wsgi_app(self._application, environ, buffered=True)
        except NotImplementedError as error:
            raise _not_implemented(inbound) from error
        except Exception as error:
            log.warning("moto could not read %s", inbound.operation.name, exc_info=True)
            raise _unreadable(inbound, error) from error
        finally:
            reset_model_data()  # for its dashboard, moto keeps every object that it ever made or copied, for good
        body = b"".join(chunks)
        if body.startswith(b"<!doctype html>"):  # Flask's own page for a path that moto does not know
            raise _not_implemented(inbound)
        return Answer(int(status.split()[0]), list(headers.items()), body)

    def _stock(self, partition: str) -> None:
        """Give a partition the AWS-managed policies, with their real documents, when it is first used.

        moto would load all 1,600 of them for each of five partitions; hardly any program uses more than one.
        """
        if partition in self._stocked:
            return
        if not self._stocked:
            from embedded_aws.services import indexed  # noqa: PLC0415 - slow to import as well

            indexed.install()
        from moto.iam.models import iam_backends  # noqa: PLC0415 - slow to import, and the cloud starts without it

        iam = iam_backends[ACCOUNT][partition]
        iam.aws_managed_policies = [_copied(each) for each in _managed_policies(partition)]
        iam.managed_policies = {policy.arn: policy for policy in iam.aws_managed_policies} | iam.managed_policies
        self._stocked.add(partition)


@cache
def _managed_policies(partition: str) -> list[Any]:
    """AWS's own policies, with the same ids in every cloud: five megabytes of JSON, read once in a process."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415 - slow to import
    from moto.iam.models import AWSManagedPolicy  # noqa: PLC0415 - likewise

    state = mock_random.getstate()
    mock_random.seed(partition)
    found = json.loads(aws_managed_policies_data)
    policies = [AWSManagedPolicy.from_data(name, ACCOUNT, partition, data) for name, data in found.items()]
    mock_random.setstate(state)
    return policies


def _copied(policy: Any) -> Any:
    """A cloud's own copy of a policy, which may be attached, tagged and given versions there."""
    own = copy.copy(policy)
    own.tags, own.versions = dict(policy.tags), [copy.copy(each) for each in policy.versions]
    return own


def _not_implemented(inbound: Inbound) -> AwsError:
    name = f"{inbound.scope.service}:{inbound.operation.name}"
    return AwsError("NotImplemented", f"{name} is not part of the embedded AWS.", 501)


def _unreadable(inbound: Inbound, error: Exception) -> AwsError:
    """A client's mistake, as the protocol has it: moto looks at few values before it uses them."""
    what = f"{type(error).__name__}: {error}".partition("\n")[0]
    message = f"The parameters of {inbound.operation.name} cannot be used as they are ({what})."
    return AwsError(UNREADABLE[inbound.protocol], message)


@contextmanager
def running(now: Now, seed: int) -> Iterator[MotoServer]:
    """An empty moto for the length of a `with`: its time is `now()`, its identifiers follow from `seed`.

    Raises:
        RuntimeError: another cloud runs in this process.
    """
    if not _running.acquire(blocking=False):
        raise RuntimeError("an embedded cloud is already running in this process; moto's state is the process's")
    with ExitStack() as undo:
        undo.callback(_running.release)
        undo.enter_context(_environment(*NO_DEFAULT_IMAGES))
        undo.enter_context(_without_docker())
        undo.enter_context(_time(now))
        moto_caches.install()
        _shield_from_profile()
        BackendDict.reset()
        undo.callback(BackendDict.reset)
        mock_random.seed(f"at first {seed}")  # not what is drawn later: the default VPC's ids would come once more
        yield MotoServer()


_PACKAGES = (
    *("acm", "autoscaling", "awslambda", "cloudwatch", "ec2", "elbv2", "events", "iam", "kms", "logs", "s3"),
    *("secretsmanager", "sns", "sqs", "ssm", "sts"),
)
"""moto's packages that this cloud's clients may call."""


def _shield_from_profile() -> None:
    """Have moto make its boto3 sessions without the user's profile: one that is not configured would break it.

    It keeps one session for good, and makes others when its EC2 is imported, and when a package of it refuses something
    for the first time (both slow, so here only if there is need).
    """
    profile = os.environ.get("AWS_PROFILE")
    with _environment("AWS_PROFILE", None):
        AccountSpecificBackend.get_session()
        if profile is not None:
            importlib.import_module("moto.ec2.models")
            for package in _PACKAGES:
                service_name_from_moto_package_name(package)


@contextmanager
def _environment(name: str, value: str | None) -> Iterator[None]:
    """An environment variable with another value, or without one, for the length of a `with`."""
    before = os.environ.get(name)
    _set_environment(name, value)
    try:
        yield
    finally:
        _set_environment(name, before)


def _set_environment(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


@contextmanager
def _without_docker() -> Iterator[None]:
    section, default_user_config["lambda"] = default_user_config["lambda"], {"use_docker": False}
    try:
        yield
    finally:
        default_user_config["lambda"] = section


@contextmanager
def _time(now: Now) -> Iterator[None]:
    """Cloud time for moto for the length of a `with`.

    moto reads the time through one function, `utcnow` (its pull requests 693 and 787 made it so), but takes no clock.
    Its modules import the function by name, some of them only when their first request arrives. So the function stays,
    and gets other code. This could go if moto had a clock that can be set, in the place of `datetime.now` in
    https://github.com/getmoto/moto/blob/5.2.5/moto/core/utils.py
    """

    def cloud_time() -> datetime:
        return now().astimezone(UTC).replace(tzinfo=None)  # naive UTC, as moto's own

    utcnow = moto_utils.utcnow
    before = utcnow.__code__, utcnow.__defaults__
    utcnow.__code__, utcnow.__defaults__ = (lambda time: time()).__code__, (cloud_time,)
    try:
        yield
    finally:
        utcnow.__code__, utcnow.__defaults__ = before
