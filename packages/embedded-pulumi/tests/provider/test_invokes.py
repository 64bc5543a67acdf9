"""Data sources: what a program asks before it creates anything."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from embedded_pulumi.provider import ProviderError

ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"
DOCUMENT = "aws:iam/getPolicyDocument:getPolicyDocument"


def ask(aws: Any, function: str, **args: Any) -> dict[str, Any]:
    answer = aws.invoke(function, args)
    assert answer.failures == ()
    return dict(answer.result)


def test_an_unknown_data_source_is_named(aws: Any) -> None:
    with pytest.raises(ProviderError, match=r"'aws:index/getZones:getZones' is not supported by this provider$"):
        aws.invoke("aws:index/getZones:getZones", {})


def test_an_unknown_argument_is_named(aws: Any) -> None:
    (failure,) = aws.invoke(ZONES, {"status": "available"}).failures
    assert (failure.property, failure.reason) == ("status", "is not a property; did you mean 'state'?")


def test_the_zones_of_the_region_come_sorted(aws: Any) -> None:
    regular = [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]
    answer = ask(aws, ZONES, state="available", filters=regular)
    assert answer["id"] == "eu-west-1"
    assert answer["names"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert len(answer["zoneIds"]) == 3


def test_a_zone_can_be_left_out(aws: Any) -> None:
    assert ask(aws, ZONES, excludeNames=["eu-west-1b"])["names"] == ["eu-west-1a", "eu-west-1c"]


def test_who_calls_and_where(aws: Any) -> None:
    who = ask(aws, "aws:index/getCallerIdentity:getCallerIdentity")
    where = ask(aws, "aws:index/getPartition:getPartition")
    region = ask(aws, "aws:index/getRegion:getRegion")
    assert who["accountId"] == who["id"] == "123456789012"
    assert where == {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }
    assert region["region"] == region["name"] == region["id"] == "eu-west-1"
    assert (region["description"], region["endpoint"]) == ("Europe (Ireland)", "ec2.eu-west-1.amazonaws.com")


def test_the_partition_is_the_regions(package: Any) -> None:
    china = package.configure({"region": "cn-north-1"})
    assert ask(china, "aws:index/getPartition:getPartition")["dnsSuffix"] == "amazonaws.com.cn"


def test_regions_are_listed(aws: Any) -> None:
    assert {"eu-west-1", "us-east-1"} <= set(ask(aws, "aws:index/getRegions:getRegions")["names"])


def test_an_instance_type_tells_its_architecture_and_size(aws: Any) -> None:
    answer = ask(aws, "aws:ec2/getInstanceType:getInstanceType", instanceType="t3.micro")
    assert answer["supportedArchitectures"] == ["x86_64"]
    assert (answer["defaultVcpus"], answer["memorySize"], answer["burstablePerformanceSupported"]) == (2, 1024, True)


def test_an_unknown_instance_type_is_an_error(aws: Any) -> None:
    with pytest.raises(ProviderError, match="InvalidInstanceType"):
        aws.invoke("aws:ec2/getInstanceType:getInstanceType", {"instanceType": "t9.pico"})


def test_offerings_say_where_a_type_is_to_be_had(aws: Any) -> None:
    answer = ask(
        aws,
        "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings",
        locationType="availability-zone",
        filters=[{"name": "instance-type", "values": ["t3.micro"]}],
    )
    assert set(answer["instanceTypes"]) == {"t3.micro"}
    assert set(answer["locations"]) <= {"eu-west-1a", "eu-west-1b", "eu-west-1c"}
    assert set(answer["locationTypes"]) == {"availability-zone"}


def test_a_parameter_is_read(aws: Any, world: Any) -> None:
    name = world.make("aws:ssm/parameter:Parameter", "asked", type="SecureString", value="secret")["name"]
    answer = ask(aws, "aws:ssm/getParameter:getParameter", name=name)
    assert (answer["value"], answer["insecureValue"], answer["type"]) == ("secret", "", "SecureString")


def test_the_newest_of_several_images_is_found(aws: Any, world: Any) -> None:
    ids = [world.session.ec2.register_image(Name=f"many-{n}", Architecture="x86_64")["ImageId"] for n in range(2)]
    owned = {"owners": ["self"], "nameRegex": "^many-"}
    with pytest.raises(ProviderError, match="2 images"):
        aws.invoke("aws:ec2/getAmi:getAmi", owned)
    assert ask(aws, "aws:ec2/getAmi:getAmi", **owned, mostRecent=True)["id"] in ids


def test_an_image_tells_all_that_the_real_one_tells(aws: Any, world: Any) -> None:
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True, "VolumeType": "gp3"}}
    world.session.ec2.register_image(Name="told", Architecture="x86_64", BlockDeviceMappings=[disk])

    image = ask(aws, "aws:ec2/getAmi:getAmi", owners=["self"], nameRegex="^told$")

    assert set(image["blockDeviceMappings"][0]["ebs"]) == {
        "delete_on_termination",
        "encrypted",
        "iops",
        "snapshot_id",
        "throughput",
        "volume_size",
        "volume_type",
    }
    assert image["blockDeviceMappings"][0]["ebs"]["delete_on_termination"] in {"true", "false"}
    assert image["stateReason"] == {"code": "UNSET", "message": "UNSET"}
    assert (image["mostRecent"], image["includeDeprecated"], image["uefiData"]) == (False, False, "")
    assert not [name for name in ("platform", "kernelId", "ramdiskId", "lastLaunchedTime") if image[name] is None]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"mostRecent": True}, "not filtered by owner or image ID"),
        ({"mostRecent": True, "filters": [{"name": "name", "values": ["al2023-*"]}]}, "not filtered by owner"),
        ({"owners": ["self"], "nameRegex": "["}, "is not a regular expression"),
        ({"owners": ["self"], "nameRegex": "^nobody-has-this$"}, "Your query returned no results"),
    ],
)
def test_an_image_that_cannot_be_told_is_refused(aws: Any, args: dict[str, Any], said: str) -> None:
    with pytest.raises(ProviderError, match=said):
        aws.invoke("aws:ec2/getAmi:getAmi", args)


def test_no_owner_at_all_is_no_filter(aws: Any) -> None:
    (failure,) = aws.invoke("aws:ec2/getAmi:getAmi", {"owners": []}).failures
    assert failure.property == "owners"


def statement(sid: str = "", **more: Any) -> dict[str, Any]:
    return {"sid": sid, "actions": ["a"], "resources": ["*"], **more}


def written(aws: Any, **args: Any) -> Any:
    return json.loads(ask(aws, DOCUMENT, **args)["json"])


SOURCE = json.dumps(
    {
        "Version": "2012-10-17",
        "Id": "theirs",
        "Statement": {"Action": "b", "Sid": "One", "Effect": "Deny", "Resource": "*", "Unknown": 1},
    }
)
TWICE = [{"test": "StringEquals", "variable": "aws:a", "values": [value]} for value in ("1", "2")]
SERVICES = [{"type": "Service", "identifiers": ["a", "b"]}, {"type": "AWS", "identifiers": ["c"]}]


@pytest.mark.parametrize(
    ("args", "document"),
    [
        ({}, {}),
        ({"policyId": "ours"}, {"Id": "ours"}),
        (
            {"sourcePolicyDocuments": [SOURCE]},
            {"Id": "theirs", "Statement": [{"Sid": "One", "Effect": "Deny", "Action": "b", "Resource": "*"}]},
        ),
        (
            {"sourcePolicyDocuments": [SOURCE], "statements": [statement("One")]},
            {"Id": "theirs", "Statement": [{"Sid": "One", "Effect": "Allow", "Action": "a", "Resource": "*"}]},
        ),
        (
            {"statements": [statement(conditions=TWICE)]},
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "a",
                        "Resource": "*",
                        "Condition": {"StringEquals": {"aws:a": ["1", "2"]}},
                    }
                ]
            },
        ),
        (
            {"statements": [statement(principals=SERVICES)]},
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "a",
                        "Resource": "*",
                        "Principal": {"AWS": "c", "Service": ["b", "a"]},
                    }
                ]
            },
        ),
        (
            {"statements": [{"actions": ["&{b}"], "resources": ["&{c}"]}]},
            {"Statement": [{"Effect": "Allow", "Action": "&{b}", "Resource": "${c}"}]},
        ),
    ],
)
def test_a_document_is_put_together(aws: Any, args: dict[str, Any], document: dict[str, Any]) -> None:
    assert written(aws, **args) == {"Version": "2012-10-17", **document}


def test_a_document_is_encoded_as_the_real_one_is(aws: Any) -> None:
    text = ask(aws, DOCUMENT, statements=[statement(resources=["a<b>&ü"])])["minifiedJson"]
    assert text == (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a","Resource":"a\\u003cb\\u003e\\u0026ü"}]}'
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"statements": [statement("One"), statement("One")]}, "duplicate Sid 'One'"),
        ({"sourcePolicyDocuments": [SOURCE, SOURCE]}, "duplicate Sid 'One'"),
        ({"version": "2008-10-17", "statements": [statement(resources=["&{a}"])]}, "not supported in document version"),
    ],
)
def test_a_document_that_cannot_be_is_refused(aws: Any, args: dict[str, Any], said: str) -> None:
    with pytest.raises(ProviderError, match=said):
        aws.invoke(DOCUMENT, args)


@pytest.mark.parametrize(
    ("args", "path"),
    [
        ({"statements": [statement("my-sid")]}, "statements[0].sid"),
        ({"sourcePolicyDocuments": [""]}, "sourcePolicyDocuments[0]"),
    ],
)
def test_an_argument_of_a_document_is_refused(aws: Any, args: dict[str, Any], path: str) -> None:
    (failure,) = aws.invoke(DOCUMENT, args).failures
    assert failure.property == path


def test_a_policy_document_is_written_as_iam_reads_it(aws: Any) -> None:
    answer = ask(
        aws,
        DOCUMENT,
        statements=[
            {
                "sid": "Read",
                "actions": ["s3:Get*", "s3:List*"],
                "resources": ["arn:aws:s3:::tap/&{aws:username}"],
                "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}],
                "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]}],
            }
        ],
    )
    assert json.loads(answer["json"]) == json.loads(answer["minifiedJson"])
    assert json.loads(answer["json"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:List*", "s3:Get*"],
                "Resource": "arn:aws:s3:::tap/${aws:username}",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
            }
        ],
    }


def test_documents_are_added_up_and_overridden_by_statement_id(aws: Any) -> None:
    def document(effect: str, sid: str) -> str:
        return json.dumps({"Statement": [{"Sid": sid, "Effect": effect, "Action": "a", "Resource": "*"}]})

    answer = ask(
        aws,
        DOCUMENT,
        sourcePolicyDocuments=[document("Allow", "One")],
        statements=[{"sid": "Two", "actions": ["b"], "resources": ["*"]}],
        overridePolicyDocuments=[document("Deny", "One")],
    )
    effects = {each["Sid"]: each["Effect"] for each in json.loads(answer["json"])["Statement"]}
    assert effects == {"One": "Deny", "Two": "Allow"}


# What stands, and what the account has.


def test_subnets_are_listed_by_tags_and_each_tells_its_zone(aws: Any, world: Any) -> None:
    vpc = world.make("aws:ec2/vpc:Vpc", "listed", cidrBlock="10.7.0.0/16", tags={"Whose": "listed"})["id"]
    made = world.make(
        "aws:ec2/subnet:Subnet", "listed", vpcId=vpc, cidrBlock="10.7.0.0/24", availabilityZone="eu-west-1b",
        tags={"Whose": "listed"},
    )  # fmt: skip

    assert ask(aws, "aws:ec2/getSubnets:getSubnets", tags={"Whose": "listed"})["ids"] == [made["id"]]
    assert ask(aws, "aws:ec2/getSubnets:getSubnets", tags={"Whose": "nobody"})["ids"] == []
    assert ask(aws, "aws:ec2/getVpcs:getVpcs", tags={"Whose": "listed"})["ids"] == [vpc]
    told = ask(aws, "aws:ec2/getSubnet:getSubnet", id=made["id"])
    assert (told["availabilityZone"], told["vpcId"], told["cidrBlock"]) == ("eu-west-1b", vpc, "10.7.0.0/24")
    with pytest.raises(ProviderError, match="no matching EC2 Subnet found"):
        aws.invoke("aws:ec2/getSubnet:getSubnet", {"id": "subnet-00000000000000000"})


def test_a_network_is_told_with_its_routes_and_endpoints(aws: Any, world: Any) -> None:
    dual = {"enableDnsHostnames": True, "assignGeneratedIpv6CidrBlock": True}
    vpc = world.make("aws:ec2/vpc:Vpc", "told", cidrBlock="10.8.0.0/16", **dual)["id"]
    gateway = world.make("aws:ec2/internetGateway:InternetGateway", "told", vpcId=vpc)["id"]
    subnet = world.make("aws:ec2/subnet:Subnet", "told", vpcId=vpc, cidrBlock="10.8.0.0/24")["id"]
    table = world.make("aws:ec2/routeTable:RouteTable", "told", vpcId=vpc)["id"]
    anywhere = {"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway}
    world.make("aws:ec2/route:Route", "told", **anywhere)
    association = {"routeTableId": table, "subnetId": subnet}
    world.make("aws:ec2/routeTableAssociation:RouteTableAssociation", "told", **association)
    s3 = {"serviceName": "com.amazonaws.eu-west-1.s3", "vpcId": vpc}
    endpoint = world.make("aws:ec2/vpcEndpoint:VpcEndpoint", "told", **s3, routeTableIds=[table])

    told = ask(aws, "aws:ec2/getVpc:getVpc", id=vpc)
    assert (told["cidrBlock"], told["enableDnsHostnames"], told["enableDnsSupport"]) == ("10.8.0.0/16", True, True)
    assert [each["cidrBlock"] for each in told["cidrBlockAssociations"]] == ["10.8.0.0/16"]
    (block,) = told["ipv6CidrBlockAssociations"]
    assert (block["ipv6CidrBlock"], block["state"]) == (told["ipv6CidrBlock"], "associated")
    tables = ask(aws, "aws:ec2/getRouteTables:getRouteTables", vpcId=vpc)["ids"]
    assert set(tables) == {table, told["mainRouteTableId"]}
    (route,) = ask(aws, "aws:ec2/getRouteTable:getRouteTable", subnetId=subnet)["routes"]  # neither local nor S3's
    assert (route["cidrBlock"], route["gatewayId"], route["natGatewayId"]) == ("0.0.0.0/0", gateway, "")
    (main,) = ask(aws, "aws:ec2/getRouteTable:getRouteTable", routeTableId=told["mainRouteTableId"])["associations"]
    assert (main["main"], main["subnetId"]) == (True, "")
    found = ask(aws, "aws:ec2/getVpcEndpoint:getVpcEndpoint", **s3)
    assert (found["id"], found["routeTableIds"], found["state"]) == (endpoint["id"], [table], "available")
    lists = ask(aws, "aws:ec2/getPrefixList:getPrefixList", name=s3["serviceName"])
    assert lists["id"] == found["prefixListId"] == endpoint["prefixListId"]
    with pytest.raises(ProviderError, match="no matching EC2 VPC Endpoint found"):
        aws.invoke("aws:ec2/getVpcEndpoint:getVpcEndpoint", {**s3, "state": "deleted"})
    with pytest.raises(ProviderError, match="query returned no results"):
        aws.invoke("aws:ec2/getRouteTable:getRouteTable", {"subnetId": "subnet-00000000000000000"})
    with pytest.raises(ProviderError, match="no matching EC2 VPC found"):
        aws.invoke("aws:ec2/getVpc:getVpc", {"id": "vpc-00000000000000000"})


def test_nat_gateways_tell_which_addresses_they_have(aws: Any, world: Any) -> None:
    vpc = world.make("aws:ec2/vpc:Vpc", "natted", cidrBlock="10.10.0.0/16")["id"]
    world.make("aws:ec2/internetGateway:InternetGateway", "natted", vpcId=vpc)
    subnet = world.make("aws:ec2/subnet:Subnet", "natted", vpcId=vpc, cidrBlock="10.10.0.0/24")["id"]
    address = world.make("aws:ec2/eip:Eip", "natted", domain="vpc")["id"]
    nat = "aws:ec2/natGateway:NatGateway"
    gateway = world.make(nat, "natted", subnetId=subnet, allocationId=address)["id"]

    assert ask(aws, "aws:ec2/getNatGateways:getNatGateways", vpcId=vpc)["ids"] == [gateway]
    found = ask(aws, "aws:ec2/getNatGateway:getNatGateway", subnetId=subnet)
    assert (found["id"], found["allocationId"], found["state"]) == (gateway, address, "available")
    assert (found["availabilityMode"], found["vpcId"]) == ("zonal", vpc)
    told = ask(aws, "aws:ec2/getElasticIp:getElasticIp", id=address)
    assert (told["associationId"], told["domain"]) == (found["associationId"], "vpc")
    with pytest.raises(ProviderError, match="no matching EC2 EIP found"):
        aws.invoke("aws:ec2/getElasticIp:getElasticIp", {"id": "eipalloc-00000000000000000"})


def test_security_groups_are_listed_with_their_vpcs(aws: Any, world: Any) -> None:
    vpc = world.make("aws:ec2/vpc:Vpc", "grouped", cidrBlock="10.9.0.0/16")["id"]
    made = world.make("aws:ec2/securityGroup:SecurityGroup", "grouped", vpcId=vpc, tags={"Whose": "grouped"})

    within = [{"name": "vpc-id", "values": [vpc]}]
    found = ask(aws, "aws:ec2/getSecurityGroups:getSecurityGroups", filters=within, tags={"Whose": "grouped"})
    assert (found["ids"], found["vpcIds"], found["arns"]) == ([made["id"]], [vpc], [made["arn"]])


def test_addresses_are_listed_by_tags(aws: Any, world: Any) -> None:
    made = world.make("aws:ec2/eip:Eip", "listed", domain="vpc", tags={"Whose": "address"})

    found = ask(aws, "aws:ec2/getEips:getEips", tags={"Whose": "address"})
    assert (found["allocationIds"], found["publicIps"]) == ([made["id"]], [made["publicIp"]])


def test_instances_are_listed_in_the_states_that_are_named(aws: Any, world: Any) -> None:
    image = world.session.ssm.get_parameter(
        Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    )["Parameter"]["Value"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Whose", "Value": "instance"}]}]
    (made,) = world.session.ec2.run_instances(
        ImageId=image, InstanceType="t3.small", MinCount=1, MaxCount=1, TagSpecifications=tags
    )["Instances"]
    mine = {"instanceTags": {"Whose": "instance"}}

    assert ask(aws, "aws:ec2/getInstances:getInstances", **mine)["ids"] == [made["InstanceId"]]
    assert ask(aws, "aws:ec2/getInstances:getInstances", instanceStateNames=["stopped"], **mine)["ids"] == []
    told = ask(aws, "aws:ec2/getInstance:getInstance", instanceId=made["InstanceId"])
    assert (told["instanceType"], told["instanceState"], told["tags"]["Whose"]) == ("t3.small", "running", "instance")
    world.session.ec2.terminate_instances(InstanceIds=[made["InstanceId"]])


def test_a_functions_reservation_is_told_and_minus_one_is_none(aws: Any, world: Any) -> None:
    functions = world.session.lambda_
    names = ask(aws, "aws:lambda/getFunctions:getFunctions")["functionNames"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): pass")
    functions.create_function(
        FunctionName="told", Role=world.role["arn"], Runtime="python3.13", Handler="index.handler",
        Code={"ZipFile": code.getvalue()},
    )  # fmt: skip

    def reserved() -> int:
        told = ask(aws, "aws:lambda/getFunction:getFunction", functionName="told")
        return int(told["reservedConcurrentExecutions"])

    before = reserved()
    functions.put_function_concurrency(FunctionName="told", ReservedConcurrentExecutions=7)

    assert (before, reserved()) == (-1, 7)
    assert set(ask(aws, "aws:lambda/getFunctions:getFunctions")["functionNames"]) == {*names, "told"}
    functions.delete_function(FunctionName="told")


def test_a_target_group_tells_which_load_balancers_use_it(aws: Any, world: Any) -> None:
    (arn, *_), name = world.target_groups, "aws:lb/getTargetGroup:getTargetGroup"

    told = ask(aws, name, arn=arn)
    assert (told["arnSuffix"], told["targetType"]) == (arn.rpartition(":")[2], "instance")
    assert told["loadBalancerArns"] == []
    assert ask(aws, name, name=told["name"]) == told
    with pytest.raises(ProviderError, match="couldn't find resource"):
        aws.invoke(name, {"name": "nobody"})
