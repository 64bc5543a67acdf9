"""A plain moto server, the provider configured against it, and the table of cases for every resource type.

Costs: nothing but time; moto answers on a loopback port of its own.
"""

from __future__ import annotations

import itertools
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.aws.archives import zip_bytes
from embedded_pulumi.aws.provider import ConfiguredAws
from embedded_pulumi.provider import (
    CheckRequest,
    Created,
)
from embedded_pulumi.values import Archive, Asset, Properties

REGION = "eu-west-1"
DEFAULT_TAGS = {"Owner": "fleet"}
CODE = Archive(assets={"index.py": Asset(text="def handler(event, context): return None\n")})
TRUST = """{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "%s.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}"""


MOTO = """
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://%s:%s" % server.get_host_and_port(), flush=True)
input()
"""


CLOUD = f"""
from embedded_aws.embedded import Cloud
with Cloud(speed=600, region={REGION!r}) as cloud:
    print(cloud.endpoint_url, flush=True)
    input()
"""


@contextmanager
def serving(program: str) -> Iterator[str]:
    """The address that a server in a process of its own prints: moto's state belongs to its whole process."""
    environment = {**os.environ, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("\n")


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with serving(MOTO) as url:
        yield url


@pytest.fixture(scope="module")
def embedded() -> Iterator[World]:
    """The world in the embedded AWS, where time runs so fast that an instance boots in a blink."""
    with serving(CLOUD) as url:
        yield World(AwsProvider(endpoint_url=url).configure({"region": REGION}))


@pytest.fixture(scope="session")
def package(endpoint: str) -> AwsProvider:
    return AwsProvider(endpoint_url=endpoint)


@pytest.fixture(scope="session")
def aws(package: AwsProvider) -> ConfiguredAws:
    return package.configure({"region": REGION, "defaultTags": {"tags": DEFAULT_TAGS}})


@dataclass
class Standing:
    """A resource that exists: its checked inputs and its outputs."""

    type_: str
    id: str
    inputs: Properties
    outputs: Properties


class World:
    """What resources need to stand on, made once through the provider itself."""

    def __init__(self, aws: ConfiguredAws) -> None:
        self.aws = aws
        self.session = aws.session
        self._numbers = itertools.count(1)

    def make(self, type_: str, name: str, **inputs: Any) -> Properties:
        return self.stand(type_, name, inputs).outputs

    def stand(self, type_: str, name: str, inputs: Properties) -> Standing:
        """Each gets a name of its own: a test that fails leaves its resource behind."""
        seed = next(self._numbers).to_bytes(4, "big") * 4
        checked = self.aws.check(CheckRequest(type_, name, {}, inputs, seed[3:] + seed[:3]))
        assert checked.failures == ()
        created: Created = self.aws.create(type_, checked.inputs, preview=False)
        return Standing(type_, created.id, checked.inputs, created.outputs)

    @cached_property
    def vpc(self) -> Properties:
        return self.make("aws:ec2/vpc:Vpc", "world", cidrBlock="10.0.0.0/16", assignGeneratedIpv6CidrBlock=True)

    def subnet_in(self, name: str, block: str, zone: str) -> str:
        made = self.make(
            "aws:ec2/subnet:Subnet", name, vpcId=self.vpc["id"], cidrBlock=block, availabilityZone=f"{REGION}{zone}"
        )
        return str(made["id"])

    @cached_property
    def subnet(self) -> str:
        return self.subnet_in("a", "10.0.0.0/24", "a")

    @cached_property
    def other_subnet(self) -> str:
        return self.subnet_in("b", "10.0.1.0/24", "b")

    @cached_property
    def spare_subnet(self) -> str:
        return self.subnet_in("spare", "10.0.2.0/24", "c")

    def next_block(self) -> str:
        """A block of the world's VPC that nobody has."""
        number = next(self._numbers)
        return f"10.0.{128 + number // 16}.{number % 16 * 16}/28"

    @cached_property
    def route_table(self) -> str:
        return str(self.make("aws:ec2/routeTable:RouteTable", "world", vpcId=self.vpc["id"])["id"])

    @cached_property
    def other_route_table(self) -> str:
        return str(self.make("aws:ec2/routeTable:RouteTable", "other", vpcId=self.vpc["id"])["id"])

    @cached_property
    def gateway(self) -> str:
        return str(self.make("aws:ec2/internetGateway:InternetGateway", "world", vpcId=self.vpc["id"])["id"])

    @cached_property
    def egress_gateway(self) -> str:
        made = self.session.ec2.create_egress_only_internet_gateway(VpcId=self.vpc["id"])
        return str(made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"])

    @cached_property
    def transit_gateway(self) -> str:
        return str(self.session.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"])

    @cached_property
    def peering(self) -> str:
        other = self.make("aws:ec2/vpc:Vpc", "peer", cidrBlock="10.6.0.0/16")["id"]
        made = self.session.ec2.create_vpc_peering_connection(VpcId=self.vpc["id"], PeerVpcId=other)
        return str(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])

    @cached_property
    def gateway_endpoint(self) -> str:
        service = f"com.amazonaws.{REGION}.s3"
        return str(self.make("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", vpcId=self.vpc["id"], serviceName=service)["id"])

    @cached_property
    def carrier_gateway(self) -> str:
        return str(self.session.ec2.create_carrier_gateway(VpcId=self.vpc["id"])["CarrierGateway"]["CarrierGatewayId"])

    def address(self) -> str:
        return str(self.make("aws:ec2/eip:Eip", "world")["id"])

    @cached_property
    def nat(self) -> str:
        made = self.make("aws:ec2/natGateway:NatGateway", "w", subnetId=self.subnet, allocationId=self.address())
        return str(made["id"])

    def group_named(self, name: str) -> str:
        return str(self.make("aws:ec2/securityGroup:SecurityGroup", name, vpcId=self.vpc["id"])["id"])

    @cached_property
    def group(self) -> str:
        return self.group_named("world")

    @cached_property
    def other_group(self) -> str:
        return self.group_named("other")

    @cached_property
    def interface(self) -> str:
        return str(
            self.session.ec2.create_network_interface(SubnetId=self.subnet)["NetworkInterface"]["NetworkInterfaceId"]
        )

    @cached_property
    def instance(self) -> str:
        image = self.session.ec2.register_image(Name="world", Architecture="x86_64")["ImageId"]
        started = self.session.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=self.subnet)
        return str(started["Instances"][0]["InstanceId"])

    def fresh_group(self) -> str:
        return self.group_named(self.next_name())

    def next_name(self) -> str:
        return f"thing-{next(self._numbers)}"

    @cached_property
    def prefix_list(self) -> str:
        made = self.session.ec2.create_managed_prefix_list(PrefixListName="ours", MaxEntries=1, AddressFamily="IPv4")
        return str(made["PrefixList"]["PrefixListId"])

    @cached_property
    def profile(self) -> str:
        return str(self.make("aws:iam/instanceProfile:InstanceProfile", "world", role=self.other_role["name"])["name"])

    @cached_property
    def other_image(self) -> str:
        return str(self.session.ec2.register_image(Name="other", Architecture="x86_64")["ImageId"])

    @cached_property
    def bucket(self) -> str:
        store = self.session.client("s3")
        store.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
        store.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
        store.put_object(Bucket="code", Key="code.zip", Body=zip_bytes(CODE))
        return "code"

    @cached_property
    def object_version(self) -> str:
        return str(self.session.client("s3").head_object(Bucket=self.bucket, Key="code.zip")["VersionId"])

    @cached_property
    def layer(self) -> str:
        content = {"ZipFile": zip_bytes(CODE)}
        return str(self.session.lambda_.publish_layer_version(LayerName="layer", Content=content)["LayerVersionArn"])

    def role_for(self, service: str) -> Properties:
        return self.make("aws:iam/role:Role", service, assumeRolePolicy=TRUST % service)

    @cached_property
    def role(self) -> Properties:
        return self.role_for("lambda")

    @cached_property
    def other_role(self) -> Properties:
        return self.role_for("ec2")

    def policy_named(self, name: str) -> str:
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
        return str(self.make("aws:iam/policy:Policy", name, policy=document)["arn"])

    @cached_property
    def policy(self) -> str:
        return self.policy_named("world")

    @cached_property
    def other_policy(self) -> str:
        return self.policy_named("other")

    @cached_property
    def log_group(self) -> str:
        return str(self.make("aws:cloudwatch/logGroup:LogGroup", "world")["arn"])

    @cached_property
    def key(self) -> Properties:
        return self.make("aws:kms/key:Key", "world", description="world")

    @cached_property
    def other_key(self) -> Properties:
        return self.make("aws:kms/key:Key", "other", description="other")

    @cached_property
    def topic(self) -> str:
        return str(self.make("aws:sns/topic:Topic", "world")["arn"])

    @cached_property
    def other_topic(self) -> str:
        return str(self.make("aws:sns/topic:Topic", "other")["arn"])

    @cached_property
    def function(self) -> Properties:
        return self.make(
            "aws:lambda/function:Function",
            "world",
            role=self.role["arn"],
            runtime="python3.13",
            handler="index.handler",
            code=CODE,
        )

    @cached_property
    def image(self) -> str:
        return str(self.session.ec2.register_image(Name="fleet", Architecture="x86_64")["ImageId"])

    def template(self, name: str) -> Properties:
        return self.make("aws:ec2/launchTemplate:LaunchTemplate", name, imageId=self.image, instanceType="t3.micro")

    @cached_property
    def launch_template(self) -> Properties:
        return self.template("world")

    @cached_property
    def other_launch_template(self) -> Properties:
        return self.template("other")

    @cached_property
    def fleet(self) -> str:
        return str(
            self.make(
                "aws:autoscaling/group:Group",
                "world",
                minSize=0,
                maxSize=4,
                vpcZoneIdentifiers=[self.subnet],
                launchTemplate={"id": self.launch_template["id"], "version": "1"},
            )["name"]
        )

    @cached_property
    def rule(self) -> str:
        return str(
            self.make("aws:cloudwatch/eventRule:EventRule", "world", scheduleExpression="rate(1 minute)")["name"]
        )

    @cached_property
    def target_groups(self) -> list[str]:
        balancing = self.session.client("elbv2")
        return [
            balancing.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc["id"])["TargetGroups"][0][
                "TargetGroupArn"
            ]
            for name in ("one", "two")
        ]


