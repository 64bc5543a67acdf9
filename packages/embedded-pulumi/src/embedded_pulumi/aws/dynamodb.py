"""DynamoDB: tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.ec2_calls import wait_gone
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf, SetOf, known_items
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import UNKNOWN, Properties, Value

_ON_DEMAND, _PROVISIONED = "PAY_PER_REQUEST", "PROVISIONED"
_PROJECTIONS = ("ALL", "INCLUDE", "KEYS_ONLY")
_CAPACITIES = ("readCapacity", "writeCapacity")
_GLOBAL_INDEX = Block(
    filled=True,
    fields={
        "name": Text(required=True),
        "hashKey": Text(computed=True),
        "nonKeyAttributes": SetOf(),
        "projectionType": Text(required=True, one_of=_PROJECTIONS),
        "rangeKey": Text(computed=True),
        "readCapacity": Whole(computed=True),
        "writeCapacity": Whole(computed=True),
    },
    unsupported=("keySchemas", "onDemandThroughput", "warmThroughput"),
)
_LOCAL_INDEX = Block(
    filled=True,
    fields={
        "name": Text(required=True, force_new=True),
        "nonKeyAttributes": ListOf(force_new=True),
        "projectionType": Text(required=True, force_new=True, one_of=_PROJECTIONS),
        "rangeKey": Text(required=True, force_new=True),
    },
)
_RECOVERY = Block(
    computed=True,
    fields={
        "enabled": Flag(required=True),
        "recoveryPeriodInDays": Whole(computed=True, at_least=1, at_most=35),
    },
)
_ENCRYPTION = Block(computed=True, fields={"enabled": Flag(required=True), "kmsKeyArn": Text(computed=True)})
_TTL = Block(computed=True, fields={"attributeName": Text(computed=True), "enabled": Flag(default=False)})


class Table(ResourceType):
    """A table; its name is its id. Capacity is refused of a table that is paid per request, which has none.

    Source: terraform-provider-aws/internal/service/dynamodb/table.go (01335dd3cd3d, 2026), read on 2026-11-30.
    """

    type_ = "aws:dynamodb/table:Table"
    inputs = {
        "name": Text(force_new=True, min_length=3, max_length=255, pattern=r"[0-9A-Za-z_.-]+"),
        "attributes": SetOf(
            computed=True,
            item=Block(fields={"name": Text(required=True), "type": Text(required=True, one_of=("B", "N", "S"))}),
        ),
        "billingMode": Text(default=_PROVISIONED, one_of=(_ON_DEMAND, _PROVISIONED)),
        "deletionProtectionEnabled": Flag(),
        "globalSecondaryIndexes": SetOf(item=_GLOBAL_INDEX),
        "hashKey": Text(computed=True, force_new=True),
        "localSecondaryIndexes": SetOf(force_new=True, item=_LOCAL_INDEX),
        "pointInTimeRecovery": _RECOVERY,
        "rangeKey": Text(force_new=True),
        "readCapacity": Whole(computed=True),
        "serverSideEncryption": _ENCRYPTION,
        "streamEnabled": Flag(),
        "streamViewType": Text(computed=True, one_of=("", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE")),
        "tableClass": Text(default="STANDARD", one_of=("STANDARD", "STANDARD_INFREQUENT_ACCESS")),
        "ttl": _TTL,
        "writeCapacity": Whole(computed=True),
    }
    outputs = ("arn", "streamArn", "streamLabel")
    unsupported = (
        *("globalTableWitness", "importTable", "onDemandThroughput", "replicas", "restoreBackupArn"),
        *("restoreDateTime", "restoreSourceName", "restoreSourceTableArn", "restoreToLatestTime", "warmThroughput"),
    )
    name = AutoName(unless=())
    renewed = {"streamArn": ("streamEnabled", "streamViewType"), "streamLabel": ("streamEnabled", "streamViewType")}
    tagging = Tagging(
        service="dynamodb",
        target="ResourceArn",
        by_arn=True,
        show="list_tags_of_resource",
    )

    def check(self, inputs: Properties) -> list[CheckFailure]:
        failures = [*_check_keys(inputs), *_check_capacities(inputs)]
        if inputs.get("streamEnabled") is True and not inputs.get("streamViewType"):
            failures.append(CheckFailure("streamViewType", "is required with streamEnabled"))
        ttl = inputs.get("ttl")
        if isinstance(ttl, dict) and ttl.get("enabled") is True and not ttl.get("attributeName"):
            failures.append(CheckFailure("ttl.attributeName", "is required when ttl.enabled is true"))
        return failures

    def create(self, aws: Session, props: Properties) -> str:
        asked: dict[str, Any] = {}
        if props.get("globalSecondaryIndexes"):
            asked["GlobalSecondaryIndexes"] = [_new_index(props, each) for each in props["globalSecondaryIndexes"]]
        if props.get("localSecondaryIndexes"):
            hash_key = props["hashKey"]
            asked["LocalSecondaryIndexes"] = [
                {**_index(each), "KeySchema": _schema(hash_key, each["rangeKey"])}
                for each in props["localSecondaryIndexes"]
            ]
        if props.get("streamEnabled"):
            asked["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": props["streamViewType"]}
        if props.get("serverSideEncryption"):
            asked["SSESpecification"] = _encryption(props["serverSideEncryption"])
        answer = aws.dynamodb.create_table(
            TableName=props["name"],
            AttributeDefinitions=_definitions(props),
            BillingMode=props["billingMode"],
            DeletionProtectionEnabled=bool(props.get("deletionProtectionEnabled")),
            KeySchema=_schema(props["hashKey"], props.get("rangeKey")),
            TableClass=props["tableClass"],
            Tags=tags.to_list(props["tagsAll"]),
            **_throughput(props, props),
            **asked,
        )
        return str(answer["TableDescription"]["TableName"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        _wait_active(aws, id_)
        if (props.get("ttl") or {}).get("enabled"):
            self._expire(aws, id_, {}, props["ttl"])
        if (props.get("pointInTimeRecovery") or {}).get("enabled"):
            self._recover(aws, id_, props["pointInTimeRecovery"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.dynamodb.describe_table, "Table", TableName=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        keys, stream = _keys(found["KeySchema"]), found.get("StreamSpecification", {})
        sse = found.get("SSEDescription", {})
        on = sse.get("Status") in {"ENABLED", "ENABLING", "UPDATING"}
        return {
            **keys,
            **_capacities(found),
            "arn": found["TableArn"],
            "name": found["TableName"],
            "attributes": [
                {"name": each["AttributeName"], "type": each["AttributeType"]} for each in found["AttributeDefinitions"]
            ],
            "billingMode": found.get("BillingModeSummary", {}).get("BillingMode", _PROVISIONED),
            "deletionProtectionEnabled": found.get("DeletionProtectionEnabled", False),
            "globalSecondaryIndexes": [
                {**_described(each), **_capacities(each)} for each in found.get("GlobalSecondaryIndexes", ())
            ],
            "localSecondaryIndexes": [
                {name: value for name, value in _described(each).items() if name != "hashKey"}
                for each in found.get("LocalSecondaryIndexes", ())
            ],
            "pointInTimeRecovery": self._recovery(aws, id_),
            "serverSideEncryption": {"enabled": on, "kmsKeyArn": sse.get("KMSMasterKeyArn", "") if on else ""},
            "streamArn": found.get("LatestStreamArn", ""),
            "streamEnabled": stream.get("StreamEnabled", False),
            "streamLabel": found.get("LatestStreamLabel", ""),
            "streamViewType": stream.get("StreamViewType") or state.get("streamViewType") or "",
            "tableClass": found.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
            "ttl": self._expiry(aws, id_, state),
        }

    def _recovery(self, aws: Session, id_: str) -> Properties:
        told = aws.dynamodb.describe_continuous_backups(TableName=id_)["ContinuousBackupsDescription"]
        recovery = told.get("PointInTimeRecoveryDescription", {})
        days = recovery.get("RecoveryPeriodInDays")
        enabled = recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
        return {"enabled": enabled, **({"recoveryPeriodInDays": days} if days else {})}

    def _expiry(self, aws: Session, id_: str, state: Properties) -> Properties:
        """What of a table expires. AWS takes the attribute when that ends, and does not show it from then on."""
        told = aws.dynamodb.describe_time_to_live(TableName=id_)["TimeToLiveDescription"]
        enabled = told["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
        written = (state.get("ttl") or {}).get("attributeName", "")
        return {"attributeName": told.get("AttributeName", "") if enabled else written, "enabled": enabled}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        old, new = change.old, change.new
        if change.has("billingMode", *_CAPACITIES):
            self._bill(aws, id_, new)
        if change.has("streamEnabled", "streamViewType"):
            if old.get("streamEnabled"):  # a stream cannot change, only end
                self._change(aws, id_, StreamSpecification={"StreamEnabled": False})
            if new.get("streamEnabled"):
                view = {"StreamEnabled": True, "StreamViewType": new["streamViewType"]}
                self._change(aws, id_, StreamSpecification=view)
        if change.has("globalSecondaryIndexes"):
            self._reindex(aws, id_, old, new)
        for name, asked in (
            ("deletionProtectionEnabled", {"DeletionProtectionEnabled": bool(new.get("deletionProtectionEnabled"))}),
            ("tableClass", {"TableClass": new["tableClass"]}),
            ("serverSideEncryption", {"SSESpecification": _encryption(new.get("serverSideEncryption") or {})}),
        ):
            if change.has(name):
                self._change(aws, id_, **asked)
        if change.has("ttl"):
            self._expire(aws, id_, old.get("ttl") or {}, new.get("ttl") or {})
        if change.has("pointInTimeRecovery"):
            self._recover(aws, id_, new.get("pointInTimeRecovery") or {})

    def _bill(self, aws: Session, id_: str, new: Properties) -> None:
        """Pay for a table, and for the indexes that it has, in another way."""
        if new["billingMode"] == _ON_DEMAND:
            self._change(aws, id_, BillingMode=_ON_DEMAND)
            return
        has = {each["IndexName"] for each in aws.dynamodb.describe_table(TableName=id_)["Table"].get(_GSI, ())}
        wishes = [each for each in new.get("globalSecondaryIndexes") or () if each["name"] in has]
        updates = [{"Update": {"IndexName": each["name"], **_throughput(new, each)}} for each in wishes]
        more = {"GlobalSecondaryIndexUpdates": updates} if updates else {}
        self._change(aws, id_, BillingMode=_PROVISIONED, **_throughput(new, new), **more)

    def _reindex(self, aws: Session, id_: str, old: Properties, new: Properties) -> None:
        """Change the indexes one by one; all of an index but its capacity is another index."""
        had = {each["name"]: each for each in old.get("globalSecondaryIndexes") or ()}
        wish = {each["name"]: each for each in new.get("globalSecondaryIndexes") or ()}
        kept = {name for name in had.keys() & wish.keys() if _shape(had[name]) == _shape(wish[name])}
        for name in sorted(had.keys() - kept):
            self._index(aws, id_, _definitions(new), Delete={"IndexName": name})
        for name in sorted(wish.keys() - kept):
            self._index(aws, id_, _definitions(new), Create=_new_index(new, wish[name]))
        for name in sorted(kept):
            differs = any(had[name].get(each) != wish[name].get(each, had[name].get(each)) for each in _CAPACITIES)
            if differs and new["billingMode"] == _PROVISIONED:
                self._index(aws, id_, Update={"IndexName": name, **_throughput(new, wish[name])})

    def _index(self, aws: Session, id_: str, definitions: list[dict[str, Any]] | None = None, **update: Any) -> None:
        defined = {"AttributeDefinitions": definitions} if definitions else {}
        self._change(aws, id_, GlobalSecondaryIndexUpdates=[update], **defined)

    def _change(self, aws: Session, id_: str, **params: Any) -> None:
        aws.dynamodb.update_table(TableName=id_, **params)
        _wait_active(aws, id_)

    def _expire(self, aws: Session, id_: str, old: Properties, new: Properties) -> None:
        attribute = new.get("attributeName") or old.get("attributeName")
        if attribute and (bool(new.get("enabled")), attribute) != (bool(old.get("enabled")), old.get("attributeName")):
            if new.get("enabled") and old.get("enabled"):  # another attribute: only one can be expired by at a time
                self._expire(aws, id_, old, {"enabled": False, "attributeName": old["attributeName"]})
            if new.get("enabled") or old.get("enabled"):
                wish = {"Enabled": bool(new.get("enabled")), "AttributeName": attribute}
                aws.dynamodb.update_time_to_live(TableName=id_, TimeToLiveSpecification=wish)

    def _recover(self, aws: Session, id_: str, wish: Properties) -> None:
        asked: dict[str, Any] = {"PointInTimeRecoveryEnabled": bool(wish.get("enabled"))}
        if wish.get("enabled") and wish.get("recoveryPeriodInDays"):
            asked["RecoveryPeriodInDays"] = wish["recoveryPeriodInDays"]
        aws.dynamodb.update_continuous_backups(TableName=id_, PointInTimeRecoverySpecification=asked)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.dynamodb.delete_table(TableName=id_)
        wait_gone(f"table {id_} to go", lambda: self.find(aws, id_, state))


_GSI = "GlobalSecondaryIndexes"


def _check_keys(inputs: Properties) -> list[CheckFailure]:
    """Every attribute is of a key, and every key is an attribute."""
    failures = [] if "hashKey" in inputs else [CheckFailure("hashKey", "is required")]
    own = [inputs.get("hashKey"), inputs.get("rangeKey")]
    indexes = [
        each
        for name in ("globalSecondaryIndexes", "localSecondaryIndexes")
        for _, each in known_items(inputs.get(name))
    ]
    used = {key for key in [*own, *(each.get(key) for each in indexes for key in ("hashKey", "rangeKey"))] if key}
    attributes = inputs.get("attributes") or []
    if attributes is UNKNOWN or UNKNOWN in used or _unknown_among(inputs, attributes):
        return failures
    defined = {each["name"] for each in attributes}
    words = [f"{name!r} is not the key of the table or of an index" for name in sorted(defined - used)]
    words += [f"{name!r} is a key and not defined" for name in sorted(used - defined)]
    return failures + [CheckFailure("attributes", each) for each in words]


def _unknown_among(inputs: Properties, attributes: list[Any]) -> bool:
    lists = [attributes, *(inputs.get(name) or [] for name in ("globalSecondaryIndexes", "localSecondaryIndexes"))]
    return any(each is UNKNOWN or UNKNOWN in each for each in lists) or any(
        not isinstance(each, dict) or each.get("name") in (None, UNKNOWN) for each in attributes
    )


def _check_capacities(inputs: Properties) -> list[CheckFailure]:
    mode = inputs["billingMode"]
    if mode == _ON_DEMAND:
        given = [name for name in _CAPACITIES if inputs.get(name) not in (None, 0, UNKNOWN)]
        return [CheckFailure(name, f"can not be set when billingMode is {_ON_DEMAND}") for name in given]
    if mode != _PROVISIONED:
        return []
    places = [("", inputs)]
    places += [
        (f"globalSecondaryIndexes[{at}].", each) for at, each in known_items(inputs.get("globalSecondaryIndexes"))
    ]
    return [
        CheckFailure(f"{path}{name}", f"must be at least 1 when billingMode is {_PROVISIONED}")
        for path, each in places
        for name in _CAPACITIES
        if each.get(name) is not UNKNOWN and not each.get(name)
    ]


def _schema(hash_key: Value, range_key: Value) -> list[dict[str, Any]]:
    keys = (("HASH", hash_key), ("RANGE", range_key))
    return [{"AttributeName": name, "KeyType": kind} for kind, name in keys if name]


def _definitions(props: Properties) -> list[dict[str, Any]]:
    return [{"AttributeName": each["name"], "AttributeType": each["type"]} for each in props["attributes"]]


def _index(index: Properties) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index["projectionType"]}
    if index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    return {"IndexName": index["name"], "Projection": projection}


def _new_index(props: Properties, index: Properties) -> dict[str, Any]:
    schema = _schema(index.get("hashKey"), index.get("rangeKey"))
    return {**_index(index), "KeySchema": schema, **_throughput(props, index)}


def _throughput(props: Properties, of: Properties) -> dict[str, Any]:
    """The capacity of a table or of an index, if it is paid for."""
    if props["billingMode"] != _PROVISIONED:
        return {}
    capacity = {"ReadCapacityUnits": of["readCapacity"], "WriteCapacityUnits": of["writeCapacity"]}
    return {"ProvisionedThroughput": capacity}


def _encryption(wish: Properties) -> dict[str, Any]:
    if not wish.get("enabled"):
        return {"Enabled": False}
    key = {"KMSMasterKeyId": wish["kmsKeyArn"]} if wish.get("kmsKeyArn") else {}
    return {"Enabled": True, "SSEType": "KMS", **key}


def _keys(schema: list[Mapping[str, str]]) -> Properties:
    kinds = {each["KeyType"]: each["AttributeName"] for each in schema}
    return {"hashKey": kinds.get("HASH", ""), "rangeKey": kinds.get("RANGE", "")}


def _capacities(found: Mapping[str, Any]) -> Properties:
    told = found.get("ProvisionedThroughput", {})
    return {name: told.get(f"{name[0].upper()}{name[1:]}Units", 0) for name in _CAPACITIES}


def _described(index: Mapping[str, Any]) -> Properties:
    projection = index["Projection"]
    return {
        "name": index["IndexName"],
        "projectionType": projection["ProjectionType"],
        "nonKeyAttributes": projection.get("NonKeyAttributes", []),
        **_keys(index["KeySchema"]),
    }


def _shape(index: Properties) -> tuple[Any, ...]:
    """What of an index cannot change."""
    keys = (index.get("hashKey") or "", index.get("rangeKey") or "")
    return *keys, index["projectionType"], frozenset(index.get("nonKeyAttributes") or ())


def _wait_active(aws: Session, name: str) -> None:
    def active() -> bool | None:
        table = aws.dynamodb.describe_table(TableName=name)["Table"]
        indexes = {each.get("IndexStatus", "ACTIVE") for each in table.get(_GSI, ())}
        return True if table["TableStatus"] == "ACTIVE" and indexes <= {"ACTIVE"} else None

    wait_for(f"table {name} and its indexes", active)


TYPES = (Table,)
