"""Rules of security groups: what one says, when two are the same, and how one changes.

moto forgets the description of a rule whose peer is a group or a prefix list, takes rules that differ in nothing but
their description for different ones, and changes only the IPv4 range of a rule. Here a rule is its protocol, ports and
peer; its description hangs on it, whatever its peer is.

Source: API AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress ("you do not need to specify the description to
revoke the rule"; "no rules are revoked" if one of them is not there), ModifySecurityGroupRules,
UpdateSecurityGroupRuleDescriptionsIngress, and the same for egress; type SecurityGroupRule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from moto.utilities.utils import get_partition

from embedded_aws.calls import AwsError, Call, Handler, Routes
from embedded_aws.in_process import filters
from embedded_aws.services.ec2 import store
from embedded_aws.services.ec2.group_texts import NAMES, check_rule_description, check_traffic

ALL_PROTOCOLS = "-1"
PEERS = {
    "IpRanges": "CidrIp",
    "Ipv6Ranges": "CidrIpv6",
    "UserIdGroupPairs": "GroupId",
    "PrefixListIds": "PrefixListId",
}
"""A permission's lists of peers, each with the member that names one; moto makes rules of them in this order."""

REQUESTED = {
    "CidrIpv4": "IpRanges",
    "CidrIpv6": "Ipv6Ranges",
    "ReferencedGroupId": "UserIdGroupPairs",
    "PrefixListId": "PrefixListIds",
}
"""The same peers as ModifySecurityGroupRules names them."""


GROUP_ID = re.compile("sg-[a-f0-9]{8,17}")
TAG = "tag:"
RULE_FACTS: filters.Facts[Any] = {
    "group-id": lambda rule: [rule.group_id],
    "security-group-rule-id": lambda rule: [rule.id],
}
"""The filters of DescribeSecurityGroupRules; there is also `tag:<key>`."""


class SecurityGroupRuleKey(NamedTuple):
    """What makes a rule of one direction the same as another; ports are None if the protocol has none."""

    protocol: str
    low: int | None
    high: int | None
    kind: str
    peer: str

    def described(self) -> str:
        """The rule as EC2's messages describe it."""
        if self.protocol == ALL_PROTOCOLS:
            return f"peer: {self.peer}, ALL, ALLOW"
        return f"peer: {self.peer}, {self.protocol.upper()}, from port: {self.low}, to port: {self.high}, ALLOW"


def routes() -> Routes:
    """The calls that this part answers."""
    answered: Routes = {
        ("ec2", "DescribeSecurityGroups"): _describe_groups,
        ("ec2", "DescribeSecurityGroupRules"): _describe_rules,
        ("ec2", "ModifySecurityGroupRules"): _modify,
    }
    for direction in ("Ingress", "Egress"):
        answered["ec2", f"AuthorizeSecurityGroup{direction}"] = _in_direction(_authorize, direction)
        answered["ec2", f"RevokeSecurityGroup{direction}"] = _in_direction(_revoke, direction)
        answered["ec2", f"UpdateSecurityGroupRuleDescriptions{direction}"] = _in_direction(_describe_anew, direction)
    return answered


def _in_direction(handler: Any, direction: str) -> Handler:
    attribute = f"{direction.lower()}_rules"
    return lambda call: handler(call, _group(call), attribute)


def _group(call: Call) -> Any:
    name = call.params.get("GroupId") or call.params.get("GroupName", "")
    group = store.backend(call.region).get_security_group_by_name_or_id(name)
    if group is None:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
    return group


# Adding, taking away, changing.


def _authorize(call: Call, group: Any, attribute: str) -> dict[str, Any]:
    for permission in _permissions_of(call):
        check_traffic(permission)
    wished = _wished(call)
    for _, description in wished:
        check_rule_description(description)
    known = {_key(rule): rule.id for rule in getattr(group, attribute)}
    if len({key for key, _ in wished}) < len(wished):
        raise AwsError("InvalidParameterValue", "The same permission must not appear multiple times")
    for key, _ in wished:
        if key in known:
            raise AwsError("InvalidPermission.Duplicate", f'the specified rule "{key.described()}" already exists')
    call.forward()
    made = [rule for rule in getattr(group, attribute) if rule.id not in known.values()]
    for rule, (_, description) in zip(made, wished, strict=True):
        _put_description(rule, description)
    return {"Return": True, "SecurityGroupRules": [_tell(rule, call.region) for rule in made]}


def _revoke(call: Call, group: Any, attribute: str) -> dict[str, Any]:
    chosen = _chosen(call, getattr(group, attribute))
    gone = {rule.id for rule in chosen}
    told = [_tell_revoked(rule, call.region) for rule in chosen]
    setattr(group, attribute, [rule for rule in getattr(group, attribute) if rule.id not in gone])
    store.backend(call.region).forget_rules(chosen)
    return {"Return": True, "RevokedSecurityGroupRules": told}


