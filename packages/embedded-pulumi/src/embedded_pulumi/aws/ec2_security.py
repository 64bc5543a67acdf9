"""EC2's security groups: groups with their rules inline, a VPC's default group, and single rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import TAGGING, Ec2Type, by_filter, interfaces_of, once_free, one, wait_gone
from embedded_pulumi.aws.fields import Changes, Flag, Text, Whole
from embedded_pulumi.aws.formats import Cidr
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, SetOf, known_items, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, DiffKind, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties, Value

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
    filled=True,
    fields={
        "protocol": Text(required=True, canonical=_protocol),
        "fromPort": Whole(required=True),
        "toPort": Whole(required=True),
        "cidrBlocks": SetOf(item=Cidr()),
        "ipv6CidrBlocks": SetOf(item=Cidr(version=6)),
        "prefixListIds": SetOf(),
        "securityGroups": SetOf(),
        "self": Flag(default=False),
        "description": Text(
            max_length=255,
            pattern=r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*",
            accepts="a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*",
        ),
    },
)
_RULES: Fields = {"ingress": SetOf(item=_RULE, computed=True), "egress": SetOf(item=_RULE, computed=True)}


@dataclass(frozen=True, kw_only=True)
class _Name(Text):
    """A group's name, which must not look like an id."""

    pattern: str = "(?!sg-).*"
    accepts: str = "names that do not begin with sg-"


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


def _wrong_ports(protocol: Value, low: Value, high: Value) -> str:
    """Why EC2 would open all ports: a rule for all protocols has some; empty if it is none, or they are not known."""
    if protocol is UNKNOWN or _protocol(protocol) != _ALL_PROTOCOLS or {low, high} <= {0, UNKNOWN}:
        return ""
    return f"from_port ({low}) and to_port ({high}) must both be 0 to use the 'ALL' \"{_ALL_PROTOCOLS}\" protocol"


def _permission(atom: _Atom) -> dict[str, Any]:
    protocol, low, high, kind, peer, about = atom
    ports = {} if protocol == _ALL_PROTOCOLS else {"FromPort": low, "ToPort": high}
    described = {"Description": about} if about else {}
    return {"IpProtocol": protocol, **ports, _PEERS[kind][0]: [_peer(*_PEERS[kind], peer) | described]}


def _peer(peers: str, key: str, peer: str) -> dict[str, str]:
    """An element of a list of peers. A group in another account is `account/group`."""
    account, _, group = peer.rpartition("/")
    if peers == _PEERS["securityGroups"][0] and account:
        return {"UserId": account, key: group}
    return {key: peer}


def _group_name(account: str | None, group: str, owner: str) -> str:
    """A group as a program names it, which a group of this owner refers to."""
    return group if account in (None, "", owner) else f"{account}/{group}"


def _atoms_of(permissions: Iterable[dict[str, Any]], owner: str) -> set[_Atom]:
    atoms = set()
    for each in permissions:
        protocol = each["IpProtocol"]
        ports = (0, 0) if protocol == _ALL_PROTOCOLS else (each.get("FromPort", 0), each.get("ToPort", 0))
        for kind, (peers, key) in _PEERS.items():
            for peer in each.get(peers, ()):
                name = _group_name(peer.get("UserId"), peer[key], owner)
                atoms.add((protocol, *ports, kind, name, peer.get("Description") or ""))
    return atoms


def _gathered(atoms: set[_Atom], group: str, known: list[Properties] | None) -> list[Properties]:
    """Atoms as rules: those of the program that are still whole, and one for each port range and text of the rest."""
    whole = [rule for rule in known or () if _atoms([rule], group) <= atoms]
    rules: dict[tuple[str, int, int, str], Properties] = {}
    for protocol, low, high, kind, peer, about in sorted(atoms - _atoms(whole, group)):
        rule = rules.setdefault(
            (protocol, low, high, about),
            {"protocol": protocol, "fromPort": low, "toPort": high, "description": about, "self": False}
            | {each: [] for each in _PEERS},
        )
        if (kind, peer) == ("securityGroups", group):
            rule["self"] = True
        else:
            rule[kind].append(peer)
    return [*whole, *rules.values()]


_DIRECTIONS = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}


