"""EC2's routing: route tables, single routes, associations."""

from __future__ import annotations

import zlib
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import by_filter, by_mark, one, retag
from embedded_pulumi.aws.errors import gone_is_fine
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.resource import Change, Resource
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


def _find_table(aws: Session, id_: str) -> dict[str, Any] | None:
    return one(aws.ec2.describe_route_tables, "RouteTables", RouteTableIds=[id_])


def _targets_of(route: dict[str, Any]) -> Properties:
    """Where a route leads. EC2 shows a gateway endpoint as a gateway, the provider does not."""
    targets = {name: value for name, value in response(_TARGETS, route).items() if value}
    if targets.get("gatewayId", "").startswith("vpce-"):
        targets["vpcEndpointId"] = targets.pop("gatewayId")
    return targets


def _create_table(aws: Session, props: Properties) -> str:
    answer = aws.ec2.create_route_table(
        VpcId=props["vpcId"], TagSpecifications=tags.specification("route-table", props["tagsAll"])
    )
    return str(answer["RouteTable"]["RouteTableId"])


def _settle_table(aws: Session, id_: str, props: Properties) -> None:
    table = _find_table(aws, id_) or {}
    there = {_destination(_inline_route(route)) for route in table.get("Routes", ()) if _is_programs(route)}
    for route in props.get("routes") or ():
        if _destination(route) not in there:
            aws.ec2.create_route(RouteTableId=id_, **request(_INLINE, route))


