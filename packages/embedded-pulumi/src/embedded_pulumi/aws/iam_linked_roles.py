"""Service-linked roles: an AWS service's own, of which there may be several if their names end differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Moment, Text
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_MOMENT = Moment()
_DELETE_PATIENCE = 600.0


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class _ByName(Tagging):
    """The tags of a role whose id is its ARN, and whose operations want its name."""

    def _call(self, aws: Session, operation: str, id_: str, props: Properties, **params: Any) -> Any:
        return super()._call(aws, operation, _name(id_), props, **params)


class ServiceLinkedRole(ResourceType):
    """A service-linked role. AWS deletes it once the service has no more use for it.

    Source: terraform-provider-aws/internal/service/iam/service_linked_role.go (01c08000ddb1), read on 2026-11-30.
    """

    type_ = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
    inputs = {
        "awsServiceName": Text(required=True, force_new=True, pattern=r".*\..*"),
        "customSuffix": Text(force_new=True),
        "description": Text(),
    }
    outputs = ("arn", "createDate", "name", "path", "uniqueId")
    regional = False
    tagging = _ByName(service="iam", target="RoleName", write="tag_role", remove="untag_role")

    def create(self, aws: Session, props: Properties) -> str:
        given = (("customSuffix", "CustomSuffix"), ("description", "Description"))
        asked = {parameter: props[name] for name, parameter in given if props.get(name)}
        made = aws.iam.create_service_linked_role(AWSServiceName=props["awsServiceName"], **asked)["Role"]
        if props["tagsAll"]:  # AWS takes none with the create
            aws.iam.tag_role(RoleName=made["RoleName"], Tags=tags.to_list(props["tagsAll"]))
        return str(made["Arn"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        """Find it by its path and the end of its name."""
        suffix = f"_{props['customSuffix']}" if props.get("customSuffix") else ""
        pages = aws.iam.get_paginator("list_roles").paginate(PathPrefix=f"/aws-service-role/{props['awsServiceName']}/")
        arns = [str(each["Arn"]) for page in pages for each in page["Roles"]]
        return next((arn for arn in arns if (arn.endswith(suffix) if suffix else "_" not in _name(arn))), None)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.iam.get_role, "Role", RoleName=_name(id_))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        parts = found["RoleName"].split("_")
        return {
            "arn": found["Arn"],
            "awsServiceName": found["Path"].split("/")[-2],
            "createDate": _MOMENT.from_aws(found["CreateDate"]),
            "customSuffix": parts[1] if len(parts) == 2 else "",  # noqa: PLR2004 - the name and its suffix
            "description": found.get("Description", ""),
            "name": found["RoleName"],
            "path": found["Path"],
            "uniqueId": found["RoleId"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("description"):
            aws.iam.update_role(RoleName=_name(id_), Description=change.new.get("description") or "")

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        task = aws.iam.delete_service_linked_role(RoleName=_name(id_))["DeletionTaskId"]

        def done() -> bool | None:
            told = aws.iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
            if told["Status"] == "FAILED":
                raise ProviderError(f"{_name(id_)} is not deleted: {told.get('Reason', {}).get('Reason', '')}")
            return True if told["Status"] == "SUCCEEDED" else None

        wait_for(f"{_name(id_)} to be deleted", done, timeout=_DELETE_PATIENCE)


TYPES = (ServiceLinkedRole,)
