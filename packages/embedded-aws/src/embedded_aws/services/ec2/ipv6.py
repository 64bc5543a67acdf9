"""IPv6 in a VPC: blocks of subnets, addresses of interfaces, and what keeps a block from being taken away.

moto takes any block for a subnet, gives interfaces no address by the subnet's attribute, and takes blocks away from
under whatever uses them.

Source: VPC User Guide, "IPv6 subnet CIDR blocks" (between /44 and /64 in steps of four) and "Modify the IP addressing
attributes of your subnet"; EC2's words: hashicorp/terraform-provider-aws 29077 (a VPC's block with a subnet in it) and
1519 (a subnet's block that is handed out), read 2026-11-30.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Network
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.ec2 import store

FIRST_HOST = 0x10
"""AWS keeps the first four addresses of a subnet and the last one for itself."""


def routes() -> Routes:
    """The calls that this part answers."""
    return {
        ("ec2", "AssociateSubnetCidrBlock"): _associate_subnet,
        ("ec2", "DisassociateSubnetCidrBlock"): _disassociate_subnet,
        ("ec2", "DisassociateVpcCidrBlock"): _disassociate_vpc,
        ("ec2", "ModifySubnetAttribute"): _modify_subnet,
    }


def check_block(region: str, vpc: str, block: str) -> None:
    """Refuse a block that a subnet of the VPC cannot have.

    Raises:
        AwsError: it is not within the VPC's, has no length of a subnet, or is another subnet's.
    """
    ec2 = store.backend(region)
    try:
        wished = IPv6Network(block)
    except ValueError:
        raise AwsError("InvalidParameterValue", f"Value ({block}) for parameter ipv6CidrBlock is invalid.") from None
    owner = ec2.vpcs.get(vpc)
    held = owner.get_cidr_block_association_set(ipv6=True) if owner else []
    own = [IPv6Network(each["cidr_block"]) for each in held if each["cidr_block"]]
    if not any(wished.subnet_of(each) for each in own) or wished.prefixlen not in range(44, 65, 4):
        raise AwsError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    others = (each for subnet in ec2.describe_subnets() if subnet.vpc_id == vpc for each in blocks_of(subnet))
    if any(wished.overlaps(each) for each in others):
        raise AwsError("InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet")


def blocks_of(subnet: Any) -> Iterator[IPv6Network]:
    """The IPv6 blocks that a subnet has."""
    for each in subnet.ipv6_cidr_block_associations.values():
        if each["ipv6CidrBlockState"]["State"] == "associated":
            yield IPv6Network(each["ipv6CidrBlock"])


def give_address(ec2: Any, subnet: Any, interface: Any) -> None:
    """Give an interface an address if its subnet hands some out."""
    if subnet.assign_ipv6_address_on_creation:
        take_address(ec2, subnet, interface)


def take_address(ec2: Any, subnet: Any, interface: Any) -> None:
    """Give an interface an address of its subnet's block, if there is one, unless it has one."""
    block = next(blocks_of(subnet), None)
    if block is None or interface.ipv6_addresses:
        return
    taken = {address for each in ec2.enis.values() for address in each.ipv6_addresses}
    hosts = (str(block[number]) for number in range(FIRST_HOST, FIRST_HOST + len(taken) + 1))
    interface.ipv6_addresses.append(next(each for each in hosts if each not in taken))


def _associate_subnet(call: Call) -> dict[str, Any]:
    subnet = store.backend(call.region).get_subnet(call.params["SubnetId"])
    check_block(call.region, subnet.vpc_id, call.params["Ipv6CidrBlock"])
    return call.forward()


def _disassociate_subnet(call: Call) -> dict[str, Any]:
    identity, ec2 = call.params["AssociationId"], store.backend(call.region)
    for subnet in ec2.describe_subnets():
        association = subnet.ipv6_cidr_block_associations.get(identity)
        if association is None:
            continue
        begin = f"The subnet IPv6 CIDR block with association ID {identity} may not be disassociated, because "
        if subnet.assign_ipv6_address_on_creation:
            message = "its subnet has assign-ipv6-address-on-creation set to true."
            raise AwsError("InvalidCidrBlock.InUse", begin + message)
        here = (each for each in ec2.enis.values() if each.subnet.id == subnet.id)
        if any(each.ipv6_addresses for each in here if each.instance is None or each.instance.state != "terminated"):
            raise AwsError("InvalidCidrBlock.InUse", f"{begin}it has an address in use.")
    return call.forward()


def _disassociate_vpc(call: Call) -> dict[str, Any]:
    identity, ec2 = call.params["AssociationId"], store.backend(call.region)
    for vpc in ec2.vpcs.values():
        for each in vpc.get_cidr_block_association_set(ipv6=True):
            if each["association_id"] != identity or not each["cidr_block"]:
                continue
            block = IPv6Network(each["cidr_block"])
            subnets = (subnet for subnet in ec2.describe_subnets() if subnet.vpc_id == vpc.id)
            if any(own.subnet_of(block) for subnet in subnets for own in blocks_of(subnet)):
                message = f"The vpc {vpc.id} currently has a subnet within CIDR block {block}"
                raise AwsError("InvalidCidrBlock.InUse", message)
    return call.forward()


def _modify_subnet(call: Call) -> dict[str, Any]:
    asked = call.params.get("AssignIpv6AddressOnCreation", {}).get("Value")
    subnet = store.backend(call.region).get_subnet(call.params["SubnetId"])
    if asked and not any(True for _ in blocks_of(subnet)):
        message = f"Invalid value 'true' for assignIpv6AddressOnCreation. {subnet.id} has no IPv6 CIDR block"
        raise AwsError("InvalidParameterValue", message)
    return call.forward()
