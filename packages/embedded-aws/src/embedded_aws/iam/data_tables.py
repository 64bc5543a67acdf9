"""What the API actions need of the services that keep a program's messages, rows, secrets, images and names.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded_aws.calls import Call
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.permissions import Needs, Permission, any_resource, arns, identity, log_stream, on, queue

_NEW_QUEUE = arns("arn:{partition}:sqs:{region}:{account}:{}", "QueueName")
_TABLE = arns("arn:{partition}:dynamodb:{region}:{account}:table/{}", "TableName", "ResourceArn")
_REPOSITORY = arns("arn:{partition}:ecr:{region}:{account}:repository/{}", "repositoryName", "resourceArn")


def _secret(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The secret that a call names by its ARN or its name; a name stands for an ARN with six characters more."""
    named = call.params.get("SecretId") or call.params.get("Name") or "*"
    return (named if named.startswith("arn:") else facts.secret_arn(call.region, named),)


def _tagged(action: str, parameter: str, resource: Any) -> Any:
    """The permission to tag what a call makes, if it gives tags."""

    def also(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
        return tuple(Permission(action, arn) for arn in resource(call, facts)) if call.params.get(parameter) else ()

    return also


def _zones(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The hosted zone that a call names, with `/hostedzone/` or without."""
    name = next((call.params[each] for each in ("HostedZoneId", "Id", "ResourceId") if call.params.get(each)), "*")
    return (f"arn:{facts.partition}:route53:::hostedzone/{name.rpartition('/')[2]}",)


def _change(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    return (f"arn:{facts.partition}:route53:::change/{call.params['Id'].rpartition('/')[2]}",)


def _indexes(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The table of a query, or the index of it that is asked."""
    (table,) = _TABLE(call, facts)
    index = call.params.get("IndexName")
    return (f"{table}/index/{index}" if index else table,)


_MORE_SQS = {
    "CreateQueue": Needs(_NEW_QUEUE, also=_tagged("sqs:TagQueue", "tags", _NEW_QUEUE)),
    "GetQueueUrl": Needs(_NEW_QUEUE),
    "ListQueues": Needs(),
    **on(queue, "DeleteQueue ListQueueTags PurgeQueue SetQueueAttributes TagQueue UntagQueue"),
    "SendMessageBatch": Needs(queue, action="SendMessage"),
    "DeleteMessageBatch": Needs(queue, action="DeleteMessage"),
}
_DYNAMODB = {
    **on(any_resource, "ListTables DescribeLimits"),
    "CreateTable": Needs(_TABLE, also=_tagged("dynamodb:TagResource", "Tags", _TABLE)),
    **on(
        _TABLE,
        """
            DeleteItem DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive GetItem
            ListTagsOfResource PutItem TagResource UntagResource UpdateContinuousBackups UpdateItem UpdateTable
        """,
    ),
    "UpdateTimeToLive": Needs(_TABLE),
    **on(_indexes, "Query Scan"),
}
_SECRETS = {
    "ListSecrets": Needs(),
    "CreateSecret": Needs(_secret, also=_tagged("secretsmanager:TagResource", "Tags", _secret)),
    **on(
        _secret,
        """
            DeleteResourcePolicy DeleteSecret DescribeSecret GetResourcePolicy GetSecretValue ListSecretVersionIds
            PutResourcePolicy PutSecretValue RestoreSecret TagResource UntagResource UpdateSecret
            UpdateSecretVersionStage
        """,
    ),
}
_ECR = {
    "GetAuthorizationToken": Needs(),
    "CreateRepository": Needs(_REPOSITORY, also=_tagged("ecr:TagResource", "tags", _REPOSITORY)),
    "DescribeRepositories": Needs(
        arns("arn:{partition}:ecr:{region}:{account}:repository/{}", "repositoryNames"),
    ),
    **on(
        _REPOSITORY,
        """
            BatchGetImage DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy DescribeImages
            GetLifecyclePolicy GetRepositoryPolicy ListImages ListTagsForResource PutImageScanningConfiguration
            PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy TagResource UntagResource
        """,
    ),
}
_ROUTE53 = {
    **on(any_resource, "GetHostedZoneCount ListHostedZones ListHostedZonesByName"),
    "CreateHostedZone": Needs(lambda *_: ("*",)),
    "GetChange": Needs(_change),
    **on(
        _zones,
        """
            AssociateVPCWithHostedZone ChangeResourceRecordSets ChangeTagsForResource DeleteHostedZone
            DisassociateVPCFromHostedZone GetHostedZone ListResourceRecordSets ListTagsForResource
            UpdateHostedZoneComment
        """,
    ),
}


_USER, _GROUP = identity("user", "UserName"), identity("group", "GroupName")
_OIDC = arns("arn:{partition}:iam::{account}:oidc-provider/{}", "OpenIDConnectProviderArn")
_BOUND = {"iam:PermissionsBoundary": "PermissionsBoundary"}
_ATTACHED = {"iam:PolicyARN": "PolicyArn"}


def _new_provider(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    host = call.params["Url"].removeprefix("https://")
    return (f"arn:{facts.partition}:iam::{facts.account}:oidc-provider/{host}",)


_IAM = {
    # A key does not say whose it is.
    **on(any_resource, "GetAccessKeyLastUsed ListUsers ListGroups ListOpenIDConnectProviders"),
    "CreateUser": Needs(_USER, context=_BOUND, also=_tagged("iam:TagUser", "Tags", _USER)),
    "PutUserPermissionsBoundary": Needs(_USER, context=_BOUND),
    "AttachUserPolicy": Needs(_USER, context=_ATTACHED),
    "DetachUserPolicy": Needs(_USER, context=_ATTACHED),
    "AttachGroupPolicy": Needs(_GROUP, context=_ATTACHED),
    "DetachGroupPolicy": Needs(_GROUP, context=_ATTACHED),
    **on(
        _USER,
        """
            CreateAccessKey DeleteAccessKey DeleteLoginProfile DeleteUser DeleteUserPermissionsBoundary
            DeleteUserPolicy GetUser GetUserPolicy ListAccessKeys ListAttachedUserPolicies ListGroupsForUser
            ListUserPolicies ListUserTags PutUserPolicy TagUser UntagUser UpdateAccessKey UpdateUser
        """,
    ),
    **on(
        _GROUP,
        """
            AddUserToGroup CreateGroup DeleteGroup DeleteGroupPolicy GetGroup GetGroupPolicy
            ListAttachedGroupPolicies ListGroupPolicies PutGroupPolicy RemoveUserFromGroup UpdateGroup
        """,
    ),
    "CreateOpenIDConnectProvider": Needs(
        _new_provider, also=_tagged("iam:TagOpenIDConnectProvider", "Tags", _new_provider)
    ),
    **on(
        _OIDC,
        """
            AddClientIDToOpenIDConnectProvider DeleteOpenIDConnectProvider GetOpenIDConnectProvider
            ListOpenIDConnectProviderTags RemoveClientIDFromOpenIDConnectProvider TagOpenIDConnectProvider
            UntagOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint
        """,
    ),
}

_DASHBOARD = arns("arn:{partition}:cloudwatch::{account}:dashboard/{}", "DashboardNames", "DashboardName")
_SNAPSHOTS = arns("arn:{partition}:ec2:{region}::snapshot/{}", "SnapshotId")
_SNAPSHOT_OF = arns("arn:{partition}:ec2:{region}:{account}:volume/{}", "VolumeId")


def _snapshot(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    return (*_SNAPSHOT_OF(call, facts), *_SNAPSHOTS(call, facts))


DATA: Mapping[str, Mapping[str, Needs]] = {
    "cloudwatch": {
        **on(_DASHBOARD, "DeleteDashboards GetDashboard PutDashboard"),
        "ListDashboards": Needs(),
    },
    "ec2": {
        **on(any_resource, "DescribeSnapshots"),
    },
    "logs": {
        "DeleteLogStream": Needs(log_stream),
    },
    "dynamodb": _DYNAMODB,
    # Lambda asks whether a function's role may read a stream; see `lambda_.event_sources`.
    "dynamodbstreams": on(arns("{}", "StreamArn", "ShardIterator"), "DescribeStream GetRecords GetShardIterator"),
    "ecr": _ECR,
    "iam": _IAM,
    "route53": _ROUTE53,
    "secretsmanager": _SECRETS,
    "sqs": _MORE_SQS,
}
"""botocore's service name to botocore's operation name to what it needs, beside `tables`."""
