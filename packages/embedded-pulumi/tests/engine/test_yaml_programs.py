"""Programs in Pulumi's YAML: what is read of them, and what is refused by name."""

from __future__ import annotations

import pytest
from support.harness import Stack

from embedded_pulumi.errors import ProgramFailed, ProgramRefused
from embedded_pulumi.values import Secret

THING = "toy:index/thing:Thing"
PROGRAM = f"""
config:
  size: {{type: integer, default: 3}}
  word: {{type: string, default: "7"}}
variables:
  greeting: ${{word}} for ${{a.id}}
resources:
  b:
    type: {THING}
    properties: {{name: b, value: "${{greeting}}, costs $${{size}}", refs: ["${{a.id}}"]}}
    options: {{dependsOn: ["${{c}}"], protect: false}}
  a:
    type: {THING}
    properties: {{name: a}}
  c:
    type: {THING}
    name: sea
    properties: {{name: c, value: "${{size}}"}}
outputs:
  arn: ${{a.arn}}
  size: ${{size}}
  text: ${{b.value}}
  reference: ${{b.refs[0]}}
  stack: ${{pulumi.project}}/${{pulumi.stack}}
  joined: {{"fn::join": ["-", ["${{a.id}}", "end"]]}}
  json: {{"fn::toJSON": {{id: "${{a.id}}", many: [1, true]}}}}
  secret: {{"fn::secret": "${{word}}"}}
"""


def of_yaml(stack: Stack, program: str) -> Stack:
    """A stack whose project is a program in YAML."""
    (stack.folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: yaml\n{program}")
    return stack


def test_a_program_is_deployed_in_the_order_of_its_references_and_again(stack: Stack) -> None:
    summary = of_yaml(stack, PROGRAM).up("")

    a, b = stack.resource("a"), stack.resource("b")
    assert summary.changes == {"create": 4}
    assert b["inputs"]["value"] == f"7 for {a['id']}, costs ${{size}}"
    assert stack.resource("sea")["inputs"]["value"] == 3
    assert b["propertyDependencies"]["refs"] == [a["urn"]]
    assert stack.resource("sea")["urn"] in b["dependencies"]
    outputs = dict(summary.outputs)
    assert outputs.pop("secret") == Secret("7")
    assert outputs == {
        "arn": a["outputs"]["arn"],
        "size": 3,
        "text": b["inputs"]["value"],
        "reference": a["id"],
        "stack": "shop/dev",
        "joined": f"{a['id']}-end",
        "json": f'{{"id":"{a["id"]}","many":[1,true]}}',
    }
    assert stack.up("").changes == {"same": 4}
    assert stack.destroy().changes == {"delete": 4}


def test_configuration_has_its_declared_type(stack: Stack) -> None:
    stack.config |= {"shop:size": "5", "shop:word": "12"}

    assert of_yaml(stack, PROGRAM).up("").outputs["size"] == 5
    assert str(stack.resource("b")["inputs"]["value"]).startswith("12 for ")


def test_a_preview_makes_nothing(stack: Stack) -> None:
    assert of_yaml(stack, PROGRAM).preview("").changes == {"create": 4}
    assert not stack.file.exists()


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        (f"a: {{type: '{THING}', properties: {{name: '${{b.id}}'}}}}", r"\$\{b\} is not declared; accepted: a"),
        (f"a: {{type: '{THING}', properties: {{name: '${{a.id}}'}}}}", "a -> a: each needs the next"),
        (f"a: {{type: '{THING}', properties: {{name: '${{a'}}}}", r"there is no \} after"),
        (f"a: {{type: '{THING}', properties: {{name: '${{a..b}}'}}}}", r"\$\{a..b\} is not accepted; accepted: a name"),
        ("a: {type: Thing}", "type 'Thing' is not accepted; accepted: package:module:Name"),
        ("a: {properties: {name: a}}", "resources.a has no type"),
        (f"a: {{type: '{THING}', get: {{id: x}}}}", "resources.a.get is not supported; accepted: type, name"),
        (f"a: {{type: '{THING}', options: {{import: x}}}}", "resources.a.options.import is not supported; accepted: "),
        (
            f"a: {{type: '{THING}', properties: {{name: {{'fn::invoke': {{function: 'toy:index:get'}}}}}}}}",
            "fn::invoke is not supported; accepted: fn::join",
        ),
    ],
)
def test_what_is_not_read_is_refused_by_name(stack: Stack, resources: str, said: str) -> None:
    with pytest.raises((ProgramRefused, ProgramFailed), match=said):
        of_yaml(stack, f"resources:\n  {resources}\n").up("")
    assert [each for each in stack.resources() if each["custom"]] == []


def test_components_of_the_program_are_refused(stack: Stack) -> None:
    with pytest.raises(ProgramRefused, match="components is not supported; accepted: config, resources"):
        of_yaml(stack, "components: {shop: {}}\n").up("")


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("toy:index:Thing", "toy:index:Thing"),
        ("toy:Thing", "toy:index:Thing"),
        ("toy:shop:LaunchTemplate", "toy:shop/launchTemplate:LaunchTemplate"),
    ],
)
def test_a_type_is_completed(stack: Stack, written: str, full: str) -> None:
    with pytest.raises(Exception, match=full):  # the toy has no such type
        of_yaml(stack, f"resources:\n  a: {{type: '{written}', properties: {{name: a}}}}\n").up("")
