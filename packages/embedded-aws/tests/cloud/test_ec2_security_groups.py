"""Rules of security groups, through the whole cloud: descriptions, sameness, change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

Ec2 = Any

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


@pytest.fixture(scope="module")
def ec2() -> Iterator[Ec2]:
    with Cloud(seed=5, region="eu-west-1") as cloud:
        yield cloud.client("ec2")
        assert cloud.failures == []


@pytest.fixture
def vpc(ec2: Ec2) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def group(ec2: Ec2, vpc: str) -> str:
    return str(ec2.create_security_group(GroupName="one", Description="one", VpcId=vpc)["GroupId"])


@pytest.fixture
def other(ec2: Ec2, vpc: str) -> str:
    return str(ec2.create_security_group(GroupName="other", Description="other", VpcId=vpc)["GroupId"])


@pytest.fixture
def prefix_list(ec2: Ec2) -> str:
    filters = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.eu-west-1.s3"]}]
    return str(ec2.describe_managed_prefix_lists(Filters=filters)["PrefixLists"][0]["PrefixListId"])


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def rules(ec2: Ec2, group: str, *, egress: bool) -> list[dict[str, Any]]:
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    return [rule for rule in found if rule["IsEgress"] == egress]


def to_all(other: str, prefix_list: str, description: str) -> dict[str, Any]:
    """One permission with a peer of every kind, each described."""
    said = {"Description": description}
    return HTTPS | {
        "IpRanges": [{"CidrIp": "10.0.0.0/8"} | said],
        "Ipv6Ranges": [{"CidrIpv6": "fd00::/8"} | said],
        "UserIdGroupPairs": [{"GroupId": other} | said],
        "PrefixListIds": [{"PrefixListId": prefix_list} | said],
    }


def test_a_rule_keeps_its_description_whatever_its_peer_is(ec2: Ec2, group: str, other: str, prefix_list: str) -> None:
    wished = to_all(other, prefix_list, "why")

    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[wished])["SecurityGroupRules"]

    told = rules(ec2, group, egress=False)
    assert [rule["Description"] for rule in made] == ["why"] * 4
    assert told == made
    assert [rule["SecurityGroupRuleArn"].split(":")[3] for rule in told] == ["eu-west-1"] * 4
    described = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    pair = {"GroupId": other, "UserId": "123456789012", "Description": "why"}
    assert described == [wished | {"UserIdGroupPairs": [pair]}]


def test_the_answer_holds_the_rules_of_all_permissions(ec2: Ec2, group: str) -> None:
    permissions = [
        {"IpProtocol": "udp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        for port in (53, 123)
    ]

    made = ec2.authorize_security_group_egress(GroupId=group, IpPermissions=permissions)["SecurityGroupRules"]

    assert [rule["FromPort"] for rule in made] == [53, 123]


def test_a_rule_that_differs_in_its_description_alone_is_the_same(ec2: Ec2, group: str, other: str) -> None:
    def permission(description: str) -> dict[str, Any]:
        return HTTPS | {"UserIdGroupPairs": [{"GroupId": other, "Description": description}]}

    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission("first")])

    again = {"GroupId": group, "IpPermissions": [permission("second")]}
    twice = {"GroupId": other, "IpPermissions": [permission("one"), permission("two")]}
    assert refusal(ec2.authorize_security_group_ingress, **again) == "InvalidPermission.Duplicate"
    assert refusal(ec2.authorize_security_group_ingress, **twice) == "InvalidParameterValue"


def test_a_description_is_not_needed_to_revoke(ec2: Ec2, group: str, other: str, prefix_list: str) -> None:
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[to_all(other, prefix_list, "why")])
    bare = HTTPS | {"UserIdGroupPairs": [{"GroupId": other}], "PrefixListIds": [{"PrefixListId": prefix_list}]}

    revoked = ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[bare])["RevokedSecurityGroupRules"]

    assert [rule.get("ReferencedGroupId") or rule.get("PrefixListId") for rule in revoked] == [other, prefix_list]
    assert {rule.get("CidrIpv4") or rule.get("CidrIpv6") for rule in rules(ec2, group, egress=True)} == {
        "0.0.0.0/0",
        "10.0.0.0/8",
        "fd00::/8",
    }


def test_revoking_is_all_or_nothing(ec2: Ec2, group: str) -> None:
    there = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    not_there = HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    revoke = ec2.revoke_security_group_egress

    assert refusal(revoke, GroupId=group, IpPermissions=[there, not_there]) == "InvalidPermission.NotFound"
    assert refusal(revoke, GroupId=group, SecurityGroupRuleIds=["sgr-1"]) == "InvalidSecurityGroupRuleId.NotFound"
    assert len(rules(ec2, group, egress=True)) == 1


@pytest.mark.parametrize("peer", ["CidrIpv4", "CidrIpv6", "ReferencedGroupId", "PrefixListId"])
def test_a_rule_of_every_kind_can_be_changed(ec2: Ec2, group: str, other: str, prefix_list: str, peer: str) -> None:
    kinds = ["CidrIpv4", "CidrIpv6", "ReferencedGroupId", "PrefixListId"]
    permissions = [to_all(other, prefix_list, "before")]
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permissions)["SecurityGroupRules"]
    rule = made[kinds.index(peer)]["SecurityGroupRuleId"]
    now = {"CidrIpv4": "10.1.0.0/16", "CidrIpv6": "fd01::/16", "ReferencedGroupId": group, "PrefixListId": prefix_list}
    change = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 23, "Description": "after", peer: now[peer]}

    ec2.modify_security_group_rules(
        GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": change}]
    )

    (told,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"]
    assert (told["FromPort"], told["ToPort"], told["Description"]) == (22, 23, "after")
    assert (told.get(peer) or told["ReferencedGroupInfo"]["GroupId"]) == now[peer]


def test_a_rule_cannot_become_one_of_another_kind(ec2: Ec2, group: str, other: str) -> None:
    permission = HTTPS | {"UserIdGroupPairs": [{"GroupId": other}]}
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
    change = HTTPS | {"CidrIpv4": "10.0.0.0/8"}

    update = [{"SecurityGroupRuleId": made[0]["SecurityGroupRuleId"], "SecurityGroupRule": change}]
    assert refusal(ec2.modify_security_group_rules, GroupId=group, SecurityGroupRules=update) == "InvalidParameterValue"


def test_a_rule_of_all_protocols_has_no_ports_after_a_change_either(ec2: Ec2, group: str) -> None:
    (rule,) = rules(ec2, group, egress=True)
    change = {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "10.0.0.0/8", "Description": "inside"}

    ec2.modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": change}],
    )

    (permission,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    assert "FromPort" not in permission
    assert permission["IpRanges"] == [{"CidrIp": "10.0.0.0/8", "Description": "inside"}]


def test_descriptions_can_be_replaced_and_removed(ec2: Ec2, group: str, other: str) -> None:
    permission = HTTPS | {"UserIdGroupPairs": [{"GroupId": other, "Description": "old"}]}
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"]
    identity = made[0]["SecurityGroupRuleId"]
    update = ec2.update_security_group_rule_descriptions_ingress

    update(GroupId=group, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": identity, "Description": "new"}])
    assert [rule["Description"] for rule in rules(ec2, group, egress=False)] == ["new"]
    update(GroupId=group, IpPermissions=[HTTPS | {"UserIdGroupPairs": [{"GroupId": other}]}])
    assert [rule.get("Description") for rule in rules(ec2, group, egress=False)] == [None]


def test_the_one_rule_of_a_call_without_permissions(ec2: Ec2, group: str) -> None:
    ec2.authorize_security_group_ingress(GroupId=group, CidrIp="10.0.0.0/8", **HTTPS)

    assert [rule["CidrIpv4"] for rule in rules(ec2, group, egress=False)] == ["10.0.0.0/8"]
    ec2.revoke_security_group_ingress(GroupId=group, CidrIp="10.0.0.0/8", **HTTPS)
    assert rules(ec2, group, egress=False) == []
    assert refusal(ec2.revoke_security_group_ingress, GroupId="sg-00000000", **HTTPS) == "InvalidGroup.NotFound"
