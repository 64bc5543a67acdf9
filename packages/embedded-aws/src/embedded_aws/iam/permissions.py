"""The permissions that an API call needs: IAM actions on resources, with condition keys.

Each row of the tables is about one API action. One of the functions here takes its resources from the parameters of the
call; an ARN as a parameter is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from embedded_aws.calls import AwsError, Call
from embedded_aws.iam.conditions import ContextValue
from embedded_aws.iam.facts import AccountFacts

ANY_RESOURCE = "*"
PREFIXES = {"dynamodbstreams": "dynamodb", "elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}
"""IAM's name of a service, where it is not botocore's."""


@dataclass(frozen=True)
class Permission:
    """One IAM action on one resource, with the condition keys that only this question has."""

    action: str
    resource: str = ANY_RESOURCE
    context: Mapping[str, ContextValue | None] = field(default_factory=dict)


Resources: TypeAlias = Callable[[Call, AccountFacts], tuple[str, ...]]
"""The ARNs that a call is about."""

Extra: TypeAlias = Callable[[Call, AccountFacts], tuple[Permission, ...]]
"""What a call needs besides, such as a key."""


def any_resource(_: Call, __: AccountFacts) -> tuple[str, ...]:
    """For actions that support no resource-level permissions."""
    return (ANY_RESOURCE,)


@dataclass(frozen=True)
class Needs:
    """A row: what one API action needs.

    Attributes:
        action: IAM's name for the action, where it is not the API's.
        context: Condition key to the parameter that it takes its value from.
        free: Allowed to everyone, whatever any policy says.
    """

    resources: Resources = any_resource
    action: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    also: Extra | None = None
    free: bool = False

    def permissions(self, call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
        """The permissions that this very call needs; empty if it is free."""
        if self.free:
            return ()
        action = f"{PREFIXES.get(call.service, call.service)}:{self.action or call.action}"
        keys = {key: call.params.get(parameter) for key, parameter in self.context.items()}
        own = tuple(Permission(action, arn, keys) for arn in self.resources(call, facts))
        return own + (self.also(call, facts) if self.also else ())


def on(resources: Resources, actions: str) -> dict[str, Needs]:
    """Rows for actions, with spaces between their names, that need their own name on the same resources."""
    return {action: Needs(resources) for action in actions.split()}


def arns(template: str, *parameters: str) -> Resources:
    """ARNs from a parameter: its value, or each of its values, put in place of `{}`.

    Args:
        template: With `{partition}`, `{region}`, `{account}` and one `{}` for the value.
        parameters: Names to look under, the first that the call has counts; with none of them the value is `*`.
    """

    def resources(call: Call, facts: AccountFacts) -> tuple[str, ...]:
        value = next((call.params[name] for name in parameters if call.params.get(name)), "*")
        values: Iterable[str] = [value] if isinstance(value, str) else value
        return tuple(_arn(template, each, call, facts) for each in values)

    return resources


def identity(kind: str, parameter: str) -> Resources:
    """The user, the group, the role or the instance profile that a call names, with its path."""

    def resources(call: Call, facts: AccountFacts) -> tuple[str, ...]:
        return (facts.identity_arn(kind, call.params.get(parameter) or "*", call.params.get("Path")),)

    return resources


def _arn(template: str, value: str, call: Call, facts: AccountFacts) -> str:
    if value.startswith("arn:"):
        return value
    return template.format(value, partition=facts.partition, region=call.region, account=facts.account)


def group(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The Auto Scaling group that the call names."""
    name = call.params.get("AutoScalingGroupName")
    return (facts.group_arn(call.region, name or "*"),)


