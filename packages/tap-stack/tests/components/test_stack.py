"""The whole program: its outputs, tags, names and parents, in preview and not."""

from __future__ import annotations

import runpy
from pathlib import Path

import pulumi
import pytest

from tap_stack.config.names import longest_suffix
from tap_stack.errors import ConfigError
from tap_stack.outputs import EXTRA_OUTPUT_KEYS, OUTPUT_KEYS
from tap_stack.stack import OutputContractError, TapStack, export_outputs

from .recording import Recording, Region, config, record, tap

ROOT = Path(__file__).parents[4]

UNTAGGED = {
    "aws:autoscaling/policy:Policy",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/alias:Alias",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "aws:lambda/invocation:Invocation",
    "aws:lambda/permission:Permission",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
}
"""Types without a `tags` property."""

EVERYTHING = {"natStrategy": "per_az", "openEgress": "false", "alarmEmail": "a@example.com", "zones": "3"}
"""A configuration in which every resource type of the program occurs."""


@pytest.mark.parametrize("preview", [True, False])
def test_exactly_the_thirty_keys_are_exported_and_the_extras_after_them(preview: bool) -> None:  # noqa: FBT001 - parametrized
    assert len(OUTPUT_KEYS) == 30

    assert list(tap(preview=preview).exports) == [*OUTPUT_KEYS, *EXTRA_OUTPUT_KEYS]


def test_no_output_is_missing_without_nat_gateways() -> None:
    recording = tap(natStrategy="none")

    stack = recording.one("tap:index:TapStack")
    outputs = recording.outputs[stack.urn]
    assert outputs["nat_gateway_ids"] == []
    assert [key for key in OUTPUT_KEYS if key not in outputs] == []


def test_every_component_registers_its_outputs() -> None:
    recording = tap(**EVERYTHING)

    components = [found.urn for found in recording.resources if found.type.startswith("tap:index:")]
    assert len(components) == 10
    assert [urn for urn in components if not recording.outputs.get(urn)] == []


def test_every_output_is_an_attribute_of_the_stack() -> None:
    made: list[TapStack] = []

    record(lambda: made.append(TapStack("tap", config())))

    (stack,) = made
    assert [key for key, value in stack.outputs if getattr(stack, key) is not value] == []
    assert [key for key, _ in stack.outputs] == [*OUTPUT_KEYS, *EXTRA_OUTPUT_KEYS]


def test_two_stacks_of_one_program_share_no_name_and_no_export() -> None:
    blue = config(namePrefix="blue")

    def program() -> None:
        for each in (blue, blue.with_changes(name_prefix="green")):
            export_outputs(TapStack(each.name_prefix, each).outputs, f"{each.name_prefix}_")

    recording = record(program)

    names = [(found.type, found.name) for found in recording.resources]
    assert len(set(names)) == len(names)
    made = [name for type_, name in names if type_.startswith("aws:")]
    assert [name for name in made if "tap" in name.split("-")] == []
    assert {"blue_vpc_id", "green_vpc_id"} <= recording.exports.keys()
    assert "vpc_id" not in recording.exports


def test_the_healer_and_the_topic_of_a_stack_are_for_names_of_its_prefix_alone() -> None:
    recording = record(lambda: TapStack("blue", config(namePrefix="blue")))

    policies = [str(found.inputs.get("policy", "")) for found in recording.resources]
    assert [text for text in policies if "/tap-*" in text or ":tap-*" in text] == []
    assert [text for text in policies if "autoScalingGroupName/blue-*" in text] != []
    assert [text for text in policies if ":alarm:blue-*" in text] != []


def test_a_missing_output_is_an_error_that_names_it() -> None:
    outputs = [(key, "x") for key in OUTPUT_KEYS if key != "vpc_id"]

    with pytest.raises(OutputContractError, match="missing outputs: vpc_id"):
        record(lambda: export_outputs(outputs))


def test_two_outputs_of_one_name_are_an_error_that_names_it() -> None:
    outputs = [(key, "x") for key in (*OUTPUT_KEYS, "vpc_id")]

    with pytest.raises(OutputContractError, match="duplicate outputs: vpc_id"):
        record(lambda: export_outputs(outputs))


