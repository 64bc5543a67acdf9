"""EC2's security groups: groups with their rules inline, a VPC's default group, and single rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import TAGGING, Ec2Type, by_filter, once_free, one
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, SetOf, request, response
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


class _Group(Ec2Type):
    """What both kinds of groups have in common."""

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        """Replace all rules: a new group comes with an egress rule for everything, which nobody asked for."""
        group = self.find(aws, id_, props)
        if group is None:
            raise ProviderError(f"security group {id_} does not exist")
        for direction, key in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
            self._set_rules(aws, id_, direction, _atoms_of(group[key]), _atoms(props.get(direction), id_))

    def _set_rules(self, aws: Session, id_: str, direction: str, old: set[_Atom], new: set[_Atom]) -> None:
        """Revoke rules before adding others: to EC2, a rule with a new description is the same rule."""
        for verb, atoms in (("revoke", old - new), ("authorize", new - old)):
            if atoms:
                call = getattr(aws.ec2, f"{verb}_security_group_{direction}")
                call(GroupId=id_, IpPermissions=[_permission(each) for each in sorted(atoms)])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_security_groups, "SecurityGroups", GroupIds=[id_])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": aws.arn("ec2", f"security-group/{id_}", account=found["OwnerId"]),
            "name": found["GroupName"],
            "description": found["Description"],
            "ownerId": found["OwnerId"],
            "vpcId": found.get("VpcId"),
            "ingress": _gathered(_atoms_of(found["IpPermissions"]), id_, state.get("ingress")),
            "egress": _gathered(_atoms_of(found["IpPermissionsEgress"]), id_, state.get("egress")),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        for direction in ("ingress", "egress"):
            if change.has(direction):
                old, new = change.old.get(direction), change.new.get(direction)
                self._set_rules(aws, id_, direction, _atoms(old, id_), _atoms(new, id_))


class SecurityGroup(_Group):
    """A security group with its rules inline."""

    type_ = "aws:ec2/securityGroup:SecurityGroup"
    inputs = {
        "name": Text(computed=True, force_new=True, max_length=255),
        "namePrefix": Text(computed=True, force_new=True, max_length=229),
        "description": Text(default="Managed by Pulumi", force_new=True, max_length=255),
        "vpcId": Text(computed=True, force_new=True),
        "revokeRulesOnDelete": Flag(default=False),
        **_RULES,
    }
    outputs = ("arn", "ownerId")
    name = AutoName(max_length=255)

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.ec2.create_security_group(
            GroupName=given_or_unique(props),
            **request(self.inputs, props, ("description", "vpcId")),
            TagSpecifications=tags.specification("security-group", props["tagsAll"]),
        )
        return str(answer["GroupId"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("revokeRulesOnDelete") and self.find(aws, id_, state):
            self.settle(aws, id_, {})
        once_free(f"security group {id_}", aws.ec2.delete_security_group, timeout=15 * 60, GroupId=id_)


class DefaultSecurityGroup(_Group):
    """A VPC's own group. Nobody makes it, so it bears no mark: whoever was cut off adopts it once more."""

    type_ = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    inputs = {
        "vpcId": Text(computed=True, force_new=True),
        "revokeRulesOnDelete": Flag(default=False),
        "ingress": SetOf(item=_RULE),
        "egress": SetOf(item=_RULE),
    }
    outputs = ("arn", "description", "name", "namePrefix", "ownerId")

    def create(self, aws: Session, props: Properties) -> str:
        filters = by_filter("group-name", "default")
        if props.get("vpcId"):
            filters += by_filter("vpc-id", props["vpcId"])
        group = one(aws.ec2.describe_security_groups, "SecurityGroups", Filters=filters)
        if group is None:
            raise ProviderError(f"VPC {props.get('vpcId')} has no default security group")
        return str(group["GroupId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        super().settle(aws, id_, props)
        TAGGING.change(aws, id_, props, props["tagsAll"], [])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Do nothing: a VPC's default group cannot be deleted. Only the state forgets it."""


_RULE_PEERS = {  # property of a single rule to its place in an IpPermission
    "cidrIpv4": _PEERS["cidrBlocks"],
    "cidrIpv6": _PEERS["ipv6CidrBlocks"],
    "prefixListId": _PEERS["prefixListIds"],
    "referencedSecurityGroupId": _PEERS["securityGroups"],
}


class _SingleRule(Ec2Type):
    """A rule by itself; its two types have a direction each."""

    inputs = {
        "securityGroupId": Text(required=True, force_new=True, aws="GroupId"),
        "ipProtocol": Text(required=True, canonical=_protocol),
        "fromPort": Whole(),
        "toPort": Whole(),
        "cidrIpv4": Text(),
        "cidrIpv6": Text(),
        "prefixListId": Text(),
        "referencedSecurityGroupId": Text(aws="ReferencedGroupId"),
        "description": Text(max_length=255),
    }
    outputs = ("arn", "securityGroupRuleId")
    exactly_one = (tuple(_RULE_PEERS),)
    direction: str

    def create(self, aws: Session, props: Properties) -> str:
        authorize = getattr(aws.ec2, f"authorize_security_group_{self.direction}")
        answer = authorize(
            GroupId=props["securityGroupId"],
            IpPermissions=[self._permission(props)],
            TagSpecifications=tags.specification("security-group-rule", props["tagsAll"]),
        )
        return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def _permission(self, props: Properties) -> dict[str, Any]:
        kind = next(name for name in _RULE_PEERS if props.get(name))
        peers, key = _RULE_PEERS[kind]
        ports = {} if props["ipProtocol"] == _ALL_PROTOCOLS else request(self.inputs, props, ("fromPort", "toPort"))
        described = request(self.inputs, props, ("description",))
        return {"IpProtocol": props["ipProtocol"], **ports, peers: [{key: props[kind], **described}]}

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_security_group_rules, "SecurityGroupRules", SecurityGroupRuleIds=[id_])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = {
            **response(self.inputs, found),
            "arn": found.get("SecurityGroupRuleArn") or aws.arn("ec2", f"security-group-rule/{id_}"),
            "securityGroupRuleId": id_,
            "referencedSecurityGroupId": found.get("ReferencedGroupInfo", {}).get("GroupId"),
        }
        every = found["IpProtocol"] == _ALL_PROTOCOLS
        return told | ({"fromPort": None, "toPort": None} if every else {})

    def update(self, aws: Session, id_: str, change: Change) -> None:
        names = [name for name in self.inputs if name != "securityGroupId"]
        if not change.has(*names):
            return
        rule = request(self.inputs, change.new, names)
        if change.new["ipProtocol"] == _ALL_PROTOCOLS:
            rule |= {"FromPort": -1, "ToPort": -1}
        aws.ec2.modify_security_group_rules(
            GroupId=change.new["securityGroupId"],
            SecurityGroupRules=[{"SecurityGroupRuleId": id_, "SecurityGroupRule": rule}],
        )

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        revoke = getattr(aws.ec2, f"revoke_security_group_{self.direction}")
        revoke(GroupId=state["securityGroupId"], SecurityGroupRuleIds=[id_])

    def check(self, inputs: Properties) -> list[CheckFailure]:
        every = inputs.get("ipProtocol") == _ALL_PROTOCOLS
        ports = [name for name in ("fromPort", "toPort") if inputs.get(name) not in (None, -1)]
        if every and ports:
            return [CheckFailure(ports[0], "is not accepted with all protocols")]
        missing = [name for name in ("fromPort", "toPort") if inputs.get(name) is None]
        if inputs.get("ipProtocol") in ("tcp", "udp") and missing:
            return [CheckFailure(missing[0], f"is required with {inputs['ipProtocol']}")]
        return []


class SecurityGroupIngressRule(_SingleRule):
    """A rule for what comes in."""

    type_ = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    direction = "ingress"


class SecurityGroupEgressRule(_SingleRule):
    """A rule for what goes out."""

    type_ = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    direction = "egress"


TYPES = (SecurityGroup, DefaultSecurityGroup, SecurityGroupIngressRule, SecurityGroupEgressRule)