def group_of_instance(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The Auto Scaling group of the instance that the call names.

    Raises:
        AwsError: it is a member of none. Without its group there is no ARN to decide about, so the service's own answer
            comes first (our reading: the documentation does not say which comes first).
    """
    instance_id = call.params["InstanceId"]
    name = facts.group_of_instance(call.region, instance_id)
    if name is None:
        message = f"Instance Id not found - No managed instance found for instance ID: {instance_id}"
        raise AwsError("ValidationError", message)
    return (facts.group_arn(call.region, name),)


def tagged_groups(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The Auto Scaling groups of a tagging call."""
    names = dict.fromkeys(tag["ResourceId"] for tag in call.params.get("Tags", []))
    return tuple(facts.group_arn(call.region, name) for name in names)


def queue(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The SQS queue that the call names by its URL (whose last part is its name) or ARN."""
    url = call.params["QueueUrl"]
    name = url.rpartition("/")[2]
    return (url if url.startswith("arn:") else f"arn:{facts.partition}:sqs:{call.region}:{facts.account}:{name}",)


def event_buses(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The buses that the entries of a PutEvents call are for."""
    names = dict.fromkeys(entry.get("EventBusName", "default") for entry in call.params["Entries"])
    return tuple(_arn("arn:{partition}:events:{region}:{account}:event-bus/{}", name, call, facts) for name in names)


def log_stream(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The log stream that the call names."""
    name = call.params.get("logGroupName") or call.params.get("logGroupIdentifier", "*")
    prefix = f"arn:{facts.partition}:logs:{call.region}:{facts.account}:log-group"
    return (f"{prefix}:{name}:log-stream:{call.params.get('logStreamName', '*')}",)


def parameters(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The SSM parameters that the call names; AWS's public ones have no account in their ARN."""
    named = call.params.get("Names") or [call.params.get("Name") or call.params.get("Path", "*")]
    public, own = "arn:{partition}:ssm:{region}::parameter/{}", "arn:{partition}:ssm:{region}:{account}:parameter/{}"
    return tuple(
        _arn(public if name.startswith("/aws/service/") else own, name.removeprefix("/"), call, facts) for name in named
    )


def document_and_instances(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The document that a call has run, if it names one, and the instances on which it is; Amazon's have no account."""
    where = f"arn:{facts.partition}:{{}}:{call.region}:{{}}"
    ids = call.params.get("InstanceIds") or [call.params.get("Target", "*")]
    instances = tuple(f"{where.format('ec2', facts.account)}:instance/{each}" for each in ids)
    name = call.params.get("DocumentName")
    if name is None:
        return instances
    owner = "" if name.startswith(("AWS-", "Amazon")) else facts.account
    return (_arn(f"{where.format('ssm', owner)}:document/{{}}", name, call, facts), *instances)


def key(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The KMS key that the call names by id, ARN or alias."""
    return (facts.key_arn(call.region, call.params["KeyId"]),)


def key_of_topic(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """For publishing to an encrypted topic: the use of its key, through SNS.

    Source: SNS Developer Guide, "Allow a user to send messages to a topic with SSE".
    """
    topic = call.params.get("TopicArn") or call.params.get("TargetArn")
    key_arn = facts.topic_key(topic) if topic else None
    if key_arn is None:
        return ()
    encrypted = {"kms:EncryptionContext:aws:sns:topicArn": topic}
    return key_use(key_arn, "sns", call, ("kms:GenerateDataKey", "kms:Decrypt"), encrypted)


def launch_of_refresh(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """For an instance refresh with a launch template of its own: to launch from it, and to pass on its role.

    Source: EC2 Auto Scaling user guide, "Control Amazon EC2 launch template usage in Auto Scaling groups": these are
    checked when a group is created or updated using a launch template. That a desired configuration is such an update
    is our reading: the careful one, because a role that lacks the permissions could roll nothing out.
    """
    desired = call.params.get("DesiredConfiguration", {})
    mixed = desired.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    wanted = desired.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification")
    template = facts.launch_template(call.region, wanted) if wanted else None
    if template is None:
        return ()
    launch = Permission("ec2:RunInstances", template.arn, {"ec2:LaunchTemplate": template.arn})
    china = ".cn" if facts.partition == "aws-cn" else ""
    passed = {"iam:PassedToService": f"ec2.amazonaws.com{china}"}
    return (launch, *(Permission("iam:PassRole", arn, passed) for arn in template.roles))


def key_of_parameters(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
    """For reading SecureString parameters in clear: Decrypt with their keys, through Systems Manager."""
    if not call.params.get("WithDecryption"):
        return ()
    names = [call.params["Name"]] if "Name" in call.params else call.params.get("Names", [])
    keys = {facts.parameter_key(call.region, name) for name in names} - {None}
    return tuple(need for arn in sorted(filter(None, keys)) for need in key_use(arn, "ssm", call, ("kms:Decrypt",)))


def key_use(
    key_arn: str, service: str, call: Call, actions: Iterable[str], encrypted: Mapping[str, Any] | None = None
) -> tuple[Permission, ...]:
    """KMS actions that a service does on the caller's behalf, with the encryption context that it gives."""
    context = {"kms:ViaService": f"{service}.{call.region}.amazonaws.com", "kms:CallerAccount": call.caller.account}
    return tuple(Permission(action, key_arn, {**context, **(encrypted or {})}) for action in actions)


def request_tags(params: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a call would set, in whichever of AWS's forms it passes them."""
    tags = params.get("Tags") or params.get("tags") or {}
    if isinstance(tags, dict) and tags:
        return dict(tags)
    listed = list(tags)
    for specification in params.get("TagSpecifications", []):
        listed += specification.get("Tags", [])
    return {tag.get("Key", tag.get("TagKey")): tag.get("Value", tag.get("TagValue", "")) for tag in listed}
