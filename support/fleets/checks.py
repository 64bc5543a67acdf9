"""For each knob of a definition what shows on the running fleet that it is as the definition says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from support.fleets.running import Running

Check: TypeAlias = Callable[[Running, Any], tuple[object, object]]
"""A fleet and the knob's value to what there is and what there should be."""

DAY = 86_400  # seconds


@dataclass(frozen=True)
class Knob:
    """A knob: the keys of TAP's that express it, and its check."""

    keys: str
    check: Check


CHECKS: dict[str, Knob] = {}


def knob(name: str, keys: str) -> Callable[[Check], Check]:
    """Name the knob that a function checks, and the keys that express it."""

    def keep(check: Check) -> Check:
        CHECKS[name] = Knob(keys, check)
        return check

    return keep


def _of_group(name: str, key: str, field: str) -> None:
    """A knob that is a field of the group."""
    knob(name, key)(lambda fleet, value: (fleet.group[field], value))


_of_group("min_size", "minSize", "MinSize")
_of_group("max_size", "maxSize", "MaxSize")
_of_group("health_check_type", "healthCheckType", "HealthCheckType")
_of_group("health_check_grace_period", "healthCheckGracePeriod", "HealthCheckGracePeriod")


@knob("desired_capacity", "desiredCapacity")
def _capacity(fleet: Running, value: int) -> tuple[object, object]:
    """As much in service as is desired; with weights there may be more."""
    units = sum(fleet.weights.values())
    heaviest = max(fleet.weights.values(), default=1)
    return (fleet.group["DesiredCapacity"], value <= units < value + heaviest), (value, True)


@knob("instance_type", "instanceType")
def _type(fleet: Running, value: str) -> tuple[object, object]:
    return {each["InstanceType"] for each in fleet.instances}, {value}


@knob("image_id", "imageId")
def _image(fleet: Running, value: str) -> tuple[object, object]:
    return {each["ImageId"] for each in fleet.instances}, {fleet.things[value]}


KINDS = {"shell script": "text/x-shellscript", "cloud-config": "text/cloud-config"}


@knob("user_data", "userDataFile")
def _user_data(fleet: Running, value: Mapping[str, str]) -> tuple[object, object]:
    """A file of its kind that has a word of it comes after TAP's own."""
    last = fleet.files[-1]
    text = last.get_payload(decode=True)
    there = text.decode() if isinstance(text, bytes) else ""
    return (last.get_content_type(), value["has"] in there), (KINDS[value["kind"]], True)


@knob("vpc_zone_identifier", "vpcId, privateSubnetIds; else zones")
def _subnets(fleet: Running, value: str) -> tuple[object, object]:
    """The group is in the subnets that were given; or in the stack's own ones. Its members are in all of them."""
    given = fleet.things["private"].split(",") if value == "given" else fleet.stack.outputs["private_subnet_ids"]
    used = {each["SubnetId"] for each in fleet.instances}
    return (set(fleet.group["VPCZoneIdentifier"].split(",")), used <= set(given)), (set(given), True)


@knob("target_group_arns", "targetGroupArns, targetSourceGroups, targetPort")
def _targets(fleet: Running, value: str) -> tuple[object, object]:
    """Those who serve are its targets, and let its load balancer in."""
    arn = fleet.things[f"{value}_targets"]
    asked = fleet.of_group
    joined = fleet.client("autoscaling").describe_load_balancer_target_groups(**asked)["LoadBalancerTargetGroups"]
    health = fleet.client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    targets = {each["Target"]["Id"] for each in health}
    sources = [each.get("ReferencedGroupInfo", {}).get("GroupId") for each in fleet.ingress]
    there = [each["LoadBalancerTargetGroupARN"] for each in joined], set(fleet.serving) <= targets
    return (*there, fleet.things["balancer_group"] in sources), ([arn], True, True)


