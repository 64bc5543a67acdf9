"""Route 53: zones and records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.naming import unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf, SetOf
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.tags import Tags
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import Properties, Value

_ZONE_TAGS = {"ResourceType": "hostedzone"}
_VPC = Block(
    fields={"vpcId": Text(required=True, min_length=1, aws="VPCId"), "vpcRegion": Text(computed=True, aws="VPCRegion")}
)
_TYPES = (
    *("SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA", "CAA", "DS", "TLSA", "SSHFP"),
    *("SVCB", "HTTPS"),
)
_QUOTED = frozenset({"SPF", "TXT"})


def _trimmed(name: str) -> str:
    """A name without the dot at its end, unless it is the root."""
    return name if name == "." else name.removesuffix(".")


def _lower(name: str) -> str:
    return name.removesuffix(".").lower()


class _ZoneTagging(Tagging):
    """Route 53's own way with tags."""

    def read(self, aws: Session, id_: str, props: Properties, found: Mapping[str, Any]) -> Tags:
        """The tags of a zone."""
        answer = aws.route53.list_tags_for_resource(**_ZONE_TAGS, ResourceId=id_)
        return tags.from_list(answer["ResourceTagSet"]["Tags"])

    def change(self, aws: Session, id_: str, props: Properties, written: Tags, removed: list[str]) -> None:
        """Write some tags, and remove others."""
        asked: dict[str, Any] = {"AddTags": tags.to_list(written)} if written else {}
        if removed:
            asked["RemoveTagKeys"] = removed
        if asked:
            aws.route53.change_tags_for_resource(**_ZONE_TAGS, ResourceId=id_, **asked)


class HostedZone(ResourceType):
    """A hosted zone; private if it is for VPCs.

    Source: terraform-provider-aws/internal/service/route53/zone.go (036631a1dee5), read on 2026-11-30; the comment is
    Pulumi's own, as the SDK documents it.
    """

    type_ = "aws:route53/zone:Zone"
    inputs = {
        "name": Text(required=True, force_new=True, min_length=1, max_length=1024, canonical=_trimmed),
        "comment": Text(default="Managed by Pulumi", max_length=256),
        "forceDestroy": Flag(default=False),
        "vpcs": SetOf(item=_VPC),
    }
    outputs = ("arn", "nameServers", "primaryNameServer", "zoneId")
    unsupported = ("delegationSetId", "enableAcceleratedRecovery")
    regional = False
    tagging = _ZoneTagging(service="route53", target="ResourceId")

    def create(self, aws: Session, props: Properties) -> str:
        vpcs = [_in_region(aws, each) for each in props.get("vpcs") or ()]
        first, others = (vpcs[0] if vpcs else None), vpcs[1:]
        answer = aws.route53.create_hosted_zone(
            Name=props["name"],
            CallerReference=self._reference(props),
            HostedZoneConfig={"Comment": props["comment"], **({"PrivateZone": True} if first else {})},
            **({"VPC": first} if first else {}),
        )
        id_ = _clean(answer["HostedZone"]["Id"])
        self.tagging.change(aws, id_, props, props["tagsAll"], [])
        for each in others:
            aws.route53.associate_vpc_with_hosted_zone(HostedZoneId=id_, VPC=each)
        _wait_in_sync(aws, answer)
        return id_

    def _reference(self, props: Properties) -> str:
        return unique("terraform-", props)

    def locate(self, aws: Session, props: Properties) -> str | None:
        """The zone with the reference that is made from the mark of a create."""
        if MARK not in props:
            return None
        pages = aws.route53.get_paginator("list_hosted_zones").paginate()
        mine = self._reference(props)
        zones = (zone for page in pages for zone in page["HostedZones"])
        return next((_clean(zone["Id"]) for zone in zones if zone["CallerReference"] == mine), None)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.route53.get_hosted_zone, Id=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        zone = found["HostedZone"]
        servers = found.get("DelegationSet", {}).get("NameServers") or self._servers(aws, id_, zone["Name"])
        return {
            "arn": f"arn:{aws.partition}:route53:::hostedzone/{id_}",
            "name": _trimmed(zone["Name"]),
            "comment": zone.get("Config", {}).get("Comment", ""),
            "nameServers": sorted(servers),
            "primaryNameServer": servers[0] if servers else "",
            "vpcs": [_VPC.from_aws(each) for each in found.get("VPCs", ())],
            "zoneId": id_,
        }

    def _servers(self, aws: Session, id_: str, name: str) -> list[str]:
        """The servers that a private zone's own record names."""
        sets = aws.route53.list_resource_record_sets(
            HostedZoneId=id_, StartRecordName=name, StartRecordType="NS", MaxItems="1"
        )["ResourceRecordSets"]
        return [each["Value"].removesuffix(".") for one in sets for each in one.get("ResourceRecords", ())]

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("comment"):
            aws.route53.update_hosted_zone_comment(Id=id_, Comment=change.new.get("comment") or "")
        if change.has("vpcs"):
            old = {each["vpcId"]: each for each in change.old.get("vpcs") or ()}
            new = {each["vpcId"]: each for each in change.new.get("vpcs") or ()}
            for name in new.keys() - old.keys():  # first: a private zone is never without one
                aws.route53.associate_vpc_with_hosted_zone(HostedZoneId=id_, VPC=_in_region(aws, new[name]))
            for name in old.keys() - new.keys():
                aws.route53.disassociate_vpc_from_hosted_zone(HostedZoneId=id_, VPC=_in_region(aws, old[name]))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("forceDestroy"):
            self._empty(aws, id_, state["name"])
        aws.route53.delete_hosted_zone(Id=id_)

    def _empty(self, aws: Session, id_: str, name: str) -> None:
        pages = aws.route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=id_)
        for page in pages:
            for each in page["ResourceRecordSets"]:
                if not (_trimmed(each["Name"]) == _trimmed(name) and each["Type"] in {"NS", "SOA"}):
                    _change(aws, id_, "DELETE", each)


