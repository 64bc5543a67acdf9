"""The services of AWS whose resources are known here: one row for each, which every list of services is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from keyword import iskeyword


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service.

    Attributes:
        name: Its name in boto3.
        ahead: Whether its model is read before a program needs it; else when its first client is made.
        gone: Its error codes for a resource that does not exist.
        gone_suffixes: How such codes end, if each kind of resource has its own.
        gone_messages: Parts of such a message, if the code is one for every wrong parameter.
        modules: The modules of Pulumi's SDK that its types are in, each with what Terraform's names for these types
            begin with, after `aws_`. Types of several services may be in one module.
        renamed: Terraform's name of a type to Pulumi's names of properties to Terraform's, where these are not the
            same in another style.
    """

    name: str
    ahead: bool = True
    gone: tuple[str, ...] = ()
    gone_suffixes: tuple[str, ...] = ()
    gone_messages: tuple[str, ...] = ()
    modules: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


SERVICES = (
    Service(
        name="ec2",
        gone=("NatGatewayNotFound", "Gateway.NotAttached", "InvalidPlacementGroup.Unknown"),
        gone_suffixes=(".NotFound", ".NotFoundException", ".Malformed"),  # InvalidVpcID.NotFound and its siblings
        modules={"ebs": "ebs_", "ec2": "", "vpc": "vpc_"},
        renamed={
            "aws_instance": {"ebsBlockDevices": "ebs_block_device", "networkInterfaces": "network_interface"},
            "aws_launch_configuration": {"ebsBlockDevices": "ebs_block_device"},
            "aws_route_table": {"routes": "route"},
        },
    ),
    Service(
        name="autoscaling",
        gone_messages=(
            "AutoScalingGroup name not found",
            "Cannot find group",
            "not found - ",
            "No Lifecycle Hook found",
            "Scheduled action name not found",
        ),
        modules={"autoscaling": "autoscaling_"},
        renamed={
            "aws_autoscaling_group": {
                "initialLifecycleHooks": "initial_lifecycle_hook",
                "tags": "tag",
                "vpcZoneIdentifiers": "vpc_zone_identifier",
            },
            "aws_autoscaling_policy": {"stepAdjustments": "step_adjustment"},
        },
    ),
    Service(
        name="iam",
        gone=("NoSuchEntity",),
        modules={"iam": "iam_"},
        renamed={"aws_iam_role": {"inlinePolicies": "inline_policy"}},
    ),
    Service(
        name="lambda",
        gone=("ResourceNotFoundException",),
        modules={"lambda": "lambda_"},
        renamed={
            "aws_lambda_function": {"code": "filename", "name": "function_name"},
            "aws_lambda_permission": {"function": "function_name"},
        },
    ),
    Service(
        name="cloudwatch",
        gone=("ResourceNotFound",),
        modules={"cloudwatch": "cloudwatch_"},
        renamed={
            "aws_cloudwatch_composite_alarm": {"name": "alarm_name"},
            "aws_cloudwatch_metric_alarm": {"metricQueries": "metric_query", "name": "alarm_name"},
        },
    ),
    Service(name="logs", gone=("ResourceNotFoundException",), modules={"cloudwatch": "cloudwatch_"}),
    Service(name="events", gone=("ResourceNotFoundException",), modules={"cloudwatch": "cloudwatch_"}),
    Service(
        name="sns",
        gone=("NotFound", "NotFoundException"),
        modules={"sns": "sns_"},
        renamed={"aws_sns_topic_subscription": {"topic": "topic_arn"}},
    ),
    Service(
        name="elbv2",
        gone=("ListenerNotFound", "LoadBalancerNotFound", "RuleNotFound", "TargetGroupNotFound"),
        modules={"lb": "lb_"},
        renamed={
            "aws_lb_listener": {"defaultActions": "default_action"},
            "aws_lb_listener_rule": {"actions": "action", "conditions": "condition"},
        },
    ),
    Service(name="acm", gone=("ResourceNotFoundException",), modules={"acm": "acm_"}),
    Service(name="ssm", gone=("ParameterNotFound",), modules={"ssm": "ssm_"}),
    Service(name="kms", gone=("NotFoundException",), modules={"kms": "kms_"}),
    Service(
        name="s3",
        ahead=False,
        gone=(
            *("404", "NoSuchBucket", "NoSuchBucketPolicy", "NoSuchKey", "NoSuchLifecycleConfiguration"),
            *("NoSuchPublicAccessBlockConfiguration", "NoSuchWebsiteConfiguration", "OwnershipControlsNotFoundError"),
            "ServerSideEncryptionConfigurationNotFoundError",
        ),
        modules={"s3": "s3_"},
        renamed={
            "aws_s3_bucket_lifecycle_configuration": {"rules": "rule"},
            "aws_s3_bucket_server_side_encryption_configuration": {"rules": "rule"},
            "aws_s3_bucket_website_configuration": {
                "routingRuleDetails": "routing_rules",
                "routingRules": "routing_rule",
            },
        },
    ),
    Service(
        name="sqs",
        ahead=False,
        gone=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
        modules={"sqs": "sqs_"},
    ),
    Service(
        name="dynamodb",
        ahead=False,
        gone=("ResourceNotFoundException",),
        modules={"dynamodb": "dynamodb_"},
        renamed={
            "aws_dynamodb_table": {
                "attributes": "attribute",
                "globalSecondaryIndexes": "global_secondary_index",
                "localSecondaryIndexes": "local_secondary_index",
            }
        },
    ),
    Service(
        name="secretsmanager",
        ahead=False,
        gone=("ResourceNotFoundException",),
        modules={"secretsmanager": "secretsmanager_"},
    ),
    Service(
        name="ecr",
        ahead=False,
        gone=("LifecyclePolicyNotFoundException", "RepositoryNotFoundException", "RepositoryPolicyNotFoundException"),
        modules={"ecr": "ecr_"},
        renamed={"aws_ecr_repository": {"encryptionConfigurations": "encryption_configuration"}},
    ),
    Service(
        name="ecs",
        ahead=False,
        gone=("ClusterNotFoundException", "ServiceNotActiveException", "ServiceNotFoundException"),
        modules={"ecs": "ecs_"},
        renamed={
            "aws_ecs_cluster": {"settings": "setting"},
            "aws_ecs_service": {
                "capacityProviderStrategies": "capacity_provider_strategy",
                "loadBalancers": "load_balancer",
                "orderedPlacementStrategies": "ordered_placement_strategy",
            },
            "aws_ecs_task_definition": {"volumes": "volume"},
        },
    ),
    Service(
        name="route53",
        ahead=False,
        gone=("NoSuchHostedZone",),
        modules={"route53": "route53_"},
        renamed={
            "aws_route53_record": {"aliases": "alias"},
            "aws_route53_zone": {"vpcs": "vpc"},
        },
    ),
    Service(
        name="rds",
        ahead=False,
        gone=("DBInstanceNotFound", "DBInstanceNotFoundFault", "DBSubnetGroupNotFoundFault"),
        modules={"rds": "rds_"},
    ),
    Service(
        name="backup",
        ahead=False,
        gone=("ResourceNotFoundException",),
        modules={"backup": "backup_"},
        renamed={"aws_backup_plan": {"advancedBackupSettings": "advanced_backup_setting", "rules": "rule"}},
    ),
    Service(
        name="wafv2",
        ahead=False,
        gone=("WAFNonexistentItemException",),
        modules={"wafv2": "wafv2_"},
    ),
    Service(  # a program asks it, and makes nothing of it
        name="service-quotas", gone=("NoSuchResourceException",), modules={"servicequotas": "servicequotas_"}
    ),
    Service(name="sts"),  # it has no resources; it says whose account this is
)


def modules() -> Mapping[str, str]:
    """All modules of Pulumi's SDK with types of these services, in alphabetical order, as in `Service.modules`."""
    return dict(sorted({name: prefix for service in SERVICES for name, prefix in service.modules.items()}.items()))


def python_module(module: str) -> str:
    """What a module of Pulumi's SDK is called in Python, such as `pulumi_aws.lambda_`."""
    return f"pulumi_aws.{module}_" if iskeyword(module) else f"pulumi_aws.{module}"
