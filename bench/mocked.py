"""Runs the Pulumi program of the working directory against Pulumi's mocks: the floor for `deploy.py`."""

from __future__ import annotations

import asyncio
import runpy
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime.stack import run_pulumi_func

ZONES = ["us-east-1a", "us-east-1b"]
ANSWERS: dict[str, dict[str, Any]] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ZONES},
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": {"locations": ZONES},
    "aws:ec2/getInstanceType:getInstanceType": {"supportedArchitectures": ["arm64"], "defaultVcpus": 2},
    "aws:ec2/getSubnets:getSubnets": {"ids": []},
    "aws:servicequotas/getServiceQuota:getServiceQuota": {"value": 1000.0},
    "aws:cloudwatch/getLogGroups:getLogGroups": {"logGroupNames": []},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "123456789012"},
    "aws:ssm/getParameter:getParameter": {"value": "ami-0123456789abcdef0"},
}
"""What AWS would answer to the program's questions."""


class Mocks(pulumi.runtime.Mocks):
    """Invents an id and an ARN for everything."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """A resource with its inputs as its outputs."""
        return f"{args.name}-id", {"arn": f"arn:aws:any:us-east-1:123456789012:{args.name}", **args.inputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """The answer of a data source, and what was wrong with the question."""
        return ANSWERS.get(args.token, {}), []


def program() -> None:
    """Run the program as itself."""
    runpy.run_path("__main__.py", run_name="__main__")


def main() -> None:
    """Run the program as the stack `dev`."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(Mocks(), project="tap", stack="dev")
    pulumi.runtime.set_all_config(yaml.safe_load(Path("Pulumi.dev.yaml").read_text(encoding="utf-8"))["config"])
    loop.run_until_complete(run_pulumi_func(program))


if __name__ == "__main__":
    main()
