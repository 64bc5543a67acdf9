"""The places of a resource type: one that is half added is found, with the name of the place that is missing."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from support.provider.cases import CASES

from embedded_aws.warmup import LATE, QUIET_CALLS
from embedded_pulumi import aws, services
from embedded_pulumi.aws import registry
from embedded_pulumi.aws.resource_type import ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.ssm import Parameter
from embedded_pulumi.values import Properties

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "adding-a-type.md"

CLASS = "packages/embedded-pulumi/src/embedded_pulumi/aws/<service>.py"
CASE = "support/provider/cases/<area>.py"
REGISTRY = "packages/embedded-pulumi/src/embedded_pulumi/aws/registry.py"
SERVICES = "packages/embedded-pulumi/src/embedded_pulumi/services.py"
WARM_UP = "packages/embedded-aws/src/embedded_aws/warmup.py"
PLACES = (CLASS, CASE, REGISTRY, SERVICES, WARM_UP)

OWN = ("create", "find", "describe", "delete")
"""The methods for which no type has the same answer."""

SESSIONS_OWN = {*dir(Session), "region", "default_tags", "ignored_tags"}


@dataclass(frozen=True)
class Tables:
    """What is told about types, place by place.

    Attributes:
        defined: The classes of all modules of the provider.
        listed: Those in the `TYPES` of their modules.
        registered: Those in the registry.
        cases: The types that have a case.
        modules: The modules of Pulumi's SDK that a service has.
        services: The services.
        warmed: The services that the embedded AWS has, warmed or loaded late.
    """

    defined: frozenset[type[ResourceType]]
    listed: frozenset[type[ResourceType]]
    registered: frozenset[type[ResourceType]]
    cases: frozenset[str]
    modules: frozenset[str]
    services: frozenset[str]
    warmed: frozenset[str]


def missing(tables: Tables) -> list[str]:
    """What a type lacks, each with the file that it belongs into."""
    found = [line for each in tables.defined for line in missing_of(tables, each)]
    found += [f"{WARM_UP}: no quiet call to {name}" for name in tables.services - tables.warmed]
    found += [f"{SERVICES}: no service {name}, which is warmed" for name in tables.warmed - tables.services]
    return sorted(found)


def missing_of(tables: Tables, cls: type[ResourceType]) -> Iterator[str]:
    for name in OWN:
        if getattr(cls, name) is getattr(ResourceType, name):
            yield f"{CLASS}: {cls.__name__} has no {name}"
    if cls not in tables.listed:
        yield f"{CLASS}: {cls.__name__} is not in the TYPES of its module"
    if cls not in tables.registered:
        yield f"{REGISTRY}: the module of {cls.__name__} is not in MODULES"
    if cls.type_ not in tables.cases:
        yield f"{CASE}: no case of {cls.type_}"
    module = cls.type_.split(":")[1].partition("/")[0]
    if module not in tables.modules:
        yield f"{SERVICES}: no service has the module {module} of {cls.type_}"
    for service in called_in(cls) - tables.services:
        yield f"{SERVICES}: no service {service}, which {cls.__name__} calls"


def called_in(cls: type[ResourceType]) -> set[str]:
    """The services that the methods of a class call: `ec2`, for `aws.ec2`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    names = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "aws"
    }
    return {name.removesuffix("_") for name in names - SESSIONS_OWN}


def modules_of_the_provider() -> list[Any]:
    return [importlib.import_module(f"{aws.__name__}.{each.name}") for each in pkgutil.iter_modules(aws.__path__)]


def types_in(modules: Iterable[Any]) -> frozenset[type[ResourceType]]:
    """The classes with a token; those without one only have what several types have in common."""
    found = (each for module in modules for each in vars(module).values() if inspect.isclass(each))
    return frozenset(each for each in found if issubclass(each, ResourceType) and "type_" in vars(each))