@knob("load_balancers", "loadBalancer, certificateArn")
def _balancer(fleet: Running, value: str) -> tuple[object, object]:
    """A load balancer of the stack's own, before those who serve."""
    elb = fleet.client("elbv2")
    (joined,) = fleet.group["TargetGroupARNs"]
    health = elb.describe_target_health(TargetGroupArn=joined)["TargetHealthDescriptions"]
    (balancer,) = elb.describe_target_groups(TargetGroupArns=[joined])["TargetGroups"][0]["LoadBalancerArns"]
    scheme = elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"][0]["Scheme"]
    return (scheme, {each["Target"]["Id"] for each in health}), (value, set(fleet.serving))


@knob("security_groups", "loadBalancer, targetSourceGroups, authorizedIpRanges")
def _groups(fleet: Running, value: str) -> tuple[object, object]:
    """One group of the stack's own; the ports that it opens, none of them to the world."""
    groups = {group["GroupId"] for each in fleet.instances for group in each["SecurityGroups"]}
    world = [each for each in fleet.ingress if each.get("CidrIpv4") == "0.0.0.0/0" or each.get("CidrIpv6") == "::/0"]
    ports = {str(each["FromPort"]) for each in fleet.ingress if "ReferencedGroupInfo" in each}
    wanted = set() if value == "closed" else {value.removeprefix("port ")}
    return (groups, world, ports), ({fleet.stack.outputs["ec2_security_group_id"]}, [], wanted)


@knob("iam_policy_arns", "instancePolicyArns")
def _managed(fleet: Running, value: list[str]) -> tuple[object, object]:
    asked = {"RoleName": fleet.role["RoleName"]}
    attached = fleet.client("iam").list_attached_role_policies(**asked)["AttachedPolicies"]
    wanted = {fleet.things.get(each, each) for each in value}
    return wanted & {each["PolicyArn"] for each in attached}, wanted


@knob("iam_policy", "instancePolicy")
def _inline(fleet: Running, value: list[str]) -> tuple[object, object]:
    asked = {"PolicySourceArn": fleet.role["Arn"], "ActionNames": value, "ResourceArns": ["*"]}
    results = fleet.client("iam").simulate_principal_policy(**asked)["EvaluationResults"]
    return {each["EvalActionName"]: each["EvalDecision"] for each in results}, dict.fromkeys(value, "allowed")


@knob("permissions_boundary", "permissionsBoundary")
def _boundary(fleet: Running, value: str) -> tuple[object, object]:
    return fleet.role["PermissionsBoundary"]["PermissionsBoundaryArn"], fleet.things[value]


@knob("root_volume", "volumeSize, volumeType, volumeIops, volumeThroughput")
def _root(fleet: Running, value: Mapping[str, Any]) -> tuple[object, object]:
    volume = fleet.volume(fleet.instances[0]["RootDeviceName"])
    there = {"size": volume["Size"], "type": volume["VolumeType"], "encrypted": volume["Encrypted"]}
    return {key: there[key] for key in value}, value


@knob("data_volume", "dataVolumes")
def _data(fleet: Running, value: Mapping[str, Any]) -> tuple[object, object]:
    volume = fleet.volume("/dev/sdf")
    there = {"size": volume["Size"], "type": volume["VolumeType"], "encrypted": volume["Encrypted"]}
    return {key: there[key] for key in value}, value


@knob("monitoring", "detailedMonitoring")
def _monitoring(fleet: Running, value: bool) -> tuple[object, object]:  # noqa: FBT001 - what a check is given
    return {each["Monitoring"]["State"] for each in fleet.instances}, {"enabled" if value else "disabled"}


@knob("metadata_tokens", "always")
def _tokens(fleet: Running, value: str) -> tuple[object, object]:
    return {each["MetadataOptions"]["HttpTokens"] for each in fleet.instances}, {value}


@knob("private_address_only", "always")
def _no_public_address(fleet: Running, value: bool) -> tuple[object, object]:  # noqa: FBT001 - what a check is given
    return not any("PublicIpAddress" in each for each in fleet.instances), value


@knob("tags", "tags, environment")
def _tags(fleet: Running, value: Mapping[str, str]) -> tuple[object, object]:
    there = [{tag["Key"]: tag["Value"] for tag in each["Tags"]} for each in fleet.instances]
    return [{key: tags.get(key) for key in value} for tags in there], [value] * len(there)


