"""What DescribeInstances says beside what moto knows: capacity reservations, and a filter by placement group.

Source: API DescribeInstances (filter `placement-group-name`), Instance (CapacityReservationId).
"""

from __future__ import annotations

from typing import Any

from embedded_aws.calls import Call, Routes
from embedded_aws.services.ec2 import store

BY_PLACEMENT = "placement-group-name"


def routes() -> Routes:
    """The call that this part answers."""
    return {("ec2", "DescribeInstances"): _describe}


def _describe(call: Call) -> dict[str, Any]:
    result = _filtered(call)
    if vars(store.backend(call.region)).get("capacity_reservations"):
        _tell_reservations(call.region, result)
    return result


def _filtered(call: Call) -> dict[str, Any]:
    """Moto's answer, less the instances that a filter by placement group leaves out."""
    given = call.params.get("Filters", [])
    wanted = [each.get("Values", []) for each in given if each.get("Name") == BY_PLACEMENT]
    if not wanted:
        return call.forward()
    rest = [each for each in given if each.get("Name") != BY_PLACEMENT]
    others = {name: value for name, value in call.params.items() if name != "Filters"}
    result = call.forward(others | ({"Filters": rest} if rest else {}))
    for some in result["Reservations"]:
        some["Instances"] = [
            each
            for each in some["Instances"]
            if all(each["Placement"].get("GroupName", "") in names for names in wanted)
        ]
    result["Reservations"] = [some for some in result["Reservations"] if some["Instances"]]
    return result


def _tell_reservations(region: str, result: dict[str, Any]) -> None:
    ec2 = store.backend(region)
    for some in result["Reservations"]:
        for each in some["Instances"]:
            found = getattr(ec2.get_instance_by_id(each["InstanceId"]), "capacity_reservation", "")
            each.update({"CapacityReservationId": found} if found else {})
