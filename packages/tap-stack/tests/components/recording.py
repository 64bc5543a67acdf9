"""Runs a Pulumi program against a monitor that writes down every registration, its options included.

It proves what the program decides: names, inputs, parents, options. What AWS makes of it is proved elsewhere, on the
embedded cloud. Pulumi's own mocks hand over inputs but no options, hence the monitor.
"""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import json
import logging
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import grpc
import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.settings import ROOT, SETTINGS
from pulumi.runtime.stack import Stack, run_pulumi_func

from embedded_pulumi import wire
from embedded_pulumi.wire.requests import Goal, decode_register
from tap_stack.config import InfraConfig
from tap_stack.stack import TapStack, export_outputs

IPV6 = "2001:db8:0:ff00::/56"
"""Amazon's block of the VPC, if it has one."""

ACCOUNT = "123456789012"
"""AWS's example account, which every answer here is of."""

# pulumi_aws warns of its deprecated classes when it defines them, whether they are used or not.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    for _module in (
        "autoscaling",
        "cloudwatch",
        "ec2",
        "iam",
        "kms",
        "lambda_",
        "lb",
        "s3",
        "sns",
        "ssm",
        "vpc",
        "wafv2",
    ):
        hasattr(importlib.import_module(f"pulumi_aws.{_module}"), "anything")  # the first look at it loads it


@dataclass(frozen=True)
class Region:
    """What AWS answers when the program asks."""

    zones: tuple[str, ...] = ("us-east-1a", "us-east-1b", "us-east-1c")
    offering: tuple[str, ...] = ("us-east-1a", "us-east-1b", "us-east-1c")
    architectures: tuple[str, ...] = ("x86_64",)
    partition: str = "aws"
    standing: tuple[str, ...] = ()
    quota: float = 1000.0
    instances: tuple[str, ...] = ()
    endpoint_zones: tuple[str, ...] = ()  # all zones, if none is named
    volume_key: str = "alias/aws/ebs"
    ebs_optimized: str = "default"
    auto_recovery: bool = True
    image: str = '{"architecture": "x86_64", "rootDeviceName": "/dev/sda1", "rootDeviceType": "ebs"}'
    group: str = (
        '{"mixedInstancesPolicies": [], "launchTemplates": [{"version": "1"}], "serviceLinkedRoleArn": "arn:aws:iam::'
        '123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"}'
    )  # the Auto Scaling group as it stands
    log_groups: tuple[str, ...] = ()
    image_parameter: str = ""  # what every SSM parameter holds, if not an image that is named after it
    ipv6_blocks: tuple[str, ...] = ()  # the states of those that each VPC has
    memory: int = 1024  # MiB, of every instance type
    balancers: tuple[str, ...] = ()  # load balancers of every target group
    vpcs: tuple[tuple[str, str], ...] = ()  # ids and addresses of those that carry the stack's names

    def answer(self, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
        own = "instanceTags" in args
        answers: dict[str, dict[str, Any]] = {
            "getAvailabilityZones": {"names": list(self.zones)},
            "getInstanceTypeOfferings": {
                "locations": list(self.offering),
                "instanceTypes": [
                    value for each in args.get("filters", ()) for value in each["values"] if self.offering
                ],
            },
            "getSubnets": {"ids": list(self.standing)},
            "getSubnet": {"availabilityZone": args.get("id", "")},
            "getServiceQuota": {"value": self.quota},
            "getInstances": {"ids": [] if own else list(self.instances)},
            "getInstance": {"instanceType": "t3.small"},
            "getElasticIp": {},
            "getVpc": {"ipv6CidrBlockAssociations": [{"state": each} for each in self.ipv6_blocks]},
            "getEips": {"allocationIds": []},
            "getFunctions": {"functionNames": []},
            "getDefaultKmsKey": {"keyArn": self.volume_key},
            "getKey": {"keyManager": "CUSTOMER", "enabled": True, "keySpec": "SYMMETRIC_DEFAULT"},
            "getGroup": json.loads(self.group),
            "getVpcEndpointService": {
                "availabilityZones": list(self.endpoint_zones or self.zones),
                "supportedIpAddressTypes": ["ipv4", "dualstack"] if args.get("serviceName", "")[-4:] == ".kms" else [],
            },
            "getInstanceType": {
                "supportedArchitectures": list(self.architectures),
                "ebsOptimizedSupport": self.ebs_optimized,
                "autoRecoverySupported": self.auto_recovery,
                "defaultVcpus": 2,
                "hibernationSupported": args.get("instanceType") != "a1.medium",
                "memorySize": self.memory,
            },
            "getTargetGroup": {"loadBalancerArns": list(self.balancers)},
            "getAmi": json.loads(self.image),
            "getLogGroups": {"logGroupNames": list(self.log_groups)},
            "getParameter": {"value": self.image_parameter or f"ami-of-{args.get('name', '').rsplit('/', 1)[-1]}"},
            "getPolicy": {"arn": args.get("arn", "")},
            "getCallerIdentity": {"accountId": ACCOUNT},
            "getPartition": {"partition": self.partition},
            "getSecurityGroups": {"vpcIds": [key for key, _ in self.vpcs]},
            "getVpcs": {"ids": [key for key, cidr in self.vpcs if cidr in (_wanted_cidr(args) or [cidr])]},
        }
        return answers[token.rsplit(":", 1)[-1]]


def _wanted_cidr(args: Mapping[str, Any]) -> list[str]:
    """The addresses that a question about VPCs filters by."""
    return [value for each in args.get("filters", ()) if each["name"].startswith("cidr") for value in each["values"]]


class Refused(grpc.RpcError):  # type: ignore[misc]  # grpc is untyped
    """What the engine answers to a question without an answer."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self._words = words

    def code(self) -> grpc.StatusCode:
        """gRPC's code."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """The real provider's words."""
        return self._words


@dataclass(frozen=True)
class Registered(Goal):
    """One registration."""

    urn: str = ""

    @property
    def tags(self) -> dict[str, str]:
        """Its tags, however its type writes them."""
        tags = self.inputs.get("tags", {})
        return {tag["key"]: tag["value"] for tag in tags} if isinstance(tags, list) else dict(tags)


@dataclass
class Recording:
    """Everything that a program did."""

    resources: list[Registered] = field(default_factory=list)
    invokes: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def of(self, type_: str) -> dict[str, Registered]:
        """Name to resource, of one type, such as `aws:ec2/subnet:Subnet`."""
        return {found.name: found for found in self.resources if found.type == type_}

    def one(self, type_: str, name: str = "") -> Registered:
        """The only resource of a type, or the one of that name."""
        found = [resource for resource in self.of(type_).values() if not name or resource.name == name]
        assert len(found) == 1, [resource.name for resource in found]
        return found[0]

    def document(self, type_: str, name: str, key: str = "policy") -> list[dict[str, Any]]:
        """The statements of a resource's policy."""
        statements: list[dict[str, Any]] = json.loads(self.one(type_, name).inputs[key])["Statement"]
        return statements


class _Region(mocks.Mocks):
    def __init__(self, region: Region, recording: Recording, *, preview: bool) -> None:
        self._region, self._recording, self._preview = region, recording, preview

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self._recording.invokes.append((args.token, args.args, args.provider))
        return self._region.answer(args.token, args.args), []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if self._preview:  # nothing exists yet, so only inputs are known
            return None, dict(args.inputs)
        computed = {"arn": f"arn:{args.name}", "latestVersion": 7, "keyId": f"{args.name}-key", "name": args.name}
        return f"{args.name}-id", {"prefixListId": "pl-1", "ipv6CidrBlock": IPV6, **computed, **args.inputs}


class _Monitor(mocks.MockMonitor):
    def __init__(self, region: _Region, recording: Recording) -> None:
        super().__init__(region)
        self._recording = recording
        self._lock = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name for it
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]  # pulumi's mocks are untyped
        registered = Registered(**vars(decode_register(request)), urn=answer.urn)
        with self._lock:
            self._recording.resources.append(registered)
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - gRPC's name for it
        self._recording.outputs[request.urn] = wire.decode(request.outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]  # as above


