"""Load balancers, listeners, rules, certificates and access logs, through the whole cloud: what AWS would refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.embedded import Cloud

NUMBERS = count(1)
REGION = "us-east-1"
REDIRECT = [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]


class Net:
    """A VPC with two subnets and a security group."""

    def __init__(self, cloud: Cloud, *, gateway: bool = True) -> None:
        self.cloud = cloud
        ec2 = self.ec2 = cloud.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{letter}")[
                "Subnet"
            ]["SubnetId"]
            for number, letter in enumerate("ab")
        ]
        self.group = ec2.create_security_group(GroupName="balancer", Description="balancer", VpcId=self.vpc)["GroupId"]
        if gateway:
            made = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=self.vpc)
        self.elb = cloud.client("elbv2")

    def balancer(self, **given: Any) -> dict[str, Any]:
        usual = {"Name": f"web-{next(NUMBERS)}", "Subnets": self.subnets, "SecurityGroups": [self.group]}
        made: dict[str, Any] = self.elb.create_load_balancer(**(usual | given))["LoadBalancers"][0]
        return made

    def targets(self, **given: Any) -> str:
        usual = {"Name": f"web-{next(NUMBERS)}", "Protocol": "HTTP", "Port": 80, "VpcId": self.vpc}
        return str(self.elb.create_target_group(**(usual | given))["TargetGroups"][0]["TargetGroupArn"])

    def listener(self, balancer: str, **given: Any) -> dict[str, Any]:
        usual = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": REDIRECT}
        made: dict[str, Any] = self.elb.create_listener(**(usual | given))["Listeners"][0]
        return made

    def certificate(self, *, issued: bool = True) -> str:
        arn = self.cloud.client("acm").request_certificate(
            DomainName=f"{next(NUMBERS)}.example.com", ValidationMethod="DNS"
        )["CertificateArn"]
        if issued:
            self.cloud.clock.advance(61)
        return str(arn)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=5) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture(scope="module")
def net(cloud: Cloud) -> Net:
    return Net(cloud)


def refusal(call: Callable[..., Any], *given: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(*given, **params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def forward(arn: str) -> list[dict[str, Any]]:
    return [{"Type": "forward", "TargetGroupArn": arn}]


def test_a_load_balancer_needs_two_zones_one_subnet_in_each_and_a_way_in(cloud: Cloud, net: Net) -> None:
    assert refusal(net.balancer, Subnets=net.subnets[:1])[1].startswith("At least two subnets in two different")
    assert refusal(net.balancer, Subnets=["subnet-0"])[0] == "SubnetNotFound"
    assert refusal(Net(cloud, gateway=False).balancer)[1].endswith("has no internet gateway")
    assert Net(cloud, gateway=False).balancer(Scheme="internal")["DNSName"].startswith("internal-web-")


def test_its_name_is_its_own_and_its_security_groups_are_of_its_vpc(cloud: Cloud, net: Net) -> None:
    taken = net.balancer()["LoadBalancerName"]

    assert refusal(net.balancer, Name=taken)[0] == "DuplicateLoadBalancerName"
    assert refusal(net.balancer, SecurityGroups=[Net(cloud).group])[0] == "InvalidConfigurationRequest"


def test_it_has_interfaces_that_hold_its_subnets_and_groups_until_it_is_deleted(cloud: Cloud) -> None:
    net = Net(cloud)
    balancer = net.balancer()["LoadBalancerArn"]
    assert refusal(net.ec2.delete_security_group, GroupId=net.group)[0] == "DependencyViolation"
    assert refusal(net.ec2.delete_subnet, SubnetId=net.subnets[0])[0] == "DependencyViolation"

    net.elb.delete_load_balancer(LoadBalancerArn=balancer)

    net.ec2.delete_security_group(GroupId=net.group)
    net.ec2.delete_subnet(SubnetId=net.subnets[0])


def test_deletion_protection_holds_until_it_is_off(net: Net) -> None:
    balancer = net.balancer()["LoadBalancerArn"]

    def protect(value: str) -> None:
        net.elb.modify_load_balancer_attributes(
            LoadBalancerArn=balancer, Attributes=[{"Key": "deletion_protection.enabled", "Value": value}]
        )

    protect("true")
    code, message = refusal(net.elb.delete_load_balancer, LoadBalancerArn=balancer)
    assert (code, "deletion protection is enabled" in message) == ("OperationNotPermitted", True)

    protect("false")
    net.elb.delete_load_balancer(LoadBalancerArn=balancer)


def test_an_unknown_attribute_is_refused_and_the_defaults_are_awss(net: Net) -> None:
    balancer = net.balancer()["LoadBalancerArn"]
    told = net.elb.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]

    assert {each["Key"]: each["Value"] for each in told}["routing.http.drop_invalid_header_fields.enabled"] == "false"
    unknown = [{"Key": "no.such.key", "Value": "1"}]
    assert (
        "is not recognized"
        in refusal(net.elb.modify_load_balancer_attributes, LoadBalancerArn=balancer, Attributes=unknown)[1]
    )


def test_tls_needs_a_certificate_that_is_issued_and_a_policy_that_exists(net: Net) -> None:
    balancer = net.balancer()["LoadBalancerArn"]

    def listen(**given: Any) -> dict[str, Any]:
        return net.listener(balancer, Protocol="HTTPS", Port=443, **given)

    assert refusal(listen)[1] == "A certificate must be specified for HTTPS listeners"
    gone = f"arn:aws:acm:{REGION}:123456789012:certificate/0"
    assert refusal(listen, Certificates=[{"CertificateArn": gone}])[0] == "CertificateNotFound"
    pending = net.certificate(issued=False)
    assert refusal(listen, Certificates=[{"CertificateArn": pending}])[0] == "UnsupportedCertificate"
    good = [{"CertificateArn": net.certificate()}]
    assert refusal(listen, Certificates=good, SslPolicy="none")[0] == "SSLPolicyNotFound"

    assert listen(Certificates=good)["SslPolicy"] == "ELBSecurityPolicy-2016-08"


def test_a_plain_listener_has_no_certificate_and_no_policy(net: Net) -> None:
    made = net.listener(net.balancer()["LoadBalancerArn"])

    assert "SslPolicy" not in made
    assert "Certificates" not in made


def test_a_port_has_one_listener(net: Net) -> None:
    balancer = net.balancer()["LoadBalancerArn"]
    net.listener(balancer)
    other = net.listener(balancer, Port=81)["ListenerArn"]

    assert refusal(net.listener, balancer)[0] == "DuplicateListener"
    assert refusal(net.elb.modify_listener, ListenerArn=other, Port=80)[0] == "DuplicateListener"


def test_a_target_group_has_one_load_balancer_of_its_vpc_and_is_free_again_without_it(cloud: Cloud, net: Net) -> None:
    first, second, group = net.balancer()["LoadBalancerArn"], net.balancer()["LoadBalancerArn"], net.targets()
    listener = net.listener(first, DefaultActions=forward(group))["ListenerArn"]
    assert net.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"] == [first]
    assert refusal(net.listener, second, DefaultActions=forward(group))[0] == "TargetGroupAssociationLimit"
    assert refusal(net.elb.delete_target_group, TargetGroupArn=group)[0] == "ResourceInUse"
    elsewhere = forward(Net(cloud).targets())
    assert refusal(net.listener, second, DefaultActions=elsewhere)[0] == "InvalidConfigurationRequest"

    net.elb.delete_listener(ListenerArn=listener)

    net.listener(second, DefaultActions=forward(group))
    net.elb.delete_load_balancer(LoadBalancerArn=second)
    net.elb.delete_target_group(TargetGroupArn=group)


def test_a_rule_brings_its_target_group_to_the_load_balancer_and_takes_it_away(net: Net) -> None:
    balancer, group = net.balancer()["LoadBalancerArn"], net.targets()
    listener = net.listener(balancer)["ListenerArn"]
    condition = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}}]
    rule = net.elb.create_rule(ListenerArn=listener, Priority=1, Conditions=condition, Actions=forward(group))
    arn = rule["Rules"][0]["RuleArn"]
    assert net.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"] == [balancer]

    default = next(
        each["RuleArn"] for each in net.elb.describe_rules(ListenerArn=listener)["Rules"] if each["IsDefault"]
    )
    assert refusal(net.elb.delete_rule, RuleArn=default)[0] == "OperationNotPermitted"
    net.elb.delete_rule(RuleArn=arn)

    found = net.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]
    assert found.get("LoadBalancerArns", []) == []


def test_more_certificates_come_and_go_and_the_default_one_stays(net: Net) -> None:
    first, second, third = net.certificate(), net.certificate(), net.certificate()
    balancer = net.balancer()["LoadBalancerArn"]
    listener = net.listener(balancer, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": first}])
    arn = listener["ListenerArn"]

    def shown() -> dict[str, bool]:
        told = net.elb.describe_listener_certificates(ListenerArn=arn)["Certificates"]
        return {each["CertificateArn"]: each["IsDefault"] for each in told}

    net.elb.add_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": second}])
    net.elb.add_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": second}])
    assert shown() == {first: True, second: False}

    net.elb.modify_listener(ListenerArn=arn, Certificates=[{"CertificateArn": third}])
    assert shown() == {third: True, second: False}
    told = net.elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]
    assert told["Certificates"] == [{"CertificateArn": third}]

    default = [{"CertificateArn": third}]
    assert refusal(net.elb.remove_listener_certificates, ListenerArn=arn, Certificates=default)[0] == (
        "OperationNotPermitted"
    )
    net.elb.remove_listener_certificates(ListenerArn=arn, Certificates=[{"CertificateArn": second}])
    assert shown() == {third: True}


def test_a_certificate_that_is_used_cannot_be_deleted(net: Net) -> None:
    acm, arn = net.cloud.client("acm"), net.certificate()
    balancer = net.balancer()["LoadBalancerArn"]
    net.listener(balancer, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": arn}])
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == [balancer]
    assert refusal(acm.delete_certificate, CertificateArn=arn)[0] == "ResourceInUseException"

    net.elb.delete_load_balancer(LoadBalancerArn=balancer)

    acm.delete_certificate(CertificateArn=arn)


def test_access_logs_need_a_bucket_whose_policy_lets_log_delivery_write(net: Net) -> None:
    s3, name = get_backend("s3")[ACCOUNT]["aws"], f"logs-{next(NUMBERS)}"
    balancer = net.balancer()["LoadBalancerArn"]

    def log() -> None:
        settings = {"enabled": "true", "bucket": name, "prefix": "web"}
        attributes = [{"Key": f"access_logs.s3.{key}", "Value": value} for key, value in settings.items()]
        net.elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=attributes)

    def allow(path: str) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{name}/{path}/*",
        }
        s3.put_bucket_policy(name, json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode())

    assert refusal(log)[1].startswith("Access Denied for bucket")
    s3.create_bucket(name, REGION)
    assert refusal(log)[1].startswith("Access Denied for bucket")
    allow("other/AWSLogs/123456789012")
    assert refusal(log)[1].startswith("Access Denied for bucket")
    allow("web/AWSLogs/123456789012")

    log()
