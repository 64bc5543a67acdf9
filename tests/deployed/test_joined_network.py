"""A whole stack in a network that the same program makes: the ids are not known before it is deployed."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

from support.deployed.own_program import deployed, outputs
from support.deployed.stack import OneAtATime

REGION = "eu-west-1"
INTO_NETWORK = """
import pulumi
from tap_stack import Network, TapStack

network = Network("shared", {"nat_strategy": "none"})
ids = {"vpc_id": network.vpc_id, "private_subnet_ids": network.private_subnet_ids}
stack = TapStack("web", ids | {"user_data_file": [%r]})
pulumi.export("template", stack.launch_template_id)
pulumi.export("zones", stack.zones)
pulumi.export("network_zones", network.zones)
"""
BOOT = "#!/bin/sh\necho the network has ${tap:vpcCidr}\n"


def test_a_whole_stack_stands_in_a_network_of_the_same_program(stacks: OneAtATime, tmp_path: Path) -> None:
    stacks.close()
    boot = tmp_path / "boot.sh"
    boot.write_text(BOOT)
    with deployed(tmp_path, INTO_NETWORK % str(boot), REGION) as sandbox:
        found = outputs(sandbox)
        assert found["zones"] == found["network_zones"] == ["eu-west-1a", "eu-west-1b"]
        ec2 = sandbox.cloud.client("ec2", REGION)
        (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=found["template"])["LaunchTemplateVersions"]
        user_data = base64.b64decode(version["LaunchTemplateData"]["UserData"])
        text = gzip.decompress(user_data) if user_data.startswith(b"\x1f\x8b") else user_data
        assert b"the network has 10.0.0.0/16" in text
        sandbox.cloud.clock.start()
        assert set(sandbox.engine.up().changes) == {"same"}
        assert set(sandbox.engine.destroy().changes) == {"delete"}
