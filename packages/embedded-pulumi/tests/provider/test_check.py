"""What the provider says about inputs before it touches anything."""

from __future__ import annotations

from typing import Any

import pytest

from embedded_pulumi.provider import (
    Autonaming,
    AutonamingMode,
    CheckRequest,
    DiffKind,
    DiffRequest,
    ProviderError,
    UpdateRequest,
)
from embedded_pulumi.values import UNKNOWN

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
GROUP = "aws:autoscaling/group:Group"
ALIAS = "aws:kms/alias:Alias"
ROLE = "aws:iam/role:Role"
TOPIC = "aws:sns/topic:Topic"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
SEED = bytes.fromhex("0123456789abcdef")
SOUND = {"minSize": 0, "maxSize": 1, "launchTemplate": {"name": "fleet", "version": "1"}}


def reasons(aws: Any, type_: str, news: dict[str, Any]) -> dict[str, str]:
    checked = aws.check(CheckRequest(type_, "thing", {}, news, SEED))
    return {failure.property: failure.reason for failure in checked.failures}


def test_an_unknown_type_is_named_with_its_nearest(aws: Any) -> None:
    (reason,) = reasons(aws, "aws:ec2/vpcs:Vpc", {}).values()
    assert "'aws:ec2/vpcs:Vpc' is not supported" in reason
    assert f"did you mean '{VPC}'?" in reason


def test_creating_an_unknown_type_is_an_error_that_names_it(aws: Any) -> None:
    with pytest.raises(ProviderError, match="aws:efs/fileSystem:FileSystem"):
        aws.create("aws:efs/fileSystem:FileSystem", {}, preview=False)


def test_an_unknown_property_is_named_with_its_nearest(aws: Any) -> None:
    assert reasons(aws, VPC, {"cidrBlock": "10.0.0.0/16", "cidrBlok": 1}) == {
        "cidrBlok": "is not a property; did you mean 'cidrBlock'?"
    }


def test_an_unknown_property_inside_a_block_is_named_by_its_path(aws: Any) -> None:
    news = {**SOUND, "instanceRefresh": {"strategy": "Rolling", "preferences": {"autoRolback": True}}}
    assert list(reasons(aws, GROUP, news)) == ["instanceRefresh.preferences.autoRolback"]


def test_an_unsupported_property_is_refused_by_name(aws: Any) -> None:
    assert reasons(aws, VPC, {"cidrBlock": "10.0.0.0/16", "ipv4IpamPoolId": "ipam-1"}) == {
        "ipv4IpamPoolId": "is not supported by this provider"
    }


def test_a_missing_required_property_is_named(aws: Any) -> None:
    assert reasons(aws, SUBNET, {}) == {"vpcId": "is required"}


