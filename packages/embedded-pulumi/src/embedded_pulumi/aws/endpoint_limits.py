"""What the embedded AWS does not do: a program that asks for it is refused in the preview, by name.

The types can ask any AWS for it. The embedded one would answer with an error, or would take a property and drop it:
either would come in the middle of a deployment. tests/provider/test_endpoint_limits.py asks it for each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from embedded_pulumi.aws.fields import Text, is_empty
from embedded_pulumi.provider import NOT_SUPPORTED, CheckFailure
from embedded_pulumi.values import UNKNOWN, Properties, Value

Limits: TypeAlias = Mapping[str, Mapping[str, Text | None]]
"""A resource type to the paths of its inputs (`a[].b`) to the values that are taken there; None for none at all."""

_ACTION = Text(
    pattern=r"|arn:[^:]+:(sns|lambda|autoscaling):.*",
    accepts="ARNs of SNS topics, Lambda functions and scaling policies",
)
_EXPRESSION = Text(
    pattern=r"(?!.*\b(?!(ABS|AVG|CEIL|FILL|FLOOR|IF|MAX|METRICS|MIN|SUM)\()[A-Z][A-Z0-9_]*\().*",
    accepts="the functions ABS, AVG, CEIL, FILL, FLOOR, IF, MAX, METRICS, MIN and SUM",
)
_CHECK = "(EC2|EBS|ELB|VPC_LATTICE)"
_TERMINATIONS = (
    "Default",
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
)
_PERCENTILE = r"p(\d{1,2}(\.\d{1,10})?|100)"
_STATISTIC = Text(
    pattern=f"SampleCount|Average|Sum|Minimum|Maximum|{_PERCENTILE}",
    accepts="Average, Maximum, Minimum, SampleCount, Sum, percentiles such as p99",
)

EMBEDDED_AWS: Limits = {
    "aws:acm/certificate:Certificate": {
        "keyAlgorithm": Text(one_of=("RSA_2048",)),
        "validationMethod": Text(one_of=("DNS",)),
    },
    "aws:autoscaling/group:Group": {
        "capacityReservationSpecification.capacityReservationTarget.capacityReservationResourceGroupArns": None,
        "availabilityZoneDistribution.capacityDistributionStrategy": Text(one_of=("balanced-best-effort",)),
        "healthCheckType": Text(pattern=f"{_CHECK}(,{_CHECK})*", accepts="EC2, EBS, ELB, VPC_LATTICE"),
        "instanceLifecyclePolicy": None,
        "instanceRefresh.preferences.alarmSpecification": None,
        "instanceRefresh.strategy": Text(one_of=("Rolling",)),
        "mixedInstancesPolicy.launchTemplate.overrides[].launchTemplateSpecification": None,
        "placementGroup": None,
        "terminationPolicies[]": Text(one_of=_TERMINATIONS),
    },
    "aws:autoscaling/policy:Policy": {
        "policyType": Text(one_of=("SimpleScaling", "TargetTrackingScaling", "PredictiveScaling")),
        "predictiveScalingConfiguration.mode": Text(one_of=("ForecastOnly",)),
        **{
            f"predictiveScalingConfiguration.metricSpecification.{name}": None
            for name in (
                "customizedCapacityMetricSpecification",
                "customizedLoadMetricSpecification",
                "customizedScalingMetricSpecification",
            )
        },
        **{
            f"predictiveScalingConfiguration.metricSpecification.{name}.predefinedMetricType": Text(one_of=types)
            for name, types in {
                "predefinedLoadMetricSpecification": ("ASGTotalCPUUtilization", "ALBTargetGroupRequestCount"),
                "predefinedMetricPairSpecification": ("ASGCPUUtilization", "ALBRequestCount"),
                "predefinedScalingMetricSpecification": ("ASGAverageCPUUtilization", "ALBRequestCountPerTarget"),
            }.items()
        },
        "targetTrackingConfiguration.predefinedMetricSpecification.predefinedMetricType": Text(
            one_of=("ASGAverageCPUUtilization", "ALBRequestCountPerTarget")
        ),
        "targetTrackingConfiguration.customizedMetricSpecification.metrics[].expression": _EXPRESSION,
        "targetTrackingConfiguration.customizedMetricSpecification.metrics[].metricStat.stat": _STATISTIC,
    },
    "aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment": {
        "trafficSource.type": Text(one_of=("elbv2",)),
    },
    "aws:cloudwatch/eventTarget:EventTarget": {
        "arn": Text(pattern=r"arn:[^:]+:(sns|lambda):.*", accepts="ARNs of SNS topics and Lambda functions")
    },
    "aws:cloudwatch/logGroup:LogGroup": {"logGroupClass": Text(one_of=("STANDARD",))},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "alarmActions[]": _ACTION,
        "insufficientDataActions[]": _ACTION,
        "okActions[]": _ACTION,
        "comparisonOperator": Text(
            one_of=(
                "GreaterThanOrEqualToThreshold",
                "GreaterThanThreshold",
                "LessThanThreshold",
                "LessThanOrEqualToThreshold",
            )
        ),
        "extendedStatistic": Text(pattern=_PERCENTILE, accepts="percentiles such as p99"),
        "metricQueries[].expression": _EXPRESSION,
        "metricQueries[].metric.stat": _STATISTIC,
        "thresholdMetricId": None,
    },
    "aws:ec2/eip:Eip": {"networkBorderGroup": None, "publicIpv4Pool": None},
    "aws:ec2/flowLog:FlowLog": {
        "deliverCrossAccountRole": None,
        "destinationOptions": None,
        "logDestinationType": Text(one_of=("cloud-watch-logs",)),
    },
    "aws:ec2/launchTemplate:LaunchTemplate": {
        "capacityReservationSpecification.capacityReservationTarget.capacityReservationResourceGroupArn": None
    },
    "aws:ec2/natGateway:NatGateway": {
        "privateIp": None,
        "secondaryAllocationIds": None,
        "secondaryPrivateIpAddressCount": None,
        "secondaryPrivateIpAddresses": None,
    },
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {"gatewayId": None},
    "aws:ec2/subnet:Subnet": {
        "enableDns64": None,
        "enableLniAtDeviceIndex": None,
        "enableResourceNameDnsAaaaRecordOnLaunch": None,
        "privateDnsHostnameTypeOnLaunch": Text(one_of=("ip-name",)),
    },
    "aws:ec2/vpc:Vpc": {"ipv6CidrBlockNetworkBorderGroup": None},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {
        "dnsOptions": None,
        "ipAddressType": Text(one_of=("ipv4", "dualstack")),
        "resourceConfigurationArn": None,
        "serviceNetworkArn": None,
        "serviceRegion": None,
    },
    "aws:ecs/service:Service": {
        "deploymentController.type": Text(one_of=("ECS",)),
        "launchType": Text(one_of=("EC2", "FARGATE")),
    },
    "aws:kms/key:Key": {
        "customerMasterKeySpec": Text(pattern=r"(?!ML_DSA_|ECC_NIST_EDWARDS).*", accepts="RSA, ECC, HMAC and SM2 keys"),
        "rotationPeriodInDays": None,
    },
    "aws:lambda/eventSourceMapping:EventSourceMapping": {
        "eventSourceArn": Text(
            pattern=r"arn:[^:]+:(sqs|dynamodb):.*", accepts="ARNs of queues of SQS and streams of DynamoDB"
        ),
        "startingPosition": Text(one_of=("LATEST", "TRIM_HORIZON")),
    },
    "aws:lambda/function:Function": {"s3Bucket": None, "tenancyConfig": None},
    "aws:lambda/permission:Permission": {
        "eventSourceToken": None,
        "functionUrlAuthType": None,
        "invokedViaFunctionUrl": None,
    },
    "aws:rds/instance:Instance": {"engine": Text(one_of=("mariadb", "mysql", "postgres"))},
    "aws:ssm/parameter:Parameter": {"dataType": Text(one_of=("text", "aws:ec2:image"))},
    "aws:sns/topicSubscription:TopicSubscription": {"endpointAutoConfirms": None},
    "aws:sns/topic:Topic": {"signatureVersion": None, "tracingConfig": None},
}


def beyond(limits: Limits, type_: str, inputs: Properties) -> list[CheckFailure]:
    """What the endpoint would not do of these checked inputs."""
    failures = []
    for path, accepted in limits.get(type_, {}).items():
        for place, value in _at(inputs, path):
            reason = _reason(accepted, value)
            if reason is not None:
                failures.append(CheckFailure(place, f"{NOT_SUPPORTED} the embedded AWS{reason}"))
    return failures


def _reason(accepted: Text | None, value: Value) -> str | None:
    """Why a value is not taken, None if it is; what is not taken at all is refused even if it is unknown."""
    if is_empty(value):
        return None
    if accepted is None:
        return ""
    if value is UNKNOWN:
        return None
    try:
        accepted.accept(str(value))
    except ValueError:
        return f": {value!r}; accepted: {accepted.accepts or ', '.join(accepted.one_of)}"
    return None


def _at(value: Value, path: str, place: str = "") -> Iterator[tuple[str, Value]]:
    """The values at a path, each with its place."""
    head, _, rest = path.partition(".")
    name = head.removesuffix("[]")
    found = value.get(name) if isinstance(value, dict) else None
    here = f"{place}.{name}" if place else name
    if head == name:
        every = [(here, found)]
    else:
        every = [(f"{here}[{index}]", each) for index, each in enumerate(found if isinstance(found, list) else ())]
    for where, each in every:
        yield from _at(each, rest, where) if rest else [(where, each)]
