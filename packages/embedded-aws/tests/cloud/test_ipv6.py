"""IPv6 in a VPC: which blocks subnets may have, who gets an address, and what keeps a block where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

Ec2 = Any


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=5) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def ec2(cloud: Cloud) -> Ec2:
    return cloud.client("ec2")


@pytest.fixture
def vpc(ec2: Ec2) -> dict[str, Any]:
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    return dict(ec2.describe_vpcs(VpcIds=[made])["Vpcs"][0])


def block(vpc: dict[str, Any], ending: str) -> str:
    """A part of the VPC's block, such as `1::/64`."""
    whole = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    return str(whole.removesuffix("00::/56")) + ending


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def subnet(ec2: Ec2, vpc: dict[str, Any], cidr: str, ipv6: str = "") -> dict[str, Any]:
    more = {"Ipv6CidrBlock": ipv6} if ipv6 else {}
    return dict(ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock=cidr, **more)["Subnet"])


def test_a_subnets_block_is_within_the_vpcs_and_nobody_elses(ec2: Ec2, vpc: dict[str, Any]) -> None:
    made = subnet(ec2, vpc, "10.0.0.0/24", block(vpc, "01::/64"))
    bare = subnet(ec2, vpc, "10.0.1.0/24")

    (association,) = made["Ipv6CidrBlockAssociationSet"]
    assert association["Ipv6CidrBlockState"] == {"State": "associated"}
    ask = {"SubnetId": bare["SubnetId"]}
    assert refusal(ec2.associate_subnet_cidr_block, **ask, Ipv6CidrBlock="2001:db8::/64") == "InvalidSubnet.Range"
    odd = block(vpc, "02::/65")
    assert refusal(ec2.associate_subnet_cidr_block, **ask, Ipv6CidrBlock=odd) == "InvalidSubnet.Range"
    same = block(vpc, "01::/64")
    assert refusal(ec2.associate_subnet_cidr_block, **ask, Ipv6CidrBlock=same) == "InvalidSubnet.Conflict"
    assert refusal(subnet, ec2=ec2, vpc=vpc, cidr="10.0.2.0/24", ipv6=same) == "InvalidSubnet.Conflict"
    handing_out = {"AssignIpv6AddressOnCreation": {"Value": True}}
    assert refusal(ec2.modify_subnet_attribute, **ask, **handing_out) == "InvalidParameterValue"


def test_instances_get_an_address_where_the_subnet_hands_some_out_and_it_keeps_the_block(
    ec2: Ec2, vpc: dict[str, Any]
) -> None:
    made = subnet(ec2, vpc, "10.0.0.0/24", block(vpc, "01::/64"))
    where = {"SubnetId": made["SubnetId"]}
    (association,) = made["Ipv6CidrBlockAssociationSet"]
    take = {"AssociationId": association["AssociationId"]}
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]

    def launch() -> tuple[str, list[str]]:
        asked = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
        (instance,) = ec2.run_instances(**asked, **where)["Instances"]
        (interface,) = instance["NetworkInterfaces"]
        return str(instance["InstanceId"]), [each["Ipv6Address"] for each in interface["Ipv6Addresses"]]

    assert launch()[1] == []
    ec2.modify_subnet_attribute(**where, AssignIpv6AddressOnCreation={"Value": True})
    (one, first), (other, second) = launch(), launch()
    assert len({*first, *second}) == 2
    assert all(each.startswith(block(vpc, "01::")) for each in (*first, *second))
    assert refusal(ec2.disassociate_subnet_cidr_block, **take) == "InvalidCidrBlock.InUse"
    ec2.modify_subnet_attribute(**where, AssignIpv6AddressOnCreation={"Value": False})
    assert refusal(ec2.disassociate_subnet_cidr_block, **take) == "InvalidCidrBlock.InUse"  # by the instances
    of_vpc = {"AssociationId": vpc["Ipv6CidrBlockAssociationSet"][0]["AssociationId"]}
    assert refusal(ec2.disassociate_vpc_cidr_block, **of_vpc) == "InvalidCidrBlock.InUse"
    ec2.terminate_instances(InstanceIds=[one, other])
    ec2.disassociate_subnet_cidr_block(**take)
    ec2.disassociate_vpc_cidr_block(**of_vpc)


def test_an_endpoint_has_both_kinds_of_addresses_if_its_service_and_its_subnets_have(
    ec2: Ec2, vpc: dict[str, Any]
) -> None:
    ec2.modify_vpc_attribute(VpcId=vpc["VpcId"], EnableDnsHostnames={"Value": True})
    dual = subnet(ec2, vpc, "10.0.0.0/24", block(vpc, "01::/64"))["SubnetId"]
    bare = subnet(ec2, vpc, "10.0.1.0/24")["SubnetId"]
    kms, ssm = (f"com.amazonaws.us-east-1.{service}" for service in ("kms", "ssm"))

    def asked(service: str, where: str, kind: str = "dualstack") -> dict[str, Any]:
        own = {"VpcId": vpc["VpcId"], "ServiceName": service, "VpcEndpointType": "Interface"}
        return {**own, "SubnetIds": [where], "IpAddressType": kind}

    def addresses(endpoint: str) -> list[str]:
        (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
        (interface,) = ec2.describe_network_interfaces(NetworkInterfaceIds=found["NetworkInterfaceIds"])[
            "NetworkInterfaces"
        ]
        return [found["IpAddressType"], *(each["Ipv6Address"] for each in interface["Ipv6Addresses"])]

    assert refusal(ec2.create_vpc_endpoint, **asked(ssm, dual)) == "InvalidParameter"
    assert refusal(ec2.create_vpc_endpoint, **asked(kms, bare)) == "InvalidParameter"
    made = ec2.create_vpc_endpoint(**asked(kms, dual))["VpcEndpoint"]["VpcEndpointId"]
    kind, address = addresses(made)
    assert (kind, address.startswith(block(vpc, "01::"))) == ("dualstack", True)
    ec2.modify_vpc_endpoint(VpcEndpointId=made, IpAddressType="ipv4")
    assert addresses(made) == ["ipv4"]
    plain = ec2.create_vpc_endpoint(**asked(ssm, bare, "ipv4"))["VpcEndpoint"]["VpcEndpointId"]
    assert refusal(ec2.modify_vpc_endpoint, VpcEndpointId=plain, IpAddressType="dualstack") == "InvalidParameter"
