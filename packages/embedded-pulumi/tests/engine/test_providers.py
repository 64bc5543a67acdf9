"""Default and explicit providers, and which resource belongs to which."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.harness import Act, Client, Registered, Stack

from embedded_pulumi.errors import ResourceFailed
from embedded_pulumi.wire.signatures import UNKNOWN

PROVIDER = "pulumi:providers:toy"


def reference(provider: Registered) -> str:
    return f"{provider.urn}::{provider.id or UNKNOWN}"


def explicit(region: str, kind: str = "k") -> Act:
    def program(client: Client) -> None:
        mine = client.register("mine", {"region": region}, type_=PROVIDER)
        client.register("a", {"name": "a", "kind": kind}, provider=reference(mine))

    return program


def test_a_resource_without_a_provider_gets_the_default_one_of_its_version(stack: Stack) -> None:
    def program(client: Client) -> None:
        client.register("a", version="1.2.3")
        client.register("b", version="1.2.3")
        client.register("c")

    stack.up(program)

    provider = stack.resource("default_1_2_3")
    assert provider["type"] == PROVIDER
    assert provider["inputs"] == {"version": "1.2.3", "region": "here"}
    assert "parent" not in provider
    assert stack.resource("a")["provider"] == stack.resource("b")["provider"] == f"{provider['urn']}::{provider['id']}"
    assert stack.resource("c")["provider"].startswith("urn:pulumi:dev::shop::pulumi:providers:toy::default::")


def test_the_version_is_the_engines_own_and_hidden_from_the_package(stack: Stack) -> None:
    engine = stack.prepare(lambda client: client.register("a", version="1.2.3"))
    package = engine._providers[0]
    engine.up()

    assert package.configured == [{"region": "here"}]  # type: ignore[attr-defined] # the toy keeps account


def test_an_explicit_provider_is_used_as_it_is_configured(stack: Stack) -> None:
    stack.up(explicit("there"))

    assert stack.resource("a")["outputs"]["region"] == "there"
    assert [item["urn"] for item in stack.resources() if "default" in item["urn"]] == []


def test_a_component_hands_its_providers_down(stack: Stack) -> None:
    def program(client: Client) -> None:
        mine = client.register("mine", {"region": "there"}, type_=PROVIDER)
        box = client.register("box", type_="toy:index:Box", custom=False, providers={"toy": reference(mine)})
        inner = client.register("inner", type_="toy:index:Box", custom=False, parent=box.urn)
        a = client.register("a", parent=inner.urn)
        client.register("b", parent=a.urn)

    stack.up(program)

    assert [stack.resource(name)["outputs"]["region"] for name in ("a", "b")] == ["there", "there"]


def test_a_provider_that_must_be_replaced_replaces_what_belongs_to_it(stack: Stack) -> None:
    stack.up(explicit("there"))

    stack.up(explicit("elsewhere"))

    assert stack.steps() == [
        ("create-replacement", "mine"),
        ("create-replacement", "a"),
        ("delete-replaced", "a"),
        ("delete-replaced", "mine"),
    ]
    assert stack.resource("a")["outputs"]["region"] == "elsewhere"
    assert len(stack.cloud.things) == 1


def test_a_provider_that_changes_in_place_replaces_nothing(stack: Stack) -> None:
    def program(color: str) -> Act:
        def act(client: Client) -> None:
            mine = client.register("mine", {"region": "there", "color": color}, type_=PROVIDER)
            client.register("a", {"name": "a"}, provider=reference(mine))

        return act

    stack.up(program("red"))
    stack.up(program("blue"))

    assert stack.steps() == [("update", "mine")]


def test_another_version_of_the_default_provider_replaces_nothing(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a"}, version="1.2.3"))

    stack.up(lambda client: client.register("a", {"name": "a"}, version="1.3.0"))

    assert stack.steps() == [("create", "default_1_3_0"), ("delete", "default_1_2_3")]


def test_a_new_region_in_the_configuration_replaces_what_the_default_provider_made(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a"}, version="1.2.3"))
    stack.config["toy:region"] = "there"

    stack.up(lambda client: client.register("a", {"name": "a"}, version="1.2.3"))

    assert ("create-replacement", "a") in stack.steps()
    assert stack.resource("a")["outputs"]["region"] == "there"


def test_an_explicit_provider_in_place_of_the_default_one_replaces_nothing_if_it_is_configured_alike(
    stack: Stack,
) -> None:
    """So it is in CLI 3.274; older ones replaced (`python -m bench.differences --only 5345`)."""
    stack.up(lambda client: client.register("a", {"name": "a", "kind": "k"}))

    stack.up(explicit("here"))
    assert stack.steps() == [("create", "mine"), ("delete", "default")]

    stack.up(lambda client: client.register("a", {"name": "a", "kind": "k"}))
    assert stack.steps() == [("create", "default"), ("delete", "mine")]


def test_an_explicit_provider_in_place_of_the_default_one_replaces_if_its_configuration_does(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "kind": "k"}))

    stack.up(explicit("there"))

    assert ("create-replacement", "a") in stack.steps()


def test_a_renamed_provider_replaces_nothing(stack: Stack) -> None:
    stack.up(explicit("there"))

    def renamed(client: Client) -> None:
        mine = client.register("yours", {"region": "there"}, type_=PROVIDER, aliases=[{"name": "mine"}])
        client.register("a", {"name": "a", "kind": "k"}, provider=reference(mine))

    assert stack.up(renamed).changes == {"same": 3}


def test_provider_settings_that_are_not_acceptable_are_refused(stack: Stack) -> None:
    stack.config["toy:region"] = "nowhere"

    with pytest.raises(ResourceFailed, match="region: there is no such region"):
        stack.up(lambda client: client.register("a"))


def test_a_provider_that_cannot_be_configured_fails(stack: Stack) -> None:
    stack.config["toy:region"] = "forbidden"

    with pytest.raises(ResourceFailed, match="default failed: region forbidden is not yours"):
        stack.up(lambda client: client.register("a"))


def test_a_package_that_nobody_provides_is_refused_by_name(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match="no provider for package 'gcp'; there are: toy"):
        stack.up(lambda client: client.register("a", type_="gcp:storage/bucket:Bucket"))


def test_a_type_that_the_package_does_not_know_is_refused_by_name(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match="there is no type toy:index/other:Other"):
        stack.up(lambda client: client.register("a", type_="toy:index/other:Other"))


def test_many_resources_at_once_make_one_default_provider(stack: Stack) -> None:
    def program(client: Client) -> None:
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda index: client.register(f"a{index}"), range(40)))

    summary = stack.up(program)

    assert summary.changes == {"create": 41}
    assert len([item for item in stack.resources() if item["type"] == PROVIDER]) == 1


def test_data_sources_alone_make_a_default_provider_too(stack: Stack) -> None:
    stack.up(lambda client: client.invoke("toy:index/getRegion:getRegion", version="1.2.3"))

    assert stack.resource("default_1_2_3")["custom"] is True
