"""Route 53's records: all changes of a batch or none, each checked against what the zone has.

moto refuses to create again what was deleted, and takes all sets with an identifier away with any of them.

Source: API ChangeResourceRecordSets; Route 53 Developer Guide, "Supported DNS record types" (CNAME), "Choosing a
routing policy"; the messages are AWS's, as in moto/route53/exceptions.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend
from moto.utilities.utils import get_partition

from embedded_aws.calls import AwsError, Call, Routes

if TYPE_CHECKING:
    from moto.route53.models import RecordSet


def routes() -> Routes:
    """The calls that are corrected here."""
    return {("route53", "ChangeResourceRecordSets"): _change}


def _change(call: Call) -> dict[str, Any]:
    from moto.route53.models import ChangeList  # noqa: PLC0415 - only a program with zones loads it

    zones = get_backend("route53")[call.caller.account][get_partition(call.region)].zones
    zone = zones.get(call.params["HostedZoneId"].rpartition("/")[2])
    if zone is None:
        return call.forward()
    before = list(zone.rrsets)
    try:
        for change in call.params["ChangeBatch"]["Changes"]:
            _make(zone, change["Action"], change["ResourceRecordSet"])
    except AwsError:
        zone.rrsets = before
        raise
    zone.rr_changes = ChangeList()
    return {"ChangeInfo": {"Id": "/change/C2682N5HXP0BZ4", "Status": "INSYNC", "SubmittedAt": call.time}}


def _make(zone: Any, action: str, wish: dict[str, Any]) -> None:
    """Make one change of a zone."""
    from moto.route53.models import RecordSet  # noqa: PLC0415 - see `_change`

    name = f"{wish['Name'].rstrip('.').lower()}."
    if not f".{name}".endswith(f".{zone.name.rstrip('.')}."):
        raise _refused(f"RRSet with DNS name {name} is not permitted in zone {zone.name}")
    values = [each["Value"] for each in wish.get("ResourceRecords") or ()]
    told = {**wish, "Name": name, **({"ResourceRecords": values} if values else {})}
    new: RecordSet = RecordSet(told)  # type: ignore[abstract]  # moto makes them so
    same = [each for each in zone.rrsets if _key(each) == _key(new)]
    what = f"resource record set [name='{name}', type='{new.type}'"
    what += f", set-identifier='{new.set_identifier}']" if new.set_identifier else "]"
    if action == "CREATE" and same:
        raise _refused(f"Tried to create {what} but it already exists")
    if action == "DELETE" and not same:
        raise _refused(f"Tried to delete {what} but it was not found")
    if action == "DELETE" and _content(same[0]) != _content(new):
        raise _refused(f"Tried to delete {what} but the values provided do not match the current values")
    if action != "DELETE":
        _check_company(zone, new, what)
    zone.rrsets = [each for each in zone.rrsets if _key(each) != _key(new)]
    if action != "DELETE":
        zone.rrsets.append(new)


def _check_company(zone: Any, new: RecordSet, what: str) -> None:
    """Refuse a set that cannot stand beside the others of its name: an alias of a name is that name's only type."""
    beside = [each for each in zone.rrsets if each.name == new.name and _key(each) != _key(new)]
    others = [each for each in beside if each.type != new.type]
    if others and "CNAME" in {new.type, *(each.type for each in others)}:
        raise _refused(
            f"RRSet of type CNAME with DNS name {new.name} is not permitted as it conflicts with other records"
        )
    if any(each.type == new.type and bool(each.set_identifier) != bool(new.set_identifier) for each in beside):
        raise _refused(
            f"{what[0].upper()}{what[1:]} conflicts with a set of the same name and type and another routing"
        )


def _key(records: RecordSet) -> tuple[Any, ...]:
    return records.name, records.type, records.set_identifier or None


def _content(records: RecordSet) -> tuple[Any, ...]:
    target = records.alias_target
    return records.ttl, sorted(records.records or ()), target and sorted(target.items())


def _refused(message: str) -> AwsError:
    return AwsError("InvalidChangeBatch", f"[{message}]")
