"""EC2's routing: route tables, single routes, associations."""

from __future__ import annotations

import zlib

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, by_filter, one
from embedded_pulumi.aws.errors import gone_is_fine
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType, parts_of
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, SetOf, request, response
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_TARGETS = {
    "gatewayId": Text(),
    "natGatewayId": Text(),
    "egressOnlyGatewayId": Text(aws="EgressOnlyInternetGatewayId"),
    "networkInterfaceId": Text(),
    "transitGatewayId": Text(),
    "vpcEndpointId": Text(),
    "vpcPeeringConnectionId": Text(),
    "carrierGatewayId": Text(),
}
_ELSEWHERE = ("coreNetworkArn", "localGatewayId", "odbNetworkArn")  # Cloud WAN, Outposts, Oracle
_DESTINATIONS = {
    "destinationCidrBlock": Text(force_new=True),
    "destinationIpv6CidrBlock": Text(force_new=True),
    "destinationPrefixListId": Text(force_new=True),
}
_INLINE_DESTINATIONS = {
    "cidrBlock": Text(aws="DestinationCidrBlock"),
    "ipv6CidrBlock": Text(aws="DestinationIpv6CidrBlock"),
    "destinationPrefixListId": Text(),
}
_INLINE: Fields = {**_INLINE_DESTINATIONS, **_TARGETS}
_INLINE_ROUTES = SetOf(computed=True, item=Block(fields=_INLINE, unsupported=_ELSEWHERE))


def _targets_of(route: Description) -> Properties:
    """Where a route leads. EC2 shows a gateway endpoint as a gateway, the provider does not."""
    targets = {name: value for name, value in response(_TARGETS, route).items() if value}
    if targets.get("gatewayId", "").startswith("vpce-"):
        targets["vpcEndpointId"] = targets.pop("gatewayId")
    return targets


def _destination(route: Properties) -> str:
    """The destination of an inline route."""
    return str(next(route[name] for name in _INLINE_DESTINATIONS if route.get(name)))


def _inline_routes(table: Description) -> list[Properties]:
    """The routes in a table that a program made: the VPC, a propagation or a gateway endpoint made the others."""
    routes = []
    for route in table.get("Routes", ()):
        gateway = route.get("GatewayId", "")
        of_endpoint = route.get("DestinationPrefixListId") and gateway.startswith("vpce-")
        if gateway != "local" and route.get("Origin") != "EnableVgwRoutePropagation" and not of_endpoint:
            told = response(_INLINE_DESTINATIONS, route)
            routes.append({name: value for name, value in told.items() if value} | _targets_of(route))
    return routes


