"""R1, R7 and R8 as deployed: zones, addresses, routes, security groups."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import pairwise

from support.deployed.stack import REGION, Deployed, tags_of

ANYWHERE = "0.0.0.0/0"
COMMON = {"Project": "tap", "Environment": "dev", "EnvironmentSuffix": "dev", "ManagedBy": "pulumi"}


def test_zones_are_those_of_the_region(deployed: Deployed) -> None:
    zones = {subnet["AvailabilityZone"] for subnet in deployed.in_vpc("describe_subnets", "Subnets")}

    assert zones == {f"{REGION}a", f"{REGION}b", f"{REGION}c"}


def test_each_zone_has_a_public_and_a_private_subnet(deployed: Deployed) -> None:
    subnets = deployed.in_vpc("describe_subnets", "Subnets")
    kinds = sorted((subnet["AvailabilityZone"][-1], tags_of(subnet)["Type"]) for subnet in subnets)

    assert kinds == [(zone, kind) for zone in "abc" for kind in ("Private", "Public")]
    assert {each["SubnetId"] for each in subnets} == {
        *deployed.outputs["public_subnet_ids"],
        *deployed.outputs["private_subnet_ids"],
    }


def test_no_subnet_hands_out_public_addresses(deployed: Deployed) -> None:
    assert [each["MapPublicIpOnLaunch"] for each in deployed.in_vpc("describe_subnets", "Subnets")] == [False] * 6


def test_subnets_do_not_overlap(deployed: Deployed) -> None:
    networks = sorted(IPv4Network(each["CidrBlock"]) for each in deployed.in_vpc("describe_subnets", "Subnets"))

    assert all(not first.overlaps(second) for first, second in pairwise(networks))
    assert all(network.subnet_of(IPv4Network(deployed.outputs["vpc_cidr"])) for network in networks)


def test_one_nat_gateway_for_each_zone_in_its_public_subnet(deployed: Deployed) -> None:
    filters = [{"Name": "vpc-id", "Values": [deployed.outputs["vpc_id"]]}]
    gateways = deployed.client("ec2").describe_nat_gateways(Filters=filters)["NatGateways"]

    assert {each["NatGatewayId"] for each in gateways} == set(deployed.outputs["nat_gateway_ids"])
    assert {each["SubnetId"] for each in gateways} == set(deployed.outputs["public_subnet_ids"])
    assert {each["State"] for each in gateways} == {"available"}


def test_a_private_table_leads_through_its_own_zones_nat_gateway(deployed: Deployed) -> None:
    tables = {each["RouteTableId"]: each for each in deployed.in_vpc("describe_route_tables", "RouteTables")}
    subnets = {each["SubnetId"]: each for each in deployed.in_vpc("describe_subnets", "Subnets")}
    gateways = {each["NatGatewayId"]: each for each in deployed.client("ec2").describe_nat_gateways()["NatGateways"]}

    for table_id in deployed.outputs["private_route_table_ids"]:
        (route,) = [each for each in tables[table_id]["Routes"] if each.get("DestinationCidrBlock") == ANYWHERE]
        (association,) = tables[table_id]["Associations"]
        nat_zone = subnets[gateways[route["NatGatewayId"]]["SubnetId"]]["AvailabilityZone"]
        assert nat_zone == subnets[association["SubnetId"]]["AvailabilityZone"]
    assert len(deployed.outputs["private_route_table_ids"]) == 3


def test_one_public_table_leads_to_the_internet_gateway(deployed: Deployed) -> None:
    tables = deployed.in_vpc("describe_route_tables", "RouteTables")
    to_internet = [
        table for table in tables for each in table["Routes"] if each.get("GatewayId", "").startswith("igw-")
    ]

    (public,) = to_internet
    assert public["RouteTableId"] == deployed.outputs["public_route_table_id"]
    associated = {each["SubnetId"] for each in public["Associations"]}
    assert associated == set(deployed.outputs["public_subnet_ids"])


def test_tables_subnets_gateways_and_addresses_carry_name_type_and_common_tags(deployed: Deployed) -> None:
    ec2 = deployed.client("ec2")
    ours = [
        *deployed.in_vpc("describe_subnets", "Subnets"),
        *[each for each in deployed.in_vpc("describe_route_tables", "RouteTables") if each.get("Tags")],
        *ec2.describe_nat_gateways()["NatGateways"],
        *[each for each in ec2.describe_internet_gateways()["InternetGateways"] if each.get("Tags")],
        *ec2.describe_addresses()["Addresses"],
    ]

    assert len(ours) == 6 + 4 + 3 + 1 + 3
    for thing in ours:
        tags = tags_of(thing)
        assert tags["Name"].startswith("tap-"), thing
        assert tags["Type"] in {"Public", "Private"}, thing
        assert {key: tags[key] for key in COMMON} == COMMON


def test_https_comes_in_from_the_authorised_ranges_only(deployed: Deployed) -> None:
    group_id = deployed.outputs["ec2_security_group_id"]
    rules = deployed.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])[
        "SecurityGroupRules"
    ]
    ingress = [(r["IpProtocol"], r["FromPort"], r["ToPort"], r["CidrIpv4"]) for r in rules if not r["IsEgress"]]

    assert ingress == [("tcp", 443, 443, "10.0.0.0/8")]
    assert all(rule["Description"] for rule in rules)


def test_the_default_security_group_has_no_rule(deployed: Deployed) -> None:
    groups = deployed.in_vpc("describe_security_groups", "SecurityGroups")
    (default,) = [each for each in groups if each["GroupName"] == "default"]

    assert (default["IpPermissions"], default["IpPermissionsEgress"]) == ([], [])


def test_everything_that_flows_is_logged_with_a_retention(deployed: Deployed) -> None:
    (flow_log,) = deployed.client("ec2").describe_flow_logs()["FlowLogs"]
    name = flow_log["LogDestination"].split(":")[6]
    (group,) = deployed.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]

    assert (flow_log["ResourceId"], flow_log["TrafficType"]) == (deployed.outputs["vpc_id"], "ALL")
    assert group["retentionInDays"] == 90