@pytest.fixture(scope="session")
def world(aws: ConfiguredAws) -> World:
    return World(aws)


@dataclass(frozen=True)
class Case:
    """How one resource type is tried.

    Attributes:
        inputs: A sound set of inputs.
        updates: Property to its new value, or to a pair of that and of what else must change with it.
        replaces: Likewise, for properties whose change replaces the resource.
        dropped: Likewise, for what moto takes and drops when it creates: the provider must say so.
        stuck: Likewise, for updates that moto takes and drops of a resource that stands.
        created: Likewise, for what moto takes when it creates and cannot change.
        missing: Likewise, for updates that moto refuses, with the words of its refusal.
        import_id: What the real provider takes for an import, made from the inputs and the id.
        unreadable: Inputs that AWS never tells, here or in production.
        outlives: Whether deleting it only takes the program's hand off it.
    """

    inputs: Callable[[World], Properties]
    updates: Callable[[World], Properties] = field(default=lambda _: {})
    replaces: Callable[[World], Properties] = field(default=lambda _: {})
    dropped: Callable[[World], Properties] = field(default=lambda _: {})
    stuck: Callable[[World], Properties] = field(default=lambda _: {})
    created: Callable[[World], Properties] = field(default=lambda _: {})
    missing: Callable[[World], Properties] = field(default=lambda _: {})
    import_id: str = "{id}"
    unreadable: tuple[str, ...] = ()
    outlives: bool = False


