"""What resources need to stand on, made through the provider itself."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from embedded_pulumi.aws.archives import zip_bytes
from embedded_pulumi.aws.provider import ConfiguredAws
from embedded_pulumi.provider import (
    CheckRequest,
    Created,
)
from embedded_pulumi.values import Archive, Asset, Properties

REGION = "eu-west-1"
CODE = Archive(assets={"index.py": Asset(text="def handler(event, context): return None\n")})
TRUST = """{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "%s.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}"""


def self_signed(domain: str) -> tuple[str, str]:
    """A certificate of our own and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    pem, secret = serialization.Encoding.PEM, serialization.NoEncryption()
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, secret)
    return made.public_bytes(pem).decode(), plain.decode()


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
        self._target_groups: dict[str, str] = {}

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

    def fresh_bucket(self) -> str:
        """A bucket that nobody else uses."""
        return str(self.make("aws:s3/bucket:Bucket", self.next_name(), forceDestroy=True)["bucket"])

    @cached_property
    def versioned_bucket(self) -> str:
        made = self.make("aws:s3/bucket:Bucket", "versioned", forceDestroy=True, versioning={"enabled": True})
        return str(made["bucket"])

    @cached_property
    def logs_bucket(self) -> str:
        """A bucket that takes the logs of others."""
        name = self.fresh_bucket()
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": ["s3:PutObject"],
            "Resource": f"arn:aws:s3:::{name}/*",
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        self.make("aws:s3/bucketPolicy:BucketPolicy", "logs", bucket=name, policy=document)
        return name

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
        role = self.role_for("lambda")
        statement = {"Effect": "Allow", "Action": "xray:Put*", "Resource": "*"}  # Lambda asks before it traces
        document = {"Version": "2012-10-17", "Statement": [statement]}
        self.make("aws:iam/rolePolicy:RolePolicy", "traces", role=role["name"], policy=document)
        return role

    @cached_property
    def other_role(self) -> Properties:
        return self.role_for("ec2")

    @cached_property
    def telling_role(self) -> Properties:
        """A role by which Auto Scaling may tell of a group's lifecycle actions."""
        role = self.role_for("autoscaling")
        statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        self.make("aws:iam/rolePolicy:RolePolicy", "tells", role=role["name"], policy=document)
        return role

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
    def twice_published(self) -> str:
        """The name of a function with two versions."""
        name = self.next_name()
        settings = {"role": self.role["arn"], "runtime": "python3.13", "handler": "index.handler", "code": CODE}
        function = str(self.make("aws:lambda/function:Function", name, **settings)["name"])
        self.session.lambda_.publish_version(FunctionName=function)
        self.session.lambda_.update_function_configuration(FunctionName=function, Description="newer")
        self.session.lambda_.publish_version(FunctionName=function)
        return function

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

    def fleet_named(self, name: str) -> str:
        return str(
            self.make(
                "aws:autoscaling/group:Group",
                name,
                minSize=0,
                maxSize=4,
                vpcZoneIdentifiers=[self.subnet],
                launchTemplate={"id": self.launch_template["id"], "version": "1"},
            )["name"]
        )

    @cached_property
    def alarm(self) -> str:
        inputs = {"metricName": "m", "namespace": "n", "period": 60, "statistic": "Sum", "threshold": 1}
        compares = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1}
        return str(self.make("aws:cloudwatch/metricAlarm:MetricAlarm", "world", **inputs, **compares)["name"])

    @cached_property
    def fleet(self) -> str:
        return self.fleet_named("world")

    @cached_property
    def other_fleet(self) -> str:
        return self.fleet_named("other")

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

    def target_group(self, name: str) -> str:
        """A target group of this name."""
        if name not in self._target_groups:
            made = self.make("aws:lb/targetGroup:TargetGroup", name, port=80, protocol="HTTP", vpcId=self.vpc["id"])
            self._target_groups[name] = str(made["arn"])
        return self._target_groups[name]

    @cached_property
    def load_balancer(self) -> str:
        subnets = [self.subnet, self.other_subnet]
        made = self.make("aws:lb/loadBalancer:LoadBalancer", "world", internal=True, subnets=subnets)
        return str(made["arn"])

    def certificate_for(self, domain: str) -> str:
        made = self.make("aws:acm/certificate:Certificate", domain[:3], domainName=domain, validationMethod="DNS")
        self.make("aws:acm/certificateValidation:CertificateValidation", domain[:3], certificateArn=made["arn"])
        return str(made["arn"])

    @cached_property
    def certificate(self) -> str:
        return self.certificate_for("www.example.com")

    @cached_property
    def other_certificate(self) -> str:
        return self.certificate_for("api.example.com")

    @cached_property
    def validation_records(self) -> list[str]:
        told = self.session.acm.describe_certificate(CertificateArn=self.certificate)["Certificate"]
        return [each["ResourceRecord"]["Name"] for each in told["DomainValidationOptions"]]

    @cached_property
    def key_pair(self) -> dict[str, str]:
        """A certificate of our own with its key, both in PEM, and itself as its chain."""
        body, key = self_signed("own.example.com")
        return {"certificateBody": body, "privateKey": key, "certificateChain": body}

    @cached_property
    def listener(self) -> str:
        made = self.make(
            "aws:lb/listener:Listener",
            "world",
            loadBalancerArn=self.load_balancer,
            port=443,
            protocol="HTTPS",
            certificateArn=self.certificate,
            defaultActions=[
                {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
            ],
        )
        return str(made["arn"])

    def next_port(self) -> int:
        """A port, or a priority, that nobody has."""
        return 1000 + next(self._numbers)

    @cached_property
    def running_instance(self) -> str:
        ec2 = self.session.ec2
        ec2.get_waiter("instance_running").wait(InstanceIds=[self.instance])
        return self.instance