def _chosen(call: Call, rules: Iterable[Any]) -> list[Any]:
    """The rules that a call names, by id or by what they say."""
    if ids := call.params.get("SecurityGroupRuleIds"):
        by_id = {rule.id: rule for rule in rules}
        return [_rule(by_id, each) for each in ids]
    by_key = {_key(rule): rule for rule in rules}
    wished = [key for key, _ in _wished(call)]
    if any(key not in by_key for key in wished):
        raise AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    return [by_key[key] for key in wished]


def _rule(by_id: Mapping[str, Any], identity: str) -> Any:
    if identity not in by_id:
        message = f"The security group rule ID '{identity}' does not exist"
        raise AwsError("InvalidSecurityGroupRuleId.NotFound", message)
    return by_id[identity]


def _describe_anew(call: Call, group: Any, attribute: str) -> dict[str, Any]:
    rules = getattr(group, attribute)
    for _, description in _wished(call):
        check_rule_description(description)
    if by_rule := call.params.get("SecurityGroupRuleDescriptions"):
        by_id = {rule.id: rule for rule in rules}
        for each in by_rule:
            check_rule_description(each.get("Description"))
        for each in by_rule:
            _put_description(_rule(by_id, each["SecurityGroupRuleId"]), each.get("Description"))
    else:
        for rule, (_, description) in zip(_chosen(call, rules), _wished(call), strict=True):
            _put_description(rule, description)
    return {"Return": True}


def _modify(call: Call) -> dict[str, Any]:
    """Let moto check and change what it knows of, and do the rest."""
    group = _group(call)
    by_id = {rule.id: rule for rule in [*group.ingress_rules, *group.egress_rules]}
    updates = call.params["SecurityGroupRules"]
    changes = [(_rule(by_id, each["SecurityGroupRuleId"]), each.get("SecurityGroupRule", {})) for each in updates]
    for rule, wished in changes:
        _require_kind(rule, wished)
        check_traffic(wished)
        check_rule_description(wished.get("Description"))
    result = call.forward()
    for rule, wished in changes:
        _change(rule, wished, call.caller.account)
    return result


def _require_kind(rule: Any, wished: Mapping[str, Any]) -> None:
    """A range cannot become a group, nor IPv4 IPv6."""
    kind = _key(rule).kind
    others = [name for name, peers in REQUESTED.items() if name in wished and peers != kind]
    if others:
        message = (
            f"Invalid rule type for security group rule '{rule.id}'. "
            f"You may not specify {others[0]} for an existing {kind} rule."
        )
        raise AwsError("InvalidParameterValue", message)


def _change(rule: Any, wished: Mapping[str, Any], account: str) -> None:
    if rule.ip_protocol == ALL_PROTOCOLS:
        rule.from_port = rule.to_port = None
    if cidr := wished.get("CidrIpv6"):
        rule.ip_range["CidrIpv6"] = cidr
    if prefix_list := wished.get("PrefixListId"):
        rule.prefix_list_id = prefix_list
    if group := wished.get("ReferencedGroupId"):
        rule.source_group = {"GroupId": group, "UserId": account, "OwnerId": account}


# What a rule is, in a request and in moto.


def _wished(call: Call) -> list[tuple[SecurityGroupRuleKey, str | None]]:
    """The rules of a request, each with a single peer, and their descriptions."""
    ec2 = store.backend(call.region)
    return [
        (SecurityGroupRuleKey(*_traffic(each), kind, _peer(ec2, peer, member)), peer.get("Description"))
        for each in _permissions_of(call)
        for kind, member in PEERS.items()
        for peer in each.get(kind, ())
    ]


def _permissions_of(call: Call) -> list[Mapping[str, Any]]:
    """The permissions of a request; without any it is the one permission itself."""
    permissions: list[Mapping[str, Any]] | None = call.params.get("IpPermissions")
    if permissions is None:
        ranges = [{"CidrIp": call.params["CidrIp"]}] if "CidrIp" in call.params else []
        permissions = [{**call.params, "IpRanges": ranges}]
    return permissions


def _traffic(permission: Mapping[str, Any]) -> tuple[str, int | None, int | None]:
    named = str(permission.get("IpProtocol", ALL_PROTOCOLS)).lower()
    protocol = NAMES.get(named, named)
    if protocol == ALL_PROTOCOLS:
        return protocol, None, None
    return protocol, permission.get("FromPort"), permission.get("ToPort")


def _peer(ec2: Any, peer: Mapping[str, Any], member: str) -> str:
    if member in peer:
        return str(peer[member])
    group = ec2.get_security_group_by_name_or_id(peer.get("GroupName", ""))
    return "" if group is None else str(group.id)  # moto refuses what does not exist


def _key(rule: Any) -> SecurityGroupRuleKey:
    kinds = (rule.cidr_ipv4, rule.cidr_ipv6, rule.source_group.get("GroupId"), rule.prefix_list_id)
    # moto keeps a rule without a peer, too.
    kind, peer = next(((kind, peer) for kind, peer in zip(PEERS, kinds, strict=True) if peer), ("IpRanges", ""))
    return SecurityGroupRuleKey(rule.ip_protocol, rule.from_port, rule.to_port, kind, peer)


