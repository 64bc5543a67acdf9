"""R8: who may connect to an instance, and whom an instance may connect to."""

from __future__ import annotations

from .recording import tap

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = "tap-instances-dev-id"


def test_https_alone_is_let_in_and_only_from_the_authorised_ranges() -> None:
    rules = tap(authorizedIpRanges="10.0.0.0/8,192.168.4.0/24,2001:db8::/32").of(INGRESS)

    assert {
        (
            found.inputs.get("cidrIpv4") or found.inputs.get("cidrIpv6"),
            found.inputs["ipProtocol"],
            found.inputs["fromPort"],
            found.inputs["toPort"],
            found.inputs["securityGroupId"],
        )
        for found in rules.values()
    } == {(cidr, "tcp", 443, 443, GROUP) for cidr in ("10.0.0.0/8", "192.168.4.0/24", "2001:db8::/32")}


def test_an_ipv6_range_is_written_as_one() -> None:
    rule = tap(authorizedIpRanges="2001:db8::/32").one(INGRESS)

    assert rule.inputs["cidrIpv6"] == "2001:db8::/32"
    assert "cidrIpv4" not in rule.inputs


def test_egress_is_open_by_default() -> None:
    rule = tap().one(EGRESS)

    assert (rule.inputs["cidrIpv4"], rule.inputs["ipProtocol"]) == ("0.0.0.0/0", "-1")


def test_closed_egress_leads_to_the_endpoints_and_nowhere_else() -> None:
    rules = tap(openEgress="false").of(EGRESS)

    assert {
        (
            found.inputs.get("referencedSecurityGroupId") or found.inputs.get("prefixListId"),
            found.inputs["fromPort"],
            found.inputs["toPort"],
        )
        for found in rules.values()
    } == {("tap-endpoints-dev-id", 443, 443), ("pl-1", 443, 443)}
    assert [found.name for found in rules.values() if "cidrIpv4" in found.inputs] == []


def test_every_group_and_every_rule_has_a_description() -> None:
    recording = tap(openEgress="false")

    described = [*recording.of("aws:ec2/securityGroup:SecurityGroup").values()]
    described += [*recording.of(INGRESS).values(), *recording.of(EGRESS).values()]
    assert len(described) == 6
    assert [found.name for found in described if not found.inputs.get("description")] == []


def test_rules_are_resources_of_their_own() -> None:
    groups = tap(openEgress="false").of("aws:ec2/securityGroup:SecurityGroup")

    assert [found.name for found in groups.values() if {"ingress", "egress"} & set(found.inputs)] == []


def test_there_is_no_way_in_but_ssm() -> None:
    recording = tap()

    assert [found.type for found in recording.resources if "keyPair" in found.type] == []
    assert "keyName" not in recording.one("aws:ec2/launchTemplate:LaunchTemplate").inputs
    assert [found.name for found in recording.of(INGRESS).values() if found.inputs["fromPort"] != 443] == []


def test_clients_of_a_network_load_balancer_are_let_in_on_the_port_of_the_workload() -> None:
    rules = tap(targetSourceRanges="192.168.0.0/16,2001:db8::/32", targetPort="8080").of(INGRESS)

    assert {
        (found.inputs.get("cidrIpv4") or found.inputs.get("cidrIpv6"), found.inputs["fromPort"], found.inputs["toPort"])
        for found in rules.values()
    } == {("10.0.0.0/8", 443, 443), ("192.168.0.0/16", 8080, 8080), ("2001:db8::/32", 8080, 8080)}
