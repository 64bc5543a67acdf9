"""A small cloud around the Lambda service: moto behind the gateway on loopback, IAM enforced, a clock moved by hand.

Everything in this folder talks to it as a client would, through boto3 and HTTP.
"""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto.sns.models import sns_backends

from embedded_aws import motoserver
from embedded_aws.account import ACCOUNT
from embedded_aws.calllog import CallLog
from embedded_aws.clock import Clock
from embedded_aws.gateway import Gateway
from embedded_aws.httpd import LoopbackServer
from embedded_aws.iam.authorizer import Authorizer
from embedded_aws.services.events.schedule import EventBridge
from embedded_aws.services.lambda_.invocations import Invocation
from embedded_aws.services.lambda_.package import Runtime
from embedded_aws.services.lambda_.service import Functions
from embedded_aws.services.sns.notifications import Notifications

REGION = "eu-west-1"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SERVICES = ("lambda", "iam", "logs", "cloudwatch", "events", "sns", "sqs", "sts", "ec2", "dynamodb")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
}
LOGGING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}],
}
ECHO = """
def lambda_handler(event, context):
    return event
"""


@dataclass
class World:
    """The cloud under test and what it said."""

    clock: Clock
    server: LoopbackServer
    gateway: Gateway
    functions: Functions
    schedule: EventBridge
    notifications: Notifications
    data_dir: Path
    seen: list[Invocation] = field(default_factory=list)
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str = REGION) -> Any:
        """A client with made-up credentials of the account's owner."""
        if (service, region) not in self.clients:
            self.clients[service, region] = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.server.url,
                aws_access_key_id="AKIAEXAMPLEEXAMPLE00",
                aws_secret_access_key="made-up",
                config=Config(retries={"total_max_attempts": 1}, read_timeout=30),
            )
        return self.clients[service, region]

    @cached_property
    def awslambda(self) -> Any:
        return self.client("lambda")

    @cached_property
    def role_arn(self) -> str:
        """A role that Lambda may assume, and that may write logs."""
        return self.create_role("function-role", LOGGING)

    def create_role(self, name: str, *policies: dict[str, Any], trust: dict[str, Any] = TRUST) -> str:
        """Create a role with these inline policies; returns its ARN."""
        iam = self.client("iam")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        for number, policy in enumerate(policies):
            iam.put_role_policy(RoleName=name, PolicyName=f"policy-{number}", PolicyDocument=json.dumps(policy))
        return str(role["Role"]["Arn"])

    def deploy(self, source: str = ECHO, name: str = "probe", **params: Any) -> str:
        """Create a function from the text of its index.py; returns its ARN."""
        defaults: dict[str, Any] = {
            "Runtime": "python3.13",
            "Handler": "index.lambda_handler",
            "Role": self.role_arn,
            "Timeout": 10,
        }
        created = self.awslambda.create_function(
            FunctionName=name, Code={"ZipFile": zip_of({"index.py": source})}, **(defaults | params)
        )
        return str(created["FunctionArn"])

    def invoke(self, payload: object = None, name: str = "probe", **params: Any) -> Any:
        """Invoke through the API and decode the payload."""
        body = b"" if payload is None else json.dumps(payload).encode()
        answer = self.awslambda.invoke(FunctionName=name, Payload=body, **params)
        raw = answer["Payload"].read()
        return answer | {"Payload": json.loads(raw) if raw else None}

    def advance(self, **duration: float) -> None:
        """Move cloud time, for instance by `minutes=5`."""
        self.clock.advance(timedelta(**duration).total_seconds())

    def messages(self, topic_arn: str) -> list[str]:
        """All that was ever published to a topic, oldest first."""
        topic = sns_backends[ACCOUNT][topic_arn.split(":")[3]].topics[topic_arn]
        return [notification[1] for notification in topic.sent_notifications]

    def log_lines(self, group: str = "/aws/lambda/probe") -> list[str]:
        """All messages of a log group, oldest first."""
        found = self.client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in found]

    def metric(self, namespace: str, name: str, **dimensions: str) -> list[tuple[datetime, float]]:
        """Time and sum, minute by minute, of a metric since the beginning of the test."""
        found = self.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=START - timedelta(days=1),
            EndTime=self.clock.now() + timedelta(days=1),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return sorted((point["Timestamp"], point["Sum"]) for point in found)


def zip_of(files: dict[str, str]) -> bytes:
    """A zip archive of text files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@contextmanager
def running_world(folder: Path, runtime: Runtime | None) -> Iterator[World]:
    """The cloud for the length of a test; whatever failed inside it unseen fails the test at the end."""
    clock = Clock(START)
    lock = threading.RLock()
    with ExitStack() as undo:
        moto = undo.enter_context(motoserver.running(clock.now, seed=1))
        moto._stocked.add("aws")  # nothing here uses AWS-managed policies, and reading them costs 0.2 s a test
        authorizer = Authorizer(clock, lock)

        def credentials(role_arn: str, function_arn: str) -> dict[str, str]:
            issued = authorizer.credentials_for(
                role_arn, function_arn.split(":")[6], "lambda.amazonaws.com", source_arn=function_arn
            )
            return {
                "AWS_ACCESS_KEY_ID": issued["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": issued["SecretAccessKey"],
                "AWS_SESSION_TOKEN": issued["SessionToken"],
            }

        notifications = Notifications(clock, lock, authorizer, invoke=None)
        functions = Functions(
            clock,
            lock,
            lambda: server.url,
            credentials,
            folder,
            guard=authorizer,
            deliveries=notifications.routes(),
            runtime=runtime,
        )
        undo.callback(functions.close)
        schedule = EventBridge(clock, lock, functions, authorizer, notifications)
        gateway = Gateway(
            backend=moto,
            now=clock.now,
            lock=lock,
            calls=CallLog(),
            services=SERVICES,
            regions=(REGION, "us-east-1"),
            identify=authorizer.caller,
            guards=(authorizer,),
            routes=functions.routes() | schedule.routes() | notifications.routes() | authorizer.routes(),
            unlocked={("lambda", "Invoke")},
        )
        server = LoopbackServer(gateway)
        undo.callback(server.close)
        world = World(clock, server, gateway, functions, schedule, notifications, folder)
        functions.subscribe(world.seen.append)
        yield world
        assert gateway.failures == []
