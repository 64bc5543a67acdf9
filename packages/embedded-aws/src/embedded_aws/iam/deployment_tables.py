"""What the API actions need by which a stack is made, changed and deleted.

Where AWS decides about several resources of a call, each must be allowed. A create is decided about before it has an
id: its resource ends with `*`.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service; EC2 user guide,
"Grant permission to tag Amazon EC2 resources during creation"; Auto Scaling user guide, "Launch template support"; IAM
user guide, "Granting a user permissions to pass a role".
"""

from __future__ import annotations

from collections.abc import Mapping

from embedded_aws.calls import Call
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.permissions import (
    Extra,
    Needs,
    Permission,
    Resources,
    any_resource,
    arns,
    group,
    identity,
    key,
    on,
    parameters,
)

_IDS = {
    "egress-only-internet-gateway": ("EgressOnlyInternetGatewayId",),
    "elastic-ip": ("AllocationId", "AllocationIds"),
    "internet-gateway": ("InternetGatewayId",),
    "launch-template": ("LaunchTemplateId",),
    "natgateway": ("NatGatewayId",),
    "route-table": ("RouteTableId", "RouteTableIds", "AddRouteTableIds"),
    "security-group": ("GroupId", "SecurityGroupIds", "AddSecurityGroupIds"),
    "subnet": ("SubnetId", "SubnetIds", "AddSubnetIds"),
    "vpc": ("VpcId", "ResourceIds"),
    "vpc-endpoint": ("VpcEndpointId", "VpcEndpointIds"),
    "vpc-flow-log": ("FlowLogIds",),
}
"""A kind of EC2's resources to the parameters that name some."""

