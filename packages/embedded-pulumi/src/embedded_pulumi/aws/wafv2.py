"""WAF: which web ACL stands before a load balancer."""

from __future__ import annotations

from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.resource_type import Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import request
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties


class WebAclAssociation(ResourceType):
    """The web ACL of a resource. Its id is `<web ACL's ARN>,<resource's ARN>`.

    Source: terraform-provider-aws/internal/service/wafv2/web_acl_association.go (011a8eed43ed, 2024), read on
    2026-11-30.
    """

    type_ = "aws:wafv2/webAclAssociation:WebAclAssociation"
    inputs = {
        "resourceArn": ArnText(required=True, force_new=True),
        "webAclArn": ArnText(required=True, force_new=True, aws="WebACLArn"),
    }

    def create(self, aws: Session, props: Properties) -> str:
        aws.wafv2.associate_web_acl(**request(self.inputs, props))
        return self.locate(aws, props)

    def locate(self, aws: Session, props: Properties) -> str:
        return f"{props['webAclArn']},{props['resourceArn']}"

    def _resource(self, id_: str) -> str:
        acl, _, resource = id_.partition(",")
        if not acl or not resource:
            accepted = "<web ACL's ARN>,<resource's ARN>"
            raise ProviderError(f"{id_!r} is not the import id of a web ACL's association; accepted: {accepted}")
        return resource

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        resource = self._resource(id_)
        found = (unless_gone(aws.wafv2.get_web_acl_for_resource, ResourceArn=resource) or {}).get("WebACL")
        return {"webAclArn": found["ARN"], "resourceArn": resource} if found else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return found

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.wafv2.disassociate_web_acl(ResourceArn=self._resource(id_))


TYPES = (WebAclAssociation,)
