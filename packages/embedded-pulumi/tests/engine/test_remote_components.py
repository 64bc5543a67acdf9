"""Components that a package makes: a process of the package registers them and their children with the engine."""

from __future__ import annotations

import textwrap
import venv
from pathlib import Path

import grpc
import pytest
from support.harness import Client, Registered, Stack

from embedded_pulumi.engine.component_packages import ComponentPackage
from embedded_pulumi.engine.virtualenv import interpreter
from embedded_pulumi.errors import ProgramFailed, UserError
from embedded_pulumi.values import Properties, Secret

PLUGIN = """
    from typing import NotRequired, Optional, TypedDict

    import pulumi
    from pulumi.provider.experimental import component_provider_host


    class Thing(pulumi.CustomResource):
        def __init__(self, name, props, opts):
            super().__init__("toy:index/thing:Thing", name, {**props, "arn": None}, opts)


    class ShopArgs(TypedDict):
        value: pulumi.Input[str]
        things: NotRequired[int]


    class Shop(pulumi.ComponentResource):
        value: pulumi.Output[str]
        arns: pulumi.Output[list[str]]
        greeting: str

        def __init__(self, name: str, args: ShopArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None:
            super().__init__("mall:index:Shop", name, {}, opts)
            things = args.get("things", 1)
            if things > 5:
                raise ValueError(f"things = {things:.0f} is not accepted; accepted: at most 5")
            child = pulumi.ResourceOptions(parent=self)
            made = [Thing(f"{name}-{n}", {"value": args["value"]}, child) for n in range(int(things))]
            self.value = pulumi.Output.from_input(args["value"])
            self.arns = pulumi.Output.all(*(each.arn for each in made))
            self.greeting = pulumi.Config("mall").get("greeting") or "none"
            self.register_outputs({"value": self.value, "arns": self.arns})


    component_provider_host(name="mall", components=[Shop])
"""
MANIFEST = "name: shop\nruntime: python\n"
NAMED = ["plugins:\n  providers:\n    - name: mall\n      path: mall\n", "packages:\n  mall: ./mall\n"]


@pytest.fixture
def mall(stack: Stack) -> Stack:
    """A stack whose project has a package of components."""
    folder = stack.folder / "mall"
    folder.mkdir()
    (folder / "PulumiPlugin.yaml").write_text("runtime: python\n")
    (folder / "__main__.py").write_text(textwrap.dedent(PLUGIN))
    (stack.folder / "Pulumi.yaml").write_text(MANIFEST + NAMED[0])
    return stack


