"""Network ACLs: with their rules inline, single rules, and which subnet has which."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, by_filter, difference, once_free, one
from embedded_pulumi.aws.fields import Flag, Text, Whole, is_empty
from embedded_pulumi.aws.formats import Cidr
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, SetOf, known_items
from embedded_pulumi.aws.waiting import PATIENCE
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties, Value

_LAST_RULE = 32766  # the numbers after it are those of the rules that nobody can change
_ALL = "-1"
_ICMP = ("1", "58")
_PORTED = ("6", "17")
_IANA = """
    hopopt icmp igmp ggp ipv4 st tcp cbt egp igp bbn-rcc-mon nvp-ii pup argus emcon xnet chaos udp mux dcn-meas hmp prm
    xns-idp trunk-1 trunk-2 leaf-1 leaf-2 rdp irtp iso-tp4 netblt mfe-nsp merit-inp dccp 3pc idpr xtp ddp idpr-cmtp tp++
    il ipv6 sdrp ipv6-route ipv6-frag idrp rsvp gre dsr bna esp ah i-nlsp swipe narp mobile tlsp - ipv6-icmp ipv6-nonxt
    ipv6-opts 61 cftp 63 sat-expak kryptolan rvd ippc 68 sat-mon visa ipcv cpnx cphb wsn pvp br-sat-mon sun-nd wb-mon
    wb-expak iso-ip vmtp secure-vmtp vines ttp nsfnet-igp dgp tcf eigrp ospfigp sprite-rpc larp mtp ax.25 ipip micp
    scc-sp etherip encap 99 gmtp ifmp pnni pim aris scps qnx a/n ipcomp snp compaq-peer ipx-in-ip vrrp pgm 114 l2tp dd
    iatp stp srp uti smp sm ptp isis-over-ipv4 fire crtp crudp sscopmce iplt sps pipe sctp fc rsvp-e2e-ignore
    mobility-header udplite mpls-in-ip manet hip shim6 wesp rohc
