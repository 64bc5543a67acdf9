"""A gateway over moto for the tests to call: its routes and guards are theirs to change."""

from __future__ import annotations

import http.client
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from embedded_aws import motoserver
from embedded_aws.calllog import CallLog, CallRecord
from embedded_aws.calls import Call, Caller, Handler, Routes
from embedded_aws.gateway import Gateway
from embedded_aws.httpd import LoopbackServer

NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
SERVICES = ("ec2", "autoscaling", "sts", "iam", "sns", "cloudwatch", "lambda", "events", "logs", "ssm", "kms")
KEY = "AKIAIOSFODNN7EXAMPLE"


@dataclass
class House:
    """A gateway over moto whose routes and guards a test may change while it runs."""

    routes: Routes = field(default_factory=dict)
    guards: list[Any] = field(default_factory=list)
    unlocked: set[tuple[str, str]] = field(default_factory=set)
    calls: CallLog = field(default_factory=CallLog)
    lock: Any = field(default_factory=threading.RLock)
    gateway: Gateway = field(init=False)
    server: LoopbackServer = field(init=False)

    def open(self, backend: motoserver.MotoServer) -> None:
        self.gateway = Gateway(
            backend=backend,
            now=lambda: NOW,
            lock=self.lock,
            calls=self.calls,
            services=SERVICES,
            regions=("us-east-1", "eu-west-1"),
            identify=lambda key: Caller("123456789012", key),
            guards=self.guards,
            routes=self.routes,
            unlocked=self.unlocked,
        )
        self.server = LoopbackServer(self.gateway)

    def client(self, service: str, region: str = "us-east-1", **options: Any) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.server.url,
            aws_access_key_id=KEY,
            aws_secret_access_key="made-up",
            config=Config(retries={"total_max_attempts": 1}, **options),
        )

    def raw(self, method: str = "POST", path: str = "/", body: str = "", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.read_body = response.read().decode()  # type: ignore[attr-defined]
        connection.close()
        return response

    def last(self) -> CallRecord:
        return list(self.calls)[-1]


def remember(calls: list[Call]) -> Handler:
    def handler(call: Call) -> dict[str, Any]:
        calls.append(call)
        return {}

    return handler


def signature(service: str = "ec2", region: str = "us-east-1") -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential={KEY}/20310506/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