def shop(client: Client, props: Properties, name: str = "web", **options: object) -> Registered:
    return client.register(name, props, type_="mall:index:Shop", custom=False, remote=True, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("named", NAMED)
def test_a_component_is_made_with_its_children_and_its_outputs_come_back(mall: Stack, named: str) -> None:
    (mall.folder / "Pulumi.yaml").write_text(MANIFEST + named)
    mall.config["mall:greeting"] = "welcome"
    got: list[Registered] = []

    summary = mall.up(lambda client: got.append(shop(client, {"value": "red", "things": 2})))

    assert sorted(mall.names()) == ["web-0", "web-1"]
    assert mall.resource("web-1")["parent"] == got[0].urn == mall.resource("web")["urn"]
    assert got[0].outputs["value"] == "red"
    assert len(got[0].outputs["arns"]) == 2
    assert got[0].outputs["greeting"] == "welcome"
    assert "pulumi:providers:mall" in {each["type"] for each in mall.resources()}
    assert summary.changes["create"] == 4  # the stack, the component and two things


def test_again_nothing_changes_and_a_change_reaches_the_children(mall: Stack) -> None:
    mall.up(lambda client: shop(client, {"value": "red", "things": 2}))

    assert set(mall.up(lambda client: shop(client, {"value": "red", "things": 2})).changes) == {"same"}
    assert mall.up(lambda client: shop(client, {"value": "blue", "things": 1})).changes == {
        "same": 2,
        "update": 1,
        "delete": 1,
    }
    assert mall.destroy().changes == {"delete": 3}


def test_a_preview_makes_nothing(mall: Stack) -> None:
    assert mall.preview(lambda client: shop(client, {"value": "red"})).changes["create"] == 3
    assert mall.cloud.things == {}


def test_what_a_component_depends_on_is_made_before_and_told_to_its_children(mall: Stack) -> None:
    def program(client: Client) -> None:
        first = client.register("first", {"value": "red"})
        shop(client, {"value": "red"}, needs={"value": [first]})

    mall.up(program)

    assert mall.resource("first")["urn"] in mall.resource("web-0")["propertyDependencies"]["value"]


def test_a_secret_stays_secret_in_the_children(mall: Stack) -> None:
    mall.up(lambda client: shop(client, {"value": Secret("hidden")}))

    assert "hidden" not in mall.file.read_text()


def test_options_reach_the_component(mall: Stack) -> None:
    mall.up(lambda client: shop(client, {"value": "red"}, protect=True))

    assert mall.resource("web")["protect"] is True
    assert mall.resource("web-0")["protect"] is True


def test_an_alias_keeps_the_children(mall: Stack) -> None:
    mall.up(lambda client: shop(client, {"value": "red"}))
    before = mall.resource("web-0")["id"]

    mall.up(lambda client: shop(client, {"value": "red"}, name="shop", aliases=[{"name": "web"}]))

    assert mall.resource("shop")["type"] == "mall:index:Shop"
    assert before in mall.cloud.things


@pytest.mark.parametrize(
    ("props", "reason"),
    [
        ({"value": "red", "things": 9}, "things = 9 is not accepted; accepted: at most 5"),
        ({"things": 1}, "Missing required input 'value' on 'Shop'"),
    ],
)
def test_a_component_that_refuses_its_inputs_says_why(mall: Stack, props: Properties, reason: str) -> None:
    with pytest.raises(ProgramFailed, match=reason):
        mall.up(lambda client: shop(client, props))

    assert mall.names() == []


def test_a_package_runs_in_its_own_virtual_environment_and_without_one_in_the_programs(mall: Stack) -> None:
    python = ComponentPackage("mall", mall.folder / "mall", {"VIRTUAL_ENV": "/the/programs"})
    assert interpreter(python._environ) == "/the/programs/bin/python"

    own = mall.folder / "mall" / "venv"
    venv.create(own)
    (site,) = own.glob("lib/python*/site-packages")
    (site / "pulumi").mkdir()
    (site / "pulumi" / "__init__.py").touch()
    python = ComponentPackage("mall", mall.folder / "mall", {"VIRTUAL_ENV": "/the/programs"})
    assert interpreter(python._environ) == f"{own}/bin/python"


def test_a_type_that_no_package_has_is_refused_by_name(mall: Stack) -> None:
    with pytest.raises(ProgramFailed, match="mall"):
        mall.up(lambda client: client.register("x", {}, type_="mall:index:Pub", custom=False, remote=True))
    with pytest.raises((ProgramFailed, grpc.RpcError), match="no provider for package 'zoo'"):
        mall.up(lambda client: client.register("x", {}, type_="zoo:index:Pet", custom=False, remote=True))


@pytest.mark.parametrize(
    ("manifest", "plugin", "reason"),
    [
        (NAMED[0], None, ""),
        (NAMED[1], None, "has no PulumiPlugin.yaml"),
        (NAMED[0], "runtime: nodejs\n", "runtime 'nodejs' is not supported"),
        ("plugins:\n  providers:\n    - name: mall\n", "runtime: python\n", "must have a name and a path"),
    ],
)
def test_a_package_that_cannot_be_used_is_named(mall: Stack, manifest: str, plugin: str | None, reason: str) -> None:
    (mall.folder / "Pulumi.yaml").write_text(MANIFEST + manifest)
    file: Path = mall.folder / "mall" / "PulumiPlugin.yaml"
    if plugin is None:
        file.unlink()
    else:
        file.write_text(plugin)

    if not reason:  # a binary beside the project: the provider is embedded
        mall.up(lambda client: client.register("thing"))
        return
    with pytest.raises(UserError, match=reason):
        mall.up(lambda client: client.register("thing"))
