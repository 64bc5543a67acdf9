"""The real Pulumi CLI deploys into the embedded AWS through our plugin.

Proves what no stand-in can: that the CLI finds the plugin, is content with its answers, and shares its state with our
engine. Needs `pulumi` on the PATH and nothing else: no account, no login, no network. Takes some minutes.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from embedded_aws import access
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.values import Secret

from .cli import Cli, Failed
from .conftest import LIFE, REGION, ROOT, MakeCli

pytestmark = pytest.mark.skipif(
    not shutil.which("pulumi"),
    reason="the Pulumi CLI is not on the PATH (https://www.pulumi.com/docs/iac/download-install/)",
)

WRONG = """
import pulumi_aws as aws
aws.cloudwatch.LogGroup("kept-for-ever", tags={"Project": "tap"})
"""
KEYS = {"vpc_id", "auto_scaling_group_name", "lambda_function_name", "region", "ssm_access_instructions"}


def test_the_unmodified_program_is_deployed_and_destroyed(tap: Cli, endpoint: str) -> None:
    tap.on_stack("preview")
    assert tap.ids == {}
    tap.up()
    assert tap.outputs.keys() >= KEYS
    assert tap.outputs["region"] == REGION
    tap.up("--expect-no-changes")
    tap.on_stack("preview", "--expect-no-changes")
    tap.refresh("--expect-no-changes")

    group = access.client("autoscaling", REGION, endpoint).describe_auto_scaling_groups(
        AutoScalingGroupNames=[tap.outputs["auto_scaling_group_name"]]
    )["AutoScalingGroups"]
    assert len(group[0]["Instances"]) >= 2

    before = tap.ids
    tap.set("tap:logRetentionDays", "60")
    tap.up()
    assert tap.ids == before
    logs = access.client("logs", REGION, endpoint)
    found = logs.describe_log_groups(logGroupNamePrefix=tap.outputs["lambda_log_group_name"])["logGroups"]
    assert [each["retentionInDays"] for each in found] == [60]

    tap.destroy()
    assert tap.ids == {}


def test_a_change_in_place_keeps_the_resource_and_another_replaces_it(life: Cli) -> None:
    life.up()
    first, ids = life.outputs, life.ids
    life.up("--expect-no-changes")

    life.set("life:name", "two")
    assert "update" in life.on_stack("preview", "--diff")
    life.up()
    assert life.ids == ids
    assert life.outputs["code"] != first["code"]

    life.set("life:range", "10.2.0.0/16")
    assert "replace" in life.on_stack("preview", "--diff")
    life.up()
    assert (life.outputs["vpc"], life.outputs["subnet"]) != (first["vpc"], first["subnet"])
    life.up("--expect-no-changes")


def test_a_refresh_finds_what_was_changed_behind_its_back(life: Cli, endpoint: str) -> None:
    life.up()
    ec2 = access.client("ec2", REGION, endpoint)
    ec2.create_tags(Resources=[life.outputs["vpc"]], Tags=[{"Key": "Name", "Value": "by hand"}])
    life.refresh()
    with pytest.raises(Failed, match="no changes were expected"):
        life.on_stack("preview", "--expect-no-changes")

    life.up()
    [vpc] = ec2.describe_vpcs(VpcIds=[life.outputs["vpc"]])["Vpcs"]
    assert {each["Key"]: each["Value"] for each in vpc["Tags"]}["Name"] == "one"
    life.refresh("--expect-no-changes")


def test_a_secret_is_in_clear_neither_in_the_output_nor_in_the_state(life: Cli) -> None:
    said = life.up()

    assert "hush-hush" not in said
    assert "hush-hush" not in json.dumps(life.export())
    assert life.outputs["secret"] == "[secret]"


def test_the_clis_state_is_read_by_our_engine(life: Cli, tmp_path: Path) -> None:
    life.up()
    exported = life.export()

    resources = {each.urn: each for each in our_state(exported, tmp_path).load().resources}

    assert {urn: each.id for urn, each in resources.items() if urn in life.ids} == life.ids
    assert life.ids.keys() <= resources.keys()
    [secret] = [each for urn, each in resources.items() if urn.endswith("::secret")]
    assert secret.inputs["value"] == Secret("hush-hush")


def test_both_engines_leave_the_same_state(life: Cli, tmp_path: Path, endpoint: str) -> None:
    """Everything that an engine decides for itself; what AWS made up, such as ids, differs from one run to the next."""
    life.up()
    theirs = life.export()["deployment"]
    life.destroy()
    state = StateFile(tmp_path / "ours.json")
    our_engine(state, endpoint).up()
    ours = json.loads(state.path.read_text())["checkpoint"]["latest"]
    our_engine(state, endpoint).destroy()

    assert decisions(ours) == decisions(theirs)


def test_our_engine_goes_on_from_the_clis_state(life: Cli, tmp_path: Path, endpoint: str) -> None:
    life.up()

    assert our_engine(our_state(life.export(), tmp_path), endpoint).destroy().changes["delete"] > 0
    life.refresh()
    assert life.ids == {}


def test_the_cli_goes_on_from_our_engines_state(life: Cli, tmp_path: Path, endpoint: str) -> None:
    """Only the function may be changed: the two engines hash an archive differently, and its hash is in the state."""
    state = StateFile(tmp_path / "ours.json")
    our_engine(state, endpoint).up()
    ours = {each.urn: each.id for each in state.load().resources if is_of_aws(each)}
    latest = json.loads(state.path.read_text())["checkpoint"]["latest"]

    life.take({"version": 3, "deployment": latest})

    assert life.ids == ours
    life.refresh()
    life.up()
    assert life.ids == ours
    life.up("--expect-no-changes")


def test_the_policy_pack_of_a_plain_checkout_lets_the_stack_pass_and_stops_a_wrong_one(tap: Cli) -> None:
    """As in a new clone: the pack beside the program, and no environment but the program's."""
    shutil.copytree(ROOT / "policy", tap.folder / "policy", ignore=shutil.ignore_patterns("venv", "__pycache__"))
    shutil.copy(ROOT / "guardrails.yaml", tap.folder)
    pack = ("--policy-pack", "policy")
    assert "tap-guardrails" in tap.on_stack("preview", *pack)

    program = tap.folder / "__main__.py"
    program.write_text(f"{program.read_text()}\n{WRONG}")
    with pytest.raises(Failed, match="log-group-retention"):
        tap.on_stack("preview", *pack)


