"""moto's time is the cloud's, in each of its modules, whenever they are loaded."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from embedded_aws.embedded import SERVICES, Cloud

START = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)

WALL_CLOCK = re.compile(r"\b(?:date|datetime)\.(?:now|utcnow|today)\(|\btime\.time\(\)")

NOT_ASKED: Mapping[str, str] = {
    "moto.autoscaling.models": "the service is the embedded AWS's own",
    "moto.awslambda.models": "the service is the embedded AWS's own",
    "moto.cloudwatch.models": "the service is the embedded AWS's own",
    "moto.core.utils": "this is the function that is given other code",
    "moto.ecr.models": "only for the time at which an image was pushed, and nobody pushes one",
    "moto.elb.models": "not a service of the embedded AWS",
    "moto.moto_api._internal.managed_state_model": "only for transitions after a time, which must be asked for",
    "moto.rds.utils": "only for the day of two windows that are compared",
    "moto.route53.models": "only to make references that nobody else has",
    "moto.s3.models": "services/s3 gives a bucket its time; what is left are the names of access logs",
    "moto.secretsmanager.models": "services/secret_values gives secrets and versions their times",
}
"""Modules that read the wall clock by themselves, and why that does not matter here."""


def clocks() -> dict[str, datetime]:
    """What each module of moto that is loaded takes for the time."""
    modules = {name: vars(module) for name, module in sys.modules.items() if name.startswith("moto.")}
    return {name: module["utcnow"]() for name, module in modules.items() if "utcnow" in module}


def load_every_service(cloud: Cloud) -> None:
    for service in SERVICES - {"arc-zonal-shift"}:
        name = {"lambda": "awslambda"}.get(service, service.replace("-", ""))
        importlib.import_module(f"moto.{name}.models")
    cloud.client("iam").list_roles()
    cloud.client("ssm").describe_parameters()


def test_every_module_has_the_clouds_time_also_one_that_is_loaded_late() -> None:
    with Cloud(start=START, seed=5) as cloud:
        load_every_service(cloud)
        importlib.import_module("moto.kinesis.models")
        cloud.clock.advance(60)

        told = clocks()
        assert {"moto.core.utils", "moto.ec2.models.instances", "moto.kinesis.models"} <= told.keys()
        assert set(told.values()) == {START.replace(tzinfo=None) + timedelta(seconds=60)}


def test_afterwards_every_module_has_the_wall_clock_again() -> None:
    with Cloud(start=START, seed=5) as cloud:
        load_every_service(cloud)

    told, now = clocks(), datetime.now(UTC).replace(tzinfo=None)
    assert {name for name, time in told.items() if abs(now - time) > timedelta(minutes=1)} == set()


def test_no_other_module_reads_the_wall_clock() -> None:
    with Cloud(start=START, seed=5) as cloud:
        load_every_service(cloud)

    modules = {name: module for name, module in sys.modules.items() if name.startswith("moto.") and module.__file__}
    reading = {name for name, module in modules.items() if WALL_CLOCK.search(Path(str(module.__file__)).read_text())}
    assert reading <= NOT_ASKED.keys()