def test_an_output_that_the_stack_already_has_is_an_error_that_names_it() -> None:
    def program() -> None:
        pulumi.export("region", "elsewhere")
        export_outputs([(key, "x") for key in OUTPUT_KEYS])

    with pytest.raises(OutputContractError, match="duplicate outputs: region"):
        record(program)


def test_without_a_stack_to_export_to_the_program_goes_on_with_a_warning() -> None:
    recording = record(lambda: export_outputs([(key, "x") for key in OUTPUT_KEYS]), in_stack=False)

    assert recording.exports == {}
    assert recording.warnings == ["No Pulumi stack is running: TAP's outputs are not exported"]


def test_everything_that_takes_tags_has_the_common_ones_and_a_name() -> None:
    recording = tap(**EVERYTHING, environment="test", environmentSuffix="t1", tags="Owner=me")
    common = {
        "Project": "tap",
        "Environment": "test",
        "EnvironmentSuffix": "t1",
        "ManagedBy": "pulumi",
        "Owner": "me",
    }

    aws = [found for found in recording.resources if found.type.startswith("aws:")]
    assert {found.type for found in aws if not found.tags} == UNTAGGED
    assert [found.name for found in aws if found.tags and not common.items() <= found.tags.items()] == []
    assert [found.name for found in aws if found.tags and not found.tags.get("Name")] == []


def test_everything_has_a_parent_and_a_name_of_its_environment() -> None:
    recording = tap(**EVERYTHING, environmentSuffix="t1")

    aws = [found for found in recording.resources if found.type.startswith("aws:")]
    assert [found.name for found in aws if "tap:index:" not in found.parent] == []
    assert [found.name for found in aws if not found.name.endswith("-t1")] == []
    assert [found.name for found in aws if not found.name.startswith(("tap-", "AmazonCloudWatch-tap-"))] == []


def test_physical_names_are_within_awss_limits_with_the_longest_suffix_that_is_accepted() -> None:
    region = "us-isof-south-1"
    zones = tuple(f"{region}{letter}" for letter in "abc")
    suffix = "s" * longest_suffix(region)
    recording = tap(Region(zones=zones, offering=zones), **EVERYTHING, region=region, environmentSuffix=suffix)
    limits = {
        "aws:iam/role:Role": 64,
        "aws:iam/instanceProfile:InstanceProfile": 128,
        "aws:lambda/function:Function": 64,
        "aws:cloudwatch/eventRule:EventRule": 64,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 255,
        "aws:cloudwatch/logGroup:LogGroup": 512,
        "aws:autoscaling/group:Group": 255,
        "aws:autoscaling/policy:Policy": 255,
        "aws:ec2/launchTemplate:LaunchTemplate": 128,
        "aws:ec2/securityGroup:SecurityGroup": 255,
        "aws:kms/alias:Alias": 256,
        "aws:sns/topic:Topic": 256,
        "aws:ssm/parameter:Parameter": 1011,
        "aws:iam/rolePolicy:RolePolicy": 128,
    }

    named = [found for found in recording.resources if "name" in found.inputs]
    assert {found.type for found in named} == set(limits)
    assert [found.name for found in named if len(found.inputs["name"]) > limits[found.type]] == []
    assert max(len(found.inputs["name"]) for found in named if limits[found.type] == 64) == 64


