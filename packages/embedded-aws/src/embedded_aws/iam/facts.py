"""The facts of the account that IAM needs: roles and their policies, resource policies, tags, keys, groups.

Everything is read from moto's backends when it is asked for; nothing is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from moto.backends import get_backend
from moto.core.exceptions import JsonRESTError

from embedded_aws.iam.documents import PolicyDocument, parse_document

Tags: TypeAlias = Mapping[str, str]
GroupOfInstance: TypeAlias = Callable[[str, str], str | None]
"""(region, instance id) -> the Auto Scaling group that the instance is a member of, None if of none."""

_RESOURCE_PART = 5  # the index of the resource in an ARN split at its first five colons
AWS_MANAGED_SNS_KEY = "alias/aws/sns"


@dataclass(frozen=True)
class Role:
    """A role with its policies.

    Attributes:
        policies: Inline and attached managed policies, in that order.
        boundary: The permissions boundary, None if it has none.
    """

    arn: str
    name: str
    unique_id: str
    tags: Tags
    trust: PolicyDocument
    policies: tuple[PolicyDocument, ...]
    boundary: PolicyDocument | None


@dataclass(frozen=True)
class LaunchPermissions:
    """What a launch template needs of whoever launches from it: its ARN, and those of the roles that it passes on."""

    arn: str
    roles: tuple[str, ...]


class AccountFacts:
    """One account's facts.

    Args:
        group_of_instance: Where membership is kept, if not in moto's Auto Scaling backend.
    """

    def __init__(self, account: str, partition: str, group_of_instance: GroupOfInstance | None = None) -> None:
        self.account = account
        self.partition = partition
        self.group_of_instance = group_of_instance or self._group_in_moto
        self._tags: dict[str, Callable[[str, str], Tags]] = {
            "autoscaling": self._group_tags,
            "dynamodb": self._table_tags,
            "ecr": self._repository_tags,
            "secretsmanager": lambda region, arn: _from_list(getattr(self._secret(region, arn), "tags", None) or ()),
            "sqs": lambda region, arn: getattr(self._backend("sqs", region).queues.get(_resource(arn)), "tags", {}),
            "cloudwatch": lambda region, arn: self._backend("cloudwatch", region).tagger.get_tag_dict_for_resource(arn),
            "elasticloadbalancing": self._balancing_tags,
            "acm": self._certificate_tags,
            "ec2": lambda region, arn: self._backend("ec2", region).tags.get(_resource(arn).partition("/")[2], {}),
            "events": lambda region, arn: self._backend("events", region).tagger.get_tag_dict_for_resource(arn),
            "iam": self._role_tags,
            "kms": self._key_tags,
            "lambda": lambda region, arn: getattr(self._function(region, arn), "tags", {}),
            "logs": self._log_group_tags,
            "s3": self._bucket_tags,
            "sns": lambda region, arn: getattr(self._backend("sns", region).topics.get(arn), "_tags", {}),
            "ssm": self._parameter_tags,
        }
        self._policies: dict[str, Callable[[str, str], PolicyDocument | None]] = {
            "iam": lambda _, arn: self.role(arn).trust,
            "kms": self._key_policy,
            "lambda": self._function_policy,
            "ecr": self._repository_policy,
            "secretsmanager": self._secret_policy,
            "sns": self._topic_policy,
            "s3": self._bucket_policy,
            "sqs": self._queue_policy,
        }

    def role(self, arn: str) -> Role:
        """The role with this ARN. Raises KeyError: there is none."""
        backend = self._backend("iam", self.partition)
        role = next((each for each in backend.roles.values() if each.arn == arn), None)
        if role is None:
            raise KeyError(arn)
        inline = tuple(parse_document(text, name) for name, text in role.policies.items())
        attached = tuple(_managed(policy) for policy in role.managed_policies.values())
        # A boundary that cannot be read must not become no boundary: KeyError.
        bound = role.permissions_boundary_arn
        boundary = _managed(backend.managed_policies[bound]) if bound else None
        return Role(
            arn=role.arn,
            name=role.name,
            unique_id=role.id,
            tags=self._role_tags("", role.arn),
            trust=parse_document(role.assume_role_policy_document, f"trust policy of {role.name}"),
            policies=inline + attached,
            boundary=boundary,
        )

    def boundary_of(self, role_name: str) -> str | None:
        """The ARN of a role's permissions boundary, None if it has none or there is no such role."""
        roles = self._backend("iam", self.partition).roles.values()
        return next((each.permissions_boundary_arn for each in roles if each.name == role_name), None)

    def resource_policy(self, arn: str) -> PolicyDocument | None:
        """The policy that hangs on a resource; None if its service has none or it was never set."""
        look_up = self._policies.get(service_of(arn))
        return None if look_up is None else look_up(_region(arn), arn)

    def tags(self, arn: str) -> Tags:
        """A resource's tags; empty for resources that have none, or that do not exist yet."""
        look_up = self._tags.get(service_of(arn))
        return {} if look_up is None else dict(look_up(_region(arn), arn))

    def group_arn(self, region: str, name: str) -> str:
        """A group's ARN, with `*` for its unique id while it does not exist (as AWS's own messages have it)."""
        group = self._backend("autoscaling", region).autoscaling_groups.get(name)
        prefix = f"arn:{self.partition}:autoscaling:{region}:{self.account}:autoScalingGroup"
        return f"{prefix}:*:autoScalingGroupName/{name}" if group is None else str(group.arn)

    def launch_template(self, region: str, named: Mapping[str, str]) -> LaunchPermissions | None:
        """A launch template as a LaunchTemplateSpecification names it, None if there is none of this id or name."""
        ec2 = self._backend("ec2", region)
        identity = named.get("LaunchTemplateId") or ec2.launch_template_name_to_ids.get(named.get("LaunchTemplateName"))
        template = ec2.launch_templates.get(identity)
        if template is None:
            return None
        version = str(named.get("Version", "$Default"))
        known = {str(each.number): each for each in template.versions}
        data = (known.get(version) or template.default_version()).data
        profile = next(iter(data.get("IamInstanceProfile", {}).values()), "")
        return LaunchPermissions(
            f"arn:{self.partition}:ec2:{region}:{self.account}:launch-template/{template.id}",
            self.roles_of_profile(profile),
        )

    def roles_of_profile(self, profile: str) -> tuple[str, ...]:
        """The ARNs of the roles in an instance profile, by its name or ARN; empty if there is none."""
        profiles = self._backend("iam", self.partition).instance_profiles.values() if profile else ()
        return tuple(role.arn for each in profiles if profile in {each.name, each.arn} for role in each.roles)

    def key_arn(self, region: str, reference: str) -> str:
        """The ARN of a KMS key from its id, ARN or alias; an unknown or AWS-managed alias stays an alias."""
        backend = self._backend("kms", region)
        wanted = reference.rpartition(":")[2].removeprefix("key/")
        for key in backend.keys.values():
            if wanted == key.id or wanted in key.aliases:
                return str(key.arn)
        return f"arn:{self.partition}:kms:{region}:{self.account}:{wanted}"

    def topic_key(self, topic_arn: str) -> str | None:
        """The ARN of the key that encrypts a topic, None if it is not encrypted or does not exist."""
        if service_of(topic_arn) != "sns":
            return None
        region = _region(topic_arn)
        topic = self._backend("sns", region).topics.get(topic_arn)
        return self.key_arn(region, topic.kms_master_key_id) if topic is not None and topic.kms_master_key_id else None

    def identity_arn(self, kind: str, name: str, path: str | None) -> str:
        """The ARN of a user, a group, a role or an instance profile: at a path, or where it is; else at the root."""
        backend = self._backend("iam", self.partition)
        there = backend.groups.get(name) if kind == "group" else backend.users.get(name)
        if kind == "role":  # moto has them by their ids
            there = next((each for each in backend.roles.values() if each.name == name), None)
        elif kind == "instance-profile":
            there = backend.instance_profiles.get(name)
        at = (path or (there.path if there else "/")).strip("/")
        return f"arn:{self.partition}:iam::{self.account}:{kind}/{f'{at}/' if at else ''}{name}"

    def secret_arn(self, region: str, name: str) -> str:
        """The ARN of a secret from its name, with six question marks at the end if there is none."""
        prefix = f"arn:{self.partition}:secretsmanager:{region}:{self.account}:secret:{name}"
        secret = self._backend("secretsmanager", region).secrets.get(name)
        return f"{prefix}-??????" if secret is None else str(secret.arn)

    def parameter_key(self, region: str, name: str) -> str | None:
        """The ARN of the key that encrypts a SecureString parameter, None for other parameters."""
        parameter = self._backend("ssm", region).get_parameter(name)
        if parameter is None or parameter.parameter_type != "SecureString":
            return None
        return self.key_arn(region, parameter.keyid or "alias/aws/ssm")

    def _backend(self, service: str, region: str) -> Any:
        """A backend of moto's, loaded when it is first needed: together they take most of a second."""
        return get_backend(service)[self.account][region]  # type: ignore[call-overload]

    def _group_in_moto(self, region: str, instance_id: str) -> str | None:
        for group in self._backend("autoscaling", region).autoscaling_groups.values():
            if any(state.instance.id == instance_id for state in group.instance_states):
                return str(group.name)
        return None

    def _group_tags(self, region: str, arn: str) -> Tags:
        name = arn.rpartition("autoScalingGroupName/")[2].partition(":")[0]
        group = self._backend("autoscaling", region).autoscaling_groups.get(name)
        return {} if group is None else _from_list(group.tags)

    def _role_tags(self, _: str, arn: str) -> Tags:
        roles = self._backend("iam", self.partition).roles.values()
        return next((_from_list(role.tags) for role in roles if role.arn == arn), {})

    def _balancing_tags(self, region: str, arn: str) -> Tags:
        return dict(self._backend("elbv2", region).tagging_service.get_tag_dict_for_resource(arn))

    def _certificate_tags(self, region: str, arn: str) -> Tags:
        known = self._backend("acm", region)._certificates  # noqa: SLF001 - its reader raises instead
        return {key: value or "" for key, value in known[arn].tags.items()} if arn in known else {}

    def _key_tags(self, region: str, arn: str) -> Tags:
        backend, key_id = self._backend("kms", region), _resource(arn).removeprefix("key/")
        tags = backend.list_resource_tags(key_id)["Tags"] if key_id in backend.keys else []
        return {tag["TagKey"]: tag["TagValue"] for tag in tags}

    def _log_group_tags(self, region: str, arn: str) -> Tags:
        group = ":".join(arn.split(":")[:7])
        return dict(self._backend("logs", region).tagger.get_tag_dict_for_resource(group))

    def _parameter_tags(self, region: str, arn: str) -> Tags:
        kind, _, name = _resource(arn).partition("/")
        if kind != "parameter":
            return {}
        tags = self._backend("ssm", region)._resource_tags["Parameter"]  # noqa: SLF001 - its reader raises instead
        return dict(tags.get(name) or tags.get(f"/{name}") or {})

    def _bucket(self, arn: str) -> Any:
        """The bucket that an ARN of S3 is about, or one of whose objects; None if there is none."""
        return self._backend("s3", self.partition).buckets.get(_resource(arn).partition("/")[0])

    def _bucket_tags(self, _: str, arn: str) -> Tags:
        """A bucket's tags. Those of an object are under a key of S3's own, `s3:ExistingObjectTag`."""
        bucket = None if "/" in _resource(arn) else self._bucket(arn)
        return {} if bucket is None else dict(self._backend("s3", self.partition).tagger.get_tag_dict_for_resource(arn))

    def _bucket_policy(self, _: str, arn: str) -> PolicyDocument | None:
        bucket = self._bucket(arn)
        if bucket is None or not bucket.policy:
            return None
        return parse_document(bucket.policy.decode(), f"policy of bucket {bucket.name}")

    def _key_policy(self, region: str, arn: str) -> PolicyDocument | None:
        if arn.endswith(f":{AWS_MANAGED_SNS_KEY}"):
            return _managed_key_policy("sns", region, self.account)
        key = self._backend("kms", region).keys.get(_resource(arn).removeprefix("key/"))
        return None if key is None else parse_document(key.policy, f"key policy of {key.id}")

    def _function_policy(self, region: str, arn: str) -> PolicyDocument | None:
        function = self._function(region, arn)
        if function is None or not function.policy.statements:
            return None
        document = {"Version": "2012-10-17", "Statement": [_permission(each) for each in function.policy.statements]}
        return parse_document(json.dumps(document), f"policy of function {function.function_name}")

    def _function(self, region: str, arn: str) -> Any:
        from moto.awslambda.utils import get_backend as lambda_backend  # noqa: PLC0415 - loads all of Lambda

        name = _resource(arn).removeprefix("function:").partition(":")[0]
        try:
            return lambda_backend(self.account, region).get_function(name)
        except JsonRESTError:
            return None

    def _topic_policy(self, region: str, arn: str) -> PolicyDocument | None:
        topic = self._backend("sns", region).topics.get(arn)
        return None if topic is None else parse_document(topic.policy, f"policy of topic {topic.name}")

    def _secret(self, region: str, arn: str) -> Any:
        return self._backend("secretsmanager", region).secrets.get(arn)

    def _secret_policy(self, region: str, arn: str) -> PolicyDocument | None:
        secret = self._secret(region, arn)
        return (
            None if secret is None or not secret.policy else parse_document(secret.policy, f"policy of {secret.name}")
        )

    def _table_tags(self, region: str, arn: str) -> Tags:
        name = _resource(arn).removeprefix("table/").partition("/")[0]
        table = self._backend("dynamodb", region).tables.get(name)
        return {} if table is None else _from_list(table.tags or ())

    def _repository(self, region: str, arn: str) -> Any:
        return self._backend("ecr", region).repositories.get(_resource(arn).removeprefix("repository/"))

    def _repository_tags(self, region: str, arn: str) -> Tags:
        return dict(self._backend("ecr", region).tagger.get_tag_dict_for_resource(arn))

    def _repository_policy(self, region: str, arn: str) -> PolicyDocument | None:
        """A repository's policy, which names no resource and means the repository."""
        found = self._repository(region, arn)
        if found is None or not found.policy:
            return None
        document = json.loads(found.policy)
        given = document.get("Statement", [])
        statements = [{"Resource": "*", **each} for each in (given if isinstance(given, list) else [given])]
        return parse_document(json.dumps({**document, "Statement": statements}), f"policy of {found.name}")

    def _queue_policy(self, region: str, arn: str) -> PolicyDocument | None:
        queue = self._backend("sqs", region).queues.get(_resource(arn))
        return None if queue is None or not queue.policy else parse_document(queue.policy, f"policy of {queue.name}")


