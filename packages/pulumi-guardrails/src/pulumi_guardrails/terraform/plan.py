"""Writes a recorded program as the JSON of a Terraform plan that creates everything.

What Terraform would not know before it applies, an output of another resource, is left out of the values and stands
under `configuration` as a reference, from which scanners draw their graph.
Source: Terraform, "JSON Output Format", format version 1.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.values import UNKNOWN, Archive, Asset
from pulumi_guardrails.model import Plain, Program, Reference, Resource, references_in
from pulumi_guardrails.terraform.names import is_map, terraform_label, terraform_property, terraform_type

_PROVIDER = "registry.terraform.io/hashicorp/aws"


@dataclass(frozen=True)
class Plan:
    """A plan.

    Attributes:
        document: The JSON.
        urns: Terraform's address, such as `aws_vpc.web_vpc_dev`, to the URN of the resource.
    """

    document: Mapping[str, Any]
    urns: Mapping[str, str]


def plan_of(program: Program) -> Plan:
    """The plan for what a program registers in the cloud; components, providers and the stack are not in it.

    Raises:
        UserError: a resource has no name of Terraform's that is known here.
    """
    resources = [resource for resource in program.resources if resource.is_cloud_resource]
    addresses = _Addresses(resources)
    planned = [_planned(addresses.by_index[number], resource) for number, resource in enumerate(resources)]
    document = {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": [_created(each) for each in planned],
        "configuration": {
            "provider_config": {
                "aws": {
                    "name": "aws",
                    "full_name": _PROVIDER,
                    "expressions": {"region": {"constant_value": program.region}},
                }
            },
            "root_module": {
                "resources": [
                    _configured(addresses, addresses.by_index[number], resource)
                    for number, resource in enumerate(resources)
                ]
            },
        },
    }
    urns = {address: resource.urn for address, resource in zip(addresses.by_index, resources, strict=True)}
    return Plan(document, urns)


class _Addresses:
    """Terraform's address of each resource; where two would have the same, the later ones are numbered."""

    def __init__(self, resources: list[Resource]) -> None:
        self.by_index: list[str] = []
        self.by_urn: dict[str, str] = {}
        taken: dict[str, int] = {}
        for resource in resources:
            address = f"{terraform_type(resource.type)}.{terraform_label(resource.name)}"
            taken[address] = taken.get(address, 0) + 1
            unique = address if taken[address] == 1 else f"{address}_{taken[address]}"
            self.by_index.append(unique)
            self.by_urn.setdefault(resource.urn, unique)

    def references(self, found: Iterator[Reference]) -> list[str]:
        """As Terraform lists them: each attribute, and after it the resource that it is of."""
        told: dict[str, None] = {}
        for reference in found:
            if address := self.by_urn.get(reference.urn):
                output = terraform_property("", reference.output.split(".")[0].split("[")[0])
                told |= dict.fromkeys([f"{address}.{output}", address] if output else [address])
        return list(told)


def _planned(address: str, resource: Resource) -> dict[str, Any]:
    type_, _, label = address.partition(".")
    return {
        "address": address,
        "mode": "managed",
        "type": type_,
        "name": label,
        "provider_name": _PROVIDER,
        "schema_version": 0,
        "values": _block(type_, resource.inputs),
    }


def _created(planned: Mapping[str, Any]) -> dict[str, Any]:
    named = {key: planned[key] for key in ("address", "mode", "type", "name", "provider_name")}
    change = {"actions": ["create"], "before": None, "after": planned["values"], "after_unknown": {}}
    return {**named, "change": change}


def _block(type_: str, inputs: Mapping[str, Plain]) -> dict[str, Any]:
    values = {terraform_property(type_, name): _value(name, value) for name, value in inputs.items()}
    return {name: value for name, value in values.items() if value is not None}


def _value(name: str, value: Plain) -> Any:
    """Nothing for what is not known; an object is a block of which there is one."""
    if isinstance(value, Mapping):
        return _map(value) if is_map(name) else [_block("", value)]
    if isinstance(value, list):
        return _list(name, value)
    if value is UNKNOWN or isinstance(value, Reference):
        return None
    if isinstance(value, Archive | Asset):
        return value.path or "archive.zip"
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _map(value: Mapping[str, Plain]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if item is not UNKNOWN and not isinstance(item, Reference)}


def _list(name: str, value: list[Plain]) -> list[Any] | None:
    """A list of which nothing is known is not known; one that is empty is empty."""
    found = [_block("", item) if isinstance(item, Mapping) else _value(name, item) for item in value]
    return found if not found or any(item is not None for item in found) else None


def _configured(addresses: _Addresses, address: str, resource: Resource) -> dict[str, Any]:
    type_, _, label = address.partition(".")
    expressions = _expressions(addresses, type_, resource.inputs)
    for name, urns in resource.references.items():
        if terraform_property(type_, name) not in expressions:
            # The value no longer shows what it was made from: a name, or a text with an ARN in it.
            found = addresses.references(Reference(urn, "") for urn in urns)
            expressions |= {terraform_property(type_, name): {"references": found}} if found else {}
    return {
        "address": address,
        "mode": "managed",
        "type": type_,
        "name": label,
        "provider_config_key": "aws",
        "expressions": expressions,
    }


def _expressions(addresses: _Addresses, type_: str, inputs: Mapping[str, Plain]) -> dict[str, Any]:
    found = {
        terraform_property(type_, name): _expression(addresses, name, value)
        for name, value in inputs.items()
        if any(references_in(value))
    }
    return {name: expression for name, expression in found.items() if expression}


def _expression(addresses: _Addresses, name: str, value: Plain) -> Any:
    """A block's expressions are a list, as its values are."""
    if isinstance(value, Mapping) and not is_map(name):
        return [_expressions(addresses, "", value)]
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return [_expressions(addresses, "", item) if isinstance(item, Mapping) else {} for item in value]
    references = addresses.references(references_in(value))
    return {"references": references} if references else None
