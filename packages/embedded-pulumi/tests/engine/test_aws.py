"""A program with pulumi_aws, as published, against a provider that records what it is asked."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.provider import (
    Checked,
    CheckRequest,
    Created,
    Diff,
    DiffRequest,
    Invoked,
    ReadResult,
    UpdateRequest,
)
from embedded_pulumi.values import UNKNOWN, Properties, Value

PROGRAM = """
import pulumi
import pulumi_aws as aws

zones = aws.get_availability_zones(state="available")
there = aws.Provider("there", region="eu-west-1", skip_region_validation=True)
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", tags={"Name": "shop"})
subnet = aws.ec2.Subnet(
    "subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24", availability_zone=zones.names[0], map_public_ip_on_launch=False
)
bucket = aws.s3.Bucket("bucket", opts=pulumi.ResourceOptions(provider=there))
parameter = aws.ssm.Parameter("parameter", type="SecureString", value=pulumi.Output.secret("s3cret"))
identity = aws.get_caller_identity_output()
pulumi.export("arn", subnet.arn)
pulumi.export("account", identity.account_id)
"""

ANSWERS: dict[str, Properties] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": {"id": "here", "names": ["zone-1"], "zoneIds": ["z1"]},
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "id": "1",
        "accountId": "000000000001",
        "arn": "a",
        "userId": "u",
    },
}


class RecordingProvider:
    """A provider that makes up ids and records everything."""

    package = "aws"
    version = "7.0.0"

    def __init__(self) -> None:
        self.made: list[tuple[str, Properties]] = []
        self.configured: list[Mapping[str, Value]] = []

    def supports(self, _: str) -> bool:
        return True

    def check_config(self, news: Properties) -> Checked:
        return Checked(news)

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        return Diff() if olds == news else Diff({})

    def configure(self, inputs: Mapping[str, Value]) -> RecordingProvider:
        self.configured.append(inputs)
        return self

    def check(self, request: CheckRequest) -> Checked:
        assert request.autonaming is None
        return Checked(request.news)

    def diff(self, _: DiffRequest) -> Diff:
        return Diff()

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        if preview:
            return Created("", {**inputs, "arn": UNKNOWN})
        assert token
        self.made.append((type_, inputs))
        return Created(f"id-{len(self.made)}", {**inputs, "arn": f"arn:{type_}"})

    def resume(self, *_: Any, preview: bool) -> Created | None:
        raise AssertionError(f"nothing was cut off: {preview}")

    def read(self, *_: Any) -> ReadResult | None:
        return None

    def update(self, request: UpdateRequest) -> Properties:
        raise AssertionError(f"nothing is updated: {request}")

    def delete(self, *_: Any) -> None:
        """Nothing is kept."""

    def invoke(self, token: str, args: Properties) -> Invoked:
        return Invoked({**ANSWERS[token], **args})


def test_pulumi_aws_as_published_deploys(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(textwrap.dedent(PROGRAM))
    provider = RecordingProvider()
    state = StateFile(tmp_path / "state.json", passphrase="p")
    config = {"aws:region": "us-west-2"}
    engine = Engine(project="p", stack="s", program=tmp_path, providers=[provider], state=state, config=config)

    engine.preview()
    summary = engine.up()
    again = engine.up()

    made = dict(provider.made)
    vpc = next(f"id-{place}" for place, (type_, _) in enumerate(provider.made, 1) if type_ == "aws:ec2/vpc:Vpc")
    assert made["aws:ec2/subnet:Subnet"] == {
        "availabilityZone": "zone-1",
        "cidrBlock": "10.0.0.0/24",
        "mapPublicIpOnLaunch": False,
        "vpcId": vpc,
    }
    assert made["aws:ssm/parameter:Parameter"]["value"] == "s3cret"
    assert summary.outputs == {"arn": "arn:aws:ec2/subnet:Subnet", "account": "000000000001"}
    assert summary.changes == {"create": 6}
    assert again.changes == {"same": 6}
    assert [
        settings["skipRegionValidation"] for settings in provider.configured if settings["region"] == "eu-west-1"
    ] == [
        "true",
        "true",
        "true",
    ]
    assert "s3cret" not in (tmp_path / "state.json").read_text()