def _in_region(aws: Session, vpc: Properties) -> dict[str, str]:
    return {"VPCId": vpc["vpcId"], "VPCRegion": vpc.get("vpcRegion") or aws.region}


def _clean(id_: str) -> str:
    return id_.removeprefix("/hostedzone/")


def _wait_in_sync(aws: Session, answer: Mapping[str, Any]) -> None:
    """Wait until all name servers know of a change."""
    change = answer["ChangeInfo"]["Id"]
    wait_for(
        f"Route 53 to spread {change}",
        lambda: aws.route53.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC" or None,
    )


def _change(aws: Session, zone: str, *changes: Any) -> None:
    """Make one change, or several at once: an action and a set of records each."""
    pairs = zip(changes[::2], changes[1::2], strict=True)
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": each} for action, each in pairs]}
    _wait_in_sync(aws, aws.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch))


_ROUTINGS = {
    "failoverRoutingPolicies": ("type", "Failover"),
    "latencyRoutingPolicies": ("region", "Region"),
    "weightedRoutingPolicies": ("weight", "Weight"),
}
"""A policy with one property, the property, and its name in Route 53."""

_GEO = {"continent": "ContinentCode", "country": "CountryCode", "subdivision": "SubdivisionCode"}
_POLICIES = (*_ROUTINGS, "geolocationRoutingPolicies", "multivalueAnswerRoutingPolicy")


def _policy(**fields: Any) -> ListOf:
    return ListOf(max_items=1, item=Block(fields=fields))


