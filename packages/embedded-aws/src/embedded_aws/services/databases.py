"""RDS's databases and their subnets where moto's differ.

moto gives all databases one id, leaves the port as it is, loses a subnet group that is changed, deletes one that is in
use, takes subnets of one zone, and knows engines as they were in 2014. A database has a network interface here, as on
AWS: it keeps its subnet and its security groups from being deleted.

Not as on AWS: a database is available at once, nobody can connect to it, and a change is applied at once, whether
`ApplyImmediately` is set or not.

Source: RDS user guide, "Working with a DB instance in a VPC" (two zones, network interface), "Creating an Amazon RDS DB
instance" (what is required; a password has 8 characters at least); API DeleteDBSubnetGroup, "Errors".
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.ec2 import store

_VERSIONS: Mapping[str, str] = {"mariadb": "11.4.8", "mysql": "8.4.7", "postgres": "17.7"}
"""The engines that are part of the embedded AWS to the version of a database that asks for none."""
_SHORTEST_PASSWORD = 8
_ZONES = 2
_DIGITS = 26


class Databases:
    """The calls on databases that are looked at here, and then left to moto."""

    def __init__(self) -> None:
        self._made = 0

    def routes(self) -> Routes:
        """The calls."""
        handlers = {
            "CreateDBInstance": self._create,
            "DeleteDBInstance": _delete,
            "ModifyDBInstance": _modify,
            "CreateDBSubnetGroup": _create_group,
            "ModifyDBSubnetGroup": _modify_group,
            "DeleteDBSubnetGroup": _delete_group,
        }
        return {("rds", action): handler for action, handler in handlers.items()}

    def _create(self, call: Call) -> dict[str, Any]:
        params = dict(call.params)
        engine = params["Engine"]
        if engine not in _VERSIONS:
            message = f"The engine {engine} is not part of the embedded AWS: {', '.join(_VERSIONS)} are."
            raise AwsError("InvalidParameterValue", message)
        for name in ("MasterUsername", "MasterUserPassword", "AllocatedStorage"):
            if not params.get(name):
                raise AwsError("InvalidParameterValue", f"The parameter {name} must be provided and must not be blank.")
        _check_password(params)
        params.setdefault("EngineVersion", _VERSIONS[engine])
        answer = call.forward(params)
        self._made += 1
        made = _backend(call).databases[params["DBInstanceIdentifier"]]
        digest = hashlib.sha256(f"{call.region} {params['DBInstanceIdentifier']} {self._made}".encode()).digest()
        made.dbi_resource_id = f"db-{base64.b32encode(digest).decode()[:_DIGITS]}"
        _attach(call.region, made)
        return {"DBInstance": {**answer["DBInstance"], "DbiResourceId": made.dbi_resource_id}}


def _check_password(params: Mapping[str, Any]) -> None:
    password = params.get("MasterUserPassword")
    if password is not None and len(password) < _SHORTEST_PASSWORD:
        message = (
            "The parameter MasterUserPassword is not a valid password because it is shorter than "
            f"{_SHORTEST_PASSWORD} characters."
        )
        raise AwsError("InvalidParameterValue", message)


def _modify(call: Call) -> dict[str, Any]:
    _check_password(call.params)
    answer = call.forward()
    made = _backend(call).databases.get(call.params["DBInstanceIdentifier"])
    if made is None:
        return answer
    if "VpcSecurityGroupIds" in call.params:
        _attach(call.region, made)
    made.port = call.params.get("DBPortNumber", made.port)
    told = answer["DBInstance"]
    return {"DBInstance": {**told, "Endpoint": {**told["Endpoint"], "Port": made.port}}}


def _delete(call: Call) -> dict[str, Any]:
    params = call.params
    if not params.get("SkipFinalSnapshot") and not params.get("FinalDBSnapshotIdentifier"):
        message = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        raise AwsError("InvalidParameterCombination", message)
    made = _backend(call).databases.get(params["DBInstanceIdentifier"])
    answer = call.forward()
    if made is not None:
        _detach(call.region, made)
    return answer


def _attach(region: str, made: Any) -> None:
    """Give a database a network interface in a subnet of its group."""
    _detach(region, made)
    group = getattr(made, "db_subnet_group", None)
    if group is None:
        return
    ec2 = store.backend(region)
    subnet = ec2.get_subnet(group.subnets[0]["SubnetIdentifier"])
    interface = ec2.create_network_interface(
        subnet, None, group_ids=made.vpc_security_group_ids, description=_description(made)
    )
    interface.status = "in-use"


def _detach(region: str, made: Any) -> None:
    enis = store.backend(region).enis
    for each in [each for each in enis.values() if each.description == _description(made)]:
        del enis[each.id]


def _description(made: Any) -> str:
    return f"RDSNetworkInterface {made.dbi_resource_id}"


def _create_group(call: Call) -> dict[str, Any]:
    _check_subnets(call)
    if call.params["DBSubnetGroupName"].lower() in _backend(call).subnet_groups:
        name = call.params["DBSubnetGroupName"]
        raise AwsError("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")
    return call.forward()


def _modify_group(call: Call) -> dict[str, Any]:
    """Keep the group, which moto takes out to change it and does not put back."""
    _check_subnets(call)
    groups, name = _backend(call).subnet_groups, call.params["DBSubnetGroupName"]
    kept = groups.get(name)
    if kept is None:
        raise AwsError("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.", 404)
    answer = call.forward()
    groups[name] = kept
    return answer


def _check_subnets(call: Call) -> None:
    ec2, zones = store.backend(call.region), set()
    for each in call.params["SubnetIds"]:
        subnet = next((known[each] for known in ec2.subnets.values() if each in known), None)
        if subnet is None:
            raise AwsError("InvalidSubnet", f"The subnet ID '{each}' does not exist")
        zones.add(subnet.availability_zone)
    if len(zones) < _ZONES:
        message = (
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
            f"{', '.join(sorted(zones))}. Add subnets to cover at least {_ZONES} AZs."
        )
        raise AwsError("DBSubnetGroupDoesNotCoverEnoughAZs", message)


def _delete_group(call: Call) -> dict[str, Any]:
    backend, name = _backend(call), call.params["DBSubnetGroupName"]
    group = backend.subnet_groups.get(name)
    users = [
        each.db_instance_identifier
        for each in backend.databases.values()
        if group is not None and getattr(each, "db_subnet_group", None) is group
    ]
    if users:
        reason = f"at least one database instance: {users[0]} is still using it."
        message = f"Cannot delete the subnet group '{name}' because {reason}"
        raise AwsError("InvalidDBSubnetGroupStateFault", message)
    return call.forward()


def _backend(call: Call) -> Any:
    return get_backend("rds")[call.caller.account][call.region]
