"""EC2's security groups: groups with their rules inline, a VPC's default group, and single rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import by_filter, by_mark, once_free, one, retag
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, SetOf, request
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import Properties

_ALL_PROTOCOLS = "-1"
_PROTOCOLS = {"all": _ALL_PROTOCOLS, "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_PEERS = {  # property of a rule, its list in an IpPermission, the key in that list
    "cidrBlocks": ("IpRanges", "CidrIp"),
    "ipv6CidrBlocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListIds": ("PrefixListIds", "PrefixListId"),
    "securityGroups": ("UserIdGroupPairs", "GroupId"),
}


def _protocol(text: str) -> str:
    """The protocol as EC2 spells it."""
    return _PROTOCOLS.get(text.lower(), text.lower())


_RULE = Block(
    fields={
        "protocol": Text(required=True, canonical=_protocol),
        "fromPort": Whole(required=True),
        "toPort": Whole(required=True),
        "cidrBlocks": SetOf(),
        "ipv6CidrBlocks": SetOf(),
        "prefixListIds": SetOf(),
        "securityGroups": SetOf(),
        "self": Flag(),
        "description": Text(max_length=255),
    }
)
_RULES: Fields = {"ingress": SetOf(item=_RULE, computed=True), "egress": SetOf(item=_RULE, computed=True)}

_Atom = tuple[str, int, int, str, str, str]
"""A rule with a single peer: protocol, ports, kind of peer, peer, description. EC2 adds and revokes these."""


def _atoms(rules: Iterable[Properties] | None, group: str) -> set[_Atom]:
    atoms = set()
    for rule in rules or ():
        head = (_protocol(rule["protocol"]), int(rule["fromPort"]), int(rule["toPort"]))
        about = rule.get("description") or ""
        peers = [(kind, peer) for kind in _PEERS for peer in rule.get(kind) or ()]
        if rule.get("self"):
            peers.append(("securityGroups", group))
        atoms |= {(*head, kind, peer, about) for kind, peer in peers}
    return atoms


def _permission(atom: _Atom) -> dict[str, Any]:
    protocol, low, high, kind, peer, about = atom
    peers, key = _PEERS[kind]
    ports = {} if protocol == _ALL_PROTOCOLS else {"FromPort": low, "ToPort": high}
    described = {"Description": about} if about else {}
    return {"IpProtocol": protocol, **ports, peers: [{key: peer, **described}]}


def _atoms_of(permissions: Iterable[dict[str, Any]]) -> set[_Atom]:
    atoms = set()
    for each in permissions:
        protocol = each["IpProtocol"]
        ports = (0, 0) if protocol == _ALL_PROTOCOLS else (each.get("FromPort", 0), each.get("ToPort", 0))
        for kind, (peers, key) in _PEERS.items():
            for peer in each.get(peers, ()):
                atoms.add((protocol, *ports, kind, peer[key], peer.get("Description") or ""))
    return atoms


def _gathered(atoms: set[_Atom], group: str, known: list[Properties] | None) -> list[Properties]:
    """Atoms as rules: those of the program if they mean the same, and otherwise one for each port range and text."""
    if known and _atoms(known, group) == atoms:
        return known
    rules: dict[tuple[str, int, int, str], Properties] = {}
    for protocol, low, high, kind, peer, about in sorted(atoms):
        rule = rules.setdefault(
            (protocol, low, high, about),
            {"protocol": protocol, "fromPort": low, "toPort": high, "description": about, "self": False}
            | {each: [] for each in _PEERS},
        )
        if (kind, peer) == ("securityGroups", group):
            rule["self"] = True
        else:
            rule[kind].append(peer)
    return list(rules.values())


def _find_group(aws: Session, id_: str) -> dict[str, Any] | None:
    return one(aws.ec2.describe_security_groups, "SecurityGroups", GroupIds=[id_])


def _read_group(aws: Session, id_: str, state: Properties) -> Properties | None:
    group = _find_group(aws, id_)
    if group is None:
        return None
    return {
        "arn": aws.arn("ec2", f"security-group/{id_}", account=group["OwnerId"]),
        "name": group["GroupName"],
        "description": group["Description"],
        "ownerId": group["OwnerId"],
        "vpcId": group.get("VpcId"),
        "ingress": _gathered(_atoms_of(group["IpPermissions"]), id_, state.get("ingress")),
        "egress": _gathered(_atoms_of(group["IpPermissionsEgress"]), id_, state.get("egress")),
        "tagsAll": tags.from_list(group.get("Tags")),
    }


def _set_rules(aws: Session, id_: str, direction: str, old: set[_Atom], new: set[_Atom]) -> None:
    """Revoke rules before adding others: to EC2, a rule with a new description is the same rule."""
    if old - new:
        revoke = getattr(aws.ec2, f"revoke_security_group_{direction}")
        revoke(GroupId=id_, IpPermissions=[_permission(each) for each in sorted(old - new)])
    if new - old:
        authorize = getattr(aws.ec2, f"authorize_security_group_{direction}")
        authorize(GroupId=id_, IpPermissions=[_permission(each) for each in sorted(new - old)])


def _bring_rules(aws: Session, id_: str, props: Properties) -> None:
    """Replace all rules of a group by those in the inputs."""
    group = _find_group(aws, id_)
    if group is None:
        raise ProviderError(f"security group {id_} does not exist")
    for direction, key in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        _set_rules(aws, id_, direction, _atoms_of(group[key]), _atoms(props.get(direction), id_))


def _update_rules(aws: Session, id_: str, change: Change) -> None:
    for direction in ("ingress", "egress"):
        if change.has(direction):
            old, new = change.old.get(direction), change.new.get(direction)
            _set_rules(aws, id_, direction, _atoms(old, id_), _atoms(new, id_))


_GROUP: Fields = {
    "name": Text(computed=True, force_new=True, max_length=255),
    "namePrefix": Text(force_new=True, max_length=229),
    "description": Text(default="Managed by Pulumi", force_new=True, max_length=255),
    "vpcId": Text(computed=True, force_new=True),
    "revokeRulesOnDelete": Flag(default=False),
    **_RULES,
}


def _create_group(aws: Session, props: Properties) -> str:
    vpc = {"VpcId": props["vpcId"]} if props.get("vpcId") else {}
    answer = aws.ec2.create_security_group(
        GroupName=given_or_unique(props),
        Description=props["description"],
        **vpc,
        TagSpecifications=tags.specification("security-group", props["tagsAll"]),
    )
    return str(answer["GroupId"])


def _delete_group(aws: Session, id_: str, state: Properties) -> None:
    if state.get("revokeRulesOnDelete") and _find_group(aws, id_):
        _bring_rules(aws, id_, {})
    once_free(f"security group {id_}", aws.ec2.delete_security_group, timeout=15 * 60, GroupId=id_)


SECURITY_GROUP = Resource(
    type_="aws:ec2/securityGroup:SecurityGroup",
    inputs=_GROUP,
    outputs=("arn", "ownerId"),
    name=AutoName(max_length=255),
    at_most_one=(("name", "namePrefix"),),
    create=_create_group,
    locate=by_mark,
    settle=_bring_rules,  # a new group comes with an egress rule for everything, which nobody asked for
    read=_read_group,
    update=_update_rules,
    delete=_delete_group,
    retag=retag,
)


def _adopt_default(aws: Session, props: Properties) -> str:
    filters = by_filter("group-name", "default")
    if props.get("vpcId"):
        filters += by_filter("vpc-id", props["vpcId"])
    group = one(aws.ec2.describe_security_groups, "SecurityGroups", Filters=filters)
    if group is None:
        raise ProviderError(f"VPC {props.get('vpcId')} has no default security group")
    return str(group["GroupId"])


def _settle_default(aws: Session, id_: str, props: Properties) -> None:
    _bring_rules(aws, id_, props)
    if props["tagsAll"]:
        retag(aws, id_, props, props["tagsAll"], [])


def _leave_default(aws: Session, id_: str, state: Properties) -> None:
    """Do nothing: a VPC's default group cannot be deleted. Only the state forgets it."""


