"""Any request that botocore's models allow, and a cloud with one of everything that requests are about.

A request is drawn from the shape of an operation's input: values of every type within the model's limits, names of what
the cloud has, and what people write by mistake. `FurnishedCloud` sends it to the gateway itself, without a socket.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import botocore.session
from botocore.serialize import create_serializer
from hypothesis import strategies as st

from embedded_aws.access import ACCESS_KEY
from embedded_aws.embedded import Cloud
from embedded_aws.warmup import IMAGE_PARAMETER

REGION = "us-east-1"
EARLY, LATE = datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
DEEPEST = 5  # levels of a request that are filled in
LONGEST = 3  # members of a list
MISTAKES = ("", " ", "x", "a-b", "0", "-1", "aws:x", "arn:", "arn:aws:sns", "ä", "{}", "[]", "null", "1+", "ABS()", "*")
LISTINGS = (
    ("cloudwatch", "DescribeAlarms"),
    ("cloudwatch", "DescribeAlarmHistory"),
    ("cloudwatch", "ListMetrics"),
    ("autoscaling", "DescribeAutoScalingGroups"),
    ("autoscaling", "DescribeScalingActivities"),
    ("autoscaling", "DescribePolicies"),
    ("ec2", "DescribeSecurityGroups"),
    ("ec2", "DescribeSecurityGroupRules"),
    ("ec2", "DescribeSubnets"),
    ("ec2", "DescribeRouteTables"),
    ("ec2", "DescribeNatGateways"),
    ("ec2", "DescribeLaunchTemplates"),
    ("lambda", "ListFunctions"),
    ("events", "ListRules"),
    ("sns", "ListSubscriptions"),
)
"""Calls without parameters that must answer whatever was asked before."""


@dataclass
class FurnishedCloud:
    """A cloud, and what there is in it by the name of the parameter that it is for."""

    cloud: Cloud
    known: dict[str, list[str]] = field(default_factory=dict)
    models: dict[str, Any] = field(default_factory=dict)

    def model(self, service: str) -> Any:
        if service not in self.models:
            self.models[service] = botocore.session.get_session().get_service_model(service)
        return self.models[service]

    def operations(self) -> list[tuple[str, str]]:
        """The operations that the embedded AWS answers itself."""
        return sorted(self.cloud._gateway._routes)

    def send(self, service: str, action: str, params: Mapping[str, Any]) -> tuple[int, str]:
        """The HTTP status and the body of the answer to one request."""
        answered: list[str] = []
        body = b"".join(
            self.cloud._gateway(self._environ(service, action, params), lambda status, _: answered.append(status))
        )
        return int(answered[0].split()[0]), body.decode(errors="replace")

    def _environ(self, service: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        model = self.model(service)
        protocol = "json" if service == "cloudwatch" else model.resolved_protocol
        request = create_serializer(protocol, include_validation=False).serialize_to_request(
            dict(params), model.operation_model(action)
        )
        body = request["body"]
        raw = urlencode(body).encode() if isinstance(body, dict) else body if isinstance(body, bytes) else body.encode()
        scope = f"{ACCESS_KEY}/20000101/{REGION}/{model.signing_name}/aws4_request"
        headers = {**request["headers"], "Host": "localhost", "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}"}
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request["method"],
            "SCRIPT_NAME": "",
            "PATH_INFO": request["url_path"],
            "RAW_URI": request["url_path"],
            "QUERY_STRING": urlencode(request["query_string"], doseq=True) if request["query_string"] else "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(raw),
        }
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = str(value)
        return environ


@contextmanager
def furnished_cloud() -> Iterator[FurnishedCloud]:
    """A cloud with one of everything, for the length of a `with`."""
    with Cloud(seed=11, region=REGION) as cloud:
        made = FurnishedCloud(cloud)
        made.known = _furnished(cloud)
        yield made


def _furnished(cloud: Cloud) -> dict[str, list[str]]:
    ec2, iam, sns = cloud.client("ec2"), cloud.client("iam"), cloud.client("sns")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    allowed = ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="10.0.0.0/8"
    )
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    image = cloud.client("ssm").get_parameter(Name=IMAGE_PARAMETER)["Parameter"]["Value"]
    template = ec2.create_launch_template(
        LaunchTemplateName="tpl", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    policy = iam.create_policy(PolicyName="p", PolicyDocument=allow)["Policy"]["Arn"]
    topic = sns.create_topic(Name="t")["TopicArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@b.c", ReturnSubscriptionArn=True)
    archive = _archive()
    function = cloud.client("lambda").create_function(
        FunctionName="f", Role=role, Runtime="python3.12", Handler="index.handler", Code={"ZipFile": archive}
    )["FunctionArn"]
    rule = cloud.client("events").put_rule(Name="rule", ScheduleExpression="rate(1 minute)")["RuleArn"]
    scaling = cloud.client("autoscaling")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="asg", MinSize=0, MaxSize=4, DesiredCapacity=1, VPCZoneIdentifier=subnet,
        LaunchTemplate={"LaunchTemplateId": template},
    )  # fmt: skip
    scaling_policy = scaling.put_scaling_policy(
        AutoScalingGroupName="asg", PolicyName="out", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
    )["PolicyARN"]
    cloud.clock.advance(120)
    member = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"][0]["InstanceId"]
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="alarm", Namespace="X", MetricName="Y", Period=60, Statistic="Sum", EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloud.client("logs").create_log_group(logGroupName="logs")
    key = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]
    cidrs = ["10.0.0.0/8", "10.0.0.5/24", "0.0.0.0/0", "10.0.0.0/33"]
    documents = [document, allow, '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": []}]}', "{"]
    known: dict[str, list[str]] = {
        "VpcId": [vpc], "SubnetId": [subnet], "RouteTableId": [table], "GroupId": [group], "GatewayId": [gateway],
        "SecurityGroupRuleId": [allowed["SecurityGroupRules"][0]["SecurityGroupRuleId"]], "AllocationId": [address],
        "InternetGatewayId": [gateway], "NatGatewayId": [nat], "LaunchTemplateId": [template], "ImageId": [image],
        "LaunchTemplateName": ["tpl"], "Version": ["1", "$Latest", "9"], "InstanceId": [member], "RoleName": ["r"],
        "CidrBlock": cidrs, "CidrIp": cidrs, "CidrIpv4": cidrs, "DestinationCidrBlock": cidrs, "Role": [role],
        "CidrIpv6": ["::/0", "fd00::1/64"], "CidrIpv6Block": ["fd00::/64"], "IpProtocol": ["tcp", "-1", "6", "ssh"],
        "PolicyDocument": documents, "AssumeRolePolicyDocument": documents, "Policy": documents, "PolicyArn": [policy],
        "TopicArn": [topic], "SubscriptionArn": [subscription["SubscriptionArn"]], "FunctionName": ["f", function],
        "Rule": ["rule"], "AutoScalingGroupName": ["asg"], "VPCZoneIdentifier": [subnet], "PolicyName": ["out"],
        "AlarmName": ["alarm"], "AlarmActions": [topic, scaling_policy, function], "Namespace": ["X"], "Name": ["rule"],
        "MetricName": ["Y"], "logGroupName": ["logs"], "KeyId": [key], "Id": ["m1", "m2"], "Stat": ["Sum", "p99"],
        "Expression": ["m1", "m1 + m2", "METRICS()", "FILL(m1)", "1 / 0"], "resourceIdentifier": [rule],
        "ScheduleExpression": ["rate(5 minutes)", "rate(0 minutes)", "cron(0 0 31 2 ? *)"],
        "Handler": ["index.handler"],
        "EventPattern": ['{"source": ["x"]}', '{"source": [{"numeric": []}]}', '{"source": "x"}', "[]"],
        "Runtime": ["python3.12"], "Arn": [topic, function, rule], "ServiceName": [f"com.amazonaws.{REGION}.s3"],
        "AttributeName": ["Policy", "DisplayName"], "Endpoint": ["a@b.c", function], "Protocol": ["email", "lambda"],
        "Path": ["/aws/service/ami-amazon-linux-latest"], "RoleArn": [role], "Detail": ["{}", "[]"], "Source": ["x"],
        "AdjustmentType": ["ChangeInCapacity"], "PolicyType": ["SimpleScaling"], "DetailType": ["x"],
    }  # fmt: skip
    return known


def _archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr("index.py", "def handler(event, context):\n    return 1\n")
    return packed.getvalue()


def requests(aim: FurnishedCloud, service: str, action: str) -> st.SearchStrategy[dict[str, Any]]:
    """Requests of one operation."""
    shape = aim.model(service).operation_model(action).input_shape
    if shape is None:
        return st.just({})
    return _values(aim, shape, "", 0)


def _values(aim: FurnishedCloud, shape: Any, name: str, depth: int) -> st.SearchStrategy[Any]:
    kind = shape.type_name
    if kind == "structure":
        return _structures(aim, shape, depth)
    if kind == "list":
        return st.lists(_values(aim, shape.member, name, depth + 1), min_size=min(shape.metadata.get("min", 0), 1),
                        max_size=LONGEST)  # fmt: skip
    if kind == "map":
        keys = _values(aim, shape.key, "", depth + 1)
        return st.dictionaries(keys, _values(aim, shape.value, name, depth + 1), max_size=2)
    return _scalars(aim, shape, name)


def _structures(aim: FurnishedCloud, shape: Any, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    @st.composite
    def draw_one(draw: st.DrawFn) -> dict[str, Any]:
        optional = [each for each in shape.members if each not in shape.required_members and each != "DryRun"]
        most = min(len(optional), 6) if depth < DEEPEST else 0
        chosen = draw(st.lists(st.sampled_from(optional), max_size=most, unique=True)) if most else []
        wanted = [*shape.required_members, *chosen]
        return {each: draw(_values(aim, shape.members[each], each, depth + 1)) for each in wanted}

    return draw_one()


def _scalars(aim: FurnishedCloud, shape: Any, name: str) -> st.SearchStrategy[Any]:
    limits = shape.metadata
    match shape.type_name:
        case "integer" | "long":
            low, high = limits.get("min", -(2**31)), limits.get("max", 2**31 - 1)
            usual = [each for each in (low, high, 0, 1, 2, 3, 60, 80, 90, 100, 300, 3600) if low <= each <= high]
            return st.sampled_from(usual) | st.integers(low, high)
        case "float" | "double":
            return st.sampled_from([0.0, 1.0, -1.0, 1e308]) | st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "timestamp":
            return st.datetimes(EARLY.replace(tzinfo=None), LATE.replace(tzinfo=None), timezones=st.just(UTC))
        case "blob":
            return st.sampled_from([b"", b"{}", b"x", _archive()])
        case _:
            return _strings(aim, shape, name)


def _strings(aim: FurnishedCloud, shape: Any, name: str) -> st.SearchStrategy[str]:
    if getattr(shape, "enum", None):
        return st.sampled_from([*shape.enum, *(aim.known.get(name) or shape.enum)])
    known = (
        aim.known.get(name) or aim.known.get(name.removesuffix("s")) or aim.known.get(f"{name[:1].upper()}{name[1:]}")
    )
    anything = [each for values in aim.known.values() for each in values]
    low, high = shape.metadata.get("min", 0), min(shape.metadata.get("max", 40), 40)
    text = st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=min(low, 40), max_size=max(high, low)
    )
    mistakes = st.sampled_from(MISTAKES) | text | st.sampled_from(anything)
    return st.sampled_from(known) | st.sampled_from(known) | st.sampled_from(known) | mistakes if known else mistakes
