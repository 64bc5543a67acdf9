"""Other stacks than the default one, as deployed: production's own file, the cheap one's own file, other partitions."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from support.deployed.stack import ROOT, Deployed, OneAtATime, Variant, tags_of

from embedded_pulumi.engine.stackfile import read_stack_file
from embedded_pulumi.errors import EngineError
from tap_cli.display.sweeps import sweep_of

ANYWHERE = "0.0.0.0/0"
PROD = Variant("prod", read_stack_file(ROOT, "prod").config, "eu-west-1")
GOVCLOUD = Variant("dev", read_stack_file(ROOT, "dev").config, "us-gov-west-1")
CHINA = Variant("dev", {"tap:vpcEndpoints": "true"}, "cn-north-1")


@pytest.fixture
def prod(stacks: OneAtATime) -> Deployed:
    return stacks.deployed(PROD)


@pytest.fixture
def govcloud(stacks: OneAtATime) -> Deployed:
    return stacks.deployed(GOVCLOUD)


@pytest.fixture
def china(stacks: OneAtATime) -> Deployed:
    return stacks.deployed(CHINA)


def endpoints(stack: Deployed) -> dict[str, dict[str, Any]]:
    """The VPC's endpoints by the last part of their services' names."""
    return {
        each["ServiceName"].rpartition(".")[2]: each for each in stack.in_vpc("describe_vpc_endpoints", "VpcEndpoints")
    }


def rules(stack: Deployed, group: str, *, egress: bool) -> list[dict[str, Any]]:
    filters = [{"Name": "group-id", "Values": [group]}]
    found = stack.client("ec2").describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    return [rule for rule in found if rule["IsEgress"] == egress]


def trusted(stack: Deployed, role: str) -> str:
    """The one service that may assume a role."""
    document = stack.client("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    (statement,) = document["Statement"]
    return str(statement["Principal"]["Service"])


def arns(stack: Deployed) -> set[str]:
    """Every ARN in the stack's state: ids, policies, outputs, all of it."""
    return set(re.findall(r"arn:[^\"\\ ]+", stack.state.read_text()))


def healer_log(stack: Deployed) -> list[dict[str, Any]]:
    """What the healer said of its sweeps, after three more of them."""
    stack.sandbox.cloud.clock.advance(180)
    events = stack.client("logs").filter_log_events(logGroupName=stack.outputs["lambda_log_group_name"])["events"]
    return [sweep for event in events if (sweep := sweep_of(event["message"])) is not None]


# Production: no way to the internet.


def test_production_has_neither_nat_gateway_nor_public_address(prod: Deployed) -> None:
    ec2 = prod.client("ec2")

    assert ec2.describe_nat_gateways()["NatGateways"] == []
    assert ec2.describe_addresses()["Addresses"] == []
    assert prod.outputs["nat_gateway_ids"] == []


def test_a_private_table_leads_to_s3_and_within_the_vpc_and_nowhere_else(prod: Deployed) -> None:
    tables = {each["RouteTableId"]: each for each in prod.in_vpc("describe_route_tables", "RouteTables")}
    gateway = endpoints(prod)["s3"]

    assert gateway["VpcEndpointType"] == "Gateway"
    assert set(gateway["RouteTableIds"]) == set(prod.outputs["private_route_table_ids"])
    assert len(prod.outputs["private_route_table_ids"]) == 3
    for table in prod.outputs["private_route_table_ids"]:
        targets = {
            each.get("DestinationCidrBlock", each.get("DestinationPrefixListId")): each["GatewayId"]
            for each in tables[table]["Routes"]
        }
        assert sorted(targets.values()) == ["local", gateway["VpcEndpointId"]]
        assert ANYWHERE not in targets


@pytest.mark.parametrize("service", ["ssm", "ssmmessages", "logs", "monitoring"])
def test_instances_reach_a_service_by_its_own_name_in_every_zone(prod: Deployed, service: str) -> None:
    endpoint = endpoints(prod)[service]
    interfaces = prod.client("ec2").describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])
    subnets = {each["SubnetId"]: each["CidrBlock"] for each in prod.in_vpc("describe_subnets", "Subnets")}

    assert (endpoint["VpcEndpointType"], endpoint["State"]) == ("Interface", "available")
    assert endpoint["PrivateDnsEnabled"] is True
    assert f"{service}.eu-west-1.amazonaws.com" in [each["DnsName"] for each in endpoint["DnsEntries"]]
    assert {each["SubnetId"] for each in interfaces["NetworkInterfaces"]} == set(prod.outputs["private_subnet_ids"])
    for each in interfaces["NetworkInterfaces"]:
        assert IPv4Address(each["PrivateIpAddress"]) in IPv4Network(subnets[each["SubnetId"]])