DEFAULT_SECURITY_GROUP = Resource(
    type_="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    inputs={
        "vpcId": Text(computed=True, force_new=True),
        "revokeRulesOnDelete": Flag(default=False),
        "ingress": SetOf(item=_RULE),
        "egress": SetOf(item=_RULE),
    },
    outputs=("arn", "description", "name", "namePrefix", "ownerId"),
    create=_adopt_default,
    locate=by_mark,  # it bears none, as nobody makes it: whoever was cut off adopts it once more
    settle=_settle_default,
    read=_read_group,
    update=_update_rules,
    delete=_leave_default,
    retag=retag,
)

_RULE_PEERS = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
_SINGLE_RULE: Fields = {
    "securityGroupId": Text(required=True, force_new=True, aws="GroupId"),
    "ipProtocol": Text(required=True, canonical=_protocol),
    "fromPort": Whole(),
    "toPort": Whole(),
    "cidrIpv4": Text(),
    "cidrIpv6": Text(),
    "prefixListId": Text(),
    "referencedSecurityGroupId": Text(),
    "description": Text(max_length=255),
}
_RULE_PERMISSION = {  # property of a single rule to its place in an IpPermission
    "cidrIpv4": _PEERS["cidrBlocks"],
    "cidrIpv6": _PEERS["ipv6CidrBlocks"],
    "prefixListId": _PEERS["prefixListIds"],
    "referencedSecurityGroupId": _PEERS["securityGroups"],
}


