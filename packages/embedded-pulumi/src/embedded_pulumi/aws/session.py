"""A session: the clients, the identity and the ARNs of one region of one account at one endpoint."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader, create_loader
from botocore.session import Session as BotocoreSession

from embedded_pulumi.aws.errors import LOST_ANSWERS, in_words, is_internal, is_too_early
from embedded_pulumi.aws.tags import NONE_IGNORED, Ignored
from embedded_pulumi.aws.waiting import FIRST_PAUSE, GROWTH, LONGEST_PAUSE
from embedded_pulumi.provider import OutcomeUnknown, allowed, requester
from embedded_pulumi.services import SERVICES

READS = ("Describe", "Get", "List")
"""The beginnings of the names of calls that change nothing."""

SETTLING_PATIENCE = 30.0
"""Seconds for what the same deployment makes beside a call, such as a role's permissions.

The real provider waits two to five minutes (iam.PropagationTimeout, lambdaPropagationTimeout): so long IAM's changes
need to reach AWS's other services. In an AWS on this machine they are there at once, and a mistake is told sooner.
"""

_MOST_GROWTHS = 30  # then a pause is the longest anyway
_SERVICE_NAMES = frozenset(service.name for service in SERVICES)


@dataclass(frozen=True)
class Credentials:
    """The credentials that sign calls."""

    access_key: str
    secret_key: str
    token: str | None = None


def isolated_botocore() -> BotocoreSession:
    """A botocore session that reads neither the user's profile nor their configuration files."""
    session = BotocoreSession(session_vars={"profile": (None, None, None, None)})
    session.register_component("data_loader", _models())
    for variable in ("config_file", "credentials_file"):
        session.set_config_variable(variable, os.devnull)
    return session


@cache
def _models() -> Loader:
    """The service models that this process has read: to read EC2's takes a second."""
    return create_loader()


def load_models(session: BotocoreSession) -> None:
    """Read the models of most services ahead: that takes most of the time in which a first client is made."""
    loader = session.get_component("data_loader")
    for service in filter(lambda each: each.ahead, SERVICES):
        loader.load_service_model(service.name, "service-2")


def _give_up_where_it_may_have_been_done(
    operation: Any, response: tuple[Any, Any] | None, caught_exception: Exception | None, **_: Any
) -> None:
    """Keep botocore from repeating a change that may have had an effect: the state would not know a second VPC.

    The caller finds out whether the call had an effect.
    """
    if operation.name.startswith(READS):
        return
    if isinstance(caught_exception, LOST_ANSWERS):
        raise caught_exception
    if response is not None and is_internal(error := ClientError(response[1], operation.name)):
        raise OutcomeUnknown(f"{in_words(error)}: whether AWS has done it is not known")


def _repeat_what_came_too_early(
    operation: Any, response: tuple[Any, Any] | None, attempts: int, request_dict: dict[str, Any], **_: Any
) -> float | None:
    """The pause in seconds after which botocore repeats a call that may succeed soon; None for any other."""
    if response is None or "Error" not in response[1]:
        return None
    error = ClientError(response[1], operation.name)
    if not is_too_early(operation.service_model.service_name, error):
        return None
    requester().told(in_words(error))
    begin = request_dict["context"].setdefault("embedded_pulumi_begin", time.monotonic())
    if time.monotonic() - begin >= (allowed() or SETTLING_PATIENCE) or requester().in_a_hurry():
        return None
    return min(FIRST_PAUSE * GROWTH ** min(attempts, _MOST_GROWTHS), LONGEST_PAUSE)


class Session:
    """Calls one region of AWS. Safe to use from many threads.

    Args:
        endpoint_url: The only address that is ever called.
        credentials: Sign the calls.
        region: Region name, such as `eu-west-1`.
        default_tags: Tags for every resource that takes tags.
        botocore: Has the service models.
        ignored_tags: Tags that are neither read nor taken away.
    """

    def __init__(
        self,
        endpoint_url: str,
        credentials: Credentials,
        region: str,
        default_tags: Mapping[str, str],
        botocore: BotocoreSession,
        *,
        ignored_tags: Ignored = NONE_IGNORED,
    ) -> None:
        self.region = region
        self.default_tags = dict(default_tags)
        self.ignored_tags = ignored_tags
        self._endpoint_url = endpoint_url
        self._credentials = credentials
        self._botocore = botocore
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """The client of a service. It is made once and shared: clients are thread-safe, but making one is not."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._new_client(service)
            return self._clients[service]

    def _new_client(self, service: str) -> Any:
        client = self._botocore.create_client(
            service,
            region_name=self.region,
            endpoint_url=self._endpoint_url,
            aws_access_key_id=self._credentials.access_key,
            aws_secret_access_key=self._credentials.secret_key,
            aws_session_token=self._credentials.token,
            config=Config(
                s3={"addressing_style": "path"},  # an endpoint on this machine has no subdomains
                proxies={},  # the environment's proxy would be a second address
                retries={"mode": "standard", "total_max_attempts": 4},
                max_pool_connections=32,
                connect_timeout=5,
                read_timeout=60,
                user_agent="embedded-pulumi",  # else botocore describes this machine anew for each call
            ),
        )
        client.meta.events.register_first("needs-retry", _repeat_what_came_too_early)
        client.meta.events.register_first("needs-retry", _give_up_where_it_may_have_been_done)
        return client

    def __getattr__(self, name: str) -> Any:
        """The client of a service: `ec2`, or `lambda_` for the one whose name is a keyword."""
        service = name.removesuffix("_")
        if service not in _SERVICE_NAMES:
            raise AttributeError(f"{name!r} is no service of embedded_pulumi/services.py")
        return self.client(service)

    @cached_property
    def identity(self) -> Mapping[str, str]:
        """The identity of the credentials: `Account`, `Arn`, `UserId`."""
        answer = self.client("sts").get_caller_identity()
        return {key: answer[key] for key in ("Account", "Arn", "UserId")}

    @property
    def account_id(self) -> str:
        """The account, twelve digits."""
        return self.identity["Account"]

    @cached_property
    def partition(self) -> str:
        """`aws`, `aws-cn`, `aws-us-gov`, ..."""
        return str(self._botocore.get_partition_for_region(self.region))

    def arn(self, service: str, resource: str, *, account: str | None = None) -> str:
        """The ARN of a resource in this region."""
        owner = self.account_id if account is None else account
        return f"arn:{self.partition}:{service}:{self.region}:{owner}:{resource}"

    @property
    def dns_suffix(self) -> str:
        """`amazonaws.com`, or the partition's own."""
        return str(self._partition_data["dnsSuffix"])

    @property
    def region_descriptions(self) -> Mapping[str, str]:
        """All regions of the partition with their names for people, such as `Europe (Ireland)`."""
        regions = self._partition_data["regions"]
        return {name: region["description"] for name, region in regions.items()}

    @cached_property
    def _partition_data(self) -> Mapping[str, Any]:
        data = self._botocore.get_component("data_loader").load_data("endpoints")
        return next(each for each in data["partitions"] if each["partition"] == self.partition)
