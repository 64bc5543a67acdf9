"""A program's hooks are called around the steps of its resources, and when a step fails."""

from __future__ import annotations

import pytest
from support.harness import Stack

from embedded_pulumi.errors import ResourceFailed

PROGRAM = """
import sys

def tell(name):
    def hook(args):
        print(name, args.name, (args.old_inputs or {}).get("value"), (args.new_inputs or {}).get("value"))
        sys.stdout.flush()
    return hook

hooks = {
    kind: [pulumi.ResourceHook(kind, tell(kind))]
    for kind in ("before_create", "after_create", "before_update", "after_update", "before_delete", "after_delete")
}
opts = pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(**hooks))
"""


def test_hooks_are_called_around_each_step(stack: Stack) -> None:
    stack.preview(PROGRAM + 'Thing("a", value=1, opts=opts)')
    assert stack.printed() == []
    stack.up(PROGRAM + 'Thing("a", value=1, opts=opts)')
    assert stack.printed() == ["before_create a None 1.0", "after_create a None 1.0"]
    assert stack.resource("a")["resourceHooks"]["BeforeCreate"] == ["before_create"]
    assert '"version": 4, "features": ["hooks"]' in stack.file.read_text()

    stack.up(PROGRAM + 'Thing("a", value=2, opts=opts)')
    assert stack.printed() == ["before_update a 1.0 2.0", "after_update a 1.0 2.0"]

    stack.up(PROGRAM)
    assert stack.printed() == ["before_delete a 2.0 None", "after_delete a 2.0 None"]
    assert stack.names() == []


def test_a_hook_that_asks_for_it_is_called_in_a_preview(stack: Stack) -> None:
    stack.preview(
        """
        hook = pulumi.ResourceHook("h", lambda args: print("called"), opts=pulumi.ResourceHookOptions(on_dry_run=True))
        Thing("a", opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook])))
        """
    )

    assert stack.printed() == ["called"]


FAILING = """
def fail(args):
    raise ValueError("not now")
hook = pulumi.ResourceHook("h", fail)
Thing("a", opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding({kind}=[hook])))
"""


def test_a_hook_that_fails_stops_the_step_before_it_begins(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match=r"create of .*::a failed: before hook 'h' failed: not now"):
        stack.up(FAILING.format(kind="before_create"))
    assert stack.cloud.calls == []


def test_what_a_step_made_is_kept_when_the_hook_after_it_fails(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match=r"create of .*::a failed: after hook 'h' failed: not now"):
        stack.up(FAILING.format(kind="after_create"))
    assert stack.names() == ["a"]


def test_an_error_hook_may_ask_for_another_attempt(stack: Stack) -> None:
    stack.cloud.failures = {("create", "a"): "busy"}

    stack.up(
        """
        def again(args):
            print(args.failed_operation, args.errors)
            return len(args.errors) < 3
        hook = pulumi.ErrorHook("again", again)
        Thing("a", name="a", opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(on_error=[hook])))
        """
    )

    assert stack.printed() == ["create ['busy']"]
    assert stack.names() == ["a"]
    assert "retrying create due to on-error hook request (1/100)" in stack.messages()


def test_an_error_hook_that_asks_for_nothing_leaves_the_failure(stack: Stack) -> None:
    stack.cloud.failures = {("create", "a"): "busy"}

    with pytest.raises(ResourceFailed, match=r"create of .*::a failed: busy"):
        stack.up(
            """
            hook = pulumi.ErrorHook("no", lambda args: False)
            Thing("a", name="a", opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(on_error=[hook])))
            """
        )


def test_without_its_program_a_resource_is_destroyed_and_its_hooks_are_named(stack: Stack) -> None:
    stack.up(PROGRAM + 'Thing("a", value=1, opts=opts)')

    stack.destroy()

    assert stack.resources() == []
    assert stack.messages() == [
        f"the {kind} hook {name!r} is not called, because the program does not run"
        for kind, name in (("BeforeDelete", "before_delete"), ("AfterDelete", "after_delete"))
    ]
