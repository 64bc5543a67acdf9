"""EC2's rules of security groups as one resource for several sources: the older way, which many programs have."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from embedded_pulumi.aws.ec2_calls import by_filter, one
from embedded_pulumi.aws.ec2_security import _ALL_PROTOCOLS, _PEERS, _group_name, _peer, _protocol
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.formats import Cidr
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import ListOf
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties

_LISTS = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds")
_EXCLUSIVE = (
    *(("cidrBlocks", "self"), ("cidrBlocks", "sourceSecurityGroupId"), ("ipv6CidrBlocks", "self")),
    *(("ipv6CidrBlocks", "sourceSecurityGroupId"), ("self", "sourceSecurityGroupId")),
)
_PORTS = ("fromPort", "toPort")


class SecurityGroupRule(ResourceType):
    """A rule for all of its sources; only its description changes in place.

    Source: terraform-provider-aws/internal/service/ec2/vpc_security_group_rule.go (0d90774d0fdd), read on 2026-11-30.
    """

    type_ = "aws:ec2/securityGroupRule:SecurityGroupRule"
    inputs = {
        "cidrBlocks": ListOf(force_new=True, item=Cidr()),
        "description": Text(max_length=255),
        "fromPort": Whole(required=True, force_new=True),
        "ipv6CidrBlocks": ListOf(force_new=True, item=Cidr(version=6)),
        "prefixListIds": ListOf(force_new=True),
        "protocol": Text(required=True, force_new=True, canonical=_protocol),
        "securityGroupId": Text(required=True, force_new=True),
        "self": Flag(default=False, force_new=True),
        "sourceSecurityGroupId": Text(force_new=True),
        "toPort": Whole(required=True, force_new=True),
        "type": Text(required=True, force_new=True, one_of=("egress", "ingress")),
    }
    outputs = ("securityGroupRuleId",)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        given = {name for name in (*_LISTS, "self", "sourceSecurityGroupId") if inputs.get(name)}
        failures = [
            CheckFailure(second, f"conflicts with {first}") for first, second in _EXCLUSIVE if {first, second} <= given
        ]
        if not given:
            names = ", ".join((*_LISTS, "self", "sourceSecurityGroupId"))
            failures.append(CheckFailure("cidrBlocks", f"one of {names} is required"))
        protocol = inputs["protocol"]
        ports = [inputs.get(name) for name in _PORTS]
        if protocol is not UNKNOWN and _protocol(protocol) == _ALL_PROTOCOLS and not {*ports} <= {0, -1, UNKNOWN}:
            failures.append(CheckFailure("fromPort", "must be 0, as toPort, with all protocols"))
        return failures

    def create(self, aws: Session, props: Properties) -> str:
        authorize = getattr(aws.ec2, f"authorize_security_group_{props['type']}")
        authorize(GroupId=props["securityGroupId"], IpPermissions=[_permission(props)])
        return self.locate(aws, props)

    def locate(self, aws: Session, props: Properties) -> str:
        ports = [str(props[name]) for name in _PORTS if props[name] > 0]
        parts = [props["securityGroupId"], *ports, _protocol(props["protocol"]), props["type"]]
        for kind, peers in _sources(props):
            parts += [*sorted(peers), *([""] if kind == "securityGroups" else [])]
        return f"sgrule-{zlib.crc32(''.join(f'{part}-' for part in parts).encode())}"

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        """The rule, if the group has all of its sources."""
        wish = state if state.get("securityGroupId") else _parts(id_)
        group = one(aws.ec2.describe_security_groups, "SecurityGroups", GroupIds=[wish["securityGroupId"]])
        if group is None:
            return None
        has = list(group["IpPermissions" if wish["type"] == "ingress" else "IpPermissionsEgress"])
        description = None
        for kind, peers in _sources(wish):
            there = dict(_held(has, wish, kind, group["OwnerId"]))
            if not set(peers) <= there.keys():
                return None
            description = there[peers[0]] if description is None else description
        return {**wish, "description": description or ""}

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = {name: found.get(name) or [] for name in _LISTS}
        ids = self._ids(aws, found)
        return {
            **told,
            **{name: found[name] for name in ("fromPort", "toPort", "protocol", "securityGroupId", "type")},
            "description": found["description"],
            "self": bool(found.get("self")),
            "sourceSecurityGroupId": found.get("sourceSecurityGroupId") or "",
            "securityGroupRuleId": ids[0] if len(ids) == 1 else "",
            "id": self.locate(aws, found),
        }

    def _ids(self, aws: Session, rule: Properties) -> list[str]:
        """The ids of the single rules that this one is; none if it is several."""
        sources = [peer for _, peers in _sources(rule) for peer in peers]
        if len(sources) != 1:
            return []
        filters = by_filter("group-id", rule["securityGroupId"])
        told = aws.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        return [str(each["SecurityGroupRuleId"]) for each in told if _is_of(each, rule, sources[0])]

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("description"):
            describe = getattr(aws.ec2, f"update_security_group_rule_descriptions_{change.new['type']}")
            describe(GroupId=change.new["securityGroupId"], IpPermissions=[_permission(change.new)])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if self.find(aws, id_, state) is not None:
            revoke = getattr(aws.ec2, f"revoke_security_group_{state['type']}")
            revoke(GroupId=state["securityGroupId"], IpPermissions=[_permission({**state, "description": None})])


def _sources(rule: Properties) -> Iterator[tuple[str, list[str]]]:
    """The sources of a rule by their kind."""
    for kind in _LISTS:
        if rule.get(kind):
            yield kind, list(rule[kind])
    group = rule["securityGroupId"] if rule.get("self") else rule.get("sourceSecurityGroupId")
    if group:
        yield "securityGroups", [group]


def _permission(rule: Properties) -> dict[str, Any]:
    protocol = _protocol(rule["protocol"])
    ports = {} if protocol == _ALL_PROTOCOLS else {"FromPort": rule["fromPort"], "ToPort": rule["toPort"]}
    about = {"Description": rule["description"]} if rule.get("description") else {}
    made: dict[str, Any] = {"IpProtocol": protocol, **ports}
    for kind, peers in _sources(rule):
        list_, key = _PEERS[kind]
        made[list_] = [{**_peer(list_, key, peer), **about} for peer in peers]
    return made


def _same_ports(told: Any, rule: Properties) -> bool:
    return (told.get("FromPort"), told.get("ToPort")) == (rule["fromPort"], rule["toPort"])


def _is_of(told: Any, rule: Properties, source: str) -> bool:
    """Whether a single rule is this rule's."""
    peers = [told.get(name) for name in ("CidrIpv4", "CidrIpv6", "PrefixListId")]
    peers.append(told.get("ReferencedGroupInfo", {}).get("GroupId"))
    protocol = _protocol(rule["protocol"])
    same = told["IpProtocol"] == protocol and told["IsEgress"] == (rule["type"] == "egress")
    ports = protocol == _ALL_PROTOCOLS or _same_ports(told, rule)
    return same and ports and (source in peers or source.rpartition("/")[2] in peers[-1:])


