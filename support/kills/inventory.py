"""Everything of the kinds that the stack makes, as boto3 tells it, in a form in which two accounts can be compared.

What cannot be the same twice (ids, addresses, times) is left out or replaced by its kind. All else counts: a second
version of a launch template is as much of a difference as a second VPC.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from embedded_pulumi.aws.marks import MARK

_VOLATILE = re.compile(
    r"(date|time|timestamp|lastmodified.*|lastused.*|alarmconfigurationupdated.*|"  # when it was
    r"(instance|owner|policy|profile|revision|role)id|owneralias|"  # who it is
    r"(private|public)?(ip|ipaddress|dnsname)|availableipaddresscount|macaddress|"  # where it is
    r"state(reason|transition|value).*|storedbytes|codesha256)$",  # how it is at the moment
    re.IGNORECASE,
)
_ID = re.compile(r"\b([a-z]+)-[0-9a-f]{8,17}\b")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")

AWS_OWN_KEY = "Default master key"  # AWS makes it when the first volume is encrypted, and nobody may delete it

Client = Callable[[str], Any]
Inventory = Counter[str]
"""Kind and description of each thing, as one line."""

_FLAT = (  # service, call, key of the answer: what one call lists whole
    ("ec2", "describe_vpcs", "Vpcs"),
    ("ec2", "describe_subnets", "Subnets"),
    ("ec2", "describe_route_tables", "RouteTables"),
    ("ec2", "describe_internet_gateways", "InternetGateways"),
    ("ec2", "describe_addresses", "Addresses"),
    ("ec2", "describe_nat_gateways", "NatGateways"),
    ("ec2", "describe_security_groups", "SecurityGroups"),
    ("ec2", "describe_security_group_rules", "SecurityGroupRules"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints"),
    ("ec2", "describe_flow_logs", "FlowLogs"),
    ("ec2", "describe_launch_templates", "LaunchTemplates"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces"),
    ("ec2", "describe_volumes", "Volumes"),
    ("iam", "list_instance_profiles", "InstanceProfiles"),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups"),
    ("autoscaling", "describe_policies", "ScalingPolicies"),
    ("autoscaling", "describe_scheduled_actions", "ScheduledUpdateGroupActions"),
    ("lambda", "list_functions", "Functions"),
    ("logs", "describe_log_groups", "logGroups"),
    ("cloudwatch", "describe_alarms", "MetricAlarms"),
    ("events", "list_rules", "Rules"),
    ("sns", "list_topics", "Topics"),
    ("sns", "list_subscriptions", "Subscriptions"),
    ("kms", "list_aliases", "Aliases"),
    ("ssm", "describe_parameters", "Parameters"),
)


def inventory(client: Client) -> Inventory:
    """Everything there is; `client` makes a boto3 client of a service."""
    found = Counter(f"{kind} {_line(thing)}" for kind, thing in _things(client) if not _is_gone(thing))
    return Counter({line: count for line, count in found.items() if not line.startswith("Aliases") or "tap" in line})


def differences(expected: Inventory, found: Inventory) -> list[str]:
    """What is missing and what is too much, in words."""
    missing = [f"missing: {line}" for line in (expected - found).elements()]
    return [*missing, *(f"too much: {line}" for line in (found - expected).elements())]


def _things(client: Client) -> Iterator[tuple[str, Any]]:
    for service, call, key in _FLAT:
        for each in getattr(client(service), call)()[key]:
            yield key, each
    yield from _versions(client("ec2"))
    yield from _instances(client("ec2"))
    yield from _identities(client("iam"))
    yield from _function_parts(client("lambda"))
    yield from _others(client)


def _versions(ec2: Any) -> Iterator[tuple[str, Any]]:
    for template in ec2.describe_launch_templates()["LaunchTemplates"]:
        which = template["LaunchTemplateId"]
        for each in ec2.describe_launch_template_versions(LaunchTemplateId=which)["LaunchTemplateVersions"]:
            yield "LaunchTemplateVersions", each


def _instances(ec2: Any) -> Iterator[tuple[str, Any]]:
    for reservation in ec2.describe_instances()["Reservations"]:
        for each in reservation["Instances"]:
            yield "Instances", {"type": each["InstanceType"], "zone": each["Placement"], "State": each["State"]["Name"]}


def _identities(iam: Any) -> Iterator[tuple[str, Any]]:
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        yield "Roles", iam.get_role(RoleName=name)["Role"]
        yield "AttachedPolicies", [name, iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            yield (
                "RolePolicies",
                [name, policy, iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]],
            )
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        yield "Policies", policy


def _function_parts(functions: Any) -> Iterator[tuple[str, Any]]:
    for function in functions.list_functions()["Functions"]:
        name = function["FunctionName"]
        configs = functions.list_function_event_invoke_configs(FunctionName=name)
        yield "EventInvokeConfigs", configs["FunctionEventInvokeConfigs"]
        yield "Concurrency", functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
        try:
            yield "Permissions", json.loads(functions.get_policy(FunctionName=name)["Policy"])
        except functions.exceptions.ResourceNotFoundException:
            continue


def _others(client: Client) -> Iterator[tuple[str, Any]]:
    events, sns, kms = client("events"), client("sns"), client("kms")
    for rule in events.list_rules()["Rules"]:
        yield "Targets", [rule["Name"], events.list_targets_by_rule(Rule=rule["Name"])["Targets"]]
    for topic in sns.list_topics()["Topics"]:
        yield "TopicAttributes", sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
    for key in kms.list_keys()["Keys"]:
        told = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if told["KeyState"] != "PendingDeletion" and not told["Description"].startswith(AWS_OWN_KEY):
            yield "Keys", told


def _is_gone(thing: Any) -> bool:
    """What EC2 shows for an hour after its end, and what is on its way there."""
    state = thing.get("State") if isinstance(thing, dict) else None
    return state in ("deleted", "deleting", "terminated", "shutting-down")


def _line(thing: Any) -> str:
    return json.dumps(_steady(thing), sort_keys=True, default=str)


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("Key") == MARK or value.get("TagKey") == MARK:
            return None
        return {key: _steady(each) for key, each in value.items() if not _VOLATILE.search(key) and key != MARK}
    if isinstance(value, list):
        return sorted(
            (_steady(each) for each in value if not _is_mark(each)), key=lambda each: json.dumps(each, default=str)
        )
    if isinstance(value, str):
        return _ID.sub(r"\1-#", _UUID.sub("uuid", value))
    return value


def _is_mark(value: Any) -> bool:
    return isinstance(value, dict) and MARK in (value.get("Key"), value.get("TagKey"))
