"""The tables against the published `pulumi_aws`: the same names, the same types, and nothing passed over in silence."""

from __future__ import annotations

import collections.abc
import importlib
import importlib.metadata
import inspect
import sys
import typing
from typing import Any

import pulumi
import pulumi_aws
import pytest
from pulumi import _types

from embedded_pulumi.aws import provider, shapes
from embedded_pulumi.aws.documents import Document
from embedded_pulumi.aws.fields import Code, Field, Flag, Number, Text, Whole
from embedded_pulumi.aws.registry import INVOKES, RESOURCES
from embedded_pulumi.aws.shapes import Block, ListOf, MapOf
from embedded_pulumi.services import python_module

# Some modules of the SDK warn of their own deprecated classes when they are imported.
pytestmark = pytest.mark.filterwarnings("ignore:(aws|s3)\\.:DeprecationWarning")

SCALARS: tuple[tuple[type[Field], type], ...] = ((Text, str), (Whole, int), (Number, float), (Flag, bool))


def resource_class(type_: str) -> Any:
    """The SDK's class for a token such as `aws:ec2/vpc:Vpc`."""
    module = type_.split(":")[1].partition("/")[0]
    package = importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
    return getattr(package, type_.rpartition(":")[2])


def args_class(type_: str) -> Any:
    cls = resource_class(type_)
    module = sys.modules[cls.__module__]
    # An object of the same name has the plain one, such as `BucketVersioning` in a bucket.
    return getattr(module, f"{cls.__name__}InitArgs", None) or getattr(module, f"{cls.__name__}Args")


def published(type_: str) -> set[str]:
    return set(_types.resource_py_to_pulumi_names(resource_class(type_)).values())


@pytest.fixture(params=list(RESOURCES), ids=[each.rpartition(":")[2] for each in RESOURCES])
def resource(request: pytest.FixtureRequest) -> Any:
    return RESOURCES[request.param]


def test_every_input_of_the_sdk_is_served_or_refused_by_name(resource: Any) -> None:
    served, refused = set(resource.fields), set(resource.unsupported)

    assert served | refused == set(_types.input_type_py_to_pulumi_names(args_class(resource.type_)).values())
    assert served & refused == set()


def test_every_output_of_the_sdk_is_known(resource: Any) -> None:
    known = {*resource.fields, *resource.unsupported, *resource.outputs}
    known |= {"tagsAll"} if resource.tagging else set()

    assert known == published(resource.type_)


def test_what_the_sdk_requires_is_required(resource: Any) -> None:
    args = args_class(resource.type_)
    names = _types.input_type_py_to_pulumi_names(args)
    parameters = inspect.signature(args.__init__).parameters
    required = {names[name] for name, each in parameters.items() if name in names and each.default is each.empty}

    assert required <= {name for name, field in resource.fields.items() if field.required}


def test_every_type_is_the_sdks(resource: Any) -> None:
    assert list(unlike(resource.fields, args_class(resource.type_), "")) == []


def unlike(fields: Any, args: Any, path: str) -> collections.abc.Iterator[str]:
    """Paths of the fields whose type is not the SDK's."""
    wanted = _types.input_type_types(args)
    for name, field in fields.items():
        here = f"{path}.{name}" if path else name
        yield from unlike_one(field, wanted.get(name), here)


def unlike_one(field: Field, wanted: Any, path: str) -> collections.abc.Iterator[str]:
    options = [strip(each) for each in alternatives(wanted)]
    if isinstance(field, (Document, Code)):
        expected: Any = str if isinstance(field, Document) else pulumi.Archive
        yield from [] if expected in options else [path]
    elif isinstance(field, Block):
        nested = next((each for each in options if _types.is_input_type(each)), None)
        yield from [path] if nested is None else unlike_block(field, nested, path)
    elif isinstance(field, (ListOf, MapOf)):
        container = collections.abc.Mapping if isinstance(field, MapOf) else collections.abc.Sequence
        inner = next((each for each in options if typing.get_origin(each) is container), None)
        yield from [path] if inner is None else unlike_one(field.item, typing.get_args(inner)[-1], f"{path}[]")
    else:
        expected = next(python for kind, python in SCALARS if isinstance(field, kind))
        yield from [] if expected in options else [path]


def unlike_block(field: Block, nested: Any, path: str) -> collections.abc.Iterator[str]:
    names = set(_types.input_type_py_to_pulumi_names(nested).values())
    yield from [f"{path}.{name}" for name in names ^ {*field.fields, *field.unsupported}]
    yield from unlike(field.fields, nested, path)


def alternatives(wanted: Any) -> tuple[Any, ...]:
    return typing.get_args(wanted) if typing.get_origin(wanted) is typing.Union else (wanted,)


def strip(wanted: Any) -> Any:
    """An input's plain type: an enum stands for its values."""
    if isinstance(wanted, type) and issubclass(wanted, str):
        return str
    return wanted


def test_every_data_sources_arguments_are_the_sdks() -> None:
    for function, source in INVOKES.items():
        module, name = function.split(":")[1].split("/")
        package = pulumi_aws if module == "index" else importlib.import_module(python_module(module))
        python = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
        taken = {shapes.pascal(camel(each)) for each in inspect.signature(getattr(package, python)).parameters}

        assert {shapes.pascal(each) for each in {*source.args, *source.unsupported}} == taken - {"Opts"}, function


def camel(python: str) -> str:
    head, *rest = python.split("_")
    return head + "".join(each.capitalize() for each in rest)


def test_the_version_is_the_sdks() -> None:
    assert pulumi_aws.__name__ == f"pulumi_{provider.PACKAGE}"
    assert importlib.metadata.version("pulumi_aws") == provider.VERSION