@knob("enabled_metrics", "always")
def _metrics(fleet: Running, value: list[str]) -> tuple[object, object]:
    there = {each["Metric"] for each in fleet.group["EnabledMetrics"]}
    return there & set(value), set(value)


@knob("schedules", "schedules")
def _schedules(fleet: Running, value: Mapping[str, int]) -> tuple[object, object]:
    asked = fleet.of_group
    actions = fleet.client("autoscaling").describe_scheduled_actions(**asked)["ScheduledUpdateGroupActions"]
    return {each["Recurrence"]: each["DesiredCapacity"] for each in actions}, value


def _tracked(fleet: Running, metric: str) -> list[float]:
    found = [each.get("TargetTrackingConfiguration") for each in fleet.policies]
    kinds = [(each, each["PredefinedMetricSpecification"]["PredefinedMetricType"]) for each in found if each]
    return [each["TargetValue"] for each, kind in kinds if kind == metric]


@knob("target_tracking_cpu", "cpuTarget")
def _cpu_target(fleet: Running, value: float) -> tuple[object, object]:
    return _tracked(fleet, "ASGAverageCPUUtilization"), [value]


@knob("target_tracking_requests", "requestsPerTarget")
def _requests_target(fleet: Running, value: float) -> tuple[object, object]:
    return _tracked(fleet, "ALBRequestCountPerTarget"), [value]


@knob("simple_scaling_cpu", "cpuHighThreshold, cpuLowThreshold")
def _steps(fleet: Running, value: Mapping[str, Any]) -> tuple[object, object]:
    """A step up and one down, after a pause, each called by its alarm on the average CPU."""
    steps = {each["PolicyARN"]: each for each in fleet.policies if each["PolicyType"] == "SimpleScaling"}
    found = {(each["ScalingAdjustment"], each["Cooldown"]) for each in steps.values()}
    alarms = fleet.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    calls = {
        steps[action]["ScalingAdjustment"]: alarm["Threshold"]
        for alarm in alarms
        for action in alarm["AlarmActions"]
        if action in steps
    }
    return (found, calls), ({(1, 300), (-1, 300)}, {1: value["above"], -1: value["below"]})


@knob("max_instance_lifetime_days", "maxInstanceLifetimeDays")
def _lifetime(fleet: Running, value: int) -> tuple[object, object]:
    return fleet.group["MaxInstanceLifetime"], value * DAY


@knob("warm_pool", "warmPool, warmPoolMinSize, warmPoolPrepared, warmPoolReuse")
def _pool(fleet: Running, value: Mapping[str, Any]) -> tuple[object, object]:
    """The pool as it is configured, and as many that wait in it as that asks for."""
    told = fleet.client("autoscaling").describe_warm_pool(**fleet.of_group)
    pool, waiting = told["WarmPoolConfiguration"], [each["LifecycleState"] for each in told["Instances"]]
    there = {
        "state": pool["PoolState"],
        "min_size": pool["MinSize"],
        "prepared": pool.get("MaxGroupPreparedCapacity"),
        "reuse": pool.get("InstanceReusePolicy", {}).get("ReuseOnScaleIn", False),
        "waiting": len([each for each in waiting if each.startswith("Warmed:")]),
    }
    return {key: there[key] for key in value}, value


