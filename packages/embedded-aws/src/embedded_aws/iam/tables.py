"""What each API action needs, service by service. An action without a row is refused to roles.

Actions without resources here are those for which the reference lists no resource type.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service.
"""

from __future__ import annotations

from collections.abc import Mapping

from embedded_aws.iam.balancing_tables import BALANCING
from embedded_aws.iam.companion_tables import COMPANIONS
from embedded_aws.iam.data_tables import DATA
from embedded_aws.iam.deployment_tables import DEPLOYMENT
from embedded_aws.iam.instance_tables import INSTANCES
from embedded_aws.iam.permissions import (
    Needs,
    any_resource,
    arns,
    document_and_instances,
    event_buses,
    group,
    group_of_instance,
    identity,
    key,
    key_of_parameters,
    key_of_topic,
    launch_of_refresh,
    log_stream,
    on,
    parameters,
    queue,
    tagged_groups,
)
from embedded_aws.iam.storage_tables import STORAGE

_INSTANCES = arns("arn:{partition}:ec2:{region}:{account}:instance/{}", "InstanceIds", "InstanceId")
_ALARMS = arns("arn:{partition}:cloudwatch:{region}:{account}:alarm:{}", "AlarmNames", "AlarmName", "ResourceARN")
_TOPIC = arns("{}", "TopicArn", "TargetArn", "ResourceArn")
# A log group answers to its ARN with an empty stream, as AWS's own denials show: `log-group:<name>:*` in a policy
# matches it, `log-group:<name>` does not (CloudWatch Logs User Guide, "ARN format").
_LOG_GROUP = arns("arn:{partition}:logs:{region}:{account}:log-group:{}:log-stream:", "logGroupName")
_TAGGED_LOG_GROUP = arns("arn:{partition}:logs:{region}:{account}:log-group:{}", "resourceArn", "logGroupName")
_FUNCTION = arns("arn:{partition}:lambda:{region}:{account}:function:{}", "FunctionName", "Resource")
_RULE = arns("arn:{partition}:events:{region}:{account}:rule/{}", "Name", "Rule", "ResourceARN")
_ASSUMED = arns("{}", "RoleArn")
_ROLE = identity("role", "RoleName")
_SESSION = arns("arn:{partition}:ssm:{region}:{account}:session/{}", "SessionId")
_ZONAL_RESOURCE = arns("{}", "resourceIdentifier")
_ZONAL_KEY = {"arc-zonal-shift:ResourceIdentifier": "resourceIdentifier"}


AUTOSCALING = {
    **on(
        any_resource,
        """
            DescribeAccountLimits DescribeAdjustmentTypes DescribeAutoScalingGroups DescribeAutoScalingInstances
            DescribeInstanceRefreshes DescribeLifecycleHookTypes DescribeLifecycleHooks
            DescribeLoadBalancerTargetGroups DescribeMetricCollectionTypes
            DescribeNotificationConfigurations DescribePolicies DescribeScalingActivities DescribeScalingProcessTypes
            DescribeScheduledActions DescribeTags DescribeTerminationPolicyTypes DescribeWarmPool
            GetPredictiveScalingForecast
        """,
    ),
    **on(
        group,
        """
            AttachInstances AttachLoadBalancerTargetGroups CancelInstanceRefresh CompleteLifecycleAction
            CreateAutoScalingGroup DeleteAutoScalingGroup
            BatchDeleteScheduledAction BatchPutScheduledUpdateGroupAction DeleteLifecycleHook DeletePolicy
            DeleteScheduledAction DetachInstances DetachLoadBalancerTargetGroups DisableMetricsCollection
            DeleteWarmPool EnableMetricsCollection EnterStandby ExecutePolicy ExitStandby PutScalingPolicy
            PutScheduledUpdateGroupAction PutWarmPool RecordLifecycleActionHeartbeat
            ResumeProcesses RollbackInstanceRefresh SetDesiredCapacity SetInstanceProtection
            SuspendProcesses UpdateAutoScalingGroup
        """,
    ),
    "StartInstanceRefresh": Needs(group, also=launch_of_refresh),
    **on(group_of_instance, "SetInstanceHealth TerminateInstanceInAutoScalingGroup"),
    **on(tagged_groups, "CreateOrUpdateTags DeleteTags"),
}

EC2 = {
    **on(
        any_resource,
        """
            DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeImages DescribeInstanceStatus
            DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeInstances DescribeInternetGateways
            DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeNatGateways DescribeNetworkInterfaces
            DescribeRegions DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets
            DescribeTags DescribeVolumeStatus DescribeVolumes DescribeVpcs
        """,
    ),
    **on(_INSTANCES, "GetConsoleOutput RebootInstances StartInstances StopInstances TerminateInstances"),
}

CLOUDWATCH = {
    "PutMetricData": Needs(context={"cloudwatch:namespace": "Namespace"}),
    **on(any_resource, "DescribeAlarmsForMetric GetMetricData GetMetricStatistics ListMetrics"),
    **on(
        _ALARMS,
        """
            DeleteAlarms DescribeAlarmHistory DescribeAlarms DisableAlarmActions EnableAlarmActions ListTagsForResource
            PutMetricAlarm SetAlarmState TagResource UntagResource
        """,
    ),
}

