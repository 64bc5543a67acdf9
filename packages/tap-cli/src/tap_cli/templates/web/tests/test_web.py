"""The service, deployed into an AWS in the test's own process: no account, no network."""

from __future__ import annotations

import pytest

from embedded_pulumi.pytest_plugin import Deploy
from embedded_pulumi.testing import DeployedStack, SharedAws


@pytest.fixture(scope="module")
def stack(module_deployed: Deploy, embedded_aws: SharedAws) -> DeployedStack:
    """The program of this folder with the configuration of Pulumi.dev.yaml, and a certificate."""
    acm = embedded_aws.cloud.client("acm")
    asked = acm.request_certificate(DomainName="web.example.com", ValidationMethod="DNS")
    embedded_aws.cloud.clock.advance(61)  # by then it is issued
    deployed = module_deployed(".", {"tap:certificateArn": asked["CertificateArn"]})
    deployed.pass_time(minutes=6)  # by then the load balancer has asked each instance
    return deployed


def health(stack: DeployedStack) -> dict[str, str]:
    """What the load balancer makes of each instance."""
    elb = stack.boto3("elbv2")
    (group,) = elb.describe_target_groups()["TargetGroups"]
    told = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in told}


def test_every_instance_serves(stack: DeployedStack) -> None:
    assert list(health(stack).values()) == ["healthy", "healthy"]


def test_it_speaks_https_alone(stack: DeployedStack) -> None:
    elb = stack.boto3("elbv2")
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    forwarding = [each for each in listeners if each["DefaultActions"][0]["Type"] == "forward"]
    assert [(each["Port"], each["Protocol"]) for each in forwarding] == [(443, "HTTPS")]


def test_an_instance_that_serves_no_more_is_replaced(stack: DeployedStack) -> None:
    broken = min(health(stack))
    stack.cloud.targets.answer(broken, 503, path="/healthz")

    stack.pass_time(minutes=20)

    assert broken not in health(stack)
    assert list(health(stack).values()) == ["healthy", "healthy"]