class _Group(Ec2Type):
    """What both kinds of groups have in common."""

    def check(self, inputs: Properties) -> list[CheckFailure]:
        known = ((f"{way}[{index}]", each) for way in _DIRECTIONS for index, each in known_items(inputs.get(way)))
        wrong = [(place, _wrong_ports(each["protocol"], each["fromPort"], each["toPort"])) for place, each in known]
        return [CheckFailure(place, reason) for place, reason in wrong if reason]

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        """Replace all rules: a new group comes with an egress rule for everything, which nobody asked for."""
        group = wait_for(f"security group {id_}", lambda: self.find(aws, id_, props), timeout=10 * 60)
        for direction, key in _DIRECTIONS.items():
            there = _atoms_of(group[key], group["OwnerId"])
            self._set_rules(aws, id_, direction, there, _atoms(props.get(direction), id_))

    def _set_rules(self, aws: Session, id_: str, direction: str, old: set[_Atom], new: set[_Atom]) -> None:
        """Revoke rules before adding others: to EC2, a rule with a new description is the same rule."""
        for wrong in filter(None, (_wrong_ports(*each[:3]) for each in sorted(new))):
            raise ProviderError(wrong)
        for verb, atoms in (("revoke", old - new), ("authorize", new - old)):
            if atoms:
                call = getattr(aws.ec2, f"{verb}_security_group_{direction}")
                call(GroupId=id_, IpPermissions=[_permission(each) for each in sorted(atoms)])

    def _revoke_references(self, aws: Session, id_: str) -> None:
        """Revoke the rules of other groups that lead to this one."""
        for direction, field in (("ingress", "ip-permission.group-id"), ("egress", "egress.ip-permission.group-id")):
            groups = aws.ec2.describe_security_groups(Filters=by_filter(field, id_))["SecurityGroups"]
            for other in groups:
                rules = _atoms_of(other[_DIRECTIONS[direction]], other["OwnerId"])
                leading = {each for each in rules if each[3:5] == ("securityGroups", id_)}
                if other["GroupId"] != id_:
                    self._set_rules(aws, other["GroupId"], direction, leading, set())

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_security_groups, "SecurityGroups", GroupIds=[id_])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": aws.arn("ec2", f"security-group/{id_}", account=found["OwnerId"]),
            "name": found["GroupName"],
            "description": found["Description"],
            "ownerId": found["OwnerId"],
            "vpcId": found.get("VpcId"),
            **{
                direction: _gathered(_atoms_of(found[key], found["OwnerId"]), id_, state.get(direction))
                for direction, key in _DIRECTIONS.items()
            },
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        changed = {direction: key for direction, key in _DIRECTIONS.items() if change.has(direction)}
        group = self.find(aws, id_, change.old) if changed else None
        for direction, key in changed.items():
            there = _atoms_of(group[key], group["OwnerId"]) if group else set()
            old, new = (_atoms(props.get(direction), id_) for props in (change.old, change.new))
            # A create that failed has left rules in the state that are not there.
            self._set_rules(aws, id_, direction, old & there | new & there, new)


