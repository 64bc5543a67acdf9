"""What happens when something goes wrong: what stands is recorded, nothing new is begun, and the next time goes on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import resource_pb2
from support.harness import Client, Stack
from support.toy import met

from embedded_pulumi.engine.events import StepFailed, StepFinished, StepStarted
from embedded_pulumi.errors import Interrupted, ResourceFailed, StackInUse
from embedded_pulumi.values import Asset


def three(client: Client) -> None:
    a = client.register("a", {"name": "a"})
    b = client.register("b", {"name": "b", "refs": [a.id]}, needs={"refs": [a]})
    client.register("c", {"name": "c", "refs": [b.id]}, needs={"refs": [b]})


def test_a_failed_creation_ends_the_deployment_and_the_next_goes_on_from_there(stack: Stack) -> None:
    stack.cloud.failures["create", "b"] = "out of things"

    with pytest.raises(ResourceFailed, match=r"create of .*::b failed: out of things"):
        stack.up(three)

    assert stack.names() == ["a"]
    assert stack.latest()["pending_operations"] == []
    (failed,) = [event for event in stack.events if isinstance(event, StepFailed)]
    assert failed.reason == "out of things"
    assert stack.up(three).changes == {"same": 2, "create": 2}
    assert stack.cloud.names() == ["a", "b", "c"]


def test_after_a_failure_every_request_is_answered_unavailable(stack: Stack) -> None:
    stack.cloud.failures["create", "a"] = "no"
    codes = []

    def program(client: Client) -> None:
        for name in ("a", "b"):
            try:
                client.register(name, {"name": name})
            except grpc.RpcError as error:
                codes.append(error.code())

    with pytest.raises(ResourceFailed):
        stack.up(program)

    assert codes == [grpc.StatusCode.UNAVAILABLE] * 2
    assert stack.cloud.called("create") == [("create", "a")]


def test_what_runs_when_another_step_fails_is_finished_and_recorded(stack: Stack) -> None:
    both, failed = threading.Barrier(2), threading.Event()

    def before(_: str, name: str) -> None:
        both.wait(5)
        if name == "slow":
            failed.wait(5)

    def listen(event: object) -> None:
        if isinstance(event, StepFailed):
            failed.set()

    stack.cloud.before, stack.listener = before, listen
    stack.cloud.failures["create", "bad"] = "no"

    def program(client: Client) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: client.register(name, {"name": name}), ["bad", "slow"]))

    with pytest.raises(ResourceFailed, match="no"):
        stack.up(program)

    assert stack.names() == ["slow"]


def test_a_failed_update_leaves_the_resource_as_it_was(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "value": 1}))
    stack.cloud.failures["update", "a"] = "no"

    with pytest.raises(ResourceFailed, match=r"update of .*::a failed: no"):
        stack.up(lambda client: client.register("a", {"name": "a", "value": 2}))

    assert stack.resource("a")["inputs"]["value"] == 1
    stack.up(lambda client: client.register("a", {"name": "a", "value": 2}))
    assert stack.cloud.named("a")["value"] == 2


def test_a_failed_deletion_keeps_the_resource_and_what_it_needs(stack: Stack) -> None:
    stack.up(three)
    stack.cloud.failures["delete", "b"] = "busy"

    with pytest.raises(ResourceFailed, match=r"delete of .*::b failed: busy"):
        stack.destroy()

    assert stack.names() == ["a", "b"]
    stack.destroy()
    assert stack.cloud.things == {}


def test_an_old_copy_whose_deletion_failed_is_deleted_the_next_time(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "old"}))
    stack.cloud.failures["delete", "old"] = "busy"

    with pytest.raises(ResourceFailed):
        stack.up(lambda client: client.register("a", {"name": "new"}))
    assert [item.get("delete", False) for item in stack.resources() if item["urn"].endswith("::a")] == [False, True]
    stack.up(lambda client: client.register("a", {"name": "new"}))

    assert stack.cloud.names() == ["new"]


def test_a_failed_recreation_is_made_up_for_the_next_time(stack: Stack) -> None:
    """It was deleted first, and then could not be created: the entry that stands in for it is not taken for real."""

    def program(client: Client, kind: str = "new") -> None:
        a = client.register("a", {"name": "a", "kind": kind, "exclusive": True})
        client.register("b", {"name": "b", "refs": [a.id]}, needs={"refs": [a]})

    stack.up(lambda client: program(client, "old"))
    stack.cloud.failures["create", "a"] = "no"

    with pytest.raises(ResourceFailed):
        stack.up(program)
    assert [item.get("pendingReplacement", False) for item in stack.resources()[-2:]] == [True, True]
    assert stack.up(program).changes == {"same": 1, "replace": 2}

    assert stack.cloud.names() == ["a", "b"]


def test_what_was_deleted_to_be_replaced_can_be_destroyed(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "kind": "old", "exclusive": True}))
    stack.cloud.failures["create", "a"] = "no"
    with pytest.raises(ResourceFailed):
        stack.up(lambda client: client.register("a", {"name": "a", "kind": "new", "exclusive": True}))

    stack.destroy()

    assert stack.resources() == []
    assert stack.cloud.called("delete") == [("delete", "a")]


def test_a_resource_that_is_not_whole_is_recorded_and_updated_the_next_time(stack: Stack) -> None:
    stack.cloud.init_failures.add("a")

    with pytest.raises(ResourceFailed, match="a does not start"):
        stack.up(lambda client: client.register("a", {"name": "a"}))
    assert stack.resource("a")["initErrors"] == ["a does not start"]
    assert stack.resource("a")["id"] == "thing-1"
    stack.up(lambda client: client.register("a", {"name": "a"}))

    assert stack.steps() == [("update", "a")]
    assert "initErrors" not in stack.resource("a")


def test_a_wildcard_replaces_what_is_not_whole(stack: Stack) -> None:
    stack.cloud.init_failures.add("a")
    with pytest.raises(ResourceFailed):
        stack.up(lambda client: client.register("a", {"name": "a"}))

    stack.up(lambda client: client.register("a", {"name": "a"}, replaceOnChanges=["*"]))

    assert stack.steps() == [("create-replacement", "a"), ("delete-replaced", "a")]


def test_a_defect_of_a_provider_surfaces_and_leaves_the_operation_in_doubt(stack: Stack) -> None:
    def defect(operation: str, _: str) -> None:
        if operation == "create":
            raise ZeroDivisionError("a defect")

    stack.cloud.before = defect

    with pytest.raises(ZeroDivisionError, match="a defect"):
        stack.up(lambda client: client.register("a", {"name": "a"}))

    (pending,) = stack.latest()["pending_operations"]
    assert (pending["type"], pending["resource"]["urn"].rpartition("::")[2]) == ("creating", "a")


def test_an_operation_in_doubt_is_looked_into_before_anything_else(stack: Stack) -> None:
    test_a_defect_of_a_provider_surfaces_and_leaves_the_operation_in_doubt(stack)
    stack.cloud.before = lambda _, __: None
    stack.cloud.failures["resume", "a"] = "no"

    with pytest.raises(ResourceFailed, match=r"recover of .*::a failed: no"):
        stack.up(lambda client: client.register("a", {"name": "a"}))
    assert len(stack.latest()["pending_operations"]) == 1
    stack.up(lambda client: client.register("a", {"name": "a"}))

    assert stack.messages() == ["the last deployment was cut off while creating this resource: nothing had been made"]
    assert stack.latest()["pending_operations"] == []
    stack.up(lambda client: client.register("a", {"name": "a"}))
    assert stack.messages() == []


def test_an_operation_that_another_engine_began_is_warned_about_until_all_is_well(stack: Stack) -> None:
    test_a_defect_of_a_provider_surfaces_and_leaves_the_operation_in_doubt(stack)
    stack.cloud.before = lambda _, __: None
    state = json.loads(stack.file.read_text())
    del state["checkpoint"]["latest"]["pending_operations"][0]["resource"]["outputs"]
    stack.file.write_text(json.dumps(state))

    stack.preview(lambda client: client.register("a", {"name": "a"}))
    assert "it may exist without being in the state" in stack.messages()[0]
    stack.up(lambda client: client.register("a", {"name": "a"}))

    assert "it may exist without being in the state" in stack.messages()[0]
    assert stack.latest()["pending_operations"] == []


@pytest.mark.parametrize("ending", ["up", "destroy", "refresh"])
def test_what_was_made_and_not_answered_is_found_and_recorded(stack: Stack, ending: str) -> None:
    stack.cloud.lost.add(("create", "b"))
    with pytest.raises(ResourceFailed, match="the connection was lost"):
        stack.up(three)
    assert (stack.names(), stack.cloud.names()) == (["a"], ["a", "b"])

    if ending == "destroy":
        stack.destroy()
        assert stack.cloud.names() == stack.names() == []
        return
    if ending == "refresh":
        stack.refresh()
        assert stack.names() == ["a", "b"]
    stack.up(three)

    assert stack.cloud.names() == stack.names() == ["a", "b", "c"]
    assert stack.latest()["pending_operations"] == []


def test_a_preview_shows_what_was_found_and_records_nothing(stack: Stack) -> None:
    stack.cloud.lost.add(("create", "b"))
    with pytest.raises(ResourceFailed):
        stack.up(three)
    before = stack.file.read_bytes()

    assert stack.preview(three).changes == {"same": 3, "create": 1}
    assert stack.file.read_bytes() == before


def test_a_replacement_that_was_not_answered_takes_its_place(stack: Stack) -> None:
    def both(kind: str) -> Callable[[Any], None]:
        def act(client: Any) -> None:
            a = client.register("a", {"name": f"a-{kind}", "kind": kind})
            client.register("b", {"name": "b", "refs": [a.id]}, needs={"refs": [a]})

        return act

    stack.up(both("old"))
    stack.cloud.lost.add(("create", "a-new"))
    with pytest.raises(ResourceFailed):
        stack.up(both("new"))

    stack.up(both("new"))

    assert stack.cloud.names() == ["a-new", "b"]
    assert stack.names() == ["a", "b"]


def test_an_update_that_was_not_answered_is_read_anew(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "value": 1}))
    stack.cloud.lost.add(("update", "a"))
    with pytest.raises(ResourceFailed):
        stack.up(lambda client: client.register("a", {"name": "a", "value": 2}))

    stack.up(lambda client: client.register("a", {"name": "a", "value": 1}))

    assert stack.steps() == [("update", "a")]
    assert stack.cloud.named("a")["value"] == 1


def test_an_update_that_was_not_answered_is_made_again_even_where_nothing_seems_left_to_do(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "value": 1}))
    stack.cloud.lost.add(("update", "a"))
    with pytest.raises(ResourceFailed):
        stack.up(lambda client: client.register("a", {"name": "a", "value": 2}))

    stack.up(lambda client: client.register("a", {"name": "a", "value": 2}))

    assert stack.steps() == [("update", "a")]
    assert "initErrors" not in stack.resource("a")
    stack.up(lambda client: client.register("a", {"name": "a", "value": 2}))
    assert stack.steps() == []


def test_an_interruption_finishes_what_runs_and_begins_nothing(stack: Stack) -> None:
    stack.cloud.seconds = 0.1

    def listen(event: object) -> None:
        if isinstance(event, StepStarted) and event.urn.endswith("::b") and stack.engine is not None:
            assert stack.engine.interrupt()

    stack.listener = listen

    with pytest.raises(Interrupted, match="what was running has been finished and is recorded"):
        stack.up(three)

    assert stack.names() == ["a", "b"]
    assert stack.cloud.names() == ["a", "b"]
    assert stack.engine is not None
    assert not stack.engine.interrupt()  # there is nothing to stop any more
    stack.listener = lambda _: None
    stack.up(three)
    assert stack.cloud.names() == ["a", "b", "c"]


def test_a_destruction_can_be_interrupted_too(stack: Stack) -> None:
    stack.up(three)
    stack.cloud.seconds = 0.05

    def listen(event: object) -> None:
        if isinstance(event, StepStarted) and event.urn.endswith("::c") and stack.engine is not None:
            stack.engine.interrupt()

    stack.listener = listen

    with pytest.raises(Interrupted, match="is recorded"):
        stack.destroy()

    assert stack.names() == ["a", "b"]


def test_an_interruption_before_any_step_has_changed_nothing(stack: Stack) -> None:
    stack.up(three)

    def listen(event: object) -> None:
        if isinstance(event, StepFinished) and stack.engine is not None:
            stack.engine.interrupt()

    def program(client: Client) -> None:
        for number in count():
            client.register(f"d{number}")

    stack.listener = listen

    with pytest.raises(Interrupted, match=r"^interrupted: nothing was changed$"):
        stack.preview(program)

    assert stack.names() == ["a", "b", "c"]


@pytest.mark.parametrize("kind", [BrokenPipeError, SystemExit])
def test_a_listener_that_fails_is_told_nothing_more_and_the_deployment_is_finished(
    stack: Stack, kind: type[BaseException]
) -> None:
    """On a broken pipe rich raises SystemExit, which ended a thread without a word, and the engine waited for ever."""
    told = []

    def listen(event: object) -> None:
        told.append(event)
        raise kind("nobody listens any more")

    stack.listener = listen

    with pytest.raises(kind):
        stack.up(three)

    assert len(told) == 1
    assert stack.names() == ["a", "b", "c"]
    assert stack.cloud.names() == ["a", "b", "c"]


def test_two_deployments_of_one_stack_exclude_each_other(stack: Stack) -> None:
    refused = []

    def program(client: Client) -> None:
        other = Stack(stack.folder, cloud=stack.cloud)
        try:
            other.up(lambda _: None)
        except StackInUse as error:
            refused.append(str(error))
        client.register("a")

    stack.up(program)

    assert "another deployment of this stack is under way" in refused[0]
    assert "nothing was touched" in refused[0]
    assert stack.names() == ["a"]


def test_a_state_without_a_deployment_is_empty(stack: Stack) -> None:
    stack.file.write_text(json.dumps({"version": 3, "checkpoint": {"stack": "organization/shop/dev"}}))

    stack.up(lambda client: client.register("a"))

    assert stack.names() == ["a"]


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ({"remote": True}, "registered as a component of a package, and is a resource"),
        ({"packageRef": "x"}, "parameterized packages are not supported"),
        ({"replace_with": ["urn"]}, "the option replace_with"),
        ({"customTimeouts": {"create": "soon"}}, "not a duration: 'soon'"),
    ],
)
def test_an_option_that_is_not_supported_is_refused_by_name(
    stack: Stack,
    option: dict[str, Any],
    complaint: str,
) -> None:
    with pytest.raises(Exception, match=complaint):
        stack.up(lambda client: client.register("a", **option))

    assert stack.cloud.calls == []


def test_an_asset_that_the_cli_would_lose_is_refused(stack: Stack) -> None:
    with pytest.raises(Exception, match="an asset without text; accepted: at least one character"):
        stack.up(lambda client: client.register("a", {"kind": Asset(text="")}))

    assert stack.cloud.calls == []


def test_a_method_that_is_not_supported_is_refused_by_name(stack: Stack) -> None:
    with pytest.raises(Exception, match="parameterized packages are not supported by the embedded engine"):
        stack.up(lambda client: client.stub.RegisterPackage(resource_pb2.RegisterPackageRequest()))


def test_no_more_steps_run_at_once_than_allowed(stack: Stack) -> None:
    stack.parallel = 3
    stack.cloud.before = met(3, lambda operation, _: operation == "create")

    def program(client: Client) -> None:
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda index: client.register(f"a{index}"), range(12)))

    stack.up(program)

    assert stack.cloud.most_at_once == 3