@pytest.fixture
def tables() -> Tables:
    """The tables as they are."""
    modules = modules_of_the_provider()
    return Tables(
        defined=types_in(modules),
        listed=frozenset(each for module in modules for each in getattr(module, "TYPES", ())),
        registered=frozenset(type(each) for each in registry.RESOURCES.values()),
        cases=frozenset(CASES),
        modules=frozenset(services.modules()),
        services=frozenset(each.name for each in services.SERVICES),
        warmed=frozenset(service for service, _, _ in QUIET_CALLS) | LATE,
    )


class FileSystem(Parameter):
    """The first type of a service that nobody has added yet; all but its creation does not matter here."""

    type_ = "aws:efs/fileSystem:FileSystem"

    def create(self, aws: Session, props: Properties) -> str:
        return str(aws.efs.create_file_system(CreationToken=props["name"])["FileSystemId"])


class HalfAFileSystem(FileSystem):
    """It cannot be found."""

    type_ = FileSystem.type_
    find = ResourceType.find


def with_type(tables: Tables, cls: type[ResourceType], *, without: str = "") -> Tables:
    """Copies of the tables with one more type, in all places but one."""
    added: dict[str, Any] = {
        "defined": {cls},
        "listed": {cls},
        "registered": {cls},
        "cases": {cls.type_},
        "modules": {"efs"},
        "services": {"efs"},
        "warmed": {"efs"},
    }
    return replace(tables, **{name: getattr(tables, name) | more for name, more in added.items() if name != without})


def test_every_type_is_in_all_its_places(tables: Tables) -> None:
    assert missing(tables) == []


def test_every_type_that_has_a_case_is_registered(tables: Tables) -> None:
    assert tables.cases == {each.type_ for each in tables.registered}


def test_a_type_that_is_added_everywhere_lacks_nothing(tables: Tables) -> None:
    assert missing(with_type(tables, FileSystem)) == []


@pytest.mark.parametrize(
    ("without", "lack"),
    [
        ("listed", f"{CLASS}: FileSystem is not in the TYPES of its module"),
        ("cases", f"{CASE}: no case of aws:efs/fileSystem:FileSystem"),
        ("registered", f"{REGISTRY}: the module of FileSystem is not in MODULES"),
        ("modules", f"{SERVICES}: no service has the module efs of aws:efs/fileSystem:FileSystem"),
        ("warmed", f"{WARM_UP}: no quiet call to efs"),
    ],
)
def test_a_type_that_is_half_added_is_found_with_the_place_it_lacks(tables: Tables, without: str, lack: str) -> None:
    assert missing(with_type(tables, FileSystem, without=without)) == [lack]


def test_a_service_without_a_row_is_found_by_who_calls_it_and_who_warms_it(tables: Tables) -> None:
    assert missing(with_type(tables, FileSystem, without="services")) == [
        f"{SERVICES}: no service efs, which FileSystem calls",
        f"{SERVICES}: no service efs, which is warmed",
    ]


def test_a_class_without_one_of_its_own_methods_is_found(tables: Tables) -> None:
    assert missing(with_type(tables, HalfAFileSystem)) == [f"{CLASS}: HalfAFileSystem has no find"]


def test_the_page_lists_these_places() -> None:
    listed = re.findall(r"^\| `((?:packages|support)/[^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert tuple(listed) == PLACES


def test_what_the_page_quotes_is_in_the_file_that_it_names() -> None:
    path, parts = "", PAGE.read_text(encoding="utf-8").split("```")
    for text, quoted in zip(parts[::2], parts[1::2], strict=False):  # the last text has no quotation after it
        path = [path, *re.findall(r"`((?:packages|support)/[^`<]+\.py)`", text)][-1]
        lines = {line.strip() for line in (ROOT / path).read_text(encoding="utf-8").splitlines()}

        assert {line.strip() for line in quoted.splitlines()[1:]} - {"", "..."} <= lines, path
