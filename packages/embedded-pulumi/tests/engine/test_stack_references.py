"""A program reads the outputs of another stack."""

from __future__ import annotations

import pytest
from support.harness import Stack

from embedded_pulumi.errors import ProgramFailed, ResourceFailed
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties, Secret

PROGRAM = """
network = pulumi.StackReference("organization/net/dev")
pulumi.export("vpc", network.get_output("vpc"))
pulumi.export("absent", network.get_output("absent"))
pulumi.export("key", network.require_output("key"))
"""


def outputs_of(name: str) -> Properties:
    if name != "organization/net/dev":
        raise ProviderError(f"unknown stack {name!r}")
    return {"vpc": "vpc-1", "key": Secret("s3cret")}


def test_a_program_gets_the_outputs_of_another_stack_and_its_secrets_stay_secret(stack: Stack) -> None:
    stack.stack_outputs = outputs_of

    stack.preview(PROGRAM)
    summary = stack.up(PROGRAM)

    assert summary.outputs == {"vpc": "vpc-1", "key": Secret("s3cret")}
    assert "s3cret" not in stack.file.read_text()
    reference = stack.resource("organization/net/dev")
    assert (reference["type"], reference["external"]) == ("pulumi:pulumi:StackReference", True)
    assert stack.up(PROGRAM).changes == {"same": 1, "read": 1}
    stack.refresh()
    stack.destroy()
    assert stack.resources() == []


def test_a_stack_that_nobody_knows_is_named(stack: Stack) -> None:
    with pytest.raises(
        ResourceFailed, match="unknown stack 'organization/net/dev': this deployment knows no other stack"
    ):
        stack.preview(PROGRAM)


def test_its_outputs_can_be_asked_for_without_a_resource(stack: Stack) -> None:
    stack.stack_outputs = outputs_of

    answer: list[object] = []
    stack.up(
        lambda client: answer.append(client.invoke("pulumi:pulumi:readStackOutputs", {"name": "organization/net/dev"}))
    )
    assert "vpc-1" in str(answer)
    with pytest.raises(ProgramFailed, match="the function 'pulumi:pulumi:other' is not supported"):
        stack.up(lambda client: client.invoke("pulumi:pulumi:other"))