_KINDS = {
    "acl": "network-acl",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
"""How an id begins to the kind of the resource."""


def _ec2(*kinds: str) -> Resources:
    """The resources of these kinds that a call names; of the first kind one that does not exist yet."""
    named = [(kind, arns(f"arn:{{partition}}:ec2:{{region}}:{{account}}:{kind}/{{}}", *_IDS[kind])) for kind in kinds]

    def resources(call: Call, facts: AccountFacts) -> tuple[str, ...]:
        first, *others = named
        chosen = [first, *(each for each in others if any(call.params.get(name) for name in _IDS[each[0]]))]
        return tuple(arn for _, resources_of in chosen for arn in resources_of(call, facts))

    return resources


def _tagged(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """The permission to tag what a call makes, if it gives tags."""
    context = {"ec2:CreateAction": call.action}
    return tuple(
        Permission(
            "ec2:CreateTags",
            f"arn:{facts.partition}:ec2:{call.region}:{facts.account}:{each['ResourceType']}/*",
            context,
        )
        for each in call.params.get("TagSpecifications", [])
        if each.get("Tags")
    )


def _made(action: str, *kinds: str) -> dict[str, Needs]:
    """A row for an action that makes something of the first kind, in or with the others."""
    return {action: Needs(_ec2(*kinds), also=_tagged)}


def _tagged_by_id(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    prefix = f"arn:{facts.partition}:ec2:{call.region}:{facts.account}"
    ids = call.params.get("Resources") or ["*"]
    return tuple(f"{prefix}:{_KINDS.get(each.partition('-')[0], '*')}/{each}" for each in ids)


def _passing(service: str, *names: str) -> Extra:
    """The permission to hand a role, which a parameter names, to a service."""

    def also(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
        role = next((call.params[name] for name in names if call.params.get(name)), None)
        if role is None:
            return ()
        arn = role if role.startswith("arn:") else facts.identity_arn("role", role, None)
        return (Permission("iam:PassRole", arn, {"iam:PassedToService": service}),)

    return also


def _flow_log(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    return _tagged(call, facts) + _passing("vpc-flow-logs.amazonaws.com", "DeliverLogsPermissionArn")(call, facts)


def _alias(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    alias = f"arn:{facts.partition}:kms:{call.region}:{facts.account}:{call.params.get('AliasName', 'alias/*')}"
    keys = [call.params[name] for name in ("TargetKeyId",) if call.params.get(name)]
    return (alias, *(facts.key_arn(call.region, each) for each in keys))


def _topic_of_subscription(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    del facts
    arn = str(call.params.get("SubscriptionArn", "*"))
    return (arn.rpartition(":")[0] or arn,)


_FUNCTION = arns("arn:{partition}:lambda:{region}:{account}:function:{}", "FunctionName", "Resource")
_LAYER = arns("arn:{partition}:lambda:{region}:{account}:layer:{}", "LayerName")
_MAPPING = arns("arn:{partition}:lambda:{region}:{account}:event-source-mapping:{}", "UUID")
_LOG_GROUP = arns("arn:{partition}:logs:{region}:{account}:log-group:{}:log-stream:", "logGroupName")
_RULE = arns("arn:{partition}:events:{region}:{account}:rule/{}", "Name", "Rule", "ResourceARN")
_ROLE = identity("role", "RoleName")
_PROFILE = identity("instance-profile", "InstanceProfileName")
_TOPIC = arns("arn:{partition}:sns:{region}:{account}:{}", "TopicArn", "Name", "ResourceArn")
_PARAMETER = arns("arn:{partition}:ssm:{region}:{account}:parameter/{}", "ResourceId")


def _linked_role(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The role that a service would have; where its name is not known here, any of that service's."""
    service, suffix = call.params.get("AWSServiceName", "*"), call.params.get("CustomSuffix")
    name = "AWSServiceRoleForAutoScaling" if service == "autoscaling.amazonaws.com" else "*"
    prefix = f"arn:{facts.partition}:iam::{facts.account}:role/aws-service-role/{service}"
    return (f"{prefix}/{name}_{suffix}" if suffix else f"{prefix}/{name}",)


def _layer_version(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The version of a layer that a call names by the layer and a number."""
    return tuple(f"{arn}:{call.params.get('VersionNumber', '*')}" for arn in _LAYER(call, facts))


def _mapping_of(action: str) -> Extra:
    """The permission to make or change an event source mapping, with the function that the call says."""

    def also(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
        made = action.startswith("Create")
        keys = {"lambda:FunctionArn": _FUNCTION(call, facts)[0]} if call.params.get("FunctionName") else {}
        return tuple(Permission(f"lambda:{action}", arn, keys) for arn in (("*",) if made else _MAPPING(call, facts)))

    return also


DEPLOYMENT: Mapping[str, Mapping[str, Needs]] = {
    "ec2": {
        **on(
            any_resource,
            """
                DescribeAddressesAttribute DescribeEgressOnlyInternetGateways DescribeFlowLogs DescribeNetworkAcls
                DescribePrefixLists DescribeVpcEndpoints DescribeVpcEndpointServices DisassociateSubnetCidrBlock
                DisassociateVpcCidrBlock GetEbsDefaultKmsKeyId GetEbsEncryptionByDefault
            """,
        ),
        **_made("AllocateAddress", "elastic-ip"),
        **_made("CreateEgressOnlyInternetGateway", "egress-only-internet-gateway", "vpc"),
        **_made("CreateInternetGateway", "internet-gateway"),
        **_made("CreateLaunchTemplate", "launch-template"),
        **_made("CreateNatGateway", "natgateway", "subnet", "vpc", "elastic-ip"),
        **_made("CreateRouteTable", "route-table", "vpc"),
        **_made("CreateSecurityGroup", "security-group", "vpc"),
        **_made("CreateSubnet", "subnet", "vpc"),
        **_made("CreateVpc", "vpc"),
        **_made("CreateVpcEndpoint", "vpc-endpoint", "vpc", "route-table", "subnet", "security-group"),
        **_made("AuthorizeSecurityGroupEgress", "security-group"),
        **_made("AuthorizeSecurityGroupIngress", "security-group"),
        "CreateFlowLogs": Needs(_ec2("vpc-flow-log", "vpc"), also=_flow_log),
        **on(_ec2("elastic-ip"), "DisassociateAddress ReleaseAddress"),
        **on(_ec2("internet-gateway", "vpc"), "AttachInternetGateway DeleteInternetGateway DetachInternetGateway"),
        **on(_ec2("egress-only-internet-gateway"), "DeleteEgressOnlyInternetGateway"),
        **on(_ec2("subnet"), "AssociateSubnetCidrBlock"),
        **on(_ec2("vpc"), "AssociateVpcCidrBlock"),
        **on(_ec2("launch-template"), "CreateLaunchTemplateVersion DeleteLaunchTemplate ModifyLaunchTemplate"),
        **on(_ec2("natgateway"), "DeleteNatGateway DisassociateNatGatewayAddress"),
        **on(_ec2("natgateway", "elastic-ip"), "AssociateNatGatewayAddress"),
        **on(
            _ec2("route-table", "subnet"),
            """
                AssociateRouteTable CreateRoute DeleteRoute DeleteRouteTable DisassociateRouteTable ReplaceRoute
                ReplaceRouteTableAssociation
            """,
        ),
        **on(
            _ec2("security-group"),
            """
                DeleteSecurityGroup ModifySecurityGroupRules RevokeSecurityGroupEgress RevokeSecurityGroupIngress
                UpdateSecurityGroupRuleDescriptionsEgress UpdateSecurityGroupRuleDescriptionsIngress
            """,
        ),
        **on(_ec2("subnet"), "DeleteSubnet ModifySubnetAttribute"),
        **on(_ec2("vpc"), "DeleteVpc DescribeVpcAttribute ModifyVpcAttribute"),
        **on(_ec2("vpc-endpoint", "route-table", "subnet", "security-group"), "DeleteVpcEndpoints ModifyVpcEndpoint"),
        **on(_ec2("vpc-flow-log"), "DeleteFlowLogs"),
        **on(_tagged_by_id, "CreateTags DeleteTags"),
    },
    "autoscaling": {"PutLifecycleHook": Needs(group, also=_passing("autoscaling.amazonaws.com", "RoleARN"))},
    "events": on(_RULE, "TagResource UntagResource"),
    "iam": {
        **on(
            _ROLE,
            """
                AttachRolePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy
                ListInstanceProfilesForRole ListRoleTags PutRolePermissionsBoundary PutRolePolicy TagRole UntagRole
                UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription
            """,
        ),
        **on(
            _PROFILE,
            """
                CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile ListInstanceProfileTags
                RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile
            """,
        ),
        "AddRoleToInstanceProfile": Needs(_PROFILE, also=_passing("ec2.amazonaws.com", "RoleName")),
        "CreateServiceLinkedRole": Needs(_linked_role, context={"iam:AWSServiceName": "AWSServiceName"}),
        **on(_ROLE, "DeleteServiceLinkedRole"),
        **on(any_resource, "GetServiceLinkedRoleDeletionStatus ListRoles"),
    },
    "kms": {
        **on(any_resource, "CreateKey"),
        **on(_alias, "CreateAlias DeleteAlias UpdateAlias"),
        **on(
            key,
            """
                CancelKeyDeletion CreateGrant DisableKey DisableKeyRotation EnableKey EnableKeyRotation ListGrants
                PutKeyPolicy RetireGrant RevokeGrant ScheduleKeyDeletion TagResource UntagResource UpdateKeyDescription
            """,
        ),
    },
    "lambda": {
        **on(
            _FUNCTION,
            """
                AddPermission CreateAlias DeleteAlias DeleteFunction DeleteFunctionConcurrency
                DeleteFunctionEventInvokeConfig GetAlias GetFunctionCodeSigningConfig ListAliases
                ListVersionsByFunction PublishVersion PutFunctionEventInvokeConfig RemovePermission TagResource
                UntagResource UpdateAlias
            """,
        ),
        # A mapping that is made has no ARN yet, and which function one is for is known where a call says it.
        "CreateEventSourceMapping": Needs(lambda *_: (), also=_mapping_of("CreateEventSourceMapping")),
        "UpdateEventSourceMapping": Needs(lambda *_: (), also=_mapping_of("UpdateEventSourceMapping")),
        **on(_MAPPING, "DeleteEventSourceMapping GetEventSourceMapping"),
        "ListEventSourceMappings": Needs(),
        "PublishLayerVersion": Needs(_LAYER),
        **on(_layer_version, "DeleteLayerVersion GetLayerVersion"),
        "GetLayerVersionByArn": Needs(arns("{}", "Arn"), action="GetLayerVersion"),
        **on(any_resource, "ListLayerVersions ListLayers"),
        "CreateFunction": Needs(_FUNCTION, also=_passing("lambda.amazonaws.com", "Role")),
        "UpdateFunctionConfiguration": Needs(_FUNCTION, also=_passing("lambda.amazonaws.com", "Role")),
        "GetAccountSettings": Needs(),
    },
    "logs": on(_LOG_GROUP, "DeleteLogGroup DeleteRetentionPolicy"),
    "sns": {
        **on(_TOPIC, "CreateTopic DeleteTopic TagResource UntagResource"),
        **on(_topic_of_subscription, "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe"),
    },
    "ssm": {
        **on(_PARAMETER, "AddTagsToResource ListTagsForResource RemoveTagsFromResource"),
        **on(parameters, "LabelParameterVersion"),
    },
}
"""botocore's service name to botocore's operation name to what it needs, beside `tables`."""