class _Warnings(logging.Handler):
    def __init__(self, recording: Recording) -> None:
        super().__init__(logging.WARNING)
        self._recording = recording

    def emit(self, record: logging.LogRecord) -> None:
        self._recording.warnings.append(record.getMessage())


def record(
    program: Callable[[], object], region: Region | None = None, *, preview: bool = False, in_stack: bool = True
) -> Recording:
    """Run a program to its end and hand back what it registered.

    Args:
        program: What `__main__` would do.
        region: What AWS answers.
        preview: Run as `pulumi preview` does: what does not exist yet is unknown.
        in_stack: Whether there is a stack to export to.
    """
    # Pulumi keeps its state in context variables: a context of its own is an engine of its own.
    return contextvars.Context().run(_record, program, region or Region(), preview=preview, in_stack=in_stack)


def _record(program: Callable[[], object], region: Region, *, preview: bool, in_stack: bool) -> Recording:
    recording = Recording()
    logger = logging.getLogger("tests.components.program")
    logger.handlers = [_Warnings(recording)]
    answers = _Region(region, recording, preview=preview)
    with _event_loop() as loop:
        mocks.set_mocks(answers, "tap", "test", preview=preview, logger=logger, monitor=_Monitor(answers, recording))
        # What a program that failed left behind belongs to no later one; `pulumi.runtime.test` does the same.
        SETTINGS.rpc_manager.clear()
        SETTINGS.outputs.clear()
        root = pulumi.runtime.get_root_resource()
        if not in_stack:
            ROOT.set(None)
        loop.run_until_complete(run_pulumi_func(lambda: _nothing(program())))
        if isinstance(root, Stack):
            recording.exports = dict(root.outputs)
    return recording


def _nothing(_: object) -> None:
    """What a Pulumi program returns."""


@contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop for the program. The mock monitor wants one in each worker thread too, and leaves closing it to others."""
    loops = [asyncio.new_event_loop()]

    def start_worker() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    workers = ThreadPoolExecutor(initializer=start_worker)
    loops[0].set_default_executor(workers)
    asyncio.set_event_loop(loops[0])
    try:
        yield loops[0]
    finally:
        workers.shutdown()
        asyncio.set_event_loop(None)
        for loop in loops:
            loop.close()


def config(**settings: str) -> InfraConfig:
    """A configuration with some keys set: `zones="3"` is `tap:zones = 3`, `region` is `aws:region`."""
    keys = {("aws:region" if key == "region" else f"tap:{key}"): value for key, value in settings.items()}
    return InfraConfig.load(keys, {})


@cache
def tap(aws: Region | None = None, /, *, preview: bool = False, **settings: str) -> Recording:
    """The whole stack with some configuration keys set; the same recording for the same settings: do not change it."""

    def program() -> None:
        export_outputs(TapStack("tap", config(**settings)).outputs)

    return record(program, aws, preview=preview)