"""
"""The protocols of IANA in the order of their numbers; the real provider has no 57."""
_NUMBERS = {name: str(number) for number, name in enumerate(_IANA.split()) if name != "-"} | {"all": _ALL}
_KNOWN = frozenset(_NUMBERS.values()) | {"253", "254"}


def _number(text: str) -> str:
    """The number of a protocol, which is all that EC2 tells."""
    return _NUMBERS.get(text, text)


class _Protocol(Text):
    """A protocol, by its number or its name."""

    def accept(self, value: str) -> None:
        """Raise a ValueError if the value is not accepted; see `Text.accept`."""
        if value not in _KNOWN:
            raise ValueError(f"{value!r} is not a protocol; accepted: {_ALL}, a number of IANA, a name such as tcp")


_PORT = Whole(required=True, at_least=0, at_most=65535)
_RULES = SetOf(
    computed=True,
    item=Block(
        filled=True,
        fields={
            "action": Text(required=True, canonical=str.lower, one_of=("allow", "deny")),
            "cidrBlock": Cidr(),
            "fromPort": _PORT,
            "icmpCode": Whole(),
            "icmpType": Whole(),
            "ipv6CidrBlock": Cidr(version=6),
            "protocol": _Protocol(required=True, canonical=_number),
            "ruleNo": Whole(required=True, at_least=1, at_most=_LAST_RULE),
            "toPort": _PORT,
        },
    ),
)
_SIDES = {"ingress": False, "egress": True}
"""A property of an ACL to whether its rules are for what leaves the subnet."""


def _wrong(rule: Properties) -> str:
    """Why EC2 would not take a rule, or would drop a part of it; empty if it takes it.

    Source: createNetworkACLEntries in the real provider (the ports); API CreateNetworkAclEntry (the blocks).
    """
    given = [name for name in ("cidrBlock", "ipv6CidrBlock") if not is_empty(rule.get(name))]
    if len(given) != 1:
        return "exactly one of cidrBlock, ipv6CidrBlock must be set"
    ports = {rule.get(name) for name in ("fromPort", "toPort")}
    if rule.get("protocol") == _ALL and not ports <= {0, UNKNOWN}:
        return f'fromPort ({rule["fromPort"]}) and toPort ({rule["toPort"]}) must both be 0 with the protocol "{_ALL}"'
    return ""


def _entry(rule: Properties, number: int, action: str, *, egress: bool) -> dict[str, Any]:
    """A rule as CreateNetworkAclEntry takes it."""
    blocks = {"CidrBlock": rule.get("cidrBlock"), "Ipv6CidrBlock": rule.get("ipv6CidrBlock")}
    entry: dict[str, Any] = {name: block for name, block in blocks.items() if block}
    if rule["protocol"] in _ICMP:
        entry["IcmpTypeCode"] = {"Code": rule.get("icmpCode") or 0, "Type": rule.get("icmpType") or 0}
    return {
        **entry,
        "Egress": egress,
        "PortRange": {"From": rule.get("fromPort") or 0, "To": rule.get("toPort") or 0},
        "Protocol": rule["protocol"],
        "RuleAction": action,
        "RuleNumber": number,
    }


def _told(entry: Description) -> Properties:
    """What an entry says of its peer, its protocol and its ports."""
    ports, icmp = entry.get("PortRange") or {}, entry.get("IcmpTypeCode") or {}
    return {
        "cidrBlock": entry.get("CidrBlock", ""),
        "fromPort": ports.get("From", 0),
        "icmpCode": icmp.get("Code", 0),
        "icmpType": icmp.get("Type", 0),
        "ipv6CidrBlock": entry.get("Ipv6CidrBlock", ""),
        "protocol": entry["Protocol"],
        "toPort": ports.get("To", 0),
    }


def _find_acl(aws: Session, id_: str) -> Description | None:
    return one(aws.ec2.describe_network_acls, "NetworkAcls", NetworkAclIds=[id_])


def _associations(aws: Session, filter_: str, value: str) -> Iterator[Description]:
    """The associations of all ACLs that a filter lets through."""
    for acl in aws.ec2.describe_network_acls(Filters=by_filter(filter_, value))["NetworkAcls"]:
        yield from acl["Associations"]


def _association_of(aws: Session, subnet: str) -> Description | None:
    """What a subnet has: every subnet has one ACL, that of its VPC if no other."""
    found = _associations(aws, "association.subnet-id", subnet)
    return next((each for each in found if each["SubnetId"] == subnet), None)


def _associate(aws: Session, acl: str, subnet: str) -> str:
    """Give a subnet an ACL in place of the one that it has; returns the association's id."""
    present = _association_of(aws, subnet)
    if present is None:
        raise ProviderError(f"the subnet {subnet} does not exist, or EC2 shows no ACL of it")
    answer = aws.ec2.replace_network_acl_association(AssociationId=present["NetworkAclAssociationId"], NetworkAclId=acl)
    return str(answer["NewAssociationId"])


def _default_acl(aws: Session, vpc: str) -> str:
    filters = by_filter("vpc-id", vpc) + by_filter("default", "true")
    found = one(aws.ec2.describe_network_acls, "NetworkAcls", Filters=filters)
    if found is None:
        raise ProviderError(f"the VPC {vpc} has no default network ACL")
    return str(found["NetworkAclId"])


def _give_back(aws: Session, vpc: str, subnets: Iterable[str]) -> None:
    """Give subnets the ACL of their VPC again."""
    for subnet in subnets:
        if _association_of(aws, subnet) is not None:
            _associate(aws, _default_acl(aws, vpc), subnet)