@knob("launching_hook", "userDataFile")
def _hook(fleet: Running, value: str) -> tuple[object, object]:
    """A launch waits for the end of the boot, and is given up without."""
    hooks = fleet.client("autoscaling").describe_lifecycle_hooks(**fleet.of_group)["LifecycleHooks"]
    launching = [each for each in hooks if each["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_LAUNCHING"]
    return [each["DefaultResult"] for each in launching], [value]


@knob("min_healthy_percentage", "always")
def _healthy(fleet: Running, value: int) -> tuple[object, object]:
    return fleet.group["InstanceMaintenancePolicy"]["MinHealthyPercentage"], value


@knob("vpc_cidr", "vpcCidr")
def _cidr(fleet: Running, value: str) -> tuple[object, object]:
    asked = {"VpcIds": [fleet.instances[0]["VpcId"]]}
    return fleet.client("ec2").describe_vpcs(**asked)["Vpcs"][0]["CidrBlock"], value


@knob("zones", "zones")
def _zones(fleet: Running, value: int) -> tuple[object, object]:
    return len(fleet.group["AvailabilityZones"]), value


@knob("nat_gateways", "natStrategy, natZones")
def _nat(fleet: Running, value: int) -> tuple[object, object]:
    asked = {"Filters": [{"Name": "vpc-id", "Values": [fleet.instances[0]["VpcId"]]}]}
    found = fleet.client("ec2").describe_nat_gateways(**asked)["NatGateways"]
    return len([each for each in found if each["State"] == "available"]), value


@knob("ipv6_address_count", "ipv6")
def _ipv6(fleet: Running, value: int) -> tuple[object, object]:
    interfaces = [interface for each in fleet.instances for interface in each["NetworkInterfaces"]]
    return {len(each["Ipv6Addresses"]) for each in interfaces}, {value}


@knob("instance_types", "instanceType, instanceTypes")
def _types(fleet: Running, value: list[str]) -> tuple[object, object]:
    overrides = fleet.group["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"]
    used = {each["InstanceType"] for each in fleet.instances}
    return ([each["InstanceType"] for each in overrides], used <= set(value)), (value, True)


@knob("weighted_capacity", "instanceWeights")
def _weights(fleet: Running, value: Mapping[str, int]) -> tuple[object, object]:
    """The weights as they are defined, and each member with that of its type."""
    overrides = fleet.group["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"]
    told = {each["InstanceType"]: int(each["WeightedCapacity"]) for each in overrides}
    of_members = {each["InstanceId"]: value[each["InstanceType"]] for each in fleet.instances}
    return (told, fleet.weights), (value, of_members)


@knob("capacity_reservation", "capacityReservation")
def _reservation(fleet: Running, value: str) -> tuple[object, object]:
    """Each member runs in the reservation that the definition names."""
    return {each.get("CapacityReservationId") for each in fleet.instances}, {fleet.things[value]}


@knob("notifications", "notificationTopicArn")
def _notifications(fleet: Running, value: list[str]) -> tuple[object, object]:
    """The topic and the kinds as they are defined."""
    asked = {"AutoScalingGroupNames": [fleet.name]}
    told = fleet.client("autoscaling").describe_notification_configurations(**asked)["NotificationConfigurations"]
    kinds = {(each["TopicARN"], each["NotificationType"].removeprefix("autoscaling:EC2_INSTANCE_")) for each in told}
    return kinds, {(fleet.things["topic"], each) for each in value}


@knob("capacity_rebalance", "capacityRebalance")
def _rebalance(fleet: Running, value: bool) -> tuple[object, object]:  # noqa: FBT001 - what a check is given
    return fleet.group["CapacityRebalance"], value


@knob("spot", "onDemandBaseCapacity, onDemandPercentageAboveBaseCapacity, spotAllocationStrategy, spotMaxPrice")
def _spot(fleet: Running, value: Mapping[str, Any]) -> tuple[object, object]:
    """The shares as they are configured, and as many Spot Instances, or units of them, as that makes."""
    told = fleet.group["MixedInstancesPolicy"]["InstancesDistribution"]
    there = {
        "on_demand_base": told["OnDemandBaseCapacity"],
        "on_demand_percentage": told["OnDemandPercentageAboveBaseCapacity"],
        "strategy": told["SpotAllocationStrategy"],
        "max_price": told.get("SpotMaxPrice"),
    }
    bought = [each["InstanceId"] for each in fleet.instances if "InstanceLifecycle" not in each]
    wanted, share = fleet.group["DesiredCapacity"], 100 - value.get("on_demand_percentage", 0)
    spot = wanted - sum(fleet.weights[each] for each in bought)
    return ({key: there[key] for key in value}, spot), (value, wanted * share // 100)


@knob("placement_group", "placementGroup")
def _placement(fleet: Running, value: str) -> tuple[object, object]:
    return {each["Placement"]["GroupName"] for each in fleet.instances}, {fleet.things[value]}
