"""Application Load Balancers: what AWS demands of one, its attributes, its network interfaces, its end.

Each handler checks first, and then lets moto do the work.

Sources: Elastic Load Balancing API reference (CreateLoadBalancer, SetSubnets, SetSecurityGroups, DeleteLoadBalancer,
LoadBalancerAttribute) and its "Error codes"; the words of the refusals as users report them in
hashicorp/terraform-provider-aws (issues 2065, 12023, 24138) and kubernetes-sigs/aws-load-balancer-controller (read
2026-11-30).
"""

from __future__ import annotations

from typing import Any

from moto.moto_api._internal import mock_random

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.iam.authorizer import Authorizer
from embedded_aws.services.elbv2 import access_logs, store
from embedded_aws.services.service_linked_roles import ServiceLinkedRoles

LEAST_ZONES = 2
PUBLIC = "internet-facing"
ATTRIBUTES = {
    "access_logs.s3.bucket": "",
    "access_logs.s3.enabled": "false",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "ipv6.deny_all_igw_traffic": "false",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
"""The attributes of a new Application Load Balancer (API LoadBalancerAttribute has the defaults)."""


class LoadBalancers:
    """Answers calls about load balancers.

    Args:
        iam: Decides whether access logs can be delivered.
        linked: Makes the role of the first one.
    """

    def __init__(self, iam: Authorizer, linked: ServiceLinkedRoles) -> None:
        self._iam = iam
        self._linked = linked

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers = {
            "CreateLoadBalancer": self._create,
            "DeleteLoadBalancer": self._delete,
            "ModifyLoadBalancerAttributes": self._modify_attributes,
            "SetSecurityGroups": self._set_security_groups,
            "SetSubnets": self._set_subnets,
        }
        return {("elbv2", action): handler for action, handler in handlers.items()}

    def _create(self, call: Call) -> dict[str, Any]:
        params, known = call.params, store.backend(call.region)
        name, kind = params["Name"], params.get("Type", "application")
        if kind != "application":
            raise AwsError("NotImplemented", f"not part of the embedded AWS: Type={kind}", 501)
        if any(each.name == name for each in known.load_balancers.values()):
            message = f"A load balancer with the same name '{name}' exists, but with different settings"
            raise AwsError("DuplicateLoadBalancerName", message)
        subnets = _subnets(call)
        scheme = params.get("Scheme", PUBLIC)
        if scheme == PUBLIC:
            _require_gateway(call.region, subnets[0].vpc_id)
        groups = params.get("SecurityGroups") or [
            store.ec2(call.region).get_default_security_group(subnets[0].vpc_id).id
        ]
        _check_groups(call.region, groups, subnets[0].vpc_id)
        self._linked.of_load_balancer(call)
        answer = call.forward({**params, "Scheme": scheme, "SecurityGroups": groups})
        told = answer["LoadBalancers"][0]
        made = known.load_balancers[told["LoadBalancerArn"]]
        inside = "" if scheme == PUBLIC else "internal-"
        domain = "amazonaws.com.cn" if call.region.startswith("cn-") else "amazonaws.com"
        number = mock_random.randint(100_000_000, 2_000_000_000)
        made.dns_name = f"{inside}{name}-{number}.{call.region}.elb.{domain}"
        made.attrs = dict(ATTRIBUTES)
        told["DNSName"] = made.dns_name
        _place(call.region, made)
        return answer

    def _delete(self, call: Call) -> dict[str, Any]:
        arn = call.params["LoadBalancerArn"]
        found = store.backend(call.region).load_balancers.get(arn)
        if found is not None and found.attrs.get("deletion_protection.enabled") == "true":
            message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            raise AwsError("OperationNotPermitted", message)
        answer = call.forward()
        if found is not None:
            _remove(call.region, found)
            store.link(call.region)
        return answer

    def _modify_attributes(self, call: Call) -> dict[str, Any]:
        arn = call.params["LoadBalancerArn"]
        before = store.load_balancer(call.region, arn).attrs
        asked = {each["Key"]: each.get("Value", "") for each in call.params["Attributes"]}
        for key in asked:
            if key not in ATTRIBUTES:
                raise AwsError("ValidationError", f"Load balancer attribute key '{key}' is not recognized")
        access_logs.check(self._iam, call.region, arn, {**before, **asked})
        return call.forward()

    def _set_security_groups(self, call: Call) -> dict[str, Any]:
        balancer = store.load_balancer(call.region, call.params["LoadBalancerArn"])
        _check_groups(call.region, call.params["SecurityGroups"], balancer.vpc_id)
        answer = call.forward()
        _place(call.region, balancer)
        return answer

    def _set_subnets(self, call: Call) -> dict[str, Any]:
        balancer = store.load_balancer(call.region, call.params["LoadBalancerArn"])
        _subnets(call)
        answer = call.forward()
        _place(call.region, balancer)
        return answer


def _subnets(call: Call) -> list[Any]:
    """The subnets that a call names, of two zones at least and one in each.

    Raises:
        AwsError: `SubnetNotFound`, `InvalidSubnet`, `InvalidConfigurationRequest` or `ValidationError`.
    """
    params = call.params
    named = [*params.get("Subnets", []), *(each["SubnetId"] for each in params.get("SubnetMappings", []))]
    known = {key: each for zone in store.ec2(call.region).subnets.values() for key, each in zone.items()}
    if missing := [each for each in named if each not in known]:
        raise AwsError("SubnetNotFound", f"The subnet ID '{missing[0]}' does not exist")
    subnets = [known[each] for each in named]
    if len({each.vpc_id for each in subnets}) > 1:
        raise AwsError("InvalidSubnet", "All subnets must belong to the same VPC")
    zones = [each.availability_zone for each in subnets]
    if len(set(zones)) < len(zones):
        message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        raise AwsError("InvalidConfigurationRequest", message)
    if len(zones) < LEAST_ZONES:
        message = "At least two subnets in two different Availability Zones must be specified"
        raise AwsError("ValidationError", message)
    return subnets


def _require_gateway(region: str, vpc: str) -> None:
    """Refuse an internet-facing load balancer in a VPC without an internet gateway.

    Raises:
        AwsError: `InvalidSubnet`.
    """
    gateways = store.ec2(region).internet_gateways.values()
    if not any(each.vpc is not None and each.vpc.id == vpc for each in gateways):
        raise AwsError("InvalidSubnet", f"VPC {vpc} has no internet gateway")


def _check_groups(region: str, groups: list[str], vpc: str) -> None:
    """Refuse security groups that are not of the load balancer's VPC. Raises AwsError: `InvalidSecurityGroup`."""
    for each in groups:
        found = store.ec2(region).get_security_group_from_id(each)
        if found is None or found.vpc_id != vpc:
            message = f"One or more security groups are invalid: security group '{each}' is not in VPC '{vpc}'"
            raise AwsError("InvalidConfigurationRequest", message)


def _description(balancer: Any) -> str:
    """How the network interfaces of a load balancer are described."""
    return f"ELB {balancer.arn.partition('loadbalancer/')[2]}"


def _place(region: str, balancer: Any) -> None:
    """Give a load balancer a network interface in each of its subnets, with its security groups."""
    _remove(region, balancer)
    ec2 = store.ec2(region)
    for subnet in balancer.subnets:
        made = ec2.create_network_interface(
            subnet, None, group_ids=balancer.security_groups, description=_description(balancer)
        )
        made.status = "in-use"


def _remove(region: str, balancer: Any) -> None:
    """Take a load balancer's network interfaces away."""
    ec2, description = store.ec2(region), _description(balancer)
    for each in [each for each in ec2.enis.values() if each.description == description]:
        del ec2.enis[each.id]