def test_the_provider_of_the_component_answers_its_questions_and_makes_its_resources() -> None:
    recording = record(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"))

    provider = recording.one("pulumi:providers:aws")
    assert provider.inputs["region"] == "us-east-1"
    own = [found for found in recording.resources if found.type.startswith("aws:")]
    assert {found.provider for found in own} == {f"{provider.urn}::aws-id"}
    assert {used for _, _, used in recording.invokes} == {f"{provider.urn}::aws-id"}


def test_a_configuration_error_ends_the_program_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHORIZED_IP_RANGES", "0.0.0.0/0")

    with pytest.raises(pulumi.RunError) as refused:
        record(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"))

    assert str(refused.value).startswith(
        "the environment variable AUTHORIZED_IP_RANGES = '0.0.0.0/0' is not accepted; accepted: "
    )
    assert "\n" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_what_is_refused_is_refused_before_anything_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_LAMBDA_RUNTIME", "python3.8")
    seen: list[Recording] = []

    with pytest.raises(pulumi.RunError):
        seen.append(record(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")))

    assert seen == []


def test_fewer_zones_than_asked_for_is_an_error_that_lists_what_was_seen() -> None:
    with pytest.raises(ConfigError) as refused:
        tap(Region(offering=("us-east-1a", "us-east-1b", "us-east-1d")), zones="3")

    assert str(refused.value) == (
        "tap:zones = '3' is not accepted; accepted: at most 2 (us-east-1a, us-east-1b): available are "
        "us-east-1a, us-east-1b, us-east-1c; the instance type is offered in us-east-1a, us-east-1b, us-east-1d"
    )


def test_an_instance_type_that_no_zone_offers_is_an_error_that_names_it() -> None:
    with pytest.raises(ConfigError, match=r"tap:instanceType = 'x9\.huge' is not accepted.*us-east-1 offers"):
        tap(Region(offering=()), instanceType="x9.huge")


def test_zones_are_asked_for_without_local_and_wavelength_zones() -> None:
    questions = {token.rsplit(":", 1)[-1]: args for token, args, _ in tap(instanceType="t3.small").invokes}

    assert questions["getAvailabilityZones"] == {
        "state": "available",
        "filters": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
    }
    assert questions["getInstanceTypeOfferings"] == {
        "locationType": "availability-zone",
        "filters": [{"name": "instance-type", "values": ["t3.small"]}],
    }


@pytest.mark.parametrize(
    ("offered", "architecture"),
    [(("arm64",), "arm64"), (("x86_64",), "x86_64"), (("i386", "x86_64"), "x86_64")],
)
def test_the_image_is_the_newest_amazon_linux_2023_for_the_instance_types_architecture(
    offered: tuple[str, ...], architecture: str
) -> None:
    recording = tap(Region(architectures=offered))

    template = recording.one("aws:ec2/launchTemplate:LaunchTemplate")
    assert template.inputs["imageId"] == f"ami-of-al2023-ami-kernel-default-{architecture}"


def test_an_architecture_without_an_image_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"tap:instanceType = 'mac1\.metal'.*arm64 or x86_64"):
        tap(Region(architectures=("x86_64_mac",)), instanceType="mac1.metal")


def test_a_pinned_image_is_not_looked_up() -> None:
    recording = tap(imageId="ami-0123456789abcdef0")

    assert recording.one("aws:ec2/launchTemplate:LaunchTemplate").inputs["imageId"] == "ami-0123456789abcdef0"
    assert [token for token, _, _ in recording.invokes if "getParameter" in token] == []


def test_the_ssm_instructions_name_the_region_and_the_fleet() -> None:
    text = tap(environmentSuffix="t1").exports["ssm_access_instructions"]

    assert "aws ssm start-session --region us-east-1" in text
    assert "Values=tap-fleet-t1" in text


def test_protect_guards_what_must_not_be_lost_and_keeps_the_logs() -> None:
    recording = tap(protect="true")

    assert {found.type for found in recording.resources if found.protect} == {
        "aws:ec2/vpc:Vpc",
        "aws:ec2/eip:Eip",
        "aws:kms/key:Key",
        "aws:sns/topic:Topic",
    }
    assert {found.type for found in recording.resources if found.retain_on_delete} == {
        "aws:cloudwatch/logGroup:LogGroup"
    }
    assert [found.name for found in tap().resources if found.protect or found.retain_on_delete] == []


def test_only_what_collides_with_its_replacement_is_deleted_first() -> None:
    assert {found.type for found in tap().resources if found.delete_before_replace} == {
        "aws:ec2/flowLog:FlowLog",
        "aws:ec2/natGateway:NatGateway",
        "aws:lambda/permission:Permission",
    }


def test_what_another_vpc_replaces_is_made_before_the_old_one_goes() -> None:
    """A security group that is given a name would go first, and cannot while instances use it."""
    recording = tap(vpcEndpoints="true")

    assert {found.name for found in recording.resources if found.delete_before_replace is False} == {
        "tap-instances-dev",
        "tap-endpoints-dev",
        "tap-private-a-dev",
        "tap-private-b-dev",
    }
    assert recording.one("aws:ec2/internetGateway:InternetGateway").replace_on_changes == ("vpcId",)


def test_the_component_works_twice_in_one_program() -> None:
    def program() -> None:
        TapStack("one", config(environmentSuffix="one"))
        TapStack("two", config(environmentSuffix="two"))

    urns = [found.urn for found in record(program).resources]

    assert len(urns) == len(set(urns))