class NetworkAcl(Ec2Type):
    """A network ACL with its rules inline. A rule that changes is taken away and made anew, as in the real provider.

    Source: terraform-provider-aws/internal/service/ec2/vpc_network_acl.go (0620f2a6a126, early 2024), read on
    2026-11-30.
    """

    type_ = "aws:ec2/networkAcl:NetworkAcl"
    inputs = {
        "vpcId": Text(required=True, force_new=True),
        "egress": _RULES,
        "ingress": _RULES,
        "subnetIds": SetOf(computed=True),
    }
    outputs = ("arn", "ownerId")

    def check(self, inputs: Properties) -> list[CheckFailure]:
        found = [(f"{side}[{index}]", _wrong(rule)) for side in _SIDES for index, rule in known_items(inputs.get(side))]
        return [CheckFailure(place, reason) for place, reason in found if reason]

    def create(self, aws: Session, props: Properties) -> str:
        named = tags.specification("network-acl", props["tagsAll"])
        answer = aws.ec2.create_network_acl(VpcId=props["vpcId"], TagSpecifications=named)
        return str(answer["NetworkAcl"]["NetworkAclId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        there = self._described_rules(self.find(aws, id_, props) or {"Entries": ()})
        for side in _SIDES:
            self._change_rules(aws, id_, side, there[side], props.get(side) or [])
        for subnet in props.get("subnetIds") or ():
            _associate(aws, id_, subnet)

    def _change_rules(self, aws: Session, id_: str, side: str, old: list[Properties], new: list[Properties]) -> None:
        """Take away the rules that are only in `old`, and make those that are only in `new`."""
        egress = _SIDES[side]
        for rule in (each for each in old if self._is_missing(each, new)):
            aws.ec2.delete_network_acl_entry(NetworkAclId=id_, RuleNumber=rule["ruleNo"], Egress=egress)
        for rule in (each for each in new if self._is_missing(each, old)):
            entry = _entry(rule, rule["ruleNo"], rule["action"], egress=egress)
            aws.ec2.create_network_acl_entry(NetworkAclId=id_, **entry)

    def _is_missing(self, rule: Properties, among: list[Properties]) -> bool:
        return all(_RULES.item.diff("", each, rule) for each in among)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = _find_acl(aws, id_)
        if found and found["IsDefault"] and not state:
            raise ProviderError(f"{id_} is the default ACL of a VPC, which only a DefaultNetworkAcl adopts")
        return found

    def _described_rules(self, found: Description) -> dict[str, list[Properties]]:
        """The rules of both sides, without those that no program can change."""
        own = [each for each in found["Entries"] if each["RuleNumber"] <= _LAST_RULE]
        return {
            side: [
                {**_told(each), "action": each["RuleAction"], "ruleNo": each["RuleNumber"]}
                for each in own
                if each["Egress"] is egress
            ]
            for side, egress in _SIDES.items()
        }

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": aws.arn("ec2", f"network-acl/{id_}", account=found["OwnerId"]),
            "ownerId": found["OwnerId"],
            "subnetIds": [each["SubnetId"] for each in found["Associations"]],
            "vpcId": found["VpcId"],
            **self._described_rules(found),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        for side in _SIDES:
            if change.has(side):
                self._change_rules(aws, id_, side, change.old.get(side) or [], change.new.get(side) or [])
        if change.has("subnetIds"):
            come, gone = difference(change.old.get("subnetIds"), change.new.get("subnetIds"))
            _give_back(aws, change.old["vpcId"], gone)
            for subnet in come:
                _associate(aws, id_, subnet)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        found = _find_acl(aws, id_)
        if found is None:
            return
        subnets = [each["SubnetId"] for each in found["Associations"]]
        _give_back(aws, found["VpcId"], subnets)
        once_free(id_, aws.ec2.delete_network_acl, lambda: subnets, timeout=PATIENCE, NetworkAclId=id_)


class NetworkAclRule(ResourceType):
    """One rule of a network ACL, in its place: a number, on one side.

    The id is made from the ACL, the number, the side and the protocol, as in the real provider, but always with the
    protocol's number.

    Source: terraform-provider-aws/internal/service/ec2/vpc_network_acl_rule.go (07e0d0b940f5, 2025), read on
    2026-11-30.
    """

    type_ = "aws:ec2/networkAclRule:NetworkAclRule"
    inputs = {
        "cidrBlock": Text(force_new=True),
        "egress": Flag(default=False, force_new=True),
        "fromPort": Whole(force_new=True),
        "icmpCode": Whole(force_new=True),
        "icmpType": Whole(force_new=True),
        "ipv6CidrBlock": Text(force_new=True),
        "networkAclId": Text(required=True, force_new=True),
        "protocol": _Protocol(required=True, force_new=True, canonical=_number),
        "ruleAction": Text(required=True, force_new=True, one_of=("allow", "deny")),
        "ruleNumber": Whole(required=True, force_new=True, at_least=1, at_most=_LAST_RULE),
        "toPort": Whole(force_new=True),
    }
    exactly_one = (("cidrBlock", "ipv6CidrBlock"),)

    def create(self, aws: Session, props: Properties) -> str:
        if self.find(aws, "", props) is not None:
            number, acl = props["ruleNumber"], props["networkAclId"]
            raise ProviderError(f"{acl} has a rule {number} (egress: {str(props['egress']).lower()}) already")
        entry = _entry(props, props["ruleNumber"], props["ruleAction"], egress=props["egress"])
        aws.ec2.create_network_acl_entry(NetworkAclId=props["networkAclId"], **entry)
        return self.locate(aws, props)

    def locate(self, aws: Session, props: Properties) -> str:
        egress = str(props["egress"]).lower()
        place = f"{props['networkAclId']}-{props['ruleNumber']}-{egress}-{props['protocol']}-"
        return f"nacl-{zlib.crc32(place.encode())}"

    def _place(self, id_: str, state: Properties) -> tuple[str, int, Value]:
        """ACL, number and side: known, or from an import's id, `<ACL>:<number>:<protocol>:<egress>`."""
        if state.get("networkAclId"):
            return state["networkAclId"], state["ruleNumber"], bool(state.get("egress"))
        parts = id_.split(":")
        if len(parts) != 4 or not parts[1].isdigit() or parts[3] not in ("true", "false"):  # noqa: PLR2004 - see the error
            raise ProviderError(f"{id_!r} is not a rule's import id; accepted: <ACL>:<number>:<protocol>:<true|false>")
        return parts[0], int(parts[1]), parts[3] == "true"

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        acl, number, egress = self._place(id_, state)
        entries = (_find_acl(aws, acl) or {}).get("Entries", ())
        here = (each for each in entries if (each["RuleNumber"], each["Egress"]) == (number, egress))
        return next(({**each, "acl": acl} for each in here), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = {
            **_told(found),
            "egress": found["Egress"],
            "networkAclId": found["acl"],
            "ruleAction": found["RuleAction"],
            "ruleNumber": found["RuleNumber"],
        }
        for having, names in ((_PORTED, ("fromPort", "toPort")), (_ICMP, ("icmpCode", "icmpType"))):
            if found["Protocol"] not in having:  # EC2 keeps none: the real provider leaves the state as it is
                told |= {name: state.get(name) for name in names}
        return {"id": self.locate(aws, told), **told}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        acl, number, egress = self._place(id_, state)
        if self.find(aws, id_, state) is not None:
            aws.ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=number, Egress=egress)


class NetworkAclAssociation(ResourceType):
    """The ACL of a subnet, in place of its VPC's.

    Source: terraform-provider-aws/internal/service/ec2/vpc_network_acl_association.go (044fb3171c30, 2023), read on
    2026-11-30.
    """

    type_ = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
    inputs = {
        "networkAclId": Text(required=True, force_new=True),
        "subnetId": Text(required=True, force_new=True),
    }

    def create(self, aws: Session, props: Properties) -> str:
        return _associate(aws, props["networkAclId"], props["subnetId"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        present = _association_of(aws, props["subnetId"])
        return str(present["NetworkAclAssociationId"]) if present else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = _associations(aws, "association.association-id", id_)
        return next((each for each in found if each["NetworkAclAssociationId"] == id_), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"networkAclId": found["NetworkAclId"], "subnetId": found["SubnetId"]}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        acl = self.find(aws, id_, state) and _find_acl(aws, state["networkAclId"])
        if acl:
            aws.ec2.replace_network_acl_association(AssociationId=id_, NetworkAclId=_default_acl(aws, acl["VpcId"]))


TYPES = (NetworkAcl, NetworkAclRule, NetworkAclAssociation)