@pytest.mark.parametrize(
    ("news", "path", "reason"),
    [
        ({"cidrBlock": ["10.0.0.0/16"]}, "cidrBlock", "expected a string, got list ['10.0.0.0/16']"),
        ({"enableDnsSupport": "yes"}, "enableDnsSupport", "expected true or false, got str 'yes'"),
        ({"instanceTenancy": "shared"}, "instanceTenancy", "'shared' is not one of default, dedicated"),
        ({"tags": {"Name": []}}, "tags.Name", "expected a string, got list []"),
        ({"tags": {"a.b": []}}, 'tags["a.b"]', "expected a string, got list []"),
        ({"tags": "Name"}, "tags", "expected a map, got str 'Name'"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(aws: Any, news: dict[str, Any], path: str, reason: str) -> None:
    assert reasons(aws, VPC, {"cidrBlock": "10.0.0.0/16", **news}) == {path: reason}


@pytest.mark.parametrize(
    ("news", "path"),
    [
        ({"minSize": -1}, "minSize"),
        ({"maxSize": True}, "maxSize"),
        ({"waitForCapacityTimeout": "ten minutes"}, "waitForCapacityTimeout"),
        ({"instanceRefresh": {"strategy": "Rolling", "triggers": ["colour"]}}, "instanceRefresh.triggers"),
        ({"instanceMaintenancePolicy": {"minHealthyPercentage": 90}}, "instanceMaintenancePolicy.maxHealthyPercentage"),
        ({"tags": [{"key": "a", "value": "b"}]}, "tags[0].propagateAtLaunch"),
        ({"launchTemplate": None}, "launchTemplate"),
        ({"availabilityZones": ["a"], "vpcZoneIdentifiers": ["b"]}, "vpcZoneIdentifiers"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused(aws: Any, news: dict[str, Any], path: str) -> None:
    assert list(reasons(aws, GROUP, {**SOUND, **news})) == [path]


def test_another_region_than_the_providers_is_refused(aws: Any) -> None:
    news = {"cidrBlock": "10.0.0.0/16", "region": "us-east-1"}
    assert reasons(aws, VPC, news) == {"region": "'us-east-1' is not the provider's region; accepted: eu-west-1"}


def test_a_policy_that_is_not_json_is_refused(aws: Any) -> None:
    (reason,) = reasons(aws, "aws:iam/policy:Policy", {"policy": "{"}).values()
    assert reason.startswith("is not valid JSON")


def test_what_is_not_known_yet_is_accepted_anywhere(aws: Any) -> None:
    news = {"minSize": UNKNOWN, "maxSize": 1, "launchTemplate": {"id": UNKNOWN, "version": UNKNOWN}, "tags": UNKNOWN}
    assert reasons(aws, GROUP, news) == {}


def test_defaults_are_filled_in(aws: Any) -> None:
    checked = aws.check(CheckRequest(VPC, "vpc", {}, {"cidrBlock": "10.0.0.0/16", "tags": None}, SEED))
    assert checked.inputs == {"cidrBlock": "10.0.0.0/16", "instanceTenancy": "default", "enableDnsSupport": True}


def test_a_number_for_a_text_is_spelled_out(aws: Any) -> None:
    checked = aws.check(
        CheckRequest(GROUP, "fleet", {}, {**SOUND, "launchTemplate": {"name": "fleet", "version": 3}}, SEED)
    )
    assert checked.inputs["launchTemplate"]["version"] == "3"


def test_a_policy_given_as_an_object_becomes_its_text(aws: Any) -> None:
    checked = aws.check(
        CheckRequest("aws:iam/policy:Policy", "policy", {}, {"policy": {"Version": "2012-10-17"}}, SEED)
    )
    assert checked.inputs["policy"] == '{"Version": "2012-10-17"}'


def test_a_name_is_made_up_from_the_logical_one_and_the_seed(aws: Any) -> None:
    assert aws.check(CheckRequest(TOPIC, "news", {}, {}, SEED)).inputs["name"] == "news-0123456"


def test_a_made_up_name_is_kept(aws: Any) -> None:
    olds = aws.check(CheckRequest(TOPIC, "news", {}, {}, SEED)).inputs
    assert aws.check(CheckRequest(TOPIC, "news", olds, {}, b"another seed")).inputs["name"] == "news-0123456"


def test_a_given_name_that_is_taken_back_is_kept(aws: Any) -> None:
    """As PriorValue in ComputeAutoNameDefault of pulumi-terraform-bridge says; only a replacement gets a new one."""
    checked = aws.check(CheckRequest(TOPIC, "news", {"name": "given"}, {}, SEED)).inputs

    assert (checked["name"], checked["__defaults"]) == ("given", ["name"])
    assert aws.check(CheckRequest(TOPIC, "news", {}, {}, SEED)).inputs["name"] == "news-0123456"


def test_a_made_up_name_stays_under_another_logical_name(aws: Any) -> None:
    olds = aws.check(CheckRequest(TOPIC, "news", {}, {}, SEED)).inputs
    assert aws.check(CheckRequest(TOPIC, "papers", olds, {}, SEED)).inputs["name"] == "news-0123456"


def test_a_prefix_stands_in_for_a_name(aws: Any) -> None:
    assert "name" not in aws.check(CheckRequest(TOPIC, "news", {}, {"namePrefix": "some-"}, SEED)).inputs


def test_a_name_that_its_service_does_not_take_is_refused_and_not_cut(aws: Any) -> None:
    """As NewUniqueName in pulumi/sdk/go/common/resource does."""
    checked = aws.check(CheckRequest(ROLE, "r" * 57, {}, {"assumeRolePolicy": "{}"}, SEED))
    assert [failure.reason for failure in checked.failures] == [
        f"name '{'r' * 57}-' plus 7 random chars is longer than maximum length 64"
    ]
    assert len(aws.check(CheckRequest(ROLE, "r" * 56, {}, {"assumeRolePolicy": "{}"}, SEED)).inputs["name"]) == 64


def test_a_made_up_name_ends_as_its_service_wants(aws: Any) -> None:
    assert aws.check(CheckRequest(TOPIC, "t", {}, {"fifoTopic": True}, SEED)).inputs["name"] == "t-0123456.fifo"
    assert aws.check(CheckRequest(ALIAS, "key", {}, {"targetKeyId": "1"}, SEED)).inputs["name"] == "alias/key-0123456"


@pytest.mark.parametrize(
    ("kind", "mode", "proposed", "name"),
    [
        (TOPIC, AutonamingMode.PROPOSE, "dev-news", "dev-news"),
        (ALIAS, AutonamingMode.PROPOSE, "key", "alias/key"),
        (ALIAS, AutonamingMode.ENFORCE, "alias/key", "alias/key"),
    ],
)
def test_a_name_is_as_the_engine_proposes(aws: Any, kind: str, mode: AutonamingMode, proposed: str, name: str) -> None:
    inputs = {"targetKeyId": "k"} if kind == ALIAS else {}

    assert (
        aws.check(CheckRequest(kind, "n", {}, inputs, SEED, autonaming=Autonaming(mode, proposed))).inputs["name"]
        == name
    )


def test_a_name_that_was_made_up_stays_under_another_strategy(aws: Any) -> None:
    olds = aws.check(CheckRequest(TOPIC, "news", {}, {}, SEED)).inputs
    autonaming = Autonaming(AutonamingMode.PROPOSE, "other")

    assert (
        aws.check(CheckRequest(TOPIC, "news", olds, {}, SEED, autonaming=autonaming)).inputs["name"] == "news-0123456"
    )


@pytest.mark.parametrize(
    ("autonaming", "reason"),
    [
        (Autonaming(AutonamingMode.DISABLE), "automatic naming is disabled but no explicit name was provided"),
        (Autonaming(AutonamingMode.PROPOSE, "x" * 65), f"calculated name '{'x' * 65}' exceeds maximum length of 64"),
    ],
)
def test_no_name_can_be_made_up(aws: Any, autonaming: Autonaming, reason: str) -> None:
    checked = aws.check(CheckRequest(ROLE, "r", {}, {"assumeRolePolicy": "{}"}, SEED, autonaming=autonaming))

    assert [(failure.property, failure.reason) for failure in checked.failures] == [("name", reason)]


def test_changed_default_tags_change_every_tagged_resource(package: Any, world: Any) -> None:
    made = world.stand(TOPIC, "tagged", {"tags": {"Own": "1"}})
    other = package.configure({"region": "eu-west-1", "defaultTags": '{"tags": {"Owner": "other"}}'})

    diff = other.diff(DiffRequest(TOPIC, made.id, made.inputs, made.outputs, made.inputs))
    outputs = other.update(UpdateRequest(TOPIC, made.id, made.inputs, made.outputs, made.inputs, preview=False))
    assert diff.detailed == {"tagsAll.Owner": DiffKind.UPDATE}
    assert (outputs["tags"], outputs["tagsAll"]) == ({"Own": "1"}, {"Own": "1", "Owner": "other"})


def test_a_tag_that_somebody_added_is_a_change(aws: Any, world: Any) -> None:
    made = world.stand(TOPIC, "drifting", {"tags": {"Own": "1"}})
    aws.session.sns.tag_resource(ResourceArn=made.id, Tags=[{"Key": "Strange", "Value": "2"}])

    read = aws.read(TOPIC, made.id, made.inputs, made.outputs)
    assert read.inputs["tags"] == {"Own": "1", "Strange": "2"}
    assert aws.diff(DiffRequest(TOPIC, made.id, read.inputs, read.outputs, made.inputs)).detailed == {
        "tags.Strange": DiffKind.DELETE
    }


def test_the_order_of_a_set_is_no_change(aws: Any) -> None:
    old, new = ({**SOUND, "vpcZoneIdentifiers": list(ids)} for ids in ("ab", "ba"))
    assert aws.diff(DiffRequest(GROUP, "fleet", old, old, new)).detailed == {}


def test_one_changed_element_of_a_set_is_one_change(aws: Any) -> None:
    old, new = ({**SOUND, "vpcZoneIdentifiers": list(ids)} for ids in ("abc", "cxb"))
    assert aws.diff(DiffRequest(GROUP, "fleet", old, old, new)).detailed == {
        "vpcZoneIdentifiers[0]": DiffKind.DELETE,
        "vpcZoneIdentifiers[1]": DiffKind.ADD,
    }


def test_an_unknown_value_of_a_property_that_cannot_change_foretells_a_replacement(aws: Any) -> None:
    old = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}
    diff = aws.diff(DiffRequest(SUBNET, "subnet-1", old, old, {**old, "vpcId": UNKNOWN}))
    assert diff.replaces == ("vpcId",)


def test_a_replacement_of_a_given_name_has_the_old_one_deleted_first(aws: Any) -> None:
    """Whatever the name is unique in: so it is with the real provider."""
    olds, news = ({"name": "web", "description": "web", "vpcId": vpc} for vpc in ("vpc-1", "vpc-2"))
    diff = aws.diff(DiffRequest(SECURITY_GROUP, "sg-1", olds, olds, news))
    assert (diff.replaces, diff.delete_before_replace) == (("vpcId",), True)


def test_an_update_of_a_given_name_deletes_nothing(aws: Any) -> None:
    olds = {"name": "web", "vpcId": "vpc-1"}
    assert not aws.diff(
        DiffRequest(SECURITY_GROUP, "sg-1", olds, olds, {**olds, "revokeRulesOnDelete": True})
    ).delete_before_replace


@pytest.mark.parametrize("name", ["web", "web-0123456"])
def test_a_made_up_name_is_known_for_one_and_is_no_reason_to_delete_first(aws: Any, name: str) -> None:
    made_up = aws.check(CheckRequest(SECURITY_GROUP, "web", {}, {"vpcId": "vpc-1"}, SEED)).inputs
    given = aws.check(CheckRequest(SECURITY_GROUP, "web", {}, {"vpcId": "vpc-1", "name": name}, SEED)).inputs

    first = [
        aws.diff(DiffRequest(SECURITY_GROUP, "sg-1", one, one, {**one, "vpcId": "vpc-2"})) for one in (made_up, given)
    ]
    assert made_up["name"].startswith("web-")
    assert [each.delete_before_replace for each in first] == [False, True]


def test_who_made_a_name_up_is_kept_in_a_refresh_and_is_no_output(aws: Any, world: Any) -> None:
    made = world.stand(TOPIC, "unnamed", {})
    read = aws.read(TOPIC, made.id, made.inputs, made.outputs)
    updated = aws.update(
        UpdateRequest(TOPIC, made.id, read.inputs, read.outputs, {**read.inputs, "displayName": "x"}, preview=False)
    )
    assert made.inputs["__defaults"] == read.inputs["__defaults"] == ["name"]
    assert not any("__defaults" in outputs for outputs in (made.outputs, read.outputs, updated))


def test_policies_that_mean_the_same_are_the_same(aws: Any) -> None:
    one = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["b", "a"], "Resource": "*"}}'
    two = '{"Statement": [{"Action": ["a", "b"], "Effect": "Allow", "Resource": ["*"]}], "Version": "2012-10-17"}'
    assert (
        aws.diff(DiffRequest("aws:iam/rolePolicy:RolePolicy", "id", {"policy": one}, {}, {"policy": two})).detailed
        == {}
    )


def test_a_type_of_another_service_is_no_hint(aws: Any) -> None:
    assert reasons(aws, "aws:eks/cluster:Cluster", {}) == {
        "": "resource type 'aws:eks/cluster:Cluster' is not supported by this provider"
    }