def test_the_vpc_resolves_the_endpoints_names(prod: Deployed) -> None:
    ask = prod.client("ec2").describe_vpc_attribute
    vpc = prod.outputs["vpc_id"]

    assert ask(VpcId=vpc, Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"] is True
    assert ask(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"] is True


def test_instances_may_connect_to_the_endpoints_by_https_and_to_nothing_else(prod: Deployed) -> None:
    own = prod.outputs["ec2_security_group_id"]
    (endpoints_group,) = {group["GroupId"] for each in endpoints(prod).values() for group in each.get("Groups", [])}
    lists = prod.client("ec2").describe_prefix_lists()["PrefixLists"]
    (s3,) = [each["PrefixListId"] for each in lists if each["PrefixListName"] == "com.amazonaws.eu-west-1.s3"]

    out = rules(prod, own, egress=True)
    assert {(each["IpProtocol"], each["FromPort"], each["ToPort"]) for each in out} == {("tcp", 443, 443)}
    assert {each.get("ReferencedGroupInfo", {}).get("GroupId") or each["PrefixListId"] for each in out} == {
        endpoints_group,
        s3,
    }
    assert sorted(each["Description"] for each in out) == ["HTTPS to endpoints", "HTTPS to s3"]
    (in_,) = rules(prod, endpoints_group, egress=False)
    assert (in_["CidrIpv4"], in_["FromPort"], in_["ToPort"]) == (prod.outputs["vpc_cidr"], 443, 443)


def test_both_authorised_ranges_may_come_in(prod: Deployed) -> None:
    found = rules(prod, prod.outputs["ec2_security_group_id"], egress=False)

    assert sorted(each["CidrIpv4"] for each in found) == ["10.0.0.0/8", "172.16.0.0/12"]


def test_the_address_for_alarms_is_asked_to_confirm(prod: Deployed) -> None:
    topic = prod.outputs["notification_topic_arn"]
    (subscription,) = prod.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    (asked,) = prod.sandbox.cloud.notifications.deliveries(topic)

    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "oncall@example.com")
    assert subscription["SubscriptionArn"] == "PendingConfirmation"
    assert (asked.kind, asked.endpoint) == ("SubscriptionConfirmation", "oncall@example.com")


def test_destroying_production_is_refused_and_deletes_nothing(prod: Deployed) -> None:
    before = prod.client("ec2").describe_vpcs()["Vpcs"]

    with pytest.raises(EngineError, match="protect"):
        prod.sandbox.engine.destroy()

    assert prod.client("ec2").describe_vpcs()["Vpcs"] == before
    assert len(prod.group["Instances"]) == 3


def test_production_carries_the_users_own_tags(prod: Deployed) -> None:
    (vpc,) = prod.client("ec2").describe_vpcs(VpcIds=[prod.outputs["vpc_id"]])["Vpcs"]

    assert {"Owner": "platform", "CostCenter": "1001", "Environment": "prod"}.items() <= tags_of(vpc).items()
    assert all({"Owner": "platform"}.items() <= tags_of(each).items() for each in prod.instances)


def test_the_healer_sweeps_in_production(prod: Deployed) -> None:
    last = healer_log(prod)[-1]

    assert (last["result"], last["in_service"], last["errors"]) == ("quiet", 3, [])


# GovCloud, with the cheap stack's file: one NAT gateway, arm64, metrics every five minutes.


def test_both_private_tables_lead_through_the_one_nat_gateway(govcloud: Deployed) -> None:
    tables = {each["RouteTableId"]: each for each in govcloud.in_vpc("describe_route_tables", "RouteTables")}
    (gateway,) = govcloud.client("ec2").describe_nat_gateways()["NatGateways"]
    (address,) = govcloud.client("ec2").describe_addresses()["Addresses"]
    private = [tables[each] for each in govcloud.outputs["private_route_table_ids"]]
    out = [route for each in private for route in each["Routes"] if route.get("DestinationCidrBlock") == ANYWHERE]

    assert [route["NatGatewayId"] for route in out] == [gateway["NatGatewayId"]] * 2
    assert gateway["SubnetId"] == govcloud.outputs["public_subnet_ids"][0]
    assert gateway["NatGatewayAddresses"][0]["AllocationId"] == address["AllocationId"]
    assert len({each["Associations"][0]["SubnetId"] for each in private}) == 2


def test_an_arm64_type_gets_an_arm64_image_in_govcloud(govcloud: Deployed) -> None:
    images = {each["ImageId"] for each in govcloud.instances}
    (image,) = govcloud.client("ec2").describe_images(ImageIds=list(images))["Images"]

    assert {each["InstanceType"] for each in govcloud.instances} == {"t4g.micro"}
    assert (image["Architecture"], image["Name"].startswith("al2023-ami-2023.")) == ("arm64", True)


def test_without_detailed_monitoring_cpu_alarms_look_every_five_minutes(govcloud: Deployed) -> None:
    alarms = govcloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    high, low = (next(each for each in alarms if name in each["AlarmName"]) for name in ("cpu-high", "cpu-low"))
    periods = {each["MetricStat"]["Period"] for each in low["Metrics"] if "MetricStat" in each}

    assert (high["Period"], high["EvaluationPeriods"]) == (300, 2)
    assert (periods, low["EvaluationPeriods"]) == ({300}, 2)
    assert {each["Monitoring"]["State"] for each in govcloud.instances} == {"disabled"}


def test_everything_in_govcloud_is_of_its_partition(govcloud: Deployed) -> None:
    assert {arn.split(":")[1] for arn in arns(govcloud)} == {"aws-us-gov"}


def test_services_in_govcloud_are_called_as_everywhere(govcloud: Deployed) -> None:
    assert trusted(govcloud, govcloud.outputs["ec2_role_name"]) == "ec2.amazonaws.com"
    assert trusted(govcloud, govcloud.outputs["lambda_role_name"]) == "lambda.amazonaws.com"


def test_the_healer_sweeps_in_govcloud(govcloud: Deployed) -> None:
    last = healer_log(govcloud)[-1]

    assert (last["result"], last["in_service"], last["errors"]) == ("quiet", 2, [])


# China: the one partition where names differ from service to service.


def test_everything_in_china_is_of_its_partition(china: Deployed) -> None:
    assert {arn.split(":")[1] for arn in arns(china)} == {"aws-cn"}


def test_ec2_alone_has_a_name_of_its_own_as_a_principal_in_china(china: Deployed) -> None:
    flow_log_role = china.client("ec2").describe_flow_logs()["FlowLogs"][0]["DeliverLogsPermissionArn"]

    assert trusted(china, china.outputs["ec2_role_name"]) == "ec2.amazonaws.com.cn"
    assert trusted(china, china.outputs["lambda_role_name"]) == "lambda.amazonaws.com"
    assert trusted(china, flow_log_role.rpartition("/")[2]) == "vpc-flow-logs.amazonaws.com"


def test_ec2_can_hand_the_instances_their_role_in_china(china: Deployed) -> None:
    role, cloud = china.outputs["ec2_role_arn"], china.sandbox.cloud

    as_china = cloud.iam.credentials_for(role, "i-0123456789abcdef0", "ec2.amazonaws.com.cn")

    assert set(as_china) == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}


def test_endpoints_in_china_are_of_the_services_that_there_are(china: Deployed) -> None:
    names = {each["ServiceName"] for each in china.in_vpc("describe_vpc_endpoints", "VpcEndpoints")}

    assert names == {
        "com.amazonaws.cn-north-1.s3",
        "com.amazonaws.cn-north-1.ssm",
        "com.amazonaws.cn-north-1.ssmmessages",
        "com.amazonaws.cn-north-1.logs",
        "cn.com.amazonaws.cn-north-1.monitoring",
    }
    private = {each["DnsName"] for each in endpoints(china)["monitoring"]["DnsEntries"]}
    assert "monitoring.cn-north-1.amazonaws.com.cn" in private


def test_instances_in_china_are_of_the_newest_image_there(china: Deployed) -> None:
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    newest = china.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]

    assert {each["ImageId"] for each in china.instances} == {newest}


def test_the_healer_sweeps_in_china(china: Deployed) -> None:
    last = healer_log(china)[-1]

    assert (last["result"], last["in_service"], last["errors"]) == ("quiet", 2, [])
