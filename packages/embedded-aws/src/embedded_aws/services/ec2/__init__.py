"""EC2 as AWS documents it, where moto lacks something or accepts too much: an overlay on moto's own EC2.

zones            Local and Wavelength Zones, opt-in            offerings  instance types by zone
instance_status  status checks, filters, paging                network    what a VPC's parts demand of each other
instances        their end, their console                      flow_logs  whether they are delivered
instance_attributes  what a standing one is told to be
templates        launch templates, launches                    endpoints  VPC endpoints and their services
images           public images and their snapshots
security_groups  rules, their peers and descriptions           tokens     idempotency by client token
group_texts      names, descriptions, protocols, ports         cidrs      blocks without host bits
routing          gateways, route tables, dead routes           tag_keys   tags that cannot be
conditions       zones in trouble                          regional_nat  NAT gateways of a whole VPC
store            moto's EC2, which keeps everything            ipv6       blocks and addresses
placement_groups  where instances are to each other    capacity_reservations  what is kept for launches
described        what instances are told of beside
network_acls     rules of subnets, and what they let through   peering    connections between VPCs
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from embedded_aws.calls import AwsError, Call, Handler, Routes
from embedded_aws.services.ec2 import (
    capacity_reservations,
    described,
    endpoints,
    flow_logs,
    images,
    instance_attributes,
    instances,
    ipv6,
    network,
    network_acls,
    offerings,
    peering,
    placement_groups,
    regional_nat,
    routing,
    security_groups,
    store,
    templates,
)
from embedded_aws.services.ec2.cidrs import CALLS as WITH_BLOCKS
from embedded_aws.services.ec2.cidrs import made_canonical
from embedded_aws.services.ec2.conditions import ZoneConditions
from embedded_aws.services.ec2.instance_status import ChecksOf, InstanceStatus
from embedded_aws.services.ec2.tokens import Tokens
from embedded_aws.services.ec2.zones import DEFAULT_OPT_INS, Zones


def routes(
    conditions: ZoneConditions,
    check_place: templates.CheckPlace,
    *,
    checks: Sequence[ChecksOf] = (),
    opted_in: Iterable[str] = DEFAULT_OPT_INS,
) -> Routes:
    """The calls that are answered in moto's place.

    Args:
        conditions: How the zones are.
        check_place: Whether there is a place for a launch.
        checks: Who knows the status checks of instances; the first that knows one is believed.
        opted_in: Groups of Local and Wavelength Zones that the account has opted in to.
    """
    parts = (
        InstanceStatus(store.instances, checks).routes()
        | Zones(conditions, opted_in).routes()
        | offerings.routes(conditions)
        | network.routes()
        | regional_nat.routes()
        | ipv6.routes()
        | routing.routes()
        | security_groups.routes()
        | endpoints.routes(conditions)
        | templates.routes(check_place)
        | images.routes()
        | instances.routes()
        | instance_attributes.routes()
        | flow_logs.routes()
        | network_acls.routes()
        | peering.routes()
        | placement_groups.routes()
        | capacity_reservations.routes()
        | described.routes()
    )
    protecting = instance_attributes.protecting(parts["ec2", "RunInstances"])
    parts["ec2", "RunInstances"] = capacity_reservations.using(protecting)
    for action in WITH_BLOCKS:
        parts["ec2", action] = made_canonical(parts.get(("ec2", action), _forward))
    return {call: _unless_dry(handler) for call, handler in Tokens().over(parts).items()}


def _forward(call: Call) -> dict[str, Any]:
    return call.forward()


def _unless_dry(handler: Handler) -> Handler:
    """Nothing is done when the client only asks whether it may (EC2 user guide, "Dry run")."""

    def answer(call: Call) -> dict[str, Any]:
        if call.params.get("DryRun"):
            raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        return handler(call)

    return answer
