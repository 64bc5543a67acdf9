"""Under which URN a resource is known, and under which former ones it is found again."""

from __future__ import annotations

import pytest
from support.harness import Act, Client, Stack

from embedded_pulumi.engine.urn import ProviderRef, Urn, is_default_provider, new_urn, package_of
from embedded_pulumi.errors import ResourceFailed


def test_a_urn_holds_the_types_of_the_parents_but_never_the_stacks() -> None:
    stack = new_urn("dev", "shop", "", "pulumi:pulumi:Stack", "shop-dev")
    box = new_urn("dev", "shop", stack, "toy:index:Box", "box")

    assert box == "urn:pulumi:dev::shop::toy:index:Box::box"
    assert new_urn("dev", "shop", box, "toy:index/thing:Thing", "a::b") == (
        "urn:pulumi:dev::shop::toy:index:Box$toy:index/thing:Thing::a::b"
    )


def test_a_urn_can_be_taken_apart_again() -> None:
    text = "urn:pulumi:dev::shop::toy:index:Box$toy:index/thing:Thing::a::b"

    assert str(Urn.parse(text)) == text
    assert Urn.parse(text).type == "toy:index/thing:Thing"
    assert Urn.parse(text).name == "a::b"


@pytest.mark.parametrize("text", ["", "urn:aws:dev::shop::t::n", "urn:pulumi:dev::shop::t"])
def test_what_is_no_urn_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a URN"):
        Urn.parse(text)


def test_a_default_provider_is_known_by_its_name_and_its_type() -> None:
    urn = "urn:pulumi:dev::shop::pulumi:providers:toy::"

    assert is_default_provider(f"{urn}default_7_51_1")
    assert is_default_provider(f"{urn}default")
    assert not is_default_provider(f"{urn}mine")
    assert not is_default_provider("urn:pulumi:dev::shop::toy:index/thing:Thing::default")
    with pytest.raises(ValueError, match="not a provider reference"):
        ProviderRef.parse("toy")


def test_a_provider_type_belongs_to_the_package_it_provides() -> None:
    assert package_of("pulumi:providers:aws") == package_of("aws:ec2/vpc:Vpc") == "aws"


def test_one_urn_cannot_be_registered_twice(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match="::a failed: duplicate resource URN"):
        stack.up(lambda client: [client.register("a"), client.register("a")])


@pytest.mark.parametrize("alias", ["urn:pulumi:dev::shop::toy:index/thing:Thing::old", {"name": "old"}])
def test_a_renamed_resource_is_found_by_its_alias(stack: Stack, alias: str | dict[str, str]) -> None:
    stack.up(lambda client: client.register("old", {"name": "a"}))

    summary = stack.up(lambda client: client.register("new", {"name": "a"}, aliases=[alias]))

    assert summary.changes == {"same": 2}
    assert stack.resource("new")["id"] == "thing-1"
    assert stack.names() == ["new"]


def test_a_resource_that_moved_into_a_component_is_found_by_its_former_lack_of_a_parent(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a"}))

    def moved(client: Client) -> None:
        box = client.register("box", type_="toy:index:Box", custom=False)
        client.register("a", {"name": "a"}, parent=box.urn, aliases=[{"noParent": True}])

    assert stack.up(moved).changes == {"same": 2, "create": 1}


def test_children_of_a_renamed_component_are_found_without_aliases_of_their_own(stack: Stack) -> None:
    def program(name: str, *aliases: dict[str, str]) -> Act:
        def act(client: Client) -> None:
            box = client.register(name, type_="toy:index:Box", custom=False, aliases=aliases)
            inner = client.register(f"{name}-inner", type_="toy:index:Box", custom=False, parent=box.urn)
            client.register(f"{name}-inner-a", {"name": "a"}, parent=inner.urn)
            client.register("b", {"name": "b"}, parent=inner.urn)

        return act

    stack.up(program("old"))
    summary = stack.up(program("new", {"name": "old"}))

    assert summary.changes == {"same": 5}
    assert stack.names() == ["new-inner-a", "b"]


def test_what_still_refers_to_a_renamed_resource_follows_it(stack: Stack) -> None:
    """`b` is not come to before the failure, so its entry is the last deployment's, and must name `a` as it is now."""

    def old(client: Client) -> None:
        a = client.register("old", {"name": "a"})
        client.register("b", {"name": "b", "refs": [a.id]}, needs={"refs": [a]})

    stack.up(old)

    def new(client: Client) -> None:
        client.register("new", {"name": "a"}, aliases=[{"name": "old"}])
        client.register("wrong", {"nothing": 1})

    with pytest.raises(ResourceFailed, match="no such property"):
        stack.up(new)

    assert stack.resource("b")["dependencies"] == [stack.resource("new")["urn"]]
    stack.destroy()
    assert stack.cloud.called("delete") == [("delete", "b"), ("delete", "a")]


def test_a_renamed_resource_can_be_replaced_at_once(stack: Stack) -> None:
    stack.up(lambda client: client.register("old", {"name": "a"}))

    stack.up(lambda client: client.register("new", {"name": "b"}, aliases=[{"name": "old"}]))

    assert stack.steps() == [("create-replacement", "new"), ("delete-replaced", "new")]
    assert stack.cloud.names() == ["b"]


def test_two_resources_cannot_have_the_same_alias(stack: Stack) -> None:
    stack.up(lambda client: client.register("old", {"name": "a"}))

    def program(client: Client) -> None:
        client.register("new", {"name": "a"}, aliases=[{"name": "old"}])
        client.register("newer", {"name": "a"}, aliases=[{"name": "old"}])

    with pytest.raises(ResourceFailed, match=r"::newer failed: its alias .*::old is already .*::new"):
        stack.up(program)


def test_an_unregistered_parent_is_refused(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match="its parent urn:pulumi:dev::shop::t:t:t::ghost is not registered"):
        stack.up(lambda client: client.register("a", parent="urn:pulumi:dev::shop::t:t:t::ghost"))