SNS = {
    "Publish": Needs(_TOPIC, also=key_of_topic),
    "PublishBatch": Needs(_TOPIC, action="Publish", also=key_of_topic),
    "Subscribe": Needs(_TOPIC, context={"sns:Protocol": "Protocol", "sns:Endpoint": "Endpoint"}),
    "ListTopics": Needs(),
    **on(
        _TOPIC,
        """
            ConfirmSubscription GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource SetTopicAttributes
        """,
    ),
}

KMS = {
    **on(any_resource, "ListAliases ListKeys"),
    **on(
        key,
        """
            Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GetKeyPolicy
            GetKeyRotationStatus ListResourceTags
        """,
    ),
}

LOGS = {
    **on(_LOG_GROUP, "AssociateKmsKey CreateLogGroup DescribeLogGroups DescribeLogStreams"),
    **on(_LOG_GROUP, "DisassociateKmsKey FilterLogEvents PutRetentionPolicy"),
    **on(log_stream, "CreateLogStream GetLogEvents PutLogEvents"),
    **on(_TAGGED_LOG_GROUP, "ListTagsForResource TagResource UntagResource"),
}

SQS = on(queue, "ChangeMessageVisibility DeleteMessage GetQueueAttributes ReceiveMessage SendMessage")

SSM = {
    **on(
        any_resource,
        """
            CancelCommand DescribeInstanceInformation DescribeParameters DescribeSessions GetCommandInvocation
            GetConnectionStatus ListCommandInvocations ListCommands
        """,
    ),
    **on(document_and_instances, "SendCommand StartSession"),
    **on(_SESSION, "ResumeSession TerminateSession"),
    "GetParameter": Needs(parameters, also=key_of_parameters),
    "GetParameters": Needs(parameters, also=key_of_parameters),
    **on(parameters, "DeleteParameter GetParameterHistory GetParametersByPath PutParameter"),
}

EVENTS = {
    "PutEvents": Needs(event_buses),
    "ListRules": Needs(),
    **on(
        _RULE,
        """
            DeleteRule DescribeRule DisableRule EnableRule ListTagsForResource ListTargetsByRule PutRule PutTargets
            RemoveTargets
        """,
    ),
}

LAMBDA = {
    "Invoke": Needs(_FUNCTION, action="InvokeFunction"),
    "ListFunctions": Needs(),
    **on(
        _FUNCTION,
        """
            GetFunction GetFunctionConcurrency GetFunctionConfiguration GetFunctionEventInvokeConfig GetPolicy ListTags
            PutFunctionConcurrency UpdateFunctionCode UpdateFunctionConfiguration
        """,
    ),
}

STS = {
    # Needs no permission, and no Deny can take it away (STS API Reference).
    "GetCallerIdentity": Needs(free=True),
    "AssumeRole": Needs(_ASSUMED, context={"sts:ExternalId": "ExternalId", "sts:RoleSessionName": "RoleSessionName"}),
}

IAM = {
    **on(_ROLE, "GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies"),
    **on(arns("{}", "PolicySourceArn"), "GetContextKeysForPrincipalPolicy SimulatePrincipalPolicy"),
    **on(any_resource, "GetContextKeysForCustomPolicy SimulateCustomPolicy"),
}

ARC_ZONAL_SHIFT = {
    **on(any_resource, "ListAutoshifts ListManagedResources ListZonalShifts"),
    # A group is no resource type of these actions, only of their condition key.
    "GetManagedResource": Needs(_ZONAL_RESOURCE, context=_ZONAL_KEY),
    "StartZonalShift": Needs(_ZONAL_RESOURCE, context=_ZONAL_KEY),
}

SERVICE_QUOTAS = on(
    any_resource,
    "GetAWSDefaultServiceQuota GetServiceQuota ListAWSDefaultServiceQuotas ListServiceQuotas ListServices",
)

XRAY = on(any_resource, "GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments")

_SERVICES: Mapping[str, Mapping[str, Needs]] = {
    "arc-zonal-shift": ARC_ZONAL_SHIFT,
    "autoscaling": AUTOSCALING,
    "cloudwatch": CLOUDWATCH,
    "ec2": EC2,
    "events": EVENTS,
    "iam": IAM,
    "kms": KMS,
    "lambda": LAMBDA,
    "logs": LOGS,
    "service-quotas": SERVICE_QUOTAS,
    "sns": SNS,
    "sqs": SQS,
    "ssm": SSM,
    "sts": STS,
    "xray": XRAY,
}

_EVERY = (_SERVICES, BALANCING, COMPANIONS, DATA, DEPLOYMENT, INSTANCES, STORAGE)

TABLES: Mapping[str, Mapping[str, Needs]] = {
    service: {action: needs for each in _EVERY for action, needs in each.get(service, {}).items()}
    for service in {**_SERVICES, **BALANCING, **COMPANIONS, **DATA, **DEPLOYMENT, **STORAGE}
}
"""botocore's service name to botocore's operation name to what it needs."""