def _held(permissions: list[Any], rule: Properties, kind: str, owner: str) -> Iterator[tuple[str, str]]:
    """The sources of a kind that a group lets in, or out, by this protocol and these ports; each with its text."""
    protocol, (list_, key) = _protocol(rule["protocol"]), _PEERS[kind]
    for each in permissions:
        if each["IpProtocol"] == protocol and (protocol == _ALL_PROTOCOLS or _same_ports(each, rule)):
            for peer in each.get(list_, ()):
                yield _group_name(peer.get("UserId"), peer[key], owner), peer.get("Description", "")


def _parts(id_: str) -> Properties:
    """A rule as the id of an import names it."""
    head = id_.split("_")
    if len(head) < len(("group", "type", "protocol", "from", "to", "source")) or head[1] not in {"egress", "ingress"}:
        example = "sg-1_ingress_tcp_443_443_10.0.0.0/16"
        raise ProviderError(f"{id_!r} is not a rule's import id; accepted: such as {example}")
    group, type_, protocol, low, high, *sources = head
    rule: Properties = {"securityGroupId": group, "type": type_, "protocol": protocol}
    rule |= {"fromPort": _port(low), "toPort": _port(high)}
    for source in sources:
        if source == "self":
            rule["self"] = True
        elif "sg-" in source:
            rule["sourceSecurityGroupId"] = source
        else:
            kind = "ipv6CidrBlocks" if ":" in source else "prefixListIds" if "pl-" in source else "cidrBlocks"
            rule[kind] = [*rule.get(kind, []), source]
    return rule


def _port(text: str) -> int:
    return 0 if text == "all" else int(text)


TYPES = (SecurityGroupRule,)
