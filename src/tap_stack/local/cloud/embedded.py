"""The embedded AWS, whole: which parts it is made of, and who is connected to whom.

    client --HTTP--> httpd --WSGI--> gateway --> guard: iam
                                        |------> routes: ec2, functions, ...        (the behaviour that moto lacks)
                                        '------> motoserver                         (everything else, and all the state)

Time is the `clock`, and nothing moves but by it. One re-entrant lock is held by whoever touches moto's state.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import cache
from typing import Any, Self

import botocore.session
from boto3.session import Session
from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random

from tap_stack.local.cloud import ec2, motoserver
from tap_stack.local.cloud.calllog import CallLog
from tap_stack.local.cloud.calls import Guard, Routes
from tap_stack.local.cloud.clock import Clock
from tap_stack.local.cloud.gateway import Gateway, merge
from tap_stack.local.cloud.httpd import LoopbackServer
from tap_stack.local.cloud.iam.authorizer import Authorizer
from tap_stack.local.cloud.warmup import ACCESS_KEY, QUIET_CALLS, warm

SERVICES = frozenset(service for service, _, _ in QUIET_CALLS)
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
UNLOCKED = frozenset({("lambda", "Invoke"), ("lambda", "InvokeAsync")})
SECRET_KEY = "not-verified"  # noqa: S105 - whoever signs with the example key of AWS's documentation is the owner
DEFAULT_REGION = "us-east-1"


class Cloud:
    """An AWS account in this process, from now until `close()`; one at a time in a process.

    Args:
        start: Cloud time at the beginning; the present if not given.
        speed: Cloud seconds for each real second; 0 leaves time to `clock.advance`.
        seed: What identifiers and other random choices follow from.
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        region: Where clients call when they name no region.

    Attributes:
        account: The account's number.
        endpoint_url: Where every service answers.
        clock: Cloud time.
        lock: Hold it to touch moto's state.
        calls: Every API call that was made.
        failures: Tracebacks of unexpected exceptions; empty when all is well.

    Raises:
        RuntimeError: another cloud runs in this process.
    """

    account = motoserver.ACCOUNT

    def __init__(
        self,
        *,
        start: datetime | None = None,
        speed: float = 0.0,
        seed: int = 0,
        partition: str = "aws",
        region: str = DEFAULT_REGION,
    ) -> None:
        self._closing = ExitStack()
        self.partition, self.region = partition, region
        self.clock = Clock(start, speed)
        self.lock = threading.RLock()
        self.calls = CallLog()
        with ExitStack() as undo:
            undo.callback(self.close)
            self._moto = self._closing.enter_context(motoserver.running(self.clock.now, seed))
            self.iam = Authorizer(self.clock, self.lock, account=self.account, partition=partition)
            self._gateway = self._open_gateway(guards=[self.iam], routes=[self.iam.routes(), ec2.routes()])
            self._warm_up(seed)
            self._server = LoopbackServer(self._gateway)
            self._closing.callback(self._server.close)
            self._closing.callback(self.clock.stop)
            undo.pop_all()
        if speed:
            self.clock.start()

    def __enter__(self) -> Self:
        """The cloud itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @property
    def endpoint_url(self) -> str:
        """Where every service answers."""
        return self._server.url

    @property
    def failures(self) -> list[str]:
        """Tracebacks of unexpected exceptions; empty when all is well."""
        return self._gateway.failures

    def close(self) -> None:
        """Stop the clock, the functions and the server, and forget everything. Closing twice does nothing."""
        self._closing.close()

    def environment(self, inherited: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment variables that make a process a client of this cloud.

        Args:
            inherited: An environment to start from, such as `os.environ`; whatever AWS's SDKs would read in it is left
                out, so that no profile, endpoint or credential of the user's gets in.
        """
        kept = {name: value for name, value in (inherited or {}).items() if not name.startswith("AWS_")}
        return kept | {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def client(self, service: str, region: str | None = None, **options: Any) -> Any:
        """A boto3 client of this cloud, whatever the user's own AWS configuration is.

        Args:
            service: boto3's name of it.
            region: The cloud's own if not given.
            options: More arguments of boto3's `client`, such as `config` or another `aws_access_key_id`.
        """
        keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        place = {"region_name": region or self.region, "endpoint_url": self.endpoint_url}
        with _making_clients:
            return _unconfigured_session().client(service, **place, **(keys | options))

    def _open_gateway(self, *, guards: Sequence[Guard], routes: Sequence[Routes]) -> Gateway:
        return Gateway(
            backend=self._moto,
            now=self.clock.now,
            lock=self.lock,
            calls=self.calls,
            services=SERVICES,
            regions=_regions(),
            identify=self.iam.caller,
            guards=guards,
            routes=merge(routes),
            unlocked=UNLOCKED,
        )

    def _warm_up(self, seed: int) -> None:
        """Warm moto up in the background; returns when that holds the lock, so that every client comes after it."""
        begun = threading.Event()

        def run() -> None:
            with self.lock:
                begun.set()
                warm(self._moto, self.region)
                mock_random.seed(seed)  # what warming up drew must not depend on moto's version

        thread = threading.Thread(target=run, name="cloud-warm-up", daemon=True)
        thread.start()
        self._closing.callback(thread.join)
        begun.wait()


_making_clients = threading.Lock()  # boto3's sessions are not thread-safe; its clients are


@cache
def _unconfigured_session() -> Session:
    """A boto3 session that looks for a profile neither in the environment nor in a file. Slow to make, so kept."""
    nothing = (None, None, None, None)
    return Session(botocore_session=botocore.session.Session({"profile": nothing, "config_file": nothing}))


def _regions() -> frozenset[str]:
    """The regions that EC2 has in the partitions of this cloud."""
    session = AccountSpecificBackend.get_session()
    return frozenset(
        region for partition in PARTITIONS for region in session.get_available_regions("ec2", partition_name=partition)
    )
