"""What ECS refuses of a service, and which task definition it means.

Source: API CreateService and UpdateService, "Errors"; ECS Developer Guide, "Service definition parameters". The guide
has no words of ECS's refusals: they are as people report them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call
from embedded_aws.services.container_tasks import FARGATE
from embedded_aws.services.elbv2 import store as balancing

_AWSVPC = "awsvpc"
ELSEWHERE = (
    *("capacityProviderStrategy", "role", "serviceConnectConfiguration", "serviceRegistries"),
    *("volumeConfigurations", "vpcLatticeConfigurations"),
)
"""What is not part of this AWS."""


def backend(call: Call) -> Any:
    """Moto's ECS for a call."""
    return get_backend("ecs")[call.caller.account][call.region]


def invalid(message: str) -> AwsError:
    """ECS's error for a parameter that it does not take."""
    return AwsError("InvalidParameterException", message)


def check_service(call: Call, wished: Mapping[str, Any], *, anew: bool) -> str:
    """The ARN of the task definition, which must be active if it is new here.

    Raises:
        AwsError: ECS would refuse a service like this.
    """
    for name in ELSEWHERE:
        if wished.get(name):
            raise invalid(f"{name} is not part of the embedded AWS.")
    controller = (call.params.get("deploymentController") or {}).get("type", "ECS")
    if controller != "ECS":
        raise invalid(f"The deployment controller {controller} is not part of the embedded AWS.")
    if set(wished.get("deploymentConfiguration") or {}) & {"alarms", "lifecycleHooks"}:
        raise invalid("Alarms and hooks of deployments are not part of the embedded AWS.")
    definition = task_definition(call, wished.get("taskDefinition"))
    if anew and definition.status != "ACTIVE":
        raise AwsError("ClientException", "TaskDefinition is inactive")
    _check_launch(wished, definition)
    _check_network(call, wished, definition)
    _check_balancers(call, wished, definition)
    return str(definition.arn)


def task_definition(call: Call, named: str | None) -> Any:
    """The revision that a call names, the newest if it names none. Raises AwsError: there is none."""
    if not named:
        raise invalid("TaskDefinition can not be blank.")
    family, _, revision = named.rpartition("/")[2].partition(":")
    revisions = backend(call).task_definitions.get(family, {})
    active = [number for number, each in revisions.items() if each.status == "ACTIVE"]
    found = revisions.get(int(revision) if revision.isdigit() else max(active, default=0))
    if found is None:
        raise AwsError("ClientException", "TaskDefinition not found.")
    return found


def _check_launch(wished: Mapping[str, Any], definition: Any) -> None:
    if wished["launchType"] != FARGATE:
        if wished.get("platformVersion"):
            raise invalid("The platform version must be null when specifying an EC2 launch type.")
    else:
        if FARGATE not in (definition.compatibilities or ()):
            raise invalid("Task definition does not support launch_type FARGATE.")
        if wished["schedulingStrategy"] == "DAEMON":
            raise invalid("The daemon scheduling strategy is not supported for the FARGATE launch type.")
        for name, words in (("placementConstraints", "constraints"), ("placementStrategy", "strategies")):
            if wished.get(name):
                raise invalid(f"Placement {words} are not supported with FARGATE launch type.")
    if wished.get("enableExecuteCommand") and not getattr(definition, "task_role_arn", None):
        message = (
            "The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid task role "
            "in your task definition and try again."
        )
        raise invalid(message)
    if wished["schedulingStrategy"] == "DAEMON" and wished.get("desiredCount"):
        raise invalid("The daemon scheduling strategy does not support a desired count for services.")


def _check_network(call: Call, wished: Mapping[str, Any], definition: Any) -> None:
    network = (wished.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if definition.network_mode != _AWSVPC:
        if network:
            raise invalid("Network Configuration is not valid for the given networkMode of this task definition.")
        return
    if not network or not network.get("subnets"):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    _check_parts(call, network)
    if network.get("assignPublicIp") == "ENABLED" and wished["launchType"] != FARGATE:
        raise invalid("Assign public IP is not supported for this launch type.")


def _check_parts(call: Call, network: Mapping[str, Any]) -> None:
    """See that the subnets and the security groups are there, and belong together."""
    ec2 = balancing.ec2(call.region)
    subnets = {each.id: each for each in ec2.describe_subnets()}
    for named in network["subnets"]:
        if named not in subnets:
            message = (
                f"Error retrieving subnet information for [{named}]: The subnet ID '{named}' does not exist "
                "(ErrorCode: InvalidSubnetID.NotFound)"
            )
            raise invalid(message)
    if len({subnets[named].vpc_id for named in network["subnets"]}) > 1:
        raise invalid("subnets must belong to the same VPC")
    for named in network.get("securityGroups") or ():
        group = ec2.get_security_group_from_id(named)
        if group is None:
            message = (
                f"Error retrieving security group information for [{named}]: The security group '{named}' does not "
                "exist (ErrorCode: InvalidGroup.NotFound)"
            )
            raise invalid(message)
        if group.vpc_id != subnets[network["subnets"][0]].vpc_id:
            raise invalid("security groups and subnets must belong to the same VPC")


def _check_balancers(call: Call, wished: Mapping[str, Any], definition: Any) -> None:
    listed = wished.get("loadBalancers") or ()
    if wished.get("healthCheckGracePeriodSeconds") and not listed:
        raise invalid("Health check grace period is only valid for services configured to use load balancers")
    containers = {each["name"]: each for each in definition.container_definitions}
    for each in listed:
        arn = each.get("targetGroupArn")
        if not arn:
            raise invalid("Classic Load Balancers are not part of the embedded AWS.")
        group = balancing.backend(call.region).target_groups.get(arn)
        if group is None or not group.load_balancer_arns:
            raise invalid(f"The target group with targetGroupArn {arn} does not have an associated load balancer.")
        if definition.network_mode == _AWSVPC and group.target_type != "ip":
            message = (
                f"The provided target group {arn} has target type {group.target_type}, which is incompatible with the "
                "awsvpc network mode specified in the task definition."
            )
            raise invalid(message)
        container = containers.get(each.get("containerName"))
        if container is None:
            raise invalid(f"The container {each.get('containerName')} does not exist in the task definition.")
        if each.get("containerPort") not in [port.get("containerPort") for port in container.get("portMappings", ())]:
            message = f"The container {each['containerName']} did not have a container port {each.get('containerPort')}"
            raise invalid(f"{message} defined.")