def service_of(arn: str) -> str:
    """The service of an ARN; empty for what is no ARN, which clients may send."""
    parts = arn.split(":", _RESOURCE_PART)
    return parts[2] if len(parts) == _RESOURCE_PART + 1 and parts[0] == "arn" else ""


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _resource(arn: str) -> str:
    return arn.split(":", _RESOURCE_PART)[_RESOURCE_PART]


def _managed(policy: Any) -> PolicyDocument:
    """A managed policy's default version."""
    default = next(version for version in policy.versions if version.is_default)
    return parse_document(default.document, policy.arn)


def _from_list(tags: Any) -> Tags:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _permission(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """A Lambda permission as a policy statement; moto leaves an account's bare id as the principal."""
    elements = ("Sid", "Effect", "Action", "Resource", "Condition")
    principal = statement["Principal"]
    bare_account = isinstance(principal, str) and principal != "*"
    return {
        **{element: statement[element] for element in elements if element in statement},
        "Principal": {"AWS": principal} if bare_account else principal,
    }


def _managed_key_policy(service: str, region: str, account: str) -> PolicyDocument:
    """The policy of the key that AWS manages for a service: anyone of the account, through that service only.

    Nobody can change it, so service principals such as cloudwatch.amazonaws.com stay outside (their calls carry no
    `kms:CallerAccount`). Source: KMS, "AWS managed keys"; SNS, "Enable compatibility between event sources from AWS
    services and encrypted topics".
    """
    statement = {
        "Sid": f"Allow access through {service.upper()} for all principals of the account that may use it",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:ListGrants", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:ViaService": f"{service}.{region}.amazonaws.com",
                "kms:CallerAccount": account,
            }
        },
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return parse_document(json.dumps(document), f"key policy of alias/aws/{service}")