def _single_permission(props: Properties) -> dict[str, Any]:
    kind = next(name for name in _RULE_PEERS if props.get(name))
    peers, key = _RULE_PERMISSION[kind]
    ports = {} if props["ipProtocol"] == _ALL_PROTOCOLS else request(_SINGLE_RULE, props, ("fromPort", "toPort"))
    described = {"Description": props["description"]} if props.get("description") else {}
    return {"IpProtocol": props["ipProtocol"], **ports, peers: [{key: props[kind], **described}]}


def _create_rule(aws: Session, props: Properties, direction: str) -> str:
    authorize = getattr(aws.ec2, f"authorize_security_group_{direction}")
    answer = authorize(
        GroupId=props["securityGroupId"],
        IpPermissions=[_single_permission(props)],
        TagSpecifications=tags.specification("security-group-rule", props["tagsAll"]),
    )
    return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])


def _find_rule(aws: Session, id_: str) -> dict[str, Any] | None:
    return one(aws.ec2.describe_security_group_rules, "SecurityGroupRules", SecurityGroupRuleIds=[id_])


def _read_rule(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    rule = _find_rule(aws, id_)
    if rule is None:
        return None
    every = rule["IpProtocol"] == _ALL_PROTOCOLS
    return {
        "arn": rule.get("SecurityGroupRuleArn") or aws.arn("ec2", f"security-group-rule/{id_}"),
        "securityGroupRuleId": id_,
        "securityGroupId": rule["GroupId"],
        "ipProtocol": rule["IpProtocol"],
        "fromPort": None if every else rule.get("FromPort"),
        "toPort": None if every else rule.get("ToPort"),
        "cidrIpv4": rule.get("CidrIpv4"),
        "cidrIpv6": rule.get("CidrIpv6"),
        "prefixListId": rule.get("PrefixListId"),
        "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
        "description": rule.get("Description"),
        "tagsAll": tags.from_list(rule.get("Tags")),
    }


def _update_rule(aws: Session, id_: str, change: Change) -> None:
    names = ("ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId", "description")
    if not change.has(*names, "referencedSecurityGroupId"):
        return
    rule = request(_SINGLE_RULE, change.new, names)
    if change.new["ipProtocol"] == _ALL_PROTOCOLS:
        rule |= {"FromPort": -1, "ToPort": -1}
    if change.new.get("referencedSecurityGroupId"):
        rule["ReferencedGroupId"] = change.new["referencedSecurityGroupId"]
    aws.ec2.modify_security_group_rules(
        GroupId=change.new["securityGroupId"],
        SecurityGroupRules=[{"SecurityGroupRuleId": id_, "SecurityGroupRule": rule}],
    )


def _delete_rule(aws: Session, id_: str, state: Properties, direction: str) -> None:
    revoke = getattr(aws.ec2, f"revoke_security_group_{direction}")
    revoke(GroupId=state["securityGroupId"], SecurityGroupRuleIds=[id_])


def _examine_rule(inputs: Properties) -> list[CheckFailure]:
    every = inputs.get("ipProtocol") == _ALL_PROTOCOLS
    ports = [name for name in ("fromPort", "toPort") if inputs.get(name) not in (None, -1)]
    if every and ports:
        return [CheckFailure(ports[0], "is not accepted with all protocols")]
    missing = [name for name in ("fromPort", "toPort") if inputs.get(name) is None]
    if inputs.get("ipProtocol") in ("tcp", "udp") and missing:
        return [CheckFailure(missing[0], f"is required with {inputs['ipProtocol']}")]
    return []


def _rule_resource(type_: str, direction: str) -> Resource:
    return Resource(
        type_=type_,
        inputs=_SINGLE_RULE,
        outputs=("arn", "securityGroupRuleId"),
        exactly_one=(_RULE_PEERS,),
        examine=_examine_rule,
        create=lambda aws, props: _create_rule(aws, props, direction),
        locate=by_mark,
        read=_read_rule,
        update=_update_rule,
        delete=lambda aws, id_, state: _delete_rule(aws, id_, state, direction),
        retag=retag,
    )


INGRESS_RULE = _rule_resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "ingress")
EGRESS_RULE = _rule_resource("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "egress")

RESOURCES = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP, INGRESS_RULE, EGRESS_RULE)
