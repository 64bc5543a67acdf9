"""Which route table a VPC falls back on."""

from __future__ import annotations

from embedded_pulumi.aws.ec2_calls import by_filter
from embedded_pulumi.aws.errors import gone_is_fine
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties


class MainRouteTableAssociation(ResourceType):
    """The main route table of a VPC, instead of the one that came with it. Its id changes with the table.

    A deletion makes the table the main one again that was it before: AWS does not remember it, so only the state does,
    and a create whose answer was lost cannot be taken up. It cannot be imported.

    Source: terraform-provider-aws/internal/service/ec2/vpc_main_route_table_association.go (01f431114674, 2025), read
    on 2026-11-30. A change of the VPC is an update there too, which AWS refuses.
    """

    type_ = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
    inputs = {"routeTableId": Text(required=True), "vpcId": Text(required=True)}
    outputs = ("originalRouteTableId",)

    def create(self, aws: Session, props: Properties) -> str:
        before = self._main(aws, props["vpcId"])
        if before is None:
            raise ProviderError(f"the VPC {props['vpcId']} has no main route table")
        props["originalRouteTableId"] = before["RouteTableId"]
        return self._replace(aws, before["RouteTableAssociationId"], props["routeTableId"])

    def _replace(self, aws: Session, association: str, table: str) -> str:
        answer = aws.ec2.replace_route_table_association(AssociationId=association, RouteTableId=table)
        return str(answer["NewAssociationId"])

    def _main(self, aws: Session, vpc: str) -> Description | None:
        """The main association of a VPC."""
        tables = aws.ec2.describe_route_tables(Filters=by_filter("vpc-id", vpc))["RouteTables"]
        return next((dict(each) for table in tables for each in table["Associations"] if each.get("Main")), None)

    def locate(self, aws: Session, props: Properties) -> str | None:
        return None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        if not state.get("vpcId"):
            raise ProviderError("a MainRouteTableAssociation cannot be imported: nobody knows the table before it")
        main = self._main(aws, state["vpcId"])
        ours = main and (main["RouteTableAssociationId"] == id_ or main["RouteTableId"] == state["routeTableId"])
        return main if ours else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "id": found["RouteTableAssociationId"],
            "routeTableId": found["RouteTableId"],
            "vpcId": state["vpcId"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        found = self.find(aws, id_, change.old)
        self._replace(aws, found["RouteTableAssociationId"] if found else id_, change.new["routeTableId"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        found = self.find(aws, id_, state)
        if found is not None:
            with gone_is_fine():
                self._replace(aws, found["RouteTableAssociationId"], state["originalRouteTableId"])


TYPES = (MainRouteTableAssociation,)
