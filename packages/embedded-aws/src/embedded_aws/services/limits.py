"""Quotas: what Service Quotas answers of them, and the refusals of calls that would go beyond one.

Source: Service Quotas API reference; EC2 API reference, "Error codes": VpcLimitExceeded, InternetGatewayLimitExceeded,
AddressLimitExceeded, RulesPerSecurityGroupLimitExceeded, VcpuLimitExceeded (whose words are as in the tests of
openshift/hive, read 2026-11-30).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.utilities.utils import get_partition

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.kinds.quotas import ADDRESSES, GATEWAYS, QUOTAS, RAISED, RULES, VPCS, Quota, vcpu_quota
from embedded_aws.services.ec2 import store
from embedded_aws.services.ec2.templates import instance_types

SERVICE = "service-quotas"
NAMES = {
    "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)",
    "lambda": "AWS Lambda",
    "vpc": "Amazon Virtual Private Cloud (Amazon VPC)",
}
TAKING = frozenset({"pending", "running"})
"""States in which an instance counts against the quota on vCPUs."""


class AccountLimits:
    """The quotas of the account; a quota counts in each region by itself.

    Args:
        applied: The values that are lower than a standing account's, by the quota's code.
    """

    def __init__(self, applied: Mapping[str, float]) -> None:
        self._applied = dict(applied)
        self._checks = {
            ("ec2", "CreateVpc"): self._check_vpcs,
            ("ec2", "CreateInternetGateway"): self._check_gateways,
            ("ec2", "AllocateAddress"): self._check_addresses,
            ("ec2", "AuthorizeSecurityGroupIngress"): self._check_rules,
            ("ec2", "AuthorizeSecurityGroupEgress"): self._check_rules,
        }

    def value(self, quota: Quota) -> float:
        """The applied value of a quota."""
        return self._applied.get(quota.code, RAISED if quota.raised else quota.default)

    def routes(self) -> Routes:
        """The calls of Service Quotas that are answered here."""
        return {
            (SERVICE, "GetServiceQuota"): self._get,
            (SERVICE, "GetAWSDefaultServiceQuota"): self._get_default,
            (SERVICE, "ListServiceQuotas"): self._list,
            (SERVICE, "ListAWSDefaultServiceQuotas"): self._list_defaults,
            (SERVICE, "ListServices"): _list_services,
        }

    def check(self, call: Call) -> None:
        """Refuse a call that would go beyond a quota. Raises AwsError: with the service's code for it."""
        check = self._checks.get((call.service, call.action))
        if check is not None:
            check(call)

    def check_launch(self, region: str, instance_type: str, count: int = 1) -> None:
        """Refuse a launch that would go beyond the quota on vCPUs. Raises AwsError: `VcpuLimitExceeded`."""
        quota = vcpu_quota(instance_type)
        limit = self.value(quota)
        if limit >= RAISED:  # nothing to count, which takes its time in a large account
            return
        running = [each for each in store.backend(region).all_instances() if each.state in TAKING]
        used = sum(vcpus(each.instance_type) for each in running if vcpu_quota(each.instance_type) is quota)
        if used + count * vcpus(instance_type) > limit:
            raise AwsError(
                "VcpuLimitExceeded",
                f"You have requested more vCPU capacity than your current vCPU limit of {limit:g} allows for the "
                "instance bucket that the specified instance type belongs to. Please visit "
                "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
            )

    def _check_vpcs(self, call: Call) -> None:
        self._refuse_beyond(VPCS, len(store.backend(call.region).vpcs) + 1, "Vpc", "VPCs")

    def _check_gateways(self, call: Call) -> None:
        gateways = store.backend(call.region).internet_gateways
        self._refuse_beyond(GATEWAYS, len(gateways) + 1, "InternetGateway", "internet gateways")

    def _check_addresses(self, call: Call) -> None:
        addresses = store.backend(call.region).addresses
        self._refuse_beyond(ADDRESSES, len(addresses) + 1, "Address", "addresses")

    def _check_rules(self, call: Call) -> None:
        name = call.params.get("GroupId") or call.params.get("GroupName", "")
        group = store.backend(call.region).get_security_group_by_name_or_id(name)
        if group is None:
            return  # the call itself says so
        rules = group.ingress_rules if call.action.endswith("Ingress") else group.egress_rules
        parts = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
        asked = [each for permission in call.params.get("IpPermissions", []) for part in parts
                 for each in permission.get(part, [])]  # fmt: skip
        self._refuse_beyond(RULES, len(rules) + len(asked), "RulesPerSecurityGroup", "rules per security group")

    def _refuse_beyond(self, quota: Quota, count: int, code: str, what: str) -> None:
        if count > self.value(quota):
            raise AwsError(f"{code}LimitExceeded", f"The maximum number of {what} has been reached.")

    def _get(self, call: Call) -> dict[str, Any]:
        quota = _asked(call)
        return {"Quota": _tell(quota, self.value(quota), call)}

    def _get_default(self, call: Call) -> dict[str, Any]:
        quota = _asked(call)
        return {"Quota": _tell(quota, quota.default, call)}

    def _list(self, call: Call) -> dict[str, Any]:
        return {"Quotas": [_tell(each, self.value(each), call) for each in _of_service(call)]}

    def _list_defaults(self, call: Call) -> dict[str, Any]:
        return {"Quotas": [_tell(each, each.default, call) for each in _of_service(call)]}


def vcpus(instance_type: str) -> int:
    """How many vCPUs an instance of a type has; 0 for a type that EC2 does not know."""
    known = instance_types().get(instance_type)
    return 0 if known is None else int(known["VCpuInfo"]["DefaultVCpus"])


def _list_services(_: Call) -> dict[str, Any]:
    return {"Services": [{"ServiceCode": code, "ServiceName": name} for code, name in NAMES.items()]}


def _of_service(call: Call) -> list[Quota]:
    found = [each for each in QUOTAS if each.service == call.params["ServiceCode"]]
    if not found:
        raise _no_such("The request failed because the specified service does not exist.")
    return found


def _asked(call: Call) -> Quota:
    code = call.params["QuotaCode"]
    found = next((each for each in _of_service(call) if each.code == code), None)
    if found is None:
        raise _no_such("The request failed because the specified quota does not exist.")
    return found


def _no_such(message: str) -> AwsError:
    return AwsError("NoSuchResourceException", message)


def _tell(quota: Quota, value: float, call: Call) -> dict[str, Any]:
    prefix = f"arn:{get_partition(call.region)}:servicequotas:{call.region}:{call.caller.account}"
    return {
        "ServiceCode": quota.service,
        "ServiceName": NAMES[quota.service],
        "QuotaArn": f"{prefix}:{quota.service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": value,
        "Unit": "None",
        "Adjustable": quota.adjustable,
        "GlobalQuota": False,
    }