CASES: dict[str, Case] = {
    type_: Case(**case)
    for path in sorted((Path(__file__).parent / "cases").glob("*.py"))
    for type_, case in runpy.run_path(str(path))["CASES"].items()
}


class _Anything(str):
    """A world in which everything is some text: enough to list a case's properties without making anything."""

    __slots__ = ()

    def __getattr__(self, _: str) -> Any:
        return _Anything("anything")

    def __getitem__(self, _: object) -> Any:
        return _Anything("anything")

    def __call__(self, *_: object, **__: object) -> Any:
        return _Anything("anything")


def properties_of(type_: str, kind: str) -> list[str]:
    wishes: Mapping[str, Any] = getattr(CASES[type_], kind)(_Anything("anything"))
    return list(wishes)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test every type, or every property of a kind, that the table holds."""
    for kind in ("updates", "replaces", "dropped", "stuck", "created", "missing"):
        if f"{kind}_of" in metafunc.fixturenames:
            pairs = [(type_, name) for type_ in CASES for name in properties_of(type_, kind)]
            ids = [f"{type_.rpartition(':')[2]}.{name}" for type_, name in pairs]
            metafunc.parametrize(f"{kind}_of", pairs, ids=ids)
    if "type_" in metafunc.fixturenames:
        metafunc.parametrize("type_", list(CASES), ids=[each.rpartition(":")[2] for each in CASES])


@pytest.fixture(scope="session")
def cases() -> dict[str, Case]:
    return CASES


class Stock:
    """One standing resource of each type, changed and changed back by the tests that borrow it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._standing: dict[str, Standing] = {}

    def take(self, type_: str) -> Standing:
        if type_ not in self._standing:
            self._standing[type_] = self._world.stand(type_, "stock", CASES[type_].inputs(self._world))
        return self._standing.pop(type_)

    def give_back(self, standing: Standing) -> None:
        self._standing[standing.type_] = standing

    def clear(self) -> None:
        """Delete what stands: AWS allows only one of some, and the next module may want to make its own."""
        for each in self._standing.values():
            self._world.aws.delete(each.type_, each.id, each.inputs, each.outputs)


@pytest.fixture(scope="module")
def stock(world: World) -> Iterator[Stock]:
    stock = Stock(world)
    yield stock
    stock.clear()