def _read_table(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    table = _find_table(aws, id_)
    if table is None:
        return None
    owner = table.get("OwnerId") or aws.account_id
    return {
        "arn": aws.arn("ec2", f"route-table/{id_}", account=owner),
        "ownerId": owner,
        "vpcId": table["VpcId"],
        "propagatingVgws": [each["GatewayId"] for each in table.get("PropagatingVgws", ())],
        "routes": [_inline_route(route) for route in table.get("Routes", ()) if _is_programs(route)],
        "tagsAll": tags.from_list(table.get("Tags")),
    }


def _is_programs(route: dict[str, Any]) -> bool:
    """Whether a program made the route: the VPC, a propagation or a gateway endpoint did not."""
    if route.get("GatewayId") == "local" or route.get("Origin") == "EnableVgwRoutePropagation":
        return False
    return not (route.get("DestinationPrefixListId") and route.get("GatewayId", "").startswith("vpce-"))


def _inline_route(route: dict[str, Any]) -> Properties:
    destination = {name: value for name, value in response(_INLINE_DESTINATIONS, route).items() if value}
    return destination | _targets_of(route)


def _update_table(aws: Session, id_: str, change: Change) -> None:
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


def _destination(route: Properties) -> str:
    return str(next(route[name] for name in _INLINE_DESTINATIONS if route.get(name)))


def _delete_table(aws: Session, id_: str, state: Properties) -> None:
    del state
    table = _find_table(aws, id_) or {}
    for each in table.get("Associations", ()):
        if not each.get("Main"):
            with gone_is_fine():
                aws.ec2.disassociate_route_table(AssociationId=each["RouteTableAssociationId"])
    aws.ec2.delete_route_table(RouteTableId=id_)


ROUTE_TABLE = Resource(
    type_="aws:ec2/routeTable:RouteTable",
    inputs={"vpcId": Text(required=True, force_new=True), "routes": _INLINE_ROUTES},
    outputs=("arn", "ownerId"),
    unsupported=("propagatingVgws",),
    create=_create_table,
    locate=by_mark,
    settle=_settle_table,
    read=_read_table,
    update=_update_table,
    delete=_delete_table,
    retag=retag,
)

_ROUTE: Fields = {"routeTableId": Text(required=True, force_new=True), **_DESTINATIONS, **_TARGETS}


def _route_id(table: str, destination: str) -> str:
    """The real provider's: the table's id and the destination's CRC-32."""
    return f"r-{table}{zlib.crc32(destination.encode())}"


def _target(props: Properties) -> str:
    return str(next(props[name] for name in _DESTINATIONS if props.get(name)))


def _create_route(aws: Session, props: Properties) -> str:
    aws.ec2.create_route(**request(_ROUTE, props))
    return _route_id(props["routeTableId"], _target(props))


def _read_route(aws: Session, id_: str, state: Properties) -> Properties | None:
    table_id, destination = _locate_route(id_, state)
    table = _find_table(aws, table_id) or {}
    routes = table.get("Routes", ())
    route = next((each for each in routes if destination in response(_DESTINATIONS, each).values()), None)
    if route is None:
        return None
    return {
        "id": _route_id(table_id, destination),
        "routeTableId": table_id,
        **response(_DESTINATIONS, route),
        **dict.fromkeys(_TARGETS),
        **_targets_of(route),
        "instanceId": route.get("InstanceId", ""),
        "instanceOwnerId": route.get("InstanceOwnerId", ""),
        "origin": route.get("Origin"),
        "state": route.get("State"),
    }


def _locate_route(id_: str, state: Properties) -> tuple[str, str]:
    """The table and the destination, from the state, or from the id of an import such as `rtb-1_10.0.0.0/8`."""
    if state.get("routeTableId"):
        return state["routeTableId"], _target(state)
    table, _, destination = id_.partition("_")
    if not destination:
        raise ProviderError(f"{id_!r} is not a route's import id; accepted: <route table>_<destination>")
    return table, destination


def _update_route(aws: Session, id_: str, change: Change) -> None:
    del id_
    aws.ec2.replace_route(**request(_ROUTE, change.new))


def _delete_route(aws: Session, id_: str, state: Properties) -> None:
    table_id, _ = _locate_route(id_, state)
    aws.ec2.delete_route(RouteTableId=table_id, **request(_DESTINATIONS, state))


ROUTE = Resource(
    type_="aws:ec2/route:Route",
    inputs=_ROUTE,
    outputs=("instanceId", "instanceOwnerId", "origin", "state"),
    unsupported=_ELSEWHERE,
    exactly_one=(tuple(_DESTINATIONS), tuple(_TARGETS)),
    create=_create_route,
    locate=lambda _, props: _route_id(props["routeTableId"], _target(props)),
    read=_read_route,
    update=_update_route,
    delete=_delete_route,
)

_ASSOCIATION = {
    "routeTableId": Text(required=True),
    "subnetId": Text(force_new=True),
    "gatewayId": Text(force_new=True),
}


def _create_association(aws: Session, props: Properties) -> str:
    return str(aws.ec2.associate_route_table(**request(_ASSOCIATION, props))["AssociationId"])


def _find_association(aws: Session, id_: str, state: Properties) -> dict[str, Any] | None:
    """Find it by its subnet or gateway: its id changes with the table, and an import does not give the id."""
    end = state.get("subnetId") or state.get("gatewayId") or id_.partition("/")[0]
    if "/" not in id_ and not state:
        table = one(
            aws.ec2.describe_route_tables,
            "RouteTables",
            Filters=by_filter("association.route-table-association-id", id_),
        )
        tables = [table] if table else []
    else:
        kind = "association.subnet-id" if end.startswith("subnet-") else "association.gateway-id"
        tables = aws.ec2.describe_route_tables(Filters=by_filter(kind, end))["RouteTables"]
    joined = [each for table in tables for each in table["Associations"]]
    return next((each for each in joined if _joins(each, id_, end)), None)


def _locate_association(aws: Session, props: Properties) -> str | None:
    found = _find_association(aws, "", props)
    return str(found["RouteTableAssociationId"]) if found else None


def _joins(association: dict[str, Any], id_: str, end: str) -> bool:
    return id_ == association["RouteTableAssociationId"] or end in (
        association.get("SubnetId"),
        association.get("GatewayId"),
    )


def _read_association(aws: Session, id_: str, state: Properties) -> Properties | None:
    found = _find_association(aws, id_, state)
    if found is None:
        return None
    return {"id": found["RouteTableAssociationId"], **response(_ASSOCIATION, found)}


def _update_association(aws: Session, id_: str, change: Change) -> None:
    found = _find_association(aws, id_, change.old)
    if found is None:
        raise ProviderError(f"{id_} does not exist any more")
    aws.ec2.replace_route_table_association(
        AssociationId=found["RouteTableAssociationId"], RouteTableId=change.new["routeTableId"]
    )


def _delete_association(aws: Session, id_: str, state: Properties) -> None:
    found = _find_association(aws, id_, state)
    if found is not None:
        aws.ec2.disassociate_route_table(AssociationId=found["RouteTableAssociationId"])


ROUTE_TABLE_ASSOCIATION = Resource(
    type_="aws:ec2/routeTableAssociation:RouteTableAssociation",
    inputs=_ASSOCIATION,
    exactly_one=(("subnetId", "gatewayId"),),
    renewed={"id": ("routeTableId",)},
    create=_create_association,
    locate=_locate_association,
    read=_read_association,
    update=_update_association,
    delete=_delete_association,
)

RESOURCES = (ROUTE_TABLE, ROUTE, ROUTE_TABLE_ASSOCIATION)