class RouteTable(Ec2Type):
    """A route table with its routes inline."""

    type_ = "aws:ec2/routeTable:RouteTable"
    described_by = ("describe_route_tables", "RouteTableIds", "RouteTables")
    inputs = {"vpcId": Text(required=True, force_new=True), "routes": _INLINE_ROUTES}
    outputs = ("arn", "ownerId")
    unsupported = ("propagatingVgws",)

    def create(self, aws: Session, props: Properties) -> str:
        named = tags.specification("route-table", props["tagsAll"])
        answer = aws.ec2.create_route_table(VpcId=props["vpcId"], TagSpecifications=named)
        return str(answer["RouteTable"]["RouteTableId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        there = {_destination(route) for route in _inline_routes(self.find(aws, id_, props) or {})}
        for route in props.get("routes") or ():
            if _destination(route) not in there:
                aws.ec2.create_route(RouteTableId=id_, **request(_INLINE, route))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        owner = found.get("OwnerId") or aws.account_id
        return {
            "arn": aws.arn("ec2", f"route-table/{id_}", account=owner),
            "ownerId": owner,
            "vpcId": found["VpcId"],
            "propagatingVgws": [each["GatewayId"] for each in found.get("PropagatingVgws", ())],
            "routes": _inline_routes(found),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if not change.has("routes"):
            return
        old = {_destination(route): route for route in change.old.get("routes") or ()}
        new = {_destination(route): route for route in change.new.get("routes") or ()}
        for key in old.keys() - new.keys():
            aws.ec2.delete_route(RouteTableId=id_, **request(_INLINE_DESTINATIONS, old[key]))
        for key, route in new.items():
            if key not in old:
                aws.ec2.create_route(RouteTableId=id_, **request(_INLINE, route))
            elif _INLINE_ROUTES.item.diff("", old[key], route):
                aws.ec2.replace_route(RouteTableId=id_, **request(_INLINE, route))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        table = self.find(aws, id_, state) or {}
        for each in table.get("Associations", ()):
            if not each.get("Main"):
                with gone_is_fine():
                    aws.ec2.disassociate_route_table(AssociationId=each["RouteTableAssociationId"])
        aws.ec2.delete_route_table(RouteTableId=id_)


class Route(ResourceType):
    """A single route, known by its table and its destination."""

    type_ = "aws:ec2/route:Route"
    inputs = {"routeTableId": Text(required=True, force_new=True), **_DESTINATIONS, **_TARGETS}
    outputs = ("instanceId", "instanceOwnerId", "origin", "state")
    unsupported = _ELSEWHERE
    exactly_one = (tuple(_DESTINATIONS), tuple(_TARGETS))

    def create(self, aws: Session, props: Properties) -> str:
        aws.ec2.create_route(**request(self.inputs, props))
        return self.locate(aws, props)

    def locate(self, aws: Session, props: Properties) -> str:
        """The real provider's id: that of the table, and the CRC-32 of the destination."""
        table, destination = self._place("", props)
        return f"r-{table}{zlib.crc32(destination.encode())}"

    def _place(self, id_: str, state: Properties) -> tuple[str, str]:
        """The table and the destination, from the state, or from the id of an import such as `rtb-1_10.0.0.0/8`."""
        if state.get("routeTableId"):
            return state["routeTableId"], str(next(state[name] for name in _DESTINATIONS if state.get(name)))
        return parts_of(id_, "_", of="a route's import id; accepted: <route table>_<destination>")

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        table_id, destination = self._place(id_, state)
        table = one(aws.ec2.describe_route_tables, "RouteTables", RouteTableIds=[table_id])
        routes = table["Routes"] if table else ()
        return next((each for each in routes if destination in response(_DESTINATIONS, each).values()), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = {"routeTableId": self._place(id_, state)[0], **response(_DESTINATIONS, found)}
        return {
            "id": self.locate(aws, told),
            **told,
            **dict.fromkeys(_TARGETS),
            **_targets_of(found),
            "instanceId": found.get("InstanceId", ""),
            "instanceOwnerId": found.get("InstanceOwnerId", ""),
            "origin": found.get("Origin"),
            "state": found.get("State"),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        aws.ec2.replace_route(**request(self.inputs, change.new))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.ec2.delete_route(RouteTableId=self._place(id_, state)[0], **request(_DESTINATIONS, state))


class RouteTableAssociation(ResourceType):
    """The association of a subnet or a gateway with a route table. Its id changes with the table."""

    type_ = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    inputs = {
        "routeTableId": Text(required=True),
        "subnetId": Text(force_new=True),
        "gatewayId": Text(force_new=True),
    }
    exactly_one = (("subnetId", "gatewayId"),)
    renewed = {"id": ("routeTableId",)}

    def create(self, aws: Session, props: Properties) -> str:
        return str(aws.ec2.associate_route_table(**request(self.inputs, props))["AssociationId"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        found = self.find(aws, "", props)
        return str(found["RouteTableAssociationId"]) if found else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        """Find it by its subnet or gateway: its id changes with the table, and an import does not give the id."""
        end = state.get("subnetId") or state.get("gatewayId") or id_.partition("/")[0]
        if "/" not in id_ and not state:
            filters = by_filter("association.route-table-association-id", id_)
        else:
            kind = "association.subnet-id" if end.startswith("subnet-") else "association.gateway-id"
            filters = by_filter(kind, end)
        tables = aws.ec2.describe_route_tables(Filters=filters)["RouteTables"]
        for each in (joined for table in tables for joined in table["Associations"]):
            ends = (each.get("SubnetId"), each.get("GatewayId"))
            if id_ == each["RouteTableAssociationId"] or end in ends:
                return dict(each)
        return None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"id": found["RouteTableAssociationId"], **response(self.inputs, found)}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        found = self.find(aws, id_, change.old)
        if found is None:
            raise ProviderError(f"{id_} does not exist any more")
        aws.ec2.replace_route_table_association(
            AssociationId=found["RouteTableAssociationId"], RouteTableId=change.new["routeTableId"]
        )

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        found = self.find(aws, id_, state)
        if found is not None:
            aws.ec2.disassociate_route_table(AssociationId=found["RouteTableAssociationId"])


TYPES = (RouteTable, Route, RouteTableAssociation)
