"""What a standing instance is told to be: its groups, its user data, its protection, its monitoring.

moto loses an instance's groups where a client spells them as botocore does, refuses its user data and drops what its
shutdown is to do when they change, launches without the protection that was
asked for, changes the type of an instance that runs, and forgets metadata options that a change does not name.

Source: API ModifyInstanceAttribute ("To modify some attributes, the instance must be stopped"; one attribute in a
call), ModifyInstanceMetadataOptions ("If no value is specified, the existing state is maintained"), MonitorInstances,
RunInstances; EC2 API reference, "Error codes": IncorrectInstanceState.
"""

from __future__ import annotations

import base64
from typing import Any

from embedded_aws.calls import AwsError, Call, Handler, Routes
from embedded_aws.services.ec2 import store

STOPPED_ONLY = frozenset({"InstanceType", "UserData", "Kernel", "Ramdisk", "EbsOptimized"})
"""Attributes that only a stopped instance can change."""

BEHAVIOURS = frozenset({"stop", "terminate"})
KEPT = {
    "HttpTokens": "http_tokens",
    "HttpPutResponseHopLimit": "http_put_response_hop_limit",
    "HttpEndpoint": "http_endpoint",
    "HttpProtocolIpv6": "http_protocol_ipv6",
    "InstanceMetadataTags": "instance_metadata_tags",
}


def routes() -> Routes:
    """The calls that this part answers."""
    return {
        ("ec2", "ModifyInstanceAttribute"): _modify,
        ("ec2", "ModifyInstanceMetadataOptions"): _modify_metadata,
        ("ec2", "MonitorInstances"): _monitor,
        ("ec2", "UnmonitorInstances"): _monitor,
    }


def protecting(launch: Handler) -> Handler:
    """A launch whose instances have the protection that it asks for."""

    def answer(call: Call) -> dict[str, Any]:
        launched = launch(call)
        for each in launched["Instances"] if call.params.get("DisableApiTermination") else ():
            store.backend(call.region).get_instance(each["InstanceId"]).disable_api_termination = True
        return launched

    return answer


def _instance(call: Call) -> Any:
    identity = call.params["InstanceId"]
    found = store.backend(call.region).get_instance_by_id(identity)
    if found is None:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{identity}' does not exist")
    return found


def _modify(call: Call) -> dict[str, Any]:
    instance = _instance(call)
    if (call.params.keys() & STOPPED_ONLY) and instance.state != "stopped":
        message = f"The instance '{instance.id}' is not in the 'stopped' state."
        raise AwsError("IncorrectInstanceState", message)
    if "Groups" in call.params:
        _regroup(call, instance)
        return {}
    if "UserData" in call.params:
        from moto.core.types import Base64EncodedString  # noqa: PLC0415 - with moto's EC2, see `store`

        value = call.params["UserData"].get("Value", b"")
        text = value if isinstance(value, bytes) else str(value).encode()
        instance.user_data = Base64EncodedString(base64.b64encode(text).decode())
        return {}
    if "InstanceInitiatedShutdownBehavior" in call.params:
        wished = call.params["InstanceInitiatedShutdownBehavior"].get("Value")
        if wished not in BEHAVIOURS:
            message = f"Value ({wished}) for parameter instanceInitiatedShutdownBehavior is invalid."
            raise AwsError("InvalidParameterValue", message)
        instance.instance_initiated_shutdown_behavior = wished
        return {}
    return call.forward()


def _regroup(call: Call, instance: Any) -> None:
    """Give an instance other groups: its first interface has them."""
    ec2 = store.backend(call.region)
    groups = [ec2.get_security_group_from_id(each) for each in call.params["Groups"]]
    if missing := [name for name, found in zip(call.params["Groups"], groups, strict=True) if found is None]:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{missing[0]}' does not exist")
    instance.security_groups = groups
    if instance.nics:
        instance.nics[0]._group_set = groups  # noqa: SLF001 - its own way adds to them


def _modify_metadata(call: Call) -> dict[str, Any]:
    options = _instance(call).metadata_options
    before = {name: getattr(options, kept) for name, kept in KEPT.items()}
    answer = call.forward()
    now = _instance(call).metadata_options
    for name, kept in KEPT.items():
        if call.params.get(name) is None:
            setattr(now, kept, before[name])
    told = {name: getattr(now, kept) for name, kept in KEPT.items()}
    return {**answer, "InstanceMetadataOptions": {"State": "pending", **told}}


def _monitor(call: Call) -> dict[str, Any]:
    ec2 = store.backend(call.region)
    on = call.action == "MonitorInstances"
    found = [ec2.get_instance(identity) for identity in call.params["InstanceIds"]]
    for each in found:
        each.monitoring_state = "enabled" if on else "disabled"
    state = "pending" if on else "disabling"
    return {"InstanceMonitorings": [{"InstanceId": each.id, "Monitoring": {"State": state}} for each in found]}
