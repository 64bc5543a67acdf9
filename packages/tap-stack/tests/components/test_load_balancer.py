"""The load balancer before the fleet: what it serves, whom it lets in, where its logs go; and groups of others."""

from __future__ import annotations

import json

import pytest

from tap_stack.components.access_logs import delivery_policy

from .recording import Recording, tap

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a"
ACL = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/web/0a1b"
THEIRS = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/theirs/0123456789abcdef"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
GROUP = "aws:autoscaling/group:Group"
ATTACHMENT = "aws:autoscaling/attachment:Attachment"


def balanced(kind: str = "public", **settings: str) -> Recording:
    return tap(loadBalancer=kind, certificateArn=CERTIFICATE, **settings)


def let_in(recording: Recording, group: str) -> set[tuple[str, int]]:
    """Who may come into a security group, and on which port."""
    rules = [each.inputs for each in recording.of(INGRESS).values() if each.inputs["securityGroupId"] == group]
    return {(each.get("cidrIpv4") or each["referencedSecurityGroupId"], each["fromPort"]) for each in rules}


def test_without_the_keys_there_is_none_and_the_group_is_as_it_was() -> None:
    recording = tap()

    types = {each.type for each in recording.resources}
    assert [each for each in types if each.startswith(("aws:lb/", "aws:s3/", "aws:wafv2/"))] == []
    assert recording.one(GROUP).inputs["healthCheckType"] == "EC2"
    assert recording.of(ATTACHMENT) == {}


@pytest.mark.parametrize(
    ("kind", "internal", "who"), [("public", False, "0.0.0.0/0"), ("internal", True, "10.0.0.0/16")]
)
def test_it_is_for_the_internet_or_for_the_vpc(kind: str, internal: bool, who: str) -> None:  # noqa: FBT001 - an expected value
    recording = balanced(kind)

    assert recording.one(LOAD_BALANCER).inputs["internal"] is internal
    assert let_in(recording, "tap-balancer-dev-id") == {(who, 443), (who, 80)}


def test_the_instances_let_in_the_load_balancer_and_nobody_else() -> None:
    recording = balanced(targetPort="8080", authorizedIpRanges="10.0.0.0/8")

    assert let_in(recording, "tap-instances-dev-id") == {("tap-balancer-dev-id", 8080)}


def test_the_group_joins_its_target_group_and_follows_it() -> None:
    recording = balanced()

    assert recording.one(GROUP).inputs["healthCheckType"] == "ELB"
    assert recording.one(ATTACHMENT).inputs["autoscalingGroupName"] == recording.one(GROUP).inputs["name"]


def test_what_is_configured_of_health_and_leaving_is_the_target_groups() -> None:
    settings = {"healthPath": "/up", "healthCodes": "200-299", "healthInterval": "30", "deregistrationDelay": "5"}
    inputs = balanced(**settings, slowStart="60", targetProtocol="HTTPS").one("aws:lb/targetGroup:TargetGroup").inputs

    assert inputs["healthCheck"]["path"] == "/up"
    assert inputs["healthCheck"]["matcher"] == "200-299"
    assert inputs["healthCheck"]["interval"] == 30
    assert (inputs["deregistrationDelay"], inputs["slowStart"], inputs["protocol"]) == (5, 60, "HTTPS")


@pytest.mark.parametrize(("protect", "expected"), [("true", True), ("false", False)])
def test_protect_protects_it_and_keeps_its_logs(protect: str, expected: bool) -> None:  # noqa: FBT001 - an expected value
    recording = balanced(protect=protect)

    assert recording.one(LOAD_BALANCER).inputs["enableDeletionProtection"] is expected
    assert recording.one("aws:s3/bucket:Bucket").inputs["forceDestroy"] is not expected


def test_a_web_acl_is_put_before_it_where_one_is_named() -> None:
    assert balanced(webAclArn=ACL).one("aws:wafv2/webAclAssociation:WebAclAssociation").inputs["webAclArn"] == ACL


def test_its_address_is_an_output_and_the_others_are_as_they_were() -> None:
    assert set(balanced().exports) - set(tap().exports) == {"load_balancer_dns_name"}


def test_log_delivery_may_write_this_accounts_logs_and_nobody_comes_without_tls() -> None:
    delivery, plain = json.loads(delivery_policy("arn:aws:s3:::logs", "123456789012"))["Statement"]

    assert delivery["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert delivery["Resource"] == "arn:aws:s3:::logs/AWSLogs/123456789012/*"
    assert (plain["Effect"], plain["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_group_joins_target_groups_of_others_and_lets_their_load_balancers_in() -> None:
    recording = tap(targetGroupArns=THEIRS, targetSourceGroups="sg-0123456789abcdef0", targetPort="8080")

    assert recording.one(ATTACHMENT).inputs["lbTargetGroupArn"] == THEIRS
    assert recording.one(GROUP).inputs["healthCheckType"] == "ELB"
    assert let_in(recording, "tap-instances-dev-id") == {("10.0.0.0/8", 443), ("sg-0123456789abcdef0", 8080)}
    assert recording.of(LOAD_BALANCER) == {}
