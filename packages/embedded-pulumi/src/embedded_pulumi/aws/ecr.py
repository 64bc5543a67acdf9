"""ECR: repositories, what of their images expires, and who may use them."""

from __future__ import annotations

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.documents import Document, PolicyText
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Text
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.values import Properties

_ENCRYPTION = Block(
    fields={
        "encryptionType": Text(default="AES256", force_new=True, one_of=("AES256", "KMS"), aws="encryptionType"),
        "kmsKey": Text(computed=True, force_new=True, aws="kmsKey"),
    }
)
_SCANNING = Block(computed=True, fields={"scanOnPush": Flag(required=True, aws="scanOnPush")})


class Repository(ResourceType):
    """A repository; its name is its id.

    Source: terraform-provider-aws/internal/service/ecr/repository.go (0072eea2d604), read on 2026-11-30.
    """

    type_ = "aws:ecr/repository:Repository"
    inputs = {
        "name": Text(force_new=True, aws="repositoryName"),
        "encryptionConfigurations": ListOf(computed=True, force_new=True, max_items=1, item=_ENCRYPTION),
        "forceDelete": Flag(),
        "imageScanningConfiguration": _SCANNING,
        "imageTagMutability": Text(default="MUTABLE", one_of=("MUTABLE", "IMMUTABLE")),
    }
    outputs = ("arn", "registryId", "repositoryUrl")
    unsupported = ("imageTagMutabilityExclusionFilters",)
    name = AutoName(unless=(), lower=True)
    tagging = Tagging(
        service="ecr",
        target="resourceArn",
        by_arn=True,
        show="list_tags_for_resource",
        tags="tags",
        keys="tagKeys",
        shown="tags",
    )

    def create(self, aws: Session, props: Properties) -> str:
        given = props.get("encryptionConfigurations")
        scanning = props.get("imageScanningConfiguration")
        answer = aws.ecr.create_repository(
            repositoryName=props["name"],
            imageTagMutability=props["imageTagMutability"],
            tags=tags.to_list(props["tagsAll"]),
            **({"encryptionConfiguration": _ENCRYPTION.to_aws(given[0])} if given else {}),
            **({"imageScanningConfiguration": _SCANNING.to_aws(scanning)} if scanning else {}),
        )
        return str(answer["repository"]["repositoryName"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.ecr.describe_repositories, repositoryNames=[id_])
        return dict(found["repositories"][0]) if found else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        encryption = {"encryptionType": "AES256", **found.get("encryptionConfiguration", {})}
        return {
            "arn": found["repositoryArn"],
            "name": found["repositoryName"],
            "encryptionConfigurations": [{"kmsKey": "", **_ENCRYPTION.from_aws(encryption)}],
            "imageScanningConfiguration": _SCANNING.from_aws(found.get("imageScanningConfiguration") or {}),
            "imageTagMutability": found["imageTagMutability"],
            "registryId": found["registryId"],
            "repositoryUrl": found["repositoryUri"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("imageTagMutability"):
            wish = change.new["imageTagMutability"]
            aws.ecr.put_image_tag_mutability(repositoryName=id_, imageTagMutability=wish)
        if change.has("imageScanningConfiguration"):
            scanning = _SCANNING.to_aws(change.new["imageScanningConfiguration"])
            aws.ecr.put_image_scanning_configuration(repositoryName=id_, imageScanningConfiguration=scanning)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ecr.delete_repository(repositoryName=id_, force=bool(state.get("forceDelete")))


class LifecyclePolicy(ResourceType):
    """Which images of a repository expire. Another policy is another resource.

    Source: terraform-provider-aws/internal/service/ecr/lifecycle_policy.go (00a35305dc1b, 2026), read on 2026-11-30.
    """

    type_ = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
    inputs = {
        "policy": Document(required=True, force_new=True),
        "repository": Text(required=True, force_new=True),
    }
    outputs = ("registryId",)
    delete_first = True

    def create(self, aws: Session, props: Properties) -> str:
        aws.ecr.put_lifecycle_policy(
            repositoryName=props["repository"], lifecyclePolicyText=self.inputs["policy"].as_output(props["policy"])
        )
        return str(props["repository"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        return str(props["repository"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.ecr.get_lifecycle_policy, repositoryName=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"policy": found["lifecyclePolicyText"], "registryId": found["registryId"], "repository": id_}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ecr.delete_lifecycle_policy(repositoryName=id_)


class RepositoryPolicy(ResourceType):
    """Who may use a repository.

    Source: terraform-provider-aws/internal/service/ecr/repository_policy.go; read as `LifecyclePolicy`, from which it
    differs in that it is changed in place.
    """

    type_ = "aws:ecr/repositoryPolicy:RepositoryPolicy"
    inputs = {
        "policy": PolicyText(required=True, as_object=True),
        "repository": Text(required=True, force_new=True),
    }
    outputs = ("registryId",)

    def _put(self, aws: Session, repository: str, policy: str) -> None:
        aws.ecr.set_repository_policy(repositoryName=repository, policyText=policy)

    def create(self, aws: Session, props: Properties) -> str:
        self._put(aws, props["repository"], props["policy"])
        return str(props["repository"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        return str(props["repository"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.ecr.get_repository_policy, repositoryName=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"policy": found["policyText"], "registryId": found["registryId"], "repository": id_}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self._put(aws, id_, change.new["policy"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ecr.delete_repository_policy(repositoryName=id_)


TYPES = (Repository, LifecyclePolicy, RepositoryPolicy)
