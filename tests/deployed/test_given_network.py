"""A stack in a network that somebody else owns: it stands there, changes nothing of it, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.deployed.foreign import Foreign, make, seen
from support.deployed.stack import REGION, Deployed, OneAtATime, Variant

from embedded_pulumi.engine.events import Diagnostic, Event
from embedded_pulumi.errors import ProgramRefused

NOWHERE = Variant("given", {}, REGION)


class Given(Deployed):
    """A stack in the network, which was made before it; `before` is what there was of it then."""

    foreign: Foreign
    before: dict[str, Any]
    said: list[str]

    def deploy(self, **changes: str) -> None:
        """Deploy with other values of some keys, such as `vpcEndpoints="true"`."""
        config = self.foreign.config() | {f"tap:{key}": value for key, value in changes.items()}
        self.said.clear()
        self.outputs = dict(self.sandbox.engine_for(config).up().outputs)


@pytest.fixture(scope="module")
def given(stacks: OneAtATime) -> Iterator[Given]:
    stacks.close()
    said: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, Diagnostic):
            said.append(event.message)

    with stacks.sandbox(NOWHERE, listen) as sandbox:
        ec2 = sandbox.cloud.client("ec2", REGION)
        foreign = make(ec2, REGION)
        before = seen(ec2, foreign.vpc)
        outputs = dict(sandbox.engine_for(foreign.config()).up().outputs)
        sandbox.cloud.clock.stop()
        stack = Given(sandbox, outputs, sandbox.state_file)
        stack.foreign, stack.before, stack.said = foreign, before, said
        yield stack


def urns(stack: Deployed) -> list[str]:
    return [each["urn"] for each in json.loads(stack.state.read_text())["checkpoint"]["latest"]["resources"]]


def rules(stack: Deployed, *, egress: bool) -> list[str]:
    of_group = [{"Name": "group-id", "Values": [stack.outputs["ec2_security_group_id"]]}]
    found = stack.client("ec2").describe_security_group_rules(Filters=of_group)["SecurityGroupRules"]
    return sorted(each.get("CidrIpv4") or each["PrefixListId"] for each in found if each["IsEgress"] == egress)


def test_the_fleet_stands_in_the_private_subnets(given: Given) -> None:
    subnets = {given.foreign.private[letter] for letter in "ab"}

    assert set(given.group["VPCZoneIdentifier"].split(",")) == subnets
    assert {each["SubnetId"] for each in given.instances} == subnets
    assert not any("PublicIpAddress" in each for each in given.instances)


def test_the_outputs_are_those_of_the_network(given: Given) -> None:
    foreign = given.foreign

    assert given.outputs["zones"] == [f"{REGION}a", f"{REGION}b"]
    assert (given.outputs["vpc_id"], given.outputs["vpc_cidr"]) == (foreign.vpc, "10.50.0.0/16")
    assert given.outputs["private_subnet_ids"] == [foreign.private[letter] for letter in "ab"]
    assert given.outputs["public_subnet_ids"] == list(foreign.public.values())
    assert given.outputs["nat_gateway_ids"] == [foreign.nat]
    assert given.outputs["internet_gateway_id"] == foreign.gateway
    assert given.outputs["public_route_table_id"] == foreign.public_table
    assert given.outputs["private_route_table_ids"] == [foreign.private_table]


def test_nothing_of_the_network_has_changed(given: Given) -> None:
    made = {urn.split("::")[2].rpartition("$")[2] for urn in urns(given)}

    assert seen(given.client("ec2"), given.foreign.vpc) == given.before
    network = ("vpc", "subnet", "route", "Gateway", "eip", "flowLog", "defaultSecurityGroup")
    assert not [type_ for type_ in made if type_.startswith("aws:ec2/") and any(each in type_ for each in network)]


Change = Callable[[Foreign], dict[str, str]]
REFUSED: dict[str, tuple[Change, str]] = {
    "no such VPC": (
        lambda _: {"tap:vpcId": "vpc-00000000000000000"},
        rf"tap:vpcId = 'vpc-0*' is not accepted; accepted: a VPC that exists in {REGION}",
    ),
    "no such subnet": (
        lambda found: {"tap:privateSubnetIds": f"{found.private['a']},subnet-00000000000000000"},
        r"tap:privateSubnetIds = .* accepted: subnets of vpc-\w+; subnet-0{17} does not exist in eu-west-1",
    ),
    "a subnet of another VPC": (
        lambda _: {"tap:vpcId": "default", "tap:publicSubnetIds": ""},
        r"tap:privateSubnetIds = .* accepted: subnets of vpc-\w+; subnet-\w+ is of vpc-",
    ),
    "one zone twice": (
        lambda found: {"tap:privateSubnetIds": f"{found.private['b']},{found.small}"},
        r"tap:privateSubnetIds = .* different zones, 2 or more; subnet-\w+ and subnet-\w+ are both in eu-west-1b",
    ),
    "a public subnet among the private ones": (
        lambda found: {
            "tap:privateSubnetIds": f"{found.private['a']},{found.public['b']}",
            "tap:publicSubnetIds": found.public["a"],
        },
        r"tap:privateSubnetIds = .* without a route to an internet gateway; the route table of .* leads to igw-",
    ),
    "a private subnet among the public ones": (
        lambda found: {"tap:publicSubnetIds": found.private["c"]},
        r"tap:publicSubnetIds = .* with a route to an internet gateway; the route table of .* leads to none",
    ),
    "too few addresses": (
        lambda found: {"tap:privateSubnetIds": f"{found.private['a']},{found.small}", "tap:maxSize": "99"},
        r"tap:maxSize = '99' .* what fits in tap:privateSubnetIds: up to 108 instances with replacements, and there is",
    ),
    "addresses of one's own": (
        lambda _: {"tap:vpcCidr": "10.1.0.0/16"},
        r"tap:vpcCidr = '10.1.0.0/16' .* accepted: unset beside tap:vpcId: vpc-\w+ exists, and it has its own",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_network_that_does_not_do_is_refused_before_anything_is_made(given: Given, case: str) -> None:
    change, said = REFUSED[case]
    config = given.foreign.config() | change(given.foreign)
    if config["tap:vpcId"] == "default":
        (default,) = given.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        config["tap:vpcId"] = default["VpcId"]
    before = urns(given)

    with pytest.raises(ProgramRefused, match=said):
        given.sandbox.engine_for(config).up()
    assert urns(given) == before


def test_a_subnet_without_a_way_out_is_a_warning_that_names_it(given: Given) -> None:
    subnet = given.foreign.private["c"]
    given.said.clear()

    given.sandbox.engine_for(given.foreign.config("bc")).preview()

    (warning,) = [each for each in given.said if "will not reach Systems Manager" in each]
    assert f"Instances in {subnet} ({REGION}c) will not" in warning
    assert given.foreign.private["b"] not in warning


def test_closed_egress_leads_to_the_vpc_and_to_s3(given: Given) -> None:
    given.deploy(openEgress="false")
    lists = given.client("ec2").describe_prefix_lists()["PrefixLists"]
    (s3,) = [each["PrefixListId"] for each in lists if each["PrefixListName"] == f"com.amazonaws.{REGION}.s3"]

    assert rules(given, egress=True) == ["10.50.0.0/16", s3]
    assert any("tap:openEgress is false" in each for each in given.said)
    given.deploy()
    assert rules(given, egress=True) == ["0.0.0.0/0"]


def test_the_endpoints_that_it_lacks_are_made_if_they_are_asked_for_and_go_again(given: Given) -> None:
    ec2, foreign = given.client("ec2"), given.foreign
    mine = {"VpcId": foreign.vpc, "ServiceName": f"com.amazonaws.{REGION}.logs", "VpcEndpointType": "Interface"}
    theirs = ec2.create_vpc_endpoint(**mine, SubnetIds=[foreign.private["a"]], PrivateDnsEnabled=True)["VpcEndpoint"]

    given.deploy(vpcEndpoints="true")
    within = [{"Name": "vpc-id", "Values": [foreign.vpc]}]
    found = ec2.describe_vpc_endpoints(Filters=within)["VpcEndpoints"]
    made = {each["ServiceName"].rpartition(".")[2]: each for each in found if each != theirs and each.get("Tags")}

    assert sorted(made) == ["monitoring", "s3", "ssm", "ssmmessages"]
    assert made["s3"]["RouteTableIds"] == [foreign.private_table]
    assert set(made["ssm"]["SubnetIds"]) == {foreign.private[letter] for letter in "ab"}
    assert not [each for each in given.said if "Systems Manager" in each]
    given.deploy(vpcEndpoints="true")  # its own endpoints are no reason to leave them out
    assert len(ec2.describe_vpc_endpoints(Filters=within)["VpcEndpoints"]) == 5
    given.deploy()
    ec2.delete_vpc_endpoints(VpcEndpointIds=[theirs["VpcEndpointId"]])
    assert seen(ec2, foreign.vpc) == given.before


def test_endpoints_are_refused_where_their_names_would_not_resolve(given: Given) -> None:
    ec2, vpc = given.client("ec2"), given.foreign.vpc
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})

    with pytest.raises(ProgramRefused, match=r"tap:vpcId = .* a VPC with enableDnsSupport and enableDnsHostnames"):
        given.deploy(vpcEndpoints="true")

    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})


def test_when_the_stack_goes_the_network_is_as_it_was(given: Given) -> None:
    given.sandbox.cloud.clock.start()
    given.sandbox.engine_for(given.foreign.config()).destroy()

    ec2 = given.client("ec2")
    within = [{"Name": "vpc-id", "Values": [given.foreign.vpc]}]
    assert urns(given) == []
    assert seen(ec2, given.foreign.vpc) == given.before
    assert [each["GroupName"] for each in ec2.describe_security_groups(Filters=within)["SecurityGroups"]] == ["default"]
