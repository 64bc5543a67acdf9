"""EC2's routing: route tables, single routes, associations."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import Ec2Type, by_filter, one
from embedded_pulumi.aws.errors import gone_is_fine
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.formats import Cidr, canonical_cidr
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, SetOf, known_among, known_items, request, response
from embedded_pulumi.provider import CheckFailure, ProviderError
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
    "destinationCidrBlock": Cidr(force_new=True),
    "destinationIpv6CidrBlock": Cidr(version=6, force_new=True),
    "destinationPrefixListId": Text(force_new=True),
}
_INLINE_DESTINATIONS = {
    "cidrBlock": Cidr(aws="DestinationCidrBlock"),
    "ipv6CidrBlock": Cidr(version=6, aws="DestinationIpv6CidrBlock"),
    "destinationPrefixListId": Text(),
}
_INLINE: Fields = {**_INLINE_DESTINATIONS, **_TARGETS}
_LOCAL = "local"  # the gateway of the route that comes with a table
_NO_LOCAL = "cannot create local Route, use `pulumi import` to manage existing local Routes"
_INLINE_ROUTES = SetOf(computed=True, item=Block(fields=_INLINE, unsupported=_ELSEWHERE, filled=True))


def _find_table(aws: Session, id_: str) -> Description | None:
    return one(aws.ec2.describe_route_tables, "RouteTables", RouteTableIds=[id_])


def _targets_of(route: Description) -> Properties:
    """Where a route leads. EC2 shows a gateway endpoint as a gateway, the provider does not."""
    targets = {name: value for name, value in response(_TARGETS, route).items() if value}
    if targets.get("gatewayId", "").startswith("vpce-"):
        targets["vpcEndpointId"] = targets.pop("gatewayId")
    return targets


def _stored(route: Properties) -> Properties:
    """A route as AWS stores it: a NAT gateway that a program gives as a gateway is a NAT gateway."""
    gateway = route.get("gatewayId")
    if isinstance(gateway, str) and gateway.startswith("nat-"):
        return {name: value for name, value in route.items() if name != "gatewayId"} | {"natGatewayId": gateway}
    return route


def _destination(route: Properties) -> str:
    """The destination of an inline route, as AWS spells it."""
    return str(next(canonical_cidr(route[name]) for name in _INLINE_DESTINATIONS if route.get(name)))


def _wrong_parts(route: Properties) -> str:
    """Why an inline route cannot be made: no single destination, or no single target; empty if it has both.

    The real provider says it where it makes the route. A part that is not known yet counts as set where it is needed.
    """
    for parts in (_INLINE_DESTINATIONS, _TARGETS):
        given = [name for name in parts if route.get(name)]
        if not given:
            return f"creating route: one of {', '.join(parts)} must be specified"
        if len(known_among(route, given)) > 1:
            names = f"{', '.join(given)} were specified"
            return f"creating route: only one of {', '.join(parts)} can be specified, but {names}"
    return ""


def _refuse_parts(route: Properties) -> None:
    if wrong := _wrong_parts(route):
        raise ProviderError(wrong)


def _inline_routes(table: Description, known: Iterable[Properties] | None = ()) -> list[Properties]:
    """The routes in a table that a program made: the VPC, a propagation or a gateway endpoint made the others.

    The local route is among them if the program has it in `known`.
    """
    local = {_destination(route) for route in known or () if route.get("gatewayId") == _LOCAL}
    routes = []
    for route in table.get("Routes", ()):
        gateway = route.get("GatewayId", "")
        told = {name: value for name, value in response(_INLINE_DESTINATIONS, route).items() if value}
        of_endpoint = route.get("DestinationPrefixListId") and gateway.startswith("vpce-")
        others = route.get("Origin") == "EnableVgwRoutePropagation" or gateway == "VpcLattice" or of_endpoint
        if not others and (gateway != _LOCAL or _destination(told) in local):
            routes.append(told | _targets_of(route))
    return routes


class RouteTable(Ec2Type):
    """A route table with its routes inline.

    Source: terraform-provider-aws/internal/service/ec2/vpc_route_table.go (late 2024; read 2026-11-29).
    """

    type_ = "aws:ec2/routeTable:RouteTable"
    inputs = {"vpcId": Text(required=True, force_new=True), "routes": _INLINE_ROUTES}
    outputs = ("arn", "ownerId", "propagatingVgws")
    unsupported = ("propagatingVgws",)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        wrong = [(index, _wrong_parts(route)) for index, route in known_items(inputs.get("routes"))]
        return [CheckFailure(f"routes[{index}]", reason) for index, reason in wrong if reason]

    def create(self, aws: Session, props: Properties) -> str:
        named = tags.specification("route-table", props["tagsAll"])
        answer = aws.ec2.create_route_table(VpcId=props["vpcId"], TagSpecifications=named)
        return str(answer["RouteTable"]["RouteTableId"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        routes = props.get("routes") or ()
        for route in routes:
            _refuse_parts(route)
        there = {_destination(route) for route in _inline_routes(self.find(aws, id_, props) or {}, routes)}
        for route in routes:
            if _destination(route) not in there:
                self._create_route(aws, id_, route)

    def _create_route(self, aws: Session, id_: str, route: Properties) -> None:
        if route.get("gatewayId") == _LOCAL:
            missing = f"{_LOCAL} {_destination(route)} does not exist"
            raise ProviderError(f"{_LOCAL} route cannot be created but must exist to be adopted, {missing}")
        aws.ec2.create_route(RouteTableId=id_, **request(_INLINE, route))

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return _find_table(aws, id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        owner = found.get("OwnerId") or aws.account_id
        return {
            "arn": aws.arn("ec2", f"route-table/{id_}", account=owner),
            "ownerId": owner,
            "vpcId": found["VpcId"],
            "propagatingVgws": [each["GatewayId"] for each in found.get("PropagatingVgws", ())],
            "routes": _inline_routes(found, state.get("routes")),
        }

    def stored(self, props: Properties) -> Properties:
        return {**props, "routes": [_stored(route) for route in props["routes"]]} if props.get("routes") else props

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if not change.has("routes"):
            return
        for route in change.new.get("routes") or ():
            _refuse_parts(route)
        there = _inline_routes(self.find(aws, id_, change.old) or {}, change.new.get("routes"))
        adopted = {_destination(route) for route in there if route.get("gatewayId") == _LOCAL}
        old = {_destination(route): route for route in change.old.get("routes") or ()}
        new = {_destination(route): route for route in change.new.get("routes") or ()}
        for key, route in new.items():
            if key not in old and key not in adopted:
                self._create_route(aws, id_, route)
            elif key in old and _INLINE_ROUTES.item.diff("", old[key], route):
                aws.ec2.replace_route(RouteTableId=id_, **_replacing(_INLINE, route))
        for key in old.keys() - new.keys():
            if old[key].get("gatewayId") != _LOCAL:
                aws.ec2.delete_route(RouteTableId=id_, **request(_INLINE_DESTINATIONS, old[key]))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        table = self.find(aws, id_, state) or {}
        for each in table.get("Associations", ()):
            if not each.get("Main"):
                with gone_is_fine():
                    aws.ec2.disassociate_route_table(AssociationId=each["RouteTableAssociationId"])
        aws.ec2.delete_route_table(RouteTableId=id_)


def _replacing(fields: Fields, route: Properties) -> dict[str, Any]:
    """A route as the parameters of ReplaceRoute, which leads back to the VPC by a flag."""
    asked = request(fields, route)
    if asked.get("GatewayId") == _LOCAL:
        del asked["GatewayId"]
        asked["LocalTarget"] = True
    return asked


class Route(ResourceType):
    """A single route, known by its table and its destination.

    Source: terraform-provider-aws/internal/service/ec2/vpc_route.go (late 2024; read 2026-11-29).
    """

    type_ = "aws:ec2/route:Route"
    inputs = {
        "routeTableId": Text(required=True, force_new=True),
        **_DESTINATIONS,
        **_TARGETS,
        "networkInterfaceId": Text(computed=True),
    }
    outputs = ("instanceId", "instanceOwnerId", "origin", "state")
    unsupported = _ELSEWHERE
    exactly_one = (tuple(_DESTINATIONS), tuple(_TARGETS))
    at_most_one = (
        ("destinationIpv6CidrBlock", "carrierGatewayId"),
        ("destinationCidrBlock", "egressOnlyGatewayId"),
        ("destinationPrefixListId", "vpcEndpointId"),
    )

    def check(self, inputs: Properties) -> list[CheckFailure]:
        """What the real provider says only when it makes the route: a preview must not promise it."""
        return [CheckFailure("gatewayId", _NO_LOCAL)] if inputs.get("gatewayId") == _LOCAL else []

    def create(self, aws: Session, props: Properties) -> str:
        if props.get("gatewayId") == _LOCAL:
            raise ProviderError(_NO_LOCAL)
        aws.ec2.create_route(**request(self.inputs, props))
        return self.locate(aws, props)

    def locate(self, aws: Session, props: Properties) -> str:
        """The real provider's id: that of the table, and the CRC-32 of the destination."""
        table, destination = self._place("", props)
        return f"r-{table}{zlib.crc32(destination.encode())}"

    def stored(self, props: Properties) -> Properties:
        return _stored(props)

    def _place(self, id_: str, state: Properties) -> tuple[str, str]:
        """The table and the destination, from the state, or from the id of an import such as `rtb-1_10.0.0.0/8`."""
        if state.get("routeTableId"):
            return state["routeTableId"], str(next(state[name] for name in _DESTINATIONS if state.get(name)))
        table, _, destination = id_.partition("_")
        if not destination or "_" in destination:
            raise ProviderError(f"{id_!r} is not a route's import id; accepted: <route table>_<destination>")
        return table, destination

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        table_id, destination = self._place(id_, state)
        routes = (_find_table(aws, table_id) or {}).get("Routes", ())
        wanted = canonical_cidr(destination)
        ends = ((each, response(_DESTINATIONS, each).values()) for each in routes)
        return next((each for each, values in ends if wanted in map(canonical_cidr, values)), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = {"routeTableId": self._place(id_, state)[0], **response(_DESTINATIONS, found)}
        spelled = {name: state[name] for name in _DESTINATIONS if state.get(name)}
        return {
            "id": self.locate(aws, {**told, **spelled}),
            **told,
            **dict.fromkeys(_TARGETS, ""),
            **_targets_of(found),
            "instanceId": found.get("InstanceId", ""),
            "instanceOwnerId": found.get("InstanceOwnerId", ""),
            "origin": found.get("Origin"),
            "state": found.get("State"),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        aws.ec2.replace_route(**_replacing(self.inputs, change.new))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("gatewayId") == _LOCAL:
            return  # the VPC keeps its local route
        aws.ec2.delete_route(RouteTableId=self._place(id_, state)[0], **request(_DESTINATIONS, state))


class RouteTableAssociation(ResourceType):
    """The association of a subnet or a gateway with a route table. Its id changes with the table.

    Source: terraform-provider-aws/internal/service/ec2/vpc_route_table_association.go (2024; read 2026-11-29).
    """

    type_ = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    inputs = {
        "routeTableId": Text(required=True),
        "subnetId": Text(force_new=True),
        "gatewayId": Text(force_new=True),
    }
    exactly_one = (("subnetId", "gatewayId"),)

    def create(self, aws: Session, props: Properties) -> str:
        return str(aws.ec2.associate_route_table(**request(self.inputs, props))["AssociationId"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        found = self.find(aws, "", props)
        return str(found["RouteTableAssociationId"]) if found else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        """Find it by its subnet or gateway: its id changes with the table, and an import does not give the id."""
        end, _, table_id = id_.partition("/")
        if not state and not table_id:
            accepted = "<subnet or gateway>/<route table>"
            raise ProviderError(f"{id_!r} is not an association's import id; accepted: {accepted}")
        end = state.get("subnetId") or state.get("gatewayId") or end
        kind = "association.subnet-id" if end.startswith("subnet-") else "association.gateway-id"
        tables = aws.ec2.describe_route_tables(Filters=by_filter(kind, end))["RouteTables"]
        for each in (joined for table in tables for joined in table["Associations"]):
            of_table = state or each["RouteTableId"] == table_id
            if of_table and end in (each.get("SubnetId"), each.get("GatewayId")):
                return dict(each)
        return None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"id": found["RouteTableAssociationId"], **response(self.inputs, found)}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        found = self.find(aws, id_, change.old)
        if found is None:
            self.create(aws, change.new)
            return
        aws.ec2.replace_route_table_association(
            AssociationId=found["RouteTableAssociationId"], RouteTableId=change.new["routeTableId"]
        )

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        found = self.find(aws, id_, state)
        # Others may have associated the subnet or gateway anew, which is theirs.
        if found is not None and found["RouteTableAssociationId"] in (id_, state.get("id")):
            aws.ec2.disassociate_route_table(AssociationId=found["RouteTableAssociationId"])


TYPES = (RouteTable, Route, RouteTableAssociation)
