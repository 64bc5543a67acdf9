"""What the API actions need of what stands beside a fleet: managed policies, and what else is made with it.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service.
"""

from __future__ import annotations

from collections.abc import Mapping

from embedded_aws.calls import Call
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.permissions import Extra, Needs, Permission, Resources, any_resource, arns, group, on

_POLICY = arns("{}", "PolicyArn")


def _new_policy(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    path = call.params.get("Path", "/")
    where = path if path.startswith("/") else "/"
    return (f"arn:{facts.partition}:iam::{facts.account}:policy{where}{call.params['PolicyName']}",)


def _tagged_policy(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    made = _new_policy(call, facts) if call.params.get("Tags") else ()
    return tuple(Permission("iam:TagPolicy", arn) for arn in made)


_IAM = {
    "CreatePolicy": Needs(_new_policy, also=_tagged_policy),
    "ListPolicies": Needs(),
    **on(
        _POLICY,
        """
            CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion ListEntitiesForPolicy
            ListPolicyTags ListPolicyVersions SetDefaultPolicyVersion TagPolicy UntagPolicy
        """,
    ),
}

_LOG_GROUP = arns("arn:{partition}:logs:{region}:{account}:log-group:{}:log-stream:", "logGroupName")
_LOGS = {
    **on(_LOG_GROUP, "DeleteMetricFilter DescribeMetricFilters PutMetricFilter"),
    **on(any_resource, "DeleteQueryDefinition DescribeQueryDefinitions PutQueryDefinition"),
}
_CLUSTER = arns("arn:{partition}:ecs:{region}:{account}:cluster/{}", "cluster", "clusters", "clusterName")
_TAGGED_BY_ARN = arns("{}", "resourceArn")


_IN_CLUSTER = {"ecs:cluster": "cluster"}


def _service(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The services that a call names, by their ARNs or by their names in a cluster."""
    params = call.params
    named = params.get("services") or [params.get("service") or params.get("serviceName") or "*"]
    cluster = params.get("cluster", "default").rpartition("/")[2]
    prefix = f"arn:{facts.partition}:ecs:{call.region}:{facts.account}:service/{cluster}"
    return tuple(each if each.startswith("arn:") else f"{prefix}/{each}" for each in named)


def _task_roles(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """The permission to hand a task its roles."""
    del facts
    roles = (call.params.get(name) for name in ("taskRoleArn", "executionRoleArn"))
    passed = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    return tuple(Permission("iam:PassRole", arn, passed) for arn in roles if arn)


def _tagged_by(action: str, also: Extra | None = None) -> Extra:
    """The permission to tag what a call makes, if it gives tags."""

    def needed(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
        own = also(call, facts) if also else ()
        return (*own, Permission(action)) if call.params.get("tags") else own

    return needed


_ECS = {
    # A cluster that is made has no ARN to decide about yet, and a task definition never has one.
    "CreateCluster": Needs(lambda *_: ("*",), also=_tagged_by("ecs:TagResource")),
    "RegisterTaskDefinition": Needs(lambda *_: ("*",), also=_tagged_by("ecs:TagResource", _task_roles)),
    **on(any_resource, "DeregisterTaskDefinition DescribeTaskDefinition ListClusters ListTaskDefinitions"),
    "CreateService": Needs(_service, context=_IN_CLUSTER, also=_tagged_by("ecs:TagResource")),
    **{
        action: Needs(_service, context=_IN_CLUSTER)
        for action in ("DeleteService", "DescribeServices", "UpdateService")
    },
    **on(any_resource, "ListServices ListTasks"),
    "DescribeTasks": Needs(arns("arn:{partition}:ecs:{region}:{account}:task/{}", "tasks"), context=_IN_CLUSTER),
    **on(_CLUSTER, "DeleteCluster DescribeClusters UpdateCluster"),
    **on(_TAGGED_BY_ARN, "ListTagsForResource TagResource UntagResource"),
}

_DATABASE = arns("arn:{partition}:rds:{region}:{account}:db:{}", "DBInstanceIdentifier")
_SUBNET_GROUP = arns("arn:{partition}:rds:{region}:{account}:subgrp:{}", "DBSubnetGroupName")
_OF_RDS = arns("{}", "ResourceName")


def _tagged_here(action: str, resource: Resources) -> Extra:
    """The permission to tag what a call makes, on its own ARN, if it gives tags."""

    def needed(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
        made = resource(call, facts) if call.params.get("Tags") else ()
        return tuple(Permission(action, arn) for arn in made)

    return needed


def _database_in_subnets(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """A database, and the subnet group that it is put into."""
    return (*_DATABASE(call, facts), *(_SUBNET_GROUP(call, facts) if call.params.get("DBSubnetGroupName") else ()))


_RDS = {
    "CreateDBInstance": Needs(_database_in_subnets, also=_tagged_here("rds:AddTagsToResource", _DATABASE)),
    "CreateDBSubnetGroup": Needs(_SUBNET_GROUP, also=_tagged_here("rds:AddTagsToResource", _SUBNET_GROUP)),
    **on(_DATABASE, "DeleteDBInstance DescribeDBInstances ModifyDBInstance RebootDBInstance"),
    **on(_SUBNET_GROUP, "DeleteDBSubnetGroup DescribeDBSubnetGroups ModifyDBSubnetGroup"),
    **on(_OF_RDS, "AddTagsToResource ListTagsForResource RemoveTagsFromResource"),
}
_WEB_ACL = arns("{}", "WebACLArn")
_BEHIND = arns("{}", "ResourceArn")


def _both(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    return (*_WEB_ACL(call, facts), *_BEHIND(call, facts))


def _set_on_balancer(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """The permission to put a web ACL before a load balancer, which is the load balancer's."""
    resources = (arn for arn in _BEHIND(call, facts) if ":elasticloadbalancing:" in arn)
    return tuple(Permission("elasticloadbalancing:SetWebAcl", arn) for arn in resources)


_WAF = {
    "AssociateWebACL": Needs(_both, also=_set_on_balancer),
    "DisassociateWebACL": Needs(_BEHIND, also=_set_on_balancer),
    "GetWebACLForResource": Needs(_BEHIND),
}

_VAULT = arns("arn:{partition}:backup:{region}:{account}:backup-vault:{}", "BackupVaultName")
_PLAN = arns("arn:{partition}:backup:{region}:{account}:backup-plan:{}", "BackupPlanId")


def _new_vault(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """What a vault is made with: its storage, its key, its tags.

    Source: AWS Backup Developer Guide, "Access control", "API permissions: actions, resources, and conditions".
    """
    key = call.params.get("EncryptionKeyArn")
    uses = ("CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKey", "RetireGrant") if key else ()
    tagged = _VAULT(call, facts) if call.params.get("BackupVaultTags") else ()
    return (
        Permission("backup-storage:MountCapsule"),
        *(Permission(f"kms:{use}", str(key)) for use in uses),
        *(Permission("backup:TagResource", arn) for arn in tagged),
    )


def _new_plan(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    tagged = _PLAN(call, facts) if call.params.get("BackupPlanTags") else ()
    return tuple(Permission("backup:TagResource", arn) for arn in tagged)


_BACKUP = {
    "CreateBackupVault": Needs(_VAULT, also=_new_vault),
    "CreateBackupPlan": Needs(_PLAN, also=_new_plan),
    **on(_VAULT, "DeleteBackupVault DescribeBackupVault ListRecoveryPointsByBackupVault"),
    **on(_PLAN, "DeleteBackupPlan GetBackupPlan UpdateBackupPlan"),
    **on(arns("{}", "ResourceArn"), "ListTags TagResource UntagResource"),
    **on(any_resource, "ListBackupPlans ListBackupVaults"),
}

_ALARM = arns("arn:{partition}:cloudwatch:{region}:{account}:alarm:{}", "AlarmName")
_AUTOSCALING = {
    **on(
        group,
        """
            AttachTrafficSources DeleteNotificationConfiguration DetachTrafficSources PutNotificationConfiguration
        """,
    ),
    **on(any_resource, "DescribeAutoScalingNotificationTypes DescribeTrafficSources"),
}

COMPANIONS: Mapping[str, Mapping[str, Needs]] = {
    "autoscaling": _AUTOSCALING,
    "backup": _BACKUP,
    "cloudwatch": on(_ALARM, "PutCompositeAlarm"),
    "ecs": _ECS,
    "iam": _IAM,
    "logs": _LOGS,
    "rds": _RDS,
    "wafv2": _WAF,
}
"""botocore's service name to botocore's operation name to what it needs, beside `tables`."""
