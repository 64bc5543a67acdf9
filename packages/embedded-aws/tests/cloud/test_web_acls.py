"""Web ACLs before load balancers, through the whole cloud: what AWS would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

NUMBERS = count()
SEEN = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=3) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def waf(cloud: Cloud) -> Any:
    return cloud.client("wafv2")


@pytest.fixture
def balancer(cloud: Cloud) -> str:
    ec2, number = cloud.client("ec2"), next(NUMBERS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{at}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for at, zone in enumerate("ab")
    ]
    made = cloud.client("elbv2").create_load_balancer(Name=f"b{number}", Subnets=subnets, Scheme="internal")
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


def new_acl(waf: Any) -> dict[str, Any]:
    made: dict[str, Any] = waf.create_web_acl(
        Name=f"acl-{next(NUMBERS)}", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=SEEN, Rules=[]
    )["Summary"]
    return made


def delete(waf: Any, acl: dict[str, Any]) -> None:
    waf.delete_web_acl(Name=acl["Name"], Scope="REGIONAL", Id=acl["Id"], LockToken=acl["LockToken"])


def test_a_load_balancer_has_one_web_acl_and_a_later_one_takes_its_place(waf: Any, balancer: str) -> None:
    first, second = new_acl(waf), new_acl(waf)
    for each in (first, second):
        waf.associate_web_acl(WebACLArn=each["ARN"], ResourceArn=balancer)

    assert waf.get_web_acl_for_resource(ResourceArn=balancer)["WebACL"]["ARN"] == second["ARN"]
    delete(waf, first)


def test_a_web_acl_stays_while_it_is_before_a_load_balancer(cloud: Cloud, waf: Any, balancer: str) -> None:
    acl = new_acl(waf)
    waf.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=balancer)
    with pytest.raises(ClientError, match="WAFAssociatedItemException"):
        delete(waf, acl)

    cloud.client("elbv2").delete_load_balancer(LoadBalancerArn=balancer)
    with pytest.raises(ClientError, match="WAFNonexistentItemException"):
        waf.get_web_acl_for_resource(ResourceArn=balancer)
    delete(waf, acl)


@pytest.mark.parametrize(
    ("kind", "code"), [("app", "WAFNonexistentItemException"), ("net", "WAFInvalidParameterException")]
)
def test_what_takes_no_web_acl_is_refused(waf: Any, kind: str, code: str) -> None:
    arn = f"arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/{kind}/none/0123456789abcdef"

    with pytest.raises(ClientError, match=code):
        waf.associate_web_acl(WebACLArn=new_acl(waf)["ARN"], ResourceArn=arn)