def _put_description(rule: Any, description: str | None) -> None:
    """Keep a rule's description in the one place where moto reads it."""
    rule.source_group.pop("Description", None)
    rule.ip_range.pop("Description", None)
    if description:
        rule.ip_range["Description"] = description


# What clients are told.


def _describe_groups(call: Call) -> dict[str, Any]:
    result = call.forward()
    ec2 = store.backend(call.region)
    for told in result["SecurityGroups"]:
        group = ec2.get_security_group_from_id(told["GroupId"])
        told["SecurityGroupArn"] = _arn(call.region, group.owner_id, "security-group", group.id)
        told["IpPermissions"] = _permissions(group.ingress_rules)
        told["IpPermissionsEgress"] = _permissions(group.egress_rules)
    return result


def _permissions(rules: Iterable[Any]) -> list[dict[str, Any]]:
    """Rules as EC2 gathers them: one permission for each protocol and range of ports."""
    gathered: dict[Any, dict[str, Any]] = {}
    for rule in rules:
        key = _key(rule)
        ports = {} if key.low is None else {"FromPort": key.low, "ToPort": key.high}
        empty: dict[str, Any] = {"IpProtocol": key.protocol, **ports, **{kind: [] for kind in PEERS}}
        permission = gathered.setdefault(key[:3], empty)
        owner = {"UserId": rule.source_group["UserId"]} if rule.source_group else {}
        permission[key.kind].append({PEERS[key.kind]: key.peer, **owner, **_description(rule)})
    return list(gathered.values())


def _describe_rules(call: Call) -> dict[str, Any]:
    """DescribeSecurityGroupRules; of all rules only where neither rules nor groups are named."""
    asked = call.params.get("Filters", [])
    tags = {each.get("Name", "") for each in asked}
    facts = dict(RULE_FACTS) | {name: partial(_tagged, name.removeprefix(TAG)) for name in tags if name.startswith(TAG)}
    rules = filters.select(_candidates(call, asked), asked, facts)
    result: dict[str, Any] = {}
    if size := call.params.get("MaxResults"):
        rules, token = filters.page(rules, lambda each: each.id, size=size, token=call.params.get("NextToken"))
        result = {} if token is None else {"NextToken": token}
    return result | {"SecurityGroupRules": [_tell(rule, call.region) for rule in rules]}


def _candidates(call: Call, asked: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The rules that a call names by id or by group, or all of them."""
    ec2 = store.backend(call.region)
    if ids := call.params.get("SecurityGroupRuleIds"):
        known = {each: rule for each in ids if (rule := ec2.get_rule(each))}
        return [_rule(known, each) for each in dict.fromkeys(ids)]
    named = [value for each in asked if each.get("Name") == "group-id" for value in each.get("Values", ())]
    for each in named:
        if not GROUP_ID.fullmatch(each):
            raise AwsError("InvalidGroupId.Malformed", f"The security group ID '{each}' is malformed")
    groups = map(ec2.get_security_group_from_id, dict.fromkeys(named)) if named else ec2.describe_security_groups()
    return [rule for group in groups if group for rule in (*group.egress_rules, *group.ingress_rules)]


def _tagged(key: str, rule: Any) -> list[str]:
    return [tag["value"] for tag in rule.get_tags() if tag["key"] == key]


def _tell(rule: Any, region: str) -> dict[str, Any]:
    """A rule as type SecurityGroupRule."""
    key = _key(rule)
    told = {
        "SecurityGroupRuleId": rule.id,
        "SecurityGroupRuleArn": _arn(region, rule.owner_id, "security-group-rule", rule.id),
        "GroupId": rule.group_id,
        "GroupOwnerId": rule.owner_id,
        "IsEgress": rule.is_egress,
        "IpProtocol": key.protocol,
        "FromPort": -1 if key.low is None else key.low,
        "ToPort": -1 if key.high is None else key.high,
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in rule.get_tags()],
        **_description(rule),
    }
    if key.kind == "UserIdGroupPairs":
        return told | {"ReferencedGroupInfo": {"GroupId": key.peer, "UserId": rule.source_group["UserId"]}}
    return told | {_requested(key.kind): key.peer}


def _tell_revoked(rule: Any, region: str) -> dict[str, Any]:
    """A rule as type RevokedSecurityGroupRule."""
    told = _tell(rule, region)
    left_out = ("SecurityGroupRuleArn", "GroupOwnerId", "Tags", "ReferencedGroupInfo")
    return {name: value for name, value in told.items() if name not in left_out} | {
        _requested(_key(rule).kind): _key(rule).peer
    }


def _requested(kind: str) -> str:
    return next(name for name, peers in REQUESTED.items() if peers == kind)


def _description(rule: Any) -> dict[str, str]:
    return {"Description": rule.description} if rule.description else {}


def _arn(region: str, account: str, kind: str, identity: str) -> str:
    return f"arn:{get_partition(region)}:ec2:{region}:{account}:{kind}/{identity}"
