"""Results in XML: the same to the byte as moto's serializers write them, for every operation of the services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from botocore.parsers import create_parser
from moto.core.model import OperationModel
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model

from embedded_aws import xml_results
from embedded_aws.embedded import SERVICES

REQUEST = "11111111-2222-3333-4444-555555555555"
START = datetime(2031, 1, 1, tzinfo=UTC)
WORDS = ["", "plain", "a < b & c > d", 'quoted "text"', "ü\n\t€", "]]>"]
DEEPEST = 6


def xml_services() -> list[str]:
    return sorted(name for name in SERVICES if get_service_model(name).protocol in xml_results.TIMES)


def operations(service: str) -> Iterator[OperationModel]:
    model = get_service_model(service)
    return (model.operation_model(name) for name in model.operation_names)


def a_value(shape: Any, random: Random, depth: int = 0) -> Any:
    """A value as a handler may answer it; members are missing, lists and maps empty now and then."""
    kind = shape.type_name
    if kind == "structure":
        chosen = [each for each in shape.members.items() if random.random() < (0.7 if depth < DEEPEST else 0)]
        return {key: a_value(member, random, depth + 1) for key, member in chosen} | {"NoSuchMember": "left out"}
    if kind == "list":
        return [a_value(shape.member, random, depth + 1) for _ in range(random.randint(0, 3) if depth < DEEPEST else 0)]
    if kind == "map":
        keys = random.sample(WORDS, random.randint(0, 3))
        return {key: None if random.random() < 0.2 else a_value(shape.value, random, depth + 1) for key in keys}
    made: dict[str, Callable[[], Any]] = {
        "string": lambda: random.choice(WORDS),
        "boolean": lambda: random.choice([True, False, "true", "False"]),
        "integer": lambda: random.randint(-5, 5),
        "long": lambda: random.randint(-5, 2**40),
        "float": lambda: random.choice([0, 1.5, -2.0]),
        "double": lambda: random.choice([0, 1.5, 1e-9]),
        "timestamp": lambda: START + timedelta(milliseconds=random.choice([0, 250, 86_400_000])),
        "blob": lambda: random.choice([b"", b"\x00\xff", "text"]),
    }
    return made[kind]()


@pytest.mark.parametrize("service", xml_services())
def test_a_result_is_written_as_moto_writes_it(service: str) -> None:
    random, protocol = Random(16), get_service_model(service).protocol  # noqa: S311 - no secret
    context = SerializationContext(REQUEST)
    compared = 0
    for operation in operations(service):
        result = {} if operation.output_shape is None else a_value(operation.output_shape, random)
        expected = get_serializer_class(service, protocol)(operation, context=context).serialize(result)
        written = xml_results.write(protocol, operation, result, REQUEST)
        assert written.decode() == expected["body"], operation.name
        assert (expected["status_code"], expected["headers"]) == (200, {"Content-Type": "text/xml"}), operation.name
        compared += 1
    assert compared > 1


def parts(shape: Any) -> list[Any]:
    if shape.type_name == "structure":
        return list(shape.members.values())
    return [shape.member] if shape.type_name == "list" else [shape.key, shape.value]


@pytest.mark.parametrize("service", xml_services())
def test_no_shape_has_a_trait_that_is_not_written(service: str) -> None:
    seen: set[str] = set()

    def look(shape: Any) -> Iterator[str]:
        traits = {"xmlAttribute", "xmlNamespace"} & set(shape.serialization)
        yield from (f"{shape.name}: {trait}" for trait in traits)
        if shape.name not in seen and shape.type_name in {"structure", "list", "map"}:
            seen.add(shape.name)
            for each in parts(shape):
                yield from look(each)

    outputs = [operation.output_shape for operation in operations(service) if operation.output_shape is not None]
    assert [trait for shape in outputs for trait in look(shape)] == []
    assert seen


def test_boto3_reads_what_is_written() -> None:
    operation = get_service_model("autoscaling").operation_model("DescribeAutoScalingGroups")
    member = {
        "InstanceId": "i-1",
        "AvailabilityZone": "us-east-1a",
        "LifecycleState": "InService",
        "HealthStatus": "Healthy",
        "ProtectedFromScaleIn": False,
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "<3>"},
    }
    group = {"AutoScalingGroupName": "a&b", "MinSize": 0, "CreatedTime": START, "Instances": [member], "Tags": []}
    body = xml_results.write("query", operation, {"AutoScalingGroups": [group]}, REQUEST)

    message = {"status_code": 200, "headers": {}, "body": body}
    assert create_parser("query").parse(message, operation.output_shape)["AutoScalingGroups"] == [group]
