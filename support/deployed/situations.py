"""The situations in which a permission of the stack is used, each brought about on the stack as it is deployed.

They are what the recording is made of (`python bench/permissions.py --write`), and what is played again with one
permission taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from embedded_aws.iam.authorizer import PermissionUse

from .stack import Deployed

SWEEP = 60
QUIET = 600  # seconds after which every alarm of a new stack has found its state
WINDOW = 120  # seconds for which an EBS check must have failed before it counts


MEMORY = {"acting", "known", "told", "rollout"}
"""The functions' own streams by the beginning of their names: each is of another kind than a log's."""


@dataclass(frozen=True)
class Situation:
    """Something that happens to a stack.

    Attributes:
        name: As it completes "used when ...".
        play: Brings it about, and undoes what it did.
        within: The situations that it is an addition to: their uses are not its own.
    """

    name: str
    play: Callable[[Deployed], None]
    within: tuple[str, ...] = ()


def a_minute_passes(stack: Deployed) -> None:
    """The schedule starts a sweep."""
    stack.sandbox.cloud.clock.advance(SWEEP)


def an_environment_starts(stack: Deployed) -> None:
    """A changed function gets a new process, with new credentials and a new log stream.

    Each start costs a second of processor time, so its memory stays changed, until the next change takes it back.
    """
    functions, name = stack.client("lambda"), stack.outputs["lambda_function_name"]
    before = functions.get_function_configuration(FunctionName=name)["MemorySize"]
    functions.update_function_configuration(FunctionName=name, MemorySize=before ^ 1)
    a_minute_passes(stack)


def an_instance_is_impaired(stack: Deployed) -> None:
    with _impaired(stack):
        a_minute_passes(stack)


def an_instance_is_impaired_while_the_group_follows_zonal_shifts(stack: Deployed) -> None:
    with _zonal_shift(stack), _impaired(stack):
        a_minute_passes(stack)


def an_instance_is_to_be_replaced(stack: Deployed) -> None:
    with _impaired(stack):
        stack.sandbox.cloud.clock.advance(WINDOW + SWEEP)
    stack.sandbox.cloud.clock.advance(WINDOW + SWEEP)  # what has been marked is gone, and another in its place


def a_notice_is_sent(stack: Deployed) -> None:
    """In observe mode, so that it can be played again and again without replacing anything.

    What was told before is forgotten first; the second sweep that finds something held back tells it.
    """
    logs, group = stack.client("logs"), {"logGroupName": stack.outputs["lambda_log_group_name"]}
    for stream in logs.describe_log_streams(**group, logStreamNamePrefix="told/")["logStreams"]:
        logs.delete_log_stream(**group, logStreamName=stream["logStreamName"])
    with _observing(stack), _impaired(stack):
        stack.sandbox.cloud.clock.advance(WINDOW + 3 * SWEEP)


def an_instance_has_joined(stack: Deployed) -> None:
    """Auto Scaling tells EventBridge, in the form of its event reference."""
    _announce(stack, "EC2 Instance Launch Successful", StatusCode="InProgress", EC2InstanceId="i-0123456789abcdef0")
    stack.sandbox.cloud.clock.advance(1)


def an_alarm_goes_off(stack: Deployed) -> None:
    cloudwatch = stack.client("cloudwatch")
    name = next(
        each["AlarmName"] for each in cloudwatch.describe_alarms(AlarmNamePrefix="tap-healer-dropped")["MetricAlarms"]
    )
    for state in ("OK", "ALARM", "OK"):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="played")


def a_launch_fails(stack: Deployed) -> None:
    """Auto Scaling tells EventBridge, in the form of its event reference."""
    cause = "an instance was started in response to a difference between desired and actual capacity"
    _announce(stack, "EC2 Instance Launch Unsuccessful", StatusMessage="Invalid IAM Instance Profile name", Cause=cause)


def _announce(stack: Deployed, what: str, **detail: str) -> None:
    cloud, group = stack.sandbox.cloud, {"AutoScalingGroupName": stack.outputs["auto_scaling_group_name"]}
    event = {"source": "aws.autoscaling", "detail-type": what, "detail": group | detail}
    cloud.schedule.emit({**event, "account": cloud.account, "region": cloud.region})


def a_rollout_begins(stack: Deployed) -> None:
    with _rollout(stack):
        a_minute_passes(stack)


def a_rollout_begins_while_the_group_follows_zonal_shifts(stack: Deployed) -> None:
    with _zonal_shift(stack), _rollout(stack):
        a_minute_passes(stack)


EACH_MINUTE, IMPAIRED, JOINED = "each minute", "an instance is impaired", "an instance has joined"
ROLLOUT = "a rollout begins"

SITUATIONS = (
    Situation(EACH_MINUTE, a_minute_passes),
    Situation("an execution environment starts", an_environment_starts, (EACH_MINUTE,)),
    Situation(IMPAIRED, an_instance_is_impaired, (EACH_MINUTE,)),
    Situation(
        "an instance is impaired and its group follows zonal shifts",
        an_instance_is_impaired_while_the_group_follows_zonal_shifts,
        (EACH_MINUTE, IMPAIRED),
    ),
    Situation("a notice is sent", a_notice_is_sent, (EACH_MINUTE, IMPAIRED)),
    Situation(JOINED, an_instance_has_joined, (EACH_MINUTE,)),
    Situation(
        "an instance is to be replaced",
        an_instance_is_to_be_replaced,
        (EACH_MINUTE, IMPAIRED, JOINED, "a notice is sent"),
    ),
    Situation("an alarm changes its state", an_alarm_goes_off),
    Situation(ROLLOUT, a_rollout_begins, (EACH_MINUTE, IMPAIRED, JOINED)),
    Situation(
        "a rollout begins and its group follows zonal shifts",
        a_rollout_begins_while_the_group_follows_zonal_shifts,
        (EACH_MINUTE, IMPAIRED, JOINED, ROLLOUT),
    ),
    Situation("a launch fails", a_launch_fails),
)
BY_NAME = {situation.name: situation for situation in SITUATIONS}


def holders(stack: Deployed) -> dict[str, str]:
    """What policies hang on: the pattern of its label in the recording, to its ARN."""
    flow_log = stack.client("ec2").describe_flow_logs()["FlowLogs"][0]["DeliverLogsPermissionArn"]
    topic = stack.outputs["notification_topic_arn"]
    key = stack.sandbox.cloud.iam.topic_key(topic)
    assert key is not None
    return {
        "role tap-healer-*": stack.outputs["lambda_role_arn"],
        "role tap-instance-*": stack.outputs["ec2_role_arn"],
        "role tap-flow-log-*": flow_log,
        "topic tap-notifications-*": topic,
        "key tap-notifications-*": key,
        "function tap-healer-*": stack.outputs["lambda_function_arn"],
        "role tap-rollout-*": stack.outputs["rollout_role_arn"],
        "function tap-rollout-*": stack.outputs["rollout_function_arn"],
    }


def record(stack: Deployed) -> dict[str, list[dict[str, Any]]]:
    """Play every situation; what was used, by holder: statement, action, by whom and when."""
    told: dict[str, dict[tuple[str, str], dict[str, Any]]] = {label: {} for label in holders(stack)}
    seen: dict[str, set[tuple[str, PermissionUse]]] = {}
    stack.sandbox.cloud.clock.advance(QUIET)
    _settle(stack)
    for situation in SITUATIONS:
        seen[situation.name] = _played(stack, situation)
        known = set().union(*(seen[name] for name in situation.within))
        for label, use in sorted(seen[situation.name], key=lambda item: (item[1].statement_id, item[1].action)):
            if _key(label, use) in {_key(*item) for item in known}:
                continue
            row = told[label].setdefault((use.statement_id, use.action.lower()), _row(use))
            _add(row["by"], _who(label, use, holders(stack)))
            _add(row["when"], situation.name)
    return {label: [rows[key] for key in sorted(rows)] for label, rows in told.items()}


def _played(stack: Deployed, situation: Situation) -> set[tuple[str, PermissionUse]]:
    iam = stack.sandbox.cloud.iam
    iam.forget_uses()
    situation.play(stack)
    return {(label, use) for label, arn in holders(stack).items() for use in iam.used(arn)}


def _key(label: str, use: PermissionUse) -> tuple[str, str, str]:
    """What makes two uses the same but for their resource."""
    _, _, stream = use.resource.rpartition(":log-stream:")
    kind = stream.partition("/")[0]
    return label, use.statement_id, use.action.lower() + (kind if kind in MEMORY else "")


def _row(use: PermissionUse) -> dict[str, Any]:
    service, _, action = use.action.partition(":")
    return {"statement": use.statement_id, "action": f"{service.lower()}:{action}", "by": [], "when": []}


def _who(label: str, use: PermissionUse, arns: Mapping[str, str]) -> str:
    by_arn = {arn: name for name, arn in arns.items()}
    who = by_arn.get(use.principal, use.principal)
    return "itself" if who == label else who


def _add(items: list[str], item: str) -> None:
    if item not in items:
        items.append(item)


def _settle(stack: Deployed) -> None:
    """Let time pass until no member comes or goes: a zonal shift leaves a group to balance its zones again."""
    for _ in range(60):
        states = {(each["LifecycleState"], each["HealthStatus"]) for each in stack.group["Instances"]}
        if states == {("InService", "Healthy")}:
            return
        stack.sandbox.cloud.clock.advance(SWEEP)


@contextmanager
def _impaired(stack: Deployed) -> Iterator[None]:
    """A member fails its EBS check, to which an Auto Scaling group whose health check type is EC2 does not see."""
    cloud = stack.sandbox.cloud
    _settle(stack)
    victim = next(each for each in stack.group["Instances"] if each["LifecycleState"] == "InService")["InstanceId"]
    cloud.break_instance(victim, "ebs")
    try:
        yield
    finally:
        if victim in [each["InstanceId"] for each in stack.group["Instances"]]:
            cloud.autoscaling.repair_instance(victim)


@contextmanager
def _rollout(stack: Deployed) -> Iterator[None]:
    """Another version of the launch template is wanted; afterwards the one before is, and the group has it."""
    _settle(stack)
    functions, function = stack.client("lambda"), {"FunctionName": stack.outputs["rollout_function_name"]}
    before = functions.get_function_configuration(**function)["Environment"]["Variables"]
    template = stack.outputs["launch_template_id"]
    made = stack.client("ec2").create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"DisableApiTermination": False}
    )
    version = made["LaunchTemplateVersion"]["VersionNumber"]
    wanted = {**before, "WANTED_TEMPLATE": f"{template}:{version}"}
    functions.update_function_configuration(**function, Environment={"Variables": wanted})
    try:
        yield
    finally:
        functions.update_function_configuration(**function, Environment={"Variables": before})
        with suppress(ClientError):
            name = stack.outputs["auto_scaling_group_name"]
            stack.client("autoscaling").rollback_instance_refresh(AutoScalingGroupName=name)
        stack.sandbox.cloud.clock.advance(SWEEP)
        _settle(stack)


@contextmanager
def _observing(stack: Deployed) -> Iterator[None]:
    """The group's tag has the healer decide and do nothing."""
    autoscaling, group = stack.client("autoscaling"), stack.outputs["auto_scaling_group_name"]
    tag = {"ResourceId": group, "ResourceType": "auto-scaling-group", "Key": "tap:healer"}
    autoscaling.create_or_update_tags(Tags=[{**tag, "Value": "observe", "PropagateAtLaunch": False}])
    try:
        yield
    finally:
        autoscaling.delete_tags(Tags=[tag])


@contextmanager
def _zonal_shift(stack: Deployed) -> Iterator[None]:
    """The group follows zonal shifts, and traffic is shifted away from one of its zones."""
    autoscaling, shifts = stack.client("autoscaling"), stack.client("arc-zonal-shift")
    group = {"AutoScalingGroupName": stack.outputs["auto_scaling_group_name"]}
    policy = {"ImpairedZoneHealthCheckBehavior": "IgnoreUnhealthy"}
    autoscaling.update_auto_scaling_group(
        **group, AvailabilityZoneImpairmentPolicy={**policy, "ZonalShiftEnabled": True}
    )
    shift = shifts.start_zonal_shift(
        resourceIdentifier=stack.outputs["auto_scaling_group_arn"],
        awayFrom=stack.group["Instances"][0]["AvailabilityZoneId"],
        expiresIn="1h",
        comment="played",
    )
    try:
        yield
    finally:
        shifts.cancel_zonal_shift(zonalShiftId=shift["zonalShiftId"])
        autoscaling.update_auto_scaling_group(
            **group, AvailabilityZoneImpairmentPolicy={**policy, "ZonalShiftEnabled": False}
        )