class DnsRecord(ResourceType):
    """A set of records of one name and type; its id is zone, name, type, and what tells it from others of them.

    Source: terraform-provider-aws/internal/service/route53/record.go (00655c1681ea, 2026), read on 2026-11-30.
    """

    type_ = "aws:route53/record:Record"
    inputs = {
        "aliases": _policy(
            evaluateTargetHealth=Flag(required=True),
            name=Text(required=True, min_length=1, max_length=1024, canonical=_lower),
            zoneId=Text(required=True, min_length=1, max_length=32),
        ),
        "allowOverwrite": Flag(computed=True),
        "failoverRoutingPolicies": _policy(type=Text(required=True, one_of=("PRIMARY", "SECONDARY"))),
        "geolocationRoutingPolicies": _policy(continent=Text(), country=Text(), subdivision=Text()),
        "healthCheckId": Text(),
        "latencyRoutingPolicies": _policy(region=Text(required=True)),
        "multivalueAnswerRoutingPolicy": Flag(),
        "name": Text(required=True, force_new=True, canonical=_lower),
        "records": SetOf(),
        "setIdentifier": Text(),
        "ttl": Whole(),
        "type": Text(required=True, one_of=_TYPES),
        "weightedRoutingPolicies": _policy(weight=Whole(required=True)),
        "zoneId": Text(required=True, force_new=True, min_length=1),
    }
    outputs = ("fqdn",)
    unsupported = ("cidrRoutingPolicy", "geoproximityRoutingPolicy")
    regional = False
    exactly_one = (("aliases", "records"),)
    at_most_one = (("aliases", "ttl"), _POLICIES)
    required_with = {"ttl": ("records",), **dict.fromkeys(_POLICIES, ("setIdentifier",))}

    def check(self, inputs: Properties) -> list[CheckFailure]:
        return [CheckFailure("ttl", "is required with records")] if "records" in inputs and "ttl" not in inputs else []

    def create(self, aws: Session, props: Properties) -> str:
        action = "UPSERT" if props.get("allowOverwrite") else "CREATE"
        _change(aws, _clean(props["zoneId"]), action, self._set(aws, props))
        return str(self.locate(aws, props))

    def locate(self, aws: Session, props: Properties) -> str | None:
        parts = (_clean(props["zoneId"]), props["name"], props["type"], props.get("setIdentifier"))
        return "_".join(part for part in parts if part)

    def _full(self, aws: Session, props: Properties) -> str:
        """The whole name of a record, which a program may give without its zone's."""
        zone = _trimmed(aws.route53.get_hosted_zone(Id=_clean(props["zoneId"]))["HostedZone"]["Name"])
        name = _lower(props["name"])
        return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}" if name else zone

    def _set(self, aws: Session, props: Properties) -> dict[str, Any]:
        """The set as Route 53 takes it."""
        made: dict[str, Any] = {"Name": self._full(aws, props), "Type": props["type"]}
        if props.get("aliases"):
            alias = props["aliases"][0]
            healthy = {"EvaluateTargetHealth": alias["evaluateTargetHealth"]}
            made["AliasTarget"] = {"DNSName": alias["name"], "HostedZoneId": alias["zoneId"], **healthy}
        else:
            made["TTL"] = props["ttl"]
            made["ResourceRecords"] = [{"Value": _quoted(props["type"], each)} for each in props["records"]]
        if props.get("setIdentifier"):
            made["SetIdentifier"] = props["setIdentifier"]
        if props.get("healthCheckId"):
            made["HealthCheckId"] = props["healthCheckId"]
        for name, (key, parameter) in _ROUTINGS.items():
            if props.get(name):
                made[parameter] = props[name][0][key]
        if props.get("geolocationRoutingPolicies"):
            given = props["geolocationRoutingPolicies"][0]
            made["GeoLocation"] = {_GEO[key]: value for key, value in given.items() if value}
        if props.get("multivalueAnswerRoutingPolicy"):
            made["MultiValueAnswer"] = True
        return made

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        key = state if state.get("zoneId") else _parts(id_)
        if unless_gone(aws.route53.get_hosted_zone, Id=_clean(key["zoneId"])) is None:
            return None
        full = self._full(aws, key)
        answer = aws.route53.list_resource_record_sets(
            HostedZoneId=_clean(key["zoneId"]), StartRecordName=full, StartRecordType=key["type"]
        )
        for each in answer["ResourceRecordSets"]:
            same = _plain(each["Name"]) == full and each["Type"] == key["type"]
            if same and each.get("SetIdentifier", "") == (key.get("setIdentifier") or ""):
                return {**each, "Key": key, "Full": full}
        return None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        key, alias = found["Key"], found.get("AliasTarget")
        told: Properties = {name: [{key_: found[p]}] if p in found else [] for name, (key_, p) in _ROUTINGS.items()}
        geo = found.get("GeoLocation")
        return {
            **told,
            "aliases": [_alias(alias)] if alias else [],
            "fqdn": found["Full"],
            "geolocationRoutingPolicies": [{n: geo.get(c, "") for n, c in _GEO.items()}] if geo else [],
            "healthCheckId": found.get("HealthCheckId", ""),
            "multivalueAnswerRoutingPolicy": found.get("MultiValueAnswer", False),
            "name": _lower(key["name"]),
            "records": [_unquoted(key["type"], each["Value"]) for each in found.get("ResourceRecords", ())],
            "setIdentifier": found.get("SetIdentifier", ""),
            "ttl": found.get("TTL", 0),
            "type": found["Type"],
            "zoneId": _clean(key["zoneId"]),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        """Another type, or another identifier, is another set, which takes the place of the old one at once."""
        zone, new = _clean(change.new["zoneId"]), self._set(aws, change.new)
        old: dict[str, Any] = {}
        if change.has("type", "setIdentifier") and self.find(aws, id_, change.new):
            raise ProviderError(f"there is a set of records {self.locate(aws, change.new)} already")
        if change.has("type", "setIdentifier", *_POLICIES):
            found = self.find(aws, id_, change.old)
            old = {name: value for name, value in (found or {}).items() if name not in {"Key", "Full"}}
        _change(aws, zone, *(("DELETE", old) if old else ()), "UPSERT", new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        found = self.find(aws, id_, state)
        if found is not None:
            own = {name: value for name, value in found.items() if name not in {"Key", "Full"}}
            _change(aws, _clean(found["Key"]["zoneId"]), "DELETE", own)


def _parts(id_: str) -> Properties:
    zone, _, rest = id_.partition("_")
    for type_ in sorted(_TYPES, key=len, reverse=True):
        name, found, identifier = rest.rpartition(f"_{type_}")
        if found and identifier[:1] in {"", "_"}:
            return {"zoneId": zone, "name": name, "type": type_, "setIdentifier": identifier[1:]}
    raise ProviderError(
        f"{id_!r} is not the id of a record; accepted: <zone>_<name>_<type>, <zone>_<name>_<type>_<set>"
    )


def _plain(name: str) -> str:
    r"""A name as programs have it: Route 53 writes `\052` for a star."""
    return _lower(name).replace("\\052", "*")


def _alias(target: Mapping[str, Any]) -> Properties:
    return {
        "evaluateTargetHealth": target["EvaluateTargetHealth"],
        "name": _lower(target["DNSName"]),
        "zoneId": target["HostedZoneId"],
    }


def _quoted(type_: Value, text: str) -> str:
    return f'"{text}"' if type_ in _QUOTED else text


def _unquoted(type_: Value, text: str) -> str:
    return text.removeprefix('"').removesuffix('"') if type_ in _QUOTED else text


TYPES = (HostedZone, DnsRecord)
