"""What a VPC stack needs of EC2, through the whole cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

Ec2 = Any


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=3) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def ec2(cloud: Cloud) -> Ec2:
    return cloud.client("ec2")


@pytest.fixture
def vpc(ec2: Ec2) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def subnet(ec2: Ec2, vpc: str) -> str:
    created = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20", AvailabilityZone="us-east-1a")
    return str(created["Subnet"]["SubnetId"])


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def names(answer: dict[str, Any]) -> list[str]:
    return [zone["ZoneName"] for zone in answer["AvailabilityZones"]]


def test_a_program_that_forgets_the_opt_in_filter_gets_a_local_zone(ec2: Ec2) -> None:
    unfiltered = names(ec2.describe_availability_zones(Filters=[{"Name": "state", "Values": ["available"]}]))

    assert min(unfiltered) == "us-east-1-bos-1a"


def test_the_opt_in_filter_leaves_availability_zones_only(ec2: Ec2) -> None:
    filtered = ec2.describe_availability_zones(
        Filters=[{"Name": "opt-in-status", "Values": ["opt-in-not-required"]}], AllAvailabilityZones=True
    )

    assert names(filtered) == [f"us-east-1{letter}" for letter in "abcdef"]


def test_zones_that_the_account_did_not_opt_in_to_are_told_only_on_request(ec2: Ec2) -> None:
    everything = ec2.describe_availability_zones(AllAvailabilityZones=True)["AvailabilityZones"]

    statuses = {(zone["ZoneType"], zone["OptInStatus"]) for zone in everything}
    assert statuses == {
        ("availability-zone", "opt-in-not-required"),
        ("local-zone", "opted-in"),
        ("local-zone", "not-opted-in"),
        ("wavelength-zone", "not-opted-in"),
    }
    assert "us-east-1-nyc-1a" not in names(ec2.describe_availability_zones())


def test_zones_are_named_as_aws_names_them(cloud: Cloud) -> None:
    west = cloud.client("ec2", "us-west-2").describe_availability_zones(AllAvailabilityZones=True)["AvailabilityZones"]

    told = {zone["ZoneName"]: (zone["ZoneId"], zone["GroupName"], zone["NetworkBorderGroup"]) for zone in west}
    assert told["us-west-2-lax-1b"] == ("usw2-lax1-az2", "us-west-2-lax-1", "us-west-2-lax-1")
    assert told["us-west-2-wl1-sea-wlz-1"] == ("usw2-wl1-sea-wlz1", "us-west-2-wl1", "us-west-2-wl1-sea-wlz-1")
    assert told["us-west-2a"][1:] == ("us-west-2-zg-1", "us-west-2")


def test_opting_in_to_a_zone_group_makes_its_zones_visible(ec2: Ec2) -> None:
    assert refusal(ec2.describe_availability_zones, ZoneNames=["us-east-1-phl-1a"]) == "InvalidParameterValue"

    ec2.modify_availability_zone_group(GroupName="us-east-1-phl-1", OptInStatus="opted-in")

    assert names(ec2.describe_availability_zones(ZoneNames=["us-east-1-phl-1a"])) == ["us-east-1-phl-1a"]


@pytest.mark.parametrize(
    ("group", "status"),
    [("us-east-1-zg-1", "opted-in"), ("nowhere-1", "opted-in"), ("us-east-1-bos-1", "not-opted-in")],
)
def test_a_zone_group_that_is_none_or_opting_out_is_refused(ec2: Ec2, group: str, status: str) -> None:
    assert refusal(ec2.modify_availability_zone_group, GroupName=group, OptInStatus=status) == "InvalidParameterValue"


def test_a_region_that_does_not_exist_is_refused(cloud: Cloud) -> None:
    assert refusal(cloud.client("ec2", "us-east-9").describe_availability_zones) == "AuthFailure"


def test_a_dry_run_does_nothing_and_says_that_it_would_have(ec2: Ec2) -> None:
    before = len(ec2.describe_vpcs()["Vpcs"])

    assert refusal(ec2.create_vpc, CidrBlock="10.9.0.0/16", DryRun=True) == "DryRunOperation"
    assert refusal(ec2.describe_availability_zones, DryRun=True) == "DryRunOperation"
    assert len(ec2.describe_vpcs()["Vpcs"]) == before


def test_offerings_tell_which_zones_lack_a_type(ec2: Ec2) -> None:
    offerings = ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["t3.micro"]}]
    )["InstanceTypeOfferings"]

    assert [each["Location"] for each in offerings] == [f"us-east-1{letter}" for letter in "abcdf"]
    assert {(each["InstanceType"], each["LocationType"]) for each in offerings} == {("t3.micro", "availability-zone")}


def test_offerings_of_an_unknown_type_are_none_and_wildcards_work(ec2: Ec2) -> None:
    def offered(pattern: str) -> set[str]:
        answer = ec2.describe_instance_type_offerings(Filters=[{"Name": "instance-type", "Values": [pattern]}])
        return {each["InstanceType"] for each in answer["InstanceTypeOfferings"]}

    assert offered("t9.micro") == set()
    assert {"t4g.nano", "t4g.micro"} <= offered("t4g.*")


def test_offerings_come_in_pages(ec2: Ec2) -> None:
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(PaginationConfig={"PageSize": 200})

    sizes = [len(page["InstanceTypeOfferings"]) for page in pages]
    assert set(sizes[:-1]) == {200}
    assert sum(sizes) > 500


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1", "mx-central-1"])
def test_regions_of_which_moto_has_no_list_offer_the_common_types_in_every_zone(cloud: Cloud, region: str) -> None:
    client = cloud.client("ec2", region)
    zones = names(client.describe_availability_zones(Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]))

    offerings = client.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["t3.micro"]}]
    )["InstanceTypeOfferings"]

    assert [each["Location"] for each in offerings] == zones


def test_a_new_default_security_group_is_open_to_itself_and_can_be_closed(ec2: Ec2, vpc: str) -> None:
    mine = [{"Name": "vpc-id", "Values": [vpc]}]
    group = ec2.describe_security_groups(Filters=mine)["SecurityGroups"][0]

    assert [pair["GroupId"] for pair in group["IpPermissions"][0]["UserIdGroupPairs"]] == [group["GroupId"]]
    assert (
        len(
            ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group["GroupId"]]}])[
                "SecurityGroupRules"
            ]
        )
        == 2
    )
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    closed = ec2.describe_security_groups(Filters=mine)["SecurityGroups"][0]
    assert (closed["IpPermissions"], closed["IpPermissionsEgress"]) == ([], [])
    assert refusal(ec2.delete_security_group, GroupId=group["GroupId"]) == "CannotDelete"


def test_a_security_group_that_another_names_cannot_be_deleted(ec2: Ec2, vpc: str) -> None:
    one, other = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "other")
    )
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": one}]}
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[permission])

    assert refusal(ec2.delete_security_group, GroupId=one) == "DependencyViolation"
    ec2.delete_security_group(GroupId=other)
    ec2.delete_security_group(GroupId=one)


def test_what_an_instance_uses_can_be_deleted_only_after_it(ec2: Ec2, vpc: str, subnet: str) -> None:
    group = ec2.create_security_group(GroupName="used", Description="used", VpcId=vpc)["GroupId"]
    run = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    instance = ec2.run_instances(**run, SubnetId=subnet, SecurityGroupIds=[group])["Instances"][0]["InstanceId"]

    assert refusal(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    assert refusal(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


def test_a_nat_gateway_holds_its_address_and_subnet_until_it_is_deleted(ec2: Ec2, vpc: str, subnet: str) -> None:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    identity = gateway["NatGatewayId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=identity)

    assert (gateway["ConnectivityType"], gateway["State"]) == ("public", "available")
    assert refusal(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"
    assert refusal(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    assert refusal(ec2.create_nat_gateway, SubnetId=subnet, AllocationId=address) == "Resource.AlreadyAssociated"
    ec2.delete_nat_gateway(NatGatewayId=identity)
    assert refusal(ec2.delete_nat_gateway, NatGatewayId=identity) == "NatGatewayNotFound"
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=subnet)


def test_a_nat_gateway_that_does_not_exist_is_refused_everywhere(ec2: Ec2, vpc: str, subnet: str) -> None:
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-00000000000000001"}

    assert refusal(ec2.create_route, **route) == "InvalidNatGatewayID.NotFound"
    assert refusal(ec2.describe_nat_gateways, NatGatewayIds=["nat-00000000000000001"]) == "NatGatewayNotFound"
    assert refusal(ec2.create_nat_gateway, SubnetId=subnet) == "MissingParameter"


def test_endpoint_services_tell_which_kinds_of_endpoint_they_have(ec2: Ec2) -> None:
    wanted = [f"com.amazonaws.us-east-1.{name}" for name in ("s3", "ssm")]

    answer = ec2.describe_vpc_endpoint_services(ServiceNames=wanted)

    kinds = [(each["ServiceName"], each["ServiceType"][0]["ServiceType"]) for each in answer["ServiceDetails"]]
    assert kinds == [(wanted[0], "Gateway"), (wanted[0], "Interface"), (wanted[1], "Interface")]
    assert answer["ServiceNames"] == wanted
    assert (
        refusal(ec2.describe_vpc_endpoint_services, ServiceNames=["com.amazonaws.us-east-1.no"]) == "InvalidServiceName"
    )


def test_an_interface_endpoint_needs_the_vpcs_names(ec2: Ec2, vpc: str, subnet: str) -> None:
    endpoint = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.ssm", "VpcEndpointType": "Interface"}

    assert refusal(ec2.create_vpc_endpoint, **endpoint, SubnetIds=[subnet]) == "InvalidParameter"
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    created = ec2.create_vpc_endpoint(**endpoint, SubnetIds=[subnet])["VpcEndpoint"]

    assert (created["State"], created["SubnetIds"]) == ("available", [subnet])
    assert refusal(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[created["VpcEndpointId"]])
    ec2.delete_subnet(SubnetId=subnet)


@pytest.mark.parametrize(
    ("service", "kind", "code"),
    [
        ("no", "Gateway", "InvalidServiceName"),
        ("ssm", "Gateway", "InvalidParameter"),
        ("ssm", None, "InvalidParameter"),
    ],
)
def test_an_endpoint_that_no_service_offers_is_refused(
    ec2: Ec2, vpc: str, service: str, kind: str | None, code: str
) -> None:
    params = {"VpcId": vpc, "ServiceName": f"com.amazonaws.us-east-1.{service}"}

    assert refusal(ec2.create_vpc_endpoint, **params, **({"VpcEndpointType": kind} if kind else {})) == code


@pytest.mark.parametrize("group", ["", "sg-0123456789abcdef0"])
def test_an_endpoint_has_security_groups_that_exist(ec2: Ec2, vpc: str, group: str) -> None:
    params = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.ssm", "VpcEndpointType": "Interface"}

    assert refusal(ec2.create_vpc_endpoint, **params, SecurityGroupIds=[group]) == "InvalidGroup.NotFound"


def test_a_launch_template_keeps_what_it_was_given_and_nothing_else(ec2: Ec2) -> None:
    data = {
        "ImageId": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
        "InstanceType": "t4g.micro",
        "UserData": "IyEvYmluL2Jhc2g=",
        "EbsOptimized": True,
        "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/p"},
        "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeType": "gp3", "Throughput": 125}}
        ],
        "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": ["sg-1"]}],
        "Monitoring": {"Enabled": True},
        "MaintenanceOptions": {"AutoRecovery": "disabled"},
        "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "Project", "Value": "tap"}]}],
    }
    own = [{"ResourceType": "launch-template", "Tags": [{"Key": "Name", "Value": "tap"}]}]

    created = ec2.create_launch_template(LaunchTemplateName="kept", LaunchTemplateData=data, TagSpecifications=own)
    identity = created["LaunchTemplate"]["LaunchTemplateId"]

    versions = ec2.describe_launch_template_versions(LaunchTemplateId=identity, Versions=["$Latest"])
    assert versions["LaunchTemplateVersions"][0]["LaunchTemplateData"] == data
    assert created["LaunchTemplate"]["Tags"] == own[0]["Tags"]


def test_a_launch_template_shows_the_tags_that_it_has_by_now(ec2: Ec2) -> None:
    own = [{"ResourceType": "launch-template", "Tags": [{"Key": "Name", "Value": "before"}]}]
    made = ec2.create_launch_template(
        LaunchTemplateName="tagged", LaunchTemplateData={"ImageId": "ami-12345678"}, TagSpecifications=own
    )["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_tags(Resources=[made], Tags=[{"Key": "Name", "Value": "after"}])

    (told,) = ec2.describe_launch_templates(LaunchTemplateIds=[made])["LaunchTemplates"]
    assert told["Tags"] == [{"Key": "Name", "Value": "after"}]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a b c", {"ImageId": "ami-12345678"}, "InvalidLaunchTemplateName.MalformedException"),
        ("empty", {}, "MissingParameter"),
        ("hops", {"MetadataOptions": {"HttpPutResponseHopLimit": 65}}, "InvalidParameterValue"),
        ("script", {"UserData": "#!/bin/sh"}, "InvalidUserData.Malformed"),
    ],
)
def test_a_launch_template_that_ec2_would_refuse_is_refused(ec2: Ec2, name: str, data: Any, code: str) -> None:
    assert refusal(ec2.create_launch_template, LaunchTemplateName=name, LaunchTemplateData=data) == code


def test_a_new_version_that_ec2_would_refuse_is_refused(ec2: Ec2) -> None:
    ec2.create_launch_template(LaunchTemplateName="sound", LaunchTemplateData={"InstanceType": "t3.micro"})
    worse = {"MetadataOptions": {"HttpTokens": "maybe"}}

    code = refusal(ec2.create_launch_template_version, LaunchTemplateName="sound", LaunchTemplateData=worse)
    assert code == "InvalidParameterValue"


def test_a_new_version_starts_from_its_source(ec2: Ec2) -> None:
    first = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", "UserData": "IyEv"}
    made = ec2.create_launch_template(LaunchTemplateName="versions", LaunchTemplateData=first)["LaunchTemplate"]
    identity = made["LaunchTemplateId"]
    change = {"InstanceType": "t3.small"}
    ec2.create_launch_template_version(LaunchTemplateId=identity, SourceVersion="1", LaunchTemplateData=change)
    ec2.create_launch_template_version(LaunchTemplateId=identity, LaunchTemplateData=change)

    versions = ec2.describe_launch_template_versions(LaunchTemplateId=identity, Versions=["2", "3"])

    data = {each["VersionNumber"]: each["LaunchTemplateData"] for each in versions["LaunchTemplateVersions"]}
    assert data == {2: first | change, 3: change}


def test_a_creation_is_answered_again_when_it_is_asked_for_with_its_token(ec2: Ec2, vpc: str) -> None:
    first = ec2.create_route_table(VpcId=vpc, ClientToken="once")["RouteTable"]["RouteTableId"]

    again = ec2.create_route_table(VpcId=vpc, ClientToken="once")["RouteTable"]["RouteTableId"]
    other = ec2.create_route_table(VpcId=vpc, ClientToken="twice")["RouteTable"]["RouteTableId"]
    assert again == first != other
    tags = [{"ResourceType": "route-table", "Tags": [{"Key": "a", "Value": "b"}]}]
    code = refusal(ec2.create_route_table, VpcId=vpc, ClientToken="once", TagSpecifications=tags)
    assert code == "IdempotentParameterMismatch"


def test_a_creation_that_was_refused_may_be_tried_again_with_its_token(ec2: Ec2) -> None:
    asked = {"LaunchTemplateName": "taken", "LaunchTemplateData": {"InstanceType": "t3.micro"}}
    taken = ec2.create_launch_template(**asked)["LaunchTemplate"]["LaunchTemplateId"]
    assert refusal(ec2.create_launch_template, **asked, ClientToken="again").startswith("InvalidLaunchTemplateName")

    ec2.delete_launch_template(LaunchTemplateId=taken)
    assert ec2.create_launch_template(**asked, ClientToken="again")["LaunchTemplate"]["LaunchTemplateId"] != taken


def test_a_launch_template_that_does_not_exist_is_refused(ec2: Ec2) -> None:
    missing = {"LaunchTemplateIds": ["lt-00000000000000000"]}

    assert refusal(ec2.describe_launch_templates, **missing) == "InvalidLaunchTemplateId.NotFound"


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_the_image_of_the_public_parameter_exists(cloud: Cloud, ec2: Ec2, architecture: str) -> None:
    name = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
    image = cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]

    told = ec2.describe_images(ImageIds=[image])["Images"][0]

    assert (told["Architecture"], told["RootDeviceName"], told["ImageOwnerAlias"]) == (
        architecture,
        "/dev/xvda",
        "amazon",
    )


def test_an_instance_type_that_does_not_exist_is_refused(ec2: Ec2) -> None:
    run = {"ImageId": "ami-12345678", "InstanceType": "t9.micro", "MinCount": 1, "MaxCount": 1}

    assert refusal(ec2.run_instances, **run) == "InvalidParameterValue"


@pytest.fixture
def named(ec2: Ec2, vpc: str) -> str:
    """A VPC in which names of endpoints can be resolved."""
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    return vpc


def a_subnet(ec2: Ec2, vpc: str, cidr: str, zone: str) -> str:
    created = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)
    return str(created["Subnet"]["SubnetId"])


def an_interface_endpoint(ec2: Ec2, vpc: str, *subnets: str, **more: Any) -> dict[str, Any]:
    params = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.ssm", "VpcEndpointType": "Interface"}
    endpoint: dict[str, Any] = ec2.create_vpc_endpoint(**params, SubnetIds=list(subnets), **more)["VpcEndpoint"]
    return endpoint


def test_an_interface_endpoint_has_an_address_and_its_groups_in_each_subnet(ec2: Ec2, named: str) -> None:
    subnets = [a_subnet(ec2, named, "10.0.0.0/24", "us-east-1a"), a_subnet(ec2, named, "10.0.1.0/24", "us-east-1b")]
    group = ec2.create_security_group(GroupName="to", Description="to", VpcId=named)["GroupId"]

    endpoint = an_interface_endpoint(ec2, named, *subnets, SecurityGroupIds=[group])

    found = ec2.describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert {each["SubnetId"]: each["PrivateIpAddress"].rpartition(".")[0] for each in found} == dict(
        zip(subnets, ("10.0.0", "10.0.1"), strict=True)
    )
    assert [[each["GroupId"] for each in interface["Groups"]] for interface in found] == [[group], [group]]
    assert {each["InterfaceType"] for each in found} == {"vpc_endpoint"}
    assert endpoint["DnsEntries"][-1]["DnsName"] == "ssm.us-east-1.amazonaws.com"
    assert refusal(ec2.delete_security_group, GroupId=group) == "DependencyViolation"


def test_a_changed_interface_endpoint_is_where_it_is_said_to_be(ec2: Ec2, named: str) -> None:
    first, second = (
        a_subnet(ec2, named, f"10.0.{number}.0/24", f"us-east-1{zone}") for number, zone in enumerate("ab")
    )
    endpoint = an_interface_endpoint(ec2, named, first, PrivateDnsEnabled=False)["VpcEndpointId"]

    change = {"AddSubnetIds": [second], "RemoveSubnetIds": [first], "PrivateDnsEnabled": True}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, **change)

    (told,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=told["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert [each["SubnetId"] for each in found] == [second]
    assert "ssm.us-east-1.amazonaws.com" in [each["DnsName"] for each in told["DnsEntries"]]
    ec2.delete_subnet(SubnetId=first)


def test_two_endpoints_cannot_have_the_same_private_name_or_two_subnets_of_a_zone(ec2: Ec2, named: str) -> None:
    first, second = (a_subnet(ec2, named, f"10.0.{number}.0/24", "us-east-1a") for number in (0, 1))

    both = {"VpcId": named, "ServiceName": "com.amazonaws.us-east-1.ssm", "VpcEndpointType": "Interface"}
    assert refusal(ec2.create_vpc_endpoint, **both, SubnetIds=[first, second]) == "DuplicateSubnetsInSameZone"
    an_interface_endpoint(ec2, named, first)
    assert refusal(ec2.create_vpc_endpoint, **both, SubnetIds=[second]) == "InvalidParameter"
    an_interface_endpoint(ec2, named, second, PrivateDnsEnabled=False)


def test_a_gateway_endpoint_is_a_route_in_its_tables_and_in_no_other(ec2: Ec2, vpc: str) -> None:
    first, second = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    gateway = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3", "VpcEndpointType": "Gateway"}
    endpoint = ec2.create_vpc_endpoint(**gateway, RouteTableIds=[first])["VpcEndpoint"]["VpcEndpointId"]

    def routed() -> set[str]:
        mine = [{"Name": "vpc-id", "Values": [vpc]}]
        tables = ec2.describe_route_tables(Filters=mine)["RouteTables"]
        return {
            table["RouteTableId"]
            for table in tables
            if any(route.get("GatewayId") == endpoint for route in table["Routes"])
        }

    assert routed() == {first}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[second], RemoveRouteTableIds=[first])
    assert routed() == {second}
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert routed() == set()


def test_the_id_of_a_nat_gateway_is_also_taken_as_that_of_a_gateway(ec2: Ec2, vpc: str) -> None:
    """As hashicorp/terraform#8035 and hashicorp/terraform-provider-aws#19373 report."""
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.200.0/24")["Subnet"]["SubnetId"]
    private = {"SubnetId": subnet, "ConnectivityType": "private"}
    first, second = (ec2.create_nat_gateway(**private)["NatGateway"]["NatGatewayId"] for _ in range(2))
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    outside = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}

    def leads_to() -> list[tuple[str | None, str | None]]:
        (told,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        outward = [each for each in told["Routes"] if each["DestinationCidrBlock"] == "0.0.0.0/0"]
        return [(each.get("NatGatewayId"), each.get("GatewayId")) for each in outward]

    ec2.create_route(**outside, GatewayId=first)
    assert leads_to() == [(first, None)]
    ec2.replace_route(**outside, GatewayId=second)
    assert leads_to() == [(second, None)]
    with pytest.raises(ClientError, match="was not found"):
        ec2.replace_route(**outside, GatewayId="nat-0123456789abcdef0")


@pytest.mark.parametrize(("region", "partition"), [("cn-northwest-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov")])
def test_regions_of_other_partitions_publish_images_that_exist(cloud: Cloud, region: str, partition: str) -> None:
    ec2, ssm = cloud.client("ec2", region), cloud.client("ssm", region)
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"

    image = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20")["Subnet"]

    assert ec2.describe_images(ImageIds=[image])["Images"][0]["Architecture"] == "arm64"
    assert image != cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    assert subnet["SubnetArn"].split(":")[1] == partition


def test_names_of_chinas_endpoint_services_differ_from_service_to_service(cloud: Cloud) -> None:
    details = cloud.client("ec2", "cn-north-1").describe_vpc_endpoint_services()["ServiceDetails"]
    kinds = {(each["ServiceName"], each["ServiceType"][0]["ServiceType"]) for each in details}

    assert {
        ("com.amazonaws.cn-north-1.ssm", "Interface"),
        ("cn.com.amazonaws.cn-north-1.monitoring", "Interface"),
        ("com.amazonaws.cn-north-1.s3", "Gateway"),
        ("cn.com.amazonaws.cn-north-1.s3", "Interface"),
    } <= kinds


def test_the_default_vpc_has_its_way_to_the_internet(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    within = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}]

    (gateway,) = ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]
    (table,) = ec2.describe_route_tables(Filters=within)["RouteTables"]
    subnets = ec2.describe_subnets(Filters=within)["Subnets"]

    assert gateway["Attachments"] == [{"State": "available", "VpcId": vpc["VpcId"]}]
    routes = {each["DestinationCidrBlock"]: each.get("GatewayId") for each in table["Routes"]}
    assert routes == {"172.31.0.0/16": "local", "0.0.0.0/0": gateway["InternetGatewayId"]}
    assert [each["Main"] for each in table["Associations"]] == [True]
    assert {each["AvailabilityZone"] for each in subnets} == {f"us-east-1{letter}" for letter in "abcdef"}
    assert all(each["MapPublicIpOnLaunch"] and each["DefaultForAz"] for each in subnets)


def test_a_default_vpc_that_is_made_anew_has_one_too(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2", region="eu-central-1")
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc["VpcId"])
    ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    for each in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=each["SubnetId"])
    ec2.delete_vpc(VpcId=vpc["VpcId"])

    made = ec2.create_default_vpc()["Vpc"]["VpcId"]

    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    assert gateway["Attachments"][0]["VpcId"] == made