class SecurityGroup(_Group):
    """A security group with its rules inline.

    Source: terraform-provider-aws/internal/service/ec2/vpc_security_group.go (01606926a0c0, 2025) and validate.go
    (04e75d4f1a3d); read 2026-11-29.
    """

    type_ = "aws:ec2/securityGroup:SecurityGroup"
    inputs = {
        "name": _Name(computed=True, force_new=True, max_length=255),
        "namePrefix": _Name(computed=True, force_new=True, max_length=229),
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
            self._revoke_references(aws, id_)
        users = partial(interfaces_of, aws, "group-id", id_)
        once_free(f"security group {id_}", aws.ec2.delete_security_group, users, timeout=15 * 60, GroupId=id_)
        wait_gone(f"security group {id_}", lambda: self.find(aws, id_, state))


class DefaultSecurityGroup(_Group):
    """A VPC's own group. It has no mark of a stack, because nobody makes it: the next deployment adopts it again.

    Source: terraform-provider-aws/internal/service/ec2/vpc_default_security_group.go (01f431114674, 2025), and the
    source of `SecurityGroup` for what both share; read 2026-11-29.
    """

    type_ = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    inputs = {
        "vpcId": Text(computed=True, force_new=True),
        "revokeRulesOnDelete": Flag(default=False),
        **_RULES,
    }
    outputs = ("arn", "description", "name", "namePrefix", "ownerId")

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {**super().describe(aws, id_, found, state), "namePrefix": ""}

    def create(self, aws: Session, props: Properties) -> str:
        if not props.get("vpcId"):  # the real provider then looks for the group of EC2-Classic, which is gone
            raise ProviderError("reading Default Security Group: empty result; vpcId names the VPC")
        filters = by_filter("group-name", "default") + by_filter("vpc-id", props["vpcId"])
        group = one(aws.ec2.describe_security_groups, "SecurityGroups", Filters=filters)
        if group is None:
            raise ProviderError(f"VPC {props['vpcId']} has no default security group")
        return str(group["GroupId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        super().settle(aws, id_, props)
        self._revoke_references(aws, id_)
        tagged = tags.from_list((self.find(aws, id_, props) or {}).get("Tags", ()))
        TAGGING.change(aws, id_, props, props["tagsAll"], sorted(tagged.keys() - props["tagsAll"].keys()))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Do nothing: a VPC's default group cannot be deleted. Only the state forgets it."""


_RULE_PEERS = {  # property of a single rule to its place in an IpPermission
    "cidrIpv4": _PEERS["cidrBlocks"],
    "cidrIpv6": _PEERS["ipv6CidrBlocks"],
    "prefixListId": _PEERS["prefixListIds"],
    "referencedSecurityGroupId": _PEERS["securityGroups"],
}


_PORTS = ("fromPort", "toPort")


def _source_of(props: Properties) -> str:
    """The property that tells a single rule's peer."""
    return next(name for name in _RULE_PEERS if props.get(name) is not None)


def _port(told: Properties, name: str, state: Properties) -> Value:
    """A port of a single rule as the program has it, where EC2 says -1 for any port."""
    if told["ipProtocol"] == _ALL_PROTOCOLS or (told[name] == -1 and state.get(name) is None):
        return state.get(name)
    return told[name]


class _SingleRule(Ec2Type):
    """A rule by itself; its two types have a direction each.

    AWS refuses a rule for TCP or UDP without ports, the real provider does not; this one refuses it in the preview.

    Source: terraform-provider-aws/internal/service/ec2/vpc_security_group_ingress_rule.go (d2b7f56a7c45, late 2024;
    read 2026-11-29).
    """

    inputs = {
        "securityGroupId": Text(required=True, force_new=True, aws="GroupId"),
        "ipProtocol": Text(required=True),
        "fromPort": Whole(at_least=-1, at_most=65535),
        "toPort": Whole(at_least=-1, at_most=65535),
        "cidrIpv4": Cidr(),
        "cidrIpv6": Cidr(version=6),
        "prefixListId": Text(),
        "referencedSecurityGroupId": Text(aws="ReferencedGroupId"),
        "description": Text(),
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
        kind = _source_of(props)
        protocol = _protocol(props["ipProtocol"])
        ports = {} if protocol == _ALL_PROTOCOLS else request(self.inputs, props, _PORTS)
        described = request(self.inputs, props, ("description",))
        peers, key = _RULE_PEERS[kind]
        return {"IpProtocol": protocol, **ports, peers: [_peer(peers, key, props[kind]) | described]}

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return one(aws.ec2.describe_security_group_rules, "SecurityGroupRules", SecurityGroupRuleIds=[id_])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = response(self.inputs, found)
        group = found.get("ReferencedGroupInfo", {})
        named = group and _group_name(
            group.get("UserId"), group["GroupId"], found.get("GroupOwnerId") or aws.account_id
        )
        same_protocol = _protocol(state.get("ipProtocol", "")) == told["ipProtocol"]
        return {
            **told,
            **{name: _port(told, name, state) for name in _PORTS},
            "arn": found.get("SecurityGroupRuleArn") or aws.arn("ec2", f"security-group-rule/{id_}"),
            "ipProtocol": state["ipProtocol"] if same_protocol else told["ipProtocol"],
            "securityGroupRuleId": id_,
            "referencedSecurityGroupId": named or None,
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        names = [name for name in self.inputs if name != "securityGroupId"]
        if not change.has(*names):
            return
        rule = request(self.inputs, change.new, names) | {"IpProtocol": _protocol(change.new["ipProtocol"])}
        if rule["IpProtocol"] == _ALL_PROTOCOLS:
            rule |= {"FromPort": -1, "ToPort": -1}
        if "ReferencedGroupId" in rule:
            rule["ReferencedGroupId"] = rule["ReferencedGroupId"].rpartition("/")[2]
        aws.ec2.modify_security_group_rules(
            GroupId=change.new["securityGroupId"],
            SecurityGroupRules=[{"SecurityGroupRuleId": id_, "SecurityGroupRule": rule}],
        )

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        revoke = getattr(aws.ec2, f"revoke_security_group_{self.direction}")
        revoke(GroupId=state["securityGroupId"], SecurityGroupRuleIds=[id_])

    def check(self, inputs: Properties) -> list[CheckFailure]:
        protocol = inputs["ipProtocol"]
        missing = [name for name in _PORTS if inputs.get(name) is None]
        if protocol is not UNKNOWN and _protocol(protocol) in ("tcp", "udp") and missing:
            return [CheckFailure(missing[0], f"is required with {protocol}")]
        return []

    def compare(self, state: Properties, news: Properties) -> Changes:
        """Another kind of source replaces the rule."""
        old, new = _source_of(state), _source_of(news)
        return {} if old == new else {old: DiffKind.DELETE_REPLACE, new: DiffKind.ADD_REPLACE}


class SecurityGroupIngressRule(_SingleRule):
    """A rule for what comes in."""

    type_ = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    direction = "ingress"


class SecurityGroupEgressRule(_SingleRule):
    """A rule for what goes out."""

    type_ = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    direction = "egress"


TYPES = (SecurityGroup, DefaultSecurityGroup, SecurityGroupIngressRule, SecurityGroupEgressRule)
