"""The provider configured against a plain moto server, and the cases of every resource type.

Costs: nothing but time; moto answers on a loopback port of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.moto_server import moto
from support.provider.case import changes
from support.provider.cases import CASES
from support.provider.stock import Stock
from support.provider.world import REGION, World

from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.aws.provider import ConfiguredAws

DEFAULT_TAGS = {"Owner": "fleet"}


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture(scope="session")
def package(endpoint: str) -> AwsProvider:
    return AwsProvider(endpoint_url=endpoint, limits={})  # plain moto has other limits than the embedded AWS


@pytest.fixture(scope="session")
def aws(package: AwsProvider) -> ConfiguredAws:
    return package.configure({"region": REGION, "defaultTags": {"tags": DEFAULT_TAGS}})


@pytest.fixture(scope="session")
def world(aws: ConfiguredAws) -> World:
    return World(aws)


@pytest.fixture(scope="module")
def stock(world: World) -> Iterator[Stock]:
    stock = Stock(world)
    yield stock
    stock.clear()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test every type, or every change of a kind, that there is a case of and that plain moto has."""
    cases = {type_: case for type_, case in CASES.items() if case.plain}
    for kind in ("updates", "replaces", "dropped", "stuck", "created", "missing"):
        if f"{kind}_of" in metafunc.fixturenames:
            metafunc.parametrize(f"{kind}_of", list(changes(cases, kind)), ids=str)
    if "type_" in metafunc.fixturenames:
        metafunc.parametrize("type_", list(cases), ids=[each.rpartition(":")[2] for each in cases])
