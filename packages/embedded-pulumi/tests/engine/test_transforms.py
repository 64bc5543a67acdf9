"""A program changes its own resources by transforms, as each of them is registered."""

from __future__ import annotations

import pytest
from support.harness import Stack

from embedded_pulumi.errors import ProgramFailed

PROGRAM = """
def add(word, args):
    props = {**args.props, "value": f"{args.props['value']} {word}"}
    return pulumi.ResourceTransformResult(props=props, opts=args.opts)

def own(args):
    return add("own", args)

def of_parent(args):
    return add("parent", args) if args.custom else None

async def of_stack(args):
    if args.name == "a":
        args.opts.protect = True
        return add("stack", args)

pulumi.runtime.register_resource_transform(of_stack)
box = Box("box", opts=pulumi.ResourceOptions(transforms=[of_parent]))
a = Thing("a", value="given", opts=pulumi.ResourceOptions(parent=box, transforms=[own]))
b = Thing("b", value=a.arn)
pulumi.export("value", a.value)
"""


def test_a_resources_transforms_come_before_its_parents_and_the_stacks(stack: Stack) -> None:
    stack.preview(PROGRAM)
    summary = stack.up(PROGRAM)

    assert summary.outputs == {"value": "given own parent stack"}
    assert stack.resource("a")["protect"] is True
    assert stack.up(PROGRAM).changes == {"same": 4}


def test_dependencies_stay_through_a_transform_that_moves_a_value(stack: Stack) -> None:
    stack.up(
        """
        def move(args):
            props = dict(args.props)
            if "value" in props and args.name == "b":
                props["links"] = [props.pop("value")]
            return pulumi.ResourceTransformResult(props=props, opts=args.opts)
        a = Thing("a")
        Thing("b", value=a.id, opts=pulumi.ResourceOptions(transforms=[move]))
        """
    )

    b, a = stack.resource("b"), stack.resource("a")
    assert b["inputs"]["links"] == [a["id"]]
    assert b["propertyDependencies"]["links"] == [a["urn"]]
    assert b["dependencies"] == [a["urn"]]


def test_a_secret_stays_one_through_a_transform(stack: Stack) -> None:
    stack.up(
        """
        def same(args):
            return pulumi.ResourceTransformResult(props=args.props, opts=args.opts)
        Thing("a", value=pulumi.Output.secret("s3cret"), opts=pulumi.ResourceOptions(transforms=[same]))
        """
    )

    assert "s3cret" not in stack.file.read_text()


def test_calls_of_functions_are_transformed(stack: Stack) -> None:
    summary = stack.up(
        """
        def more(args):
            return pulumi.InvokeTransformResult(args={**args.args, "also": "this"}, opts=args.opts)
        pulumi.runtime.register_invoke_transform(more)
        pulumi.export("found", pulumi.runtime.invoke("toy:index/getRegion:getRegion", {"asked": 1}).value)
        """
    )

    assert summary.outputs == {"found": {"region": "here", "asked": 1, "also": "this"}}


def test_a_transform_that_fails_is_told(stack: Stack) -> None:
    with pytest.raises(ProgramFailed, match="this transform is broken"):
        stack.up(
            """
            def broken(args):
                raise ValueError("this transform is broken")
            Thing("a", opts=pulumi.ResourceOptions(transforms=[broken]))
            """
        )
