"""CloudWatch and SNS over moto, with what they act on as models that remember: scaling, functions, the event bus."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto.backends import get_backend

from embedded_aws import motoserver
from embedded_aws.account import ACCOUNT
from embedded_aws.calllog import CallLog
from embedded_aws.calls import AwsError
from embedded_aws.clock import Clock
from embedded_aws.gateway import Gateway, merge
from embedded_aws.httpd import LoopbackServer
from embedded_aws.iam.authorizer import Authorizer
from embedded_aws.services.cloudwatch.alarms import Alarms
from embedded_aws.services.cloudwatch.metrics import MetricStore
from embedded_aws.services.sns.notifications import Notifications

REGION = "us-east-1"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
SERVICES = frozenset({"cloudwatch", "iam", "kms", "lambda", "sns", "sqs", "sts"})


@dataclass
class Surroundings:
    """What alarms and topics act on. `busy` makes scaling answer as during a cooldown."""

    scaled: list[str] = field(default_factory=list)
    invoked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    busy: bool = False

    def scale(self, policy_arn: str, _alarm: str) -> None:
        if self.busy:
            raise AwsError("ScalingActivityInProgress", "The scaling policy is in cooldown.")
        self.scaled.append(policy_arn)

    def invoke(self, function_arn: str, event: dict[str, Any]) -> None:
        self.invoked.append((function_arn, event))

    def forget(self) -> None:
        self.scaled.clear()
        self.invoked.clear()
        self.events.clear()
        self.busy = False


class World:
    """The parts under test, behind a gateway, with clients for them. `endpoint_url` is on the loopback interface."""

    def __init__(self, moto: motoserver.MotoServer, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.around = Surroundings()
        self.iam = Authorizer(clock, self.lock)
        self.store = MetricStore(ACCOUNT, self.lock)
        self.notifications = Notifications(clock, self.lock, self.iam, invoke=self.around.invoke)
        self.alarms = Alarms(
            clock,
            self.lock,
            self.store,
            self.iam,
            self.notifications,
            scale=self.around.scale,
            invoke=self.around.invoke,
            emit=self.around.events.append,
        )
        self.alarms.start()
        routes = merge([self.iam.routes(), self.store.routes(), self.notifications.routes(), self.alarms.routes()])
        self.gateway = Gateway(
            backend=moto,
            now=clock.now,
            lock=self.lock,
            calls=CallLog(),
            services=SERVICES,
            regions=frozenset({REGION}),
            identify=self.iam.caller,
            guards=[self.iam],
            routes=routes,
        )
        self.server = LoopbackServer(self.gateway)
        self._clients: dict[str, Any] = {}

    def client(self, service: str, **credentials: str) -> Any:
        """The owner's client, or one with other credentials."""
        if credentials:
            return self._new_client(service, credentials)
        if service not in self._clients:
            made_up = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x"}
            self._clients[service] = self._new_client(service, made_up)
        return self._clients[service]

    def _new_client(self, service: str, credentials: dict[str, str]) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=self.server.url, **credentials)

    def forget(self) -> None:
        """Empty CloudWatch and SNS; time goes on."""
        self.around.forget()
        with self.lock:
            cloudwatch = get_backend("cloudwatch")[ACCOUNT][REGION]
            cloudwatch.alarms.clear()
            cloudwatch.metric_data.clear()
            sns = get_backend("sns")[ACCOUNT][REGION]
            sns.topics.clear()
            sns.subscriptions.clear()
            self.store._indexes.clear()
            self.notifications._history.clear()


@pytest.fixture(scope="module")
def running_world() -> Iterator[World]:
    """One for all tests of a module: moto's start costs more than most of them."""
    clock = Clock(START)
    with ExitStack() as closing:
        world = World(closing.enter_context(motoserver.running(clock.now, 0)), clock)
        closing.callback(world.server.close)
        yield world
        assert world.gateway.failures == []


@pytest.fixture
def world(running_world: World) -> World:
    running_world.forget()
    return running_world
