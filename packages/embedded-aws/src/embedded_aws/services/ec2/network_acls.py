"""Network ACLs: what EC2 demands of their rules, and what it adds and leaves out.

moto gives a new ACL no rules (AWS one that denies all, which nobody can take away), keeps ports for every protocol and
no ICMP types for any, takes any number and any blocks, and breaks where a rule or an association does not exist.

Source: VPC user guide, "Network ACL rules" and "Default network ACL"; EC2 API reference, CreateNetworkAclEntry
(PortRange and Icmp are required with the protocols that have them), DeleteNetworkAcl ("You can't delete the ACL if
it's associated with any subnets. You can't delete the default network ACL"), ReplaceNetworkAclAssociation, "Error
codes".
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.ec2 import store

LAST_RULE = 32766
_DENY_ALL = 32767
_ANYWHERE = "0.0.0.0/0"
_TCP, _UDP, _ALL = "6", "17", "-1"
_ICMP = ("1", "58")
_EPHEMERAL = (1024, 65535)
"""The first and the last port to which an answer may go (Elastic Load Balancing user guide, "Network ACLs")."""


def routes() -> Routes:
    """The calls that are looked at here and then left to moto."""
    return {
        ("ec2", "CreateNetworkAcl"): _create,
        ("ec2", "CreateNetworkAclEntry"): _set_entry,
        ("ec2", "ReplaceNetworkAclEntry"): _replace_entry,
        ("ec2", "DeleteNetworkAclEntry"): _delete_entry,
        ("ec2", "DeleteNetworkAcl"): _delete,
        ("ec2", "DescribeNetworkAcls"): _describe,
        ("ec2", "ReplaceNetworkAclAssociation"): _associate,
    }


def _create(call: Call) -> dict[str, Any]:
    """Give it the rule that denies what no other rule lets through."""
    answer = call.forward()
    acl, ec2 = answer["NetworkAcl"], store.backend(call.region)
    for egress in (True, False):
        ec2.create_network_acl_entry(
            **dict.fromkeys(("icmp_code", "icmp_type", "ipv6_cidr_block", "port_range_from", "port_range_to")),
            cidr_block=_ANYWHERE,
            egress=egress,
            network_acl_id=acl["NetworkAclId"],
            protocol=_ALL,
            rule_action="deny",
            rule_number=_DENY_ALL,
        )
    rule = {"CidrBlock": _ANYWHERE, "Protocol": _ALL, "RuleAction": "deny", "RuleNumber": _DENY_ALL}
    return {**answer, "NetworkAcl": {**acl, "Entries": [{**rule, "Egress": egress} for egress in (True, False)]}}


def _set_entry(call: Call) -> dict[str, Any]:
    """Check a rule, and keep of it what EC2 keeps."""
    params = call.params
    number, protocol = params["RuleNumber"], params["Protocol"]
    _require_acl(call.region, params["NetworkAclId"])
    if not 1 <= number <= LAST_RULE:
        raise _invalid(f"Value ({number}) for parameter ruleNumber is invalid. Accepted: 1 to {LAST_RULE}.")
    if not protocol.lstrip("-").isdigit():
        raise _invalid(f"Value ({protocol}) for parameter protocol is invalid. Unknown protocol.")
    blocks = [name for name in ("CidrBlock", "Ipv6CidrBlock") if params.get(name)]
    if not blocks:
        raise AwsError("MissingParameter", "The request must contain the parameter cidrBlock or ipv6CidrBlock")
    if len(blocks) > 1:
        raise AwsError("InvalidParameterCombination", "Only one of cidrBlock and ipv6CidrBlock may be given")
    if protocol in (_TCP, _UDP) and not {"From", "To"} <= params.get("PortRange", {}).keys():
        raise AwsError("MissingParameter", f"The request must contain the parameter portRange with protocol {protocol}")
    if protocol in _ICMP and not {"Code", "Type"} <= params.get("IcmpTypeCode", {}).keys():
        raise AwsError("MissingParameter", f"The request must contain the parameter icmp with protocol {protocol}")
    call.forward()
    entry = _entry(call.region, params["NetworkAclId"], number, egress=params["Egress"])
    if protocol not in (_TCP, _UDP):
        entry.port_range_from = entry.port_range_to = None
    icmp = params.get("IcmpTypeCode", {}) if protocol in _ICMP else {}
    entry.icmp_code, entry.icmp_type = icmp.get("Code"), icmp.get("Type")
    return {}


def _replace_entry(call: Call) -> dict[str, Any]:
    _require_entry(call)
    return _set_entry(call)


def _delete_entry(call: Call) -> dict[str, Any]:
    _require_entry(call)
    return call.forward()


def _require_entry(call: Call) -> None:
    """Refuse a rule that does not exist, or that nobody can change."""
    params = call.params
    _require_acl(call.region, params["NetworkAclId"])
    number = params["RuleNumber"]
    found = _entry(call.region, params["NetworkAclId"], number, egress=params["Egress"])
    if found is None or number > LAST_RULE:
        raise AwsError(
            "InvalidNetworkAclEntry.NotFound", f"The network acl entry identified by {number} does not exist."
        )


def _delete(call: Call) -> dict[str, Any]:
    acl = call.params["NetworkAclId"]
    _require_acl(call.region, acl)
    if store.backend(call.region).network_acls[acl].default:
        raise _invalid(f"cannot delete default network ACL {acl}")
    return call.forward()


def _describe(call: Call) -> dict[str, Any]:
    for acl in call.params.get("NetworkAclIds", ()):
        _require_acl(call.region, acl)
    return call.forward()


def _associate(call: Call) -> dict[str, Any]:
    ec2, params = store.backend(call.region), call.params
    acl, wished = params["NetworkAclId"], params["AssociationId"]
    _require_acl(call.region, acl)
    present = next((each for each in ec2.network_acls.values() if wished in each._associations), None)  # noqa: SLF001 - moto has no reader
    if present is None:
        raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{wished}' does not exist")
    if present.vpc_id != ec2.network_acls[acl].vpc_id:
        raise _invalid(f"network acl {acl} and association {wished} belong to different networks")
    return call.forward()


def _require_acl(region: str, acl: str) -> None:
    if acl not in store.backend(region).network_acls:
        raise AwsError("InvalidNetworkAclID.NotFound", f"The network acl ID '{acl}' does not exist")


def _entry(region: str, acl: str, number: int, *, egress: bool) -> Any:
    """A rule as moto keeps it, or None."""
    entries = store.backend(region).network_acls[acl].network_acl_entries
    return next((each for each in entries if (each.rule_number, each.egress) == (number, egress)), None)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def forget_subnet(ec2: Any, subnet: str) -> None:
    """Take a subnet that is deleted out of its ACL, which moto leaves there: the ACL could not be deleted any more."""
    for acl in ec2.network_acls.values():
        kept = {key: each for key, each in acl._associations.items() if each.subnet_id != subnet}  # noqa: SLF001 - moto has no reader
        acl._associations = kept  # noqa: SLF001 - see above


def passes(ec2: Any, source: Any, target: Any, address: str, port: int) -> bool:
    """Whether requests get from a subnet to a TCP port of an address in another one, and the answers back.

    An ACL is asked where traffic leaves or enters a subnet, and not within it. It does not remember requests, so the
    answers need rules too.

    Args:
        ec2: moto's EC2 of the region.
        source: moto's subnet from anywhere in which requests come.
        target: moto's subnet of the address.
        address: An IPv4 address.
        port: A TCP port.
    """
    if source.id == target.id:
        return True
    near, far = _acl_of(ec2, source.id), _acl_of(ec2, target.id)
    here, there = ip_network(source.cidr_block), ip_network(f"{address}/32")
    asked = (
        (near, there, (port,), True),
        (far, here, (port,), False),
        (far, here, _EPHEMERAL, True),
        (near, there, _EPHEMERAL, False),
    )
    return all(_lets(acl, block, ports, egress=egress) for acl, block, ports, egress in asked)


def _acl_of(ec2: Any, subnet: str) -> Any:
    associations = ((acl, each) for acl in ec2.network_acls.values() for each in acl.associations)
    return next((acl for acl, each in associations if each.subnet_id == subnet), None)


def _lets(acl: Any, block: Any, ports: Iterable[int], *, egress: bool) -> bool:
    """Whether an ACL lets TCP traffic with a block through at each of these ports."""
    if acl is None:
        return True
    side = [each for each in acl.network_acl_entries if each.egress is egress and each.cidr_block]
    rules = sorted(side, key=lambda each: int(each.rule_number))
    return all(_first_decides(rules, block, port) for port in ports)


def _first_decides(rules: Iterable[Any], block: Any, port: int) -> bool:
    """The verdict of the first rule for a port: one that allows the whole block, or denies some of it."""
    for rule in rules:
        if rule.protocol not in (_ALL, _TCP):
            continue
        if rule.protocol == _TCP and not int(rule.port_range_from) <= port <= int(rule.port_range_to):
            continue
        peer = ip_network(rule.cidr_block, strict=False)
        if rule.rule_action == "allow" and peer.supernet_of(block):
            return True
        if rule.rule_action == "deny" and peer.overlaps(block):
            return False
    return False