def test_without_an_embedded_aws_it_says_what_to_do(project: MakeCli) -> None:
    nobody = project(LIFE, "Pulumi.yaml", "__main__.py", "lib", AWS_ENDPOINT_URL="http://127.0.0.1:9")

    with pytest.raises(Failed, match="no embedded AWS answers"):
        nobody.on_stack("preview")


def decisions(deployment: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What an engine says about each resource besides its inputs, outputs and times; providers without their id."""
    kept = ("custom", "type", "parent", "protect", "external", "additionalSecretOutputs", "retainOnDelete")
    return {
        each["urn"]: {name: each[name] for name in kept if name in each}
        | {
            "inputs": sorted(set(each.get("inputs", {})) - {"__internal"}),
            "outputs": sorted(each.get("outputs", {})),
            "needs": sorted(each.get("dependencies") or ()),
            "needed for": {name: sorted(urns or ()) for name, urns in each.get("propertyDependencies", {}).items()},
            "provider": each.get("provider", "").rpartition("::")[0],
        }
        for each in deployment["resources"]
    }


def is_of_aws(state: ResourceState) -> bool:
    return state.custom and state.type.startswith("aws:")


def our_state(exported: dict[str, Any], folder: Path) -> StateFile:
    """An exported deployment as the checkpoint that our engine keeps."""
    path = folder / "from-the-cli.json"
    checkpoint = {"stack": "organization/life/dev", "latest": exported["deployment"]}
    path.write_text(json.dumps({"version": exported["version"], "checkpoint": checkpoint}))
    return StateFile(path)


def our_engine(state: StateFile, endpoint: str) -> Engine:
    return Engine(
        project="life",
        stack="dev",
        program=LIFE,
        providers=[AwsProvider(endpoint_url=endpoint)],
        state=state,
        config={"aws:region": REGION},
        environ=access.environment(endpoint, REGION, os.environ),
    )
