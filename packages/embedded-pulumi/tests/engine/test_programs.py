"""Real Pulumi programs, each in a process of its own, as `pulumi up` would run them."""

from __future__ import annotations

import os
import subprocess
import textwrap
import time
from pathlib import Path

import pytest
from support.harness import Stack
from support.toy import met

from embedded_pulumi.engine.events import ProgramOutput, StackOutputs
from embedded_pulumi.engine.project import open_project
from embedded_pulumi.errors import Interrupted, ProgramFailed, ProgramRefused, ResourceFailed, UserError
from embedded_pulumi.values import Secret

THREE = """
    a = Thing("a", name="a", value=1)
    b = Thing("b", name="b", refs=[a.id])
    c = Thing("c", name="c", refs=[b.id], opts=pulumi.ResourceOptions(depends_on=[a]))
    pulumi.export("arn", c.arn)
"""


def test_a_program_is_deployed_redeployed_and_destroyed(stack: Stack) -> None:
    foreseen = stack.preview(THREE)
    made = stack.up(THREE)
    again = stack.up(THREE)

    assert foreseen.changes == made.changes == {"create": 4}
    assert again.changes == {"same": 4}
    assert made.outputs == again.outputs == {"arn": "arn:thing-3"}
    assert stack.resource("c")["propertyDependencies"] == {"name": [], "refs": [stack.resource("b")["urn"]]}
    assert StackOutputs({"arn": "arn:thing-3"}) in stack.events
    assert stack.destroy().changes == {"delete": 4}


def test_the_options_of_the_sdk_arrive(stack: Stack) -> None:
    program = """
        box = Box("box", opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="crate")]))
        a = Thing("a", name="a", value=pulumi.Output.secret("s3cret"), opts=pulumi.ResourceOptions(
            parent=box,
            protect=False,
            retain_on_delete=True,
            ignore_changes=["value"],
            replace_on_changes=["links"],
            additional_secret_outputs=["arn"],
            delete_before_replace=True,
            custom_timeouts=pulumi.CustomTimeouts(create="5m"),
            aliases=["urn:pulumi:dev::shop::toy:index/thing:Thing::former"],
        ))
        b = Thing("b", name="b", opts=pulumi.ResourceOptions(deleted_with=a, parent=box))
        box.register_outputs({"inner": a})
        pulumi.export("arn", a.arn)
    """
    summary = stack.up(program)

    assert summary.outputs == {"arn": Secret("arn:thing-1")}
    a = stack.resource("a")
    assert a["parent"] == stack.resource("box")["urn"]
    assert (a["retainOnDelete"], a["ignoreChanges"], a["replaceOnChanges"]) == (True, ["value"], ["links"])
    assert a["customTimeouts"] == {"create": 300.0}
    assert stack.resource("b")["deletedWith"] == a["urn"]
    assert stack.resource("box")["outputs"]["inner"]["urn"] == a["urn"]
    assert "s3cret" not in stack.file.read_text()


def test_an_unknown_reaches_the_program_as_one(stack: Stack) -> None:
    program = """
        a = Thing("a", name="a")
        a.arn.apply(lambda arn: print("arn is", arn))
        Thing("b", name="b", value=a.arn.apply(lambda arn: arn.upper()))
        print("preview" if pulumi.runtime.is_dry_run() else "deployment")
    """
    stack.preview(program)
    assert stack.printed() == ["preview"]
    stack.up(program)

    assert sorted(stack.printed()) == ["arn is arn:thing-1", "deployment"]
    assert stack.cloud.named("b")["value"] == "ARN:THING-1"


def test_a_program_reads_imports_and_asks(stack: Stack) -> None:
    stack.cloud.things["thing-0"] = {"name": "theirs"}
    stack.cloud.things["thing-00"] = {"name": "adopted"}
    program = """
        region = pulumi.runtime.invoke("toy:index/getRegion:getRegion", {}).value["region"]
        later = pulumi.runtime.invoke_output("toy:index/getRegion:getRegion", {"x": 1})
        theirs = Thing("theirs", opts=pulumi.ResourceOptions(id="thing-0"))
        mine = Thing("adopted", name="adopted", opts=pulumi.ResourceOptions(import_="thing-00"))
        pulumi.export("found", [region, later["region"], theirs.name, mine.arn])
    """
    stack.preview(program)
    summary = stack.up(program)

    assert summary.outputs == {"found": ["here", "here", "theirs", "arn:thing-00"]}
    assert summary.changes == {"create": 1, "read": 1, "import": 1, "same": 1}


def test_an_explicit_provider_serves_a_component_and_its_children(stack: Stack) -> None:
    program = """
        mine = pulumi.ProviderResource("toy", "mine", {"region": "there"})
        box = Box("box", opts=pulumi.ResourceOptions(providers=[mine]))
        a = Thing("a", name="a", opts=pulumi.ResourceOptions(parent=box))
        Thing("b", name="b", opts=pulumi.ResourceOptions(parent=a))
        pulumi.runtime.invoke("toy:index/getRegion:getRegion", {}, pulumi.InvokeOptions(provider=mine))
    """
    stack.preview(program)
    stack.up(program)

    assert [stack.resource(name)["outputs"]["region"] for name in ("a", "b")] == ["there", "there"]


def test_a_program_sees_its_project_its_configuration_and_little_else(stack: Stack) -> None:
    (stack.folder / "Pulumi.yaml").write_text(
        textwrap.dedent("""
            name: shop
            runtime: {name: python}
            config:
              size: {type: integer, default: 3}
              toy:color: blue
              list: {type: array, items: {type: string}, default: [a, b]}
        """),
    )
    stack.config |= {"shop:word": "hello", "shop:hidden": "s3cret"}
    stack.secret_keys = ("shop:hidden",)
    stack.environ = {"GIVEN": "yes"}
    program = """
        import os
        config = pulumi.Config()
        print(pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack())
        print(config.require_int("size"), config.require("word"), config.require_object("list"))
        print(os.environ.get("GIVEN"), [name for name in os.environ if name.startswith(("AWS", "SECRET"))])
        print(os.path.samefile(os.getcwd(), os.path.dirname(__file__)), pulumi.get_root_directory() == os.getcwd())
        import beside
        pulumi.export("hidden", config.require_secret("hidden"))
    """
    (stack.folder / "beside.py").write_text("print('imported from beside')")
    os.environ["SECRET_OF_THE_DEVELOPER"] = "x"
    try:
        summary = stack.up(program)
    finally:
        del os.environ["SECRET_OF_THE_DEVELOPER"]

    assert stack.printed() == [
        "organization shop dev",
        "3 hello ['a', 'b']",
        "yes []",
        "True True",
        "imported from beside",
    ]
    assert summary.outputs == {"hidden": Secret("s3cret")}


def test_a_program_that_refuses_to_go_on_is_reported_without_a_traceback(stack: Stack) -> None:
    with pytest.raises(ProgramRefused, match=r"^the zone is full$"):
        stack.up('raise pulumi.RunError("the zone is full")')

    assert stack.messages() == []
    assert stack.cloud.calls == []


def test_a_refusal_after_something_was_made_is_a_failure(stack: Stack) -> None:
    program = """
        a = Thing("a", name="a")
        def refuse(_):
            raise pulumi.RunError("too late")
        pulumi.export("x", a.arn.apply(refuse))
    """
    with pytest.raises(ProgramFailed, match="too late"):
        stack.up(program)

    assert stack.names() == ["a"]


def test_a_program_that_fails_shows_its_traceback_once(stack: Stack) -> None:
    program = """
        def work():
            raise KeyError("subnet")
        work()
    """
    with pytest.raises(ProgramFailed, match="KeyError: 'subnet'"):
        stack.up(program)

    (message,) = stack.messages()
    assert message.count("Traceback") == 1
    assert "launcher" not in message
    assert 'in work\n    raise KeyError("subnet")' in message
    assert stack.printed() == []


def test_what_a_failed_program_made_stays_and_nothing_is_deleted(stack: Stack) -> None:
    stack.up(THREE)

    with pytest.raises(ProgramFailed, match="ValueError"):
        stack.up('Thing("a", name="a", value=1)\nraise ValueError("x")')

    assert stack.names() == ["a", "b", "c"]


def test_the_log_and_the_output_of_a_program_are_passed_on(stack: Stack) -> None:
    program = """
        import sys
        print("to stdout")
        print("to stderr", file=sys.stderr)
        a = Thing("a", name="a")
        pulumi.log.warn("about a", resource=a)
    """
    stack.up(program)

    assert sorted(stack.printed()) == ["to stderr", "to stdout"]
    assert stack.messages() == ["about a"]


def test_a_failed_resource_ends_the_program(stack: Stack) -> None:
    stack.cloud.failures["create", "b"] = "no room"
    began = time.monotonic()

    with pytest.raises(ResourceFailed, match=r"create of .*::b failed: no room"):
        stack.up(THREE)

    assert time.monotonic() - began < 5
    assert stack.messages() == []
    assert stack.up(THREE).changes == {"same": 2, "create": 2}


def test_an_option_that_needs_an_unsupported_feature_is_refused_by_the_sdk(stack: Stack) -> None:
    program = """
        Thing("a", opts=pulumi.ResourceOptions(replace_with=[Thing("b")]))
    """
    with pytest.raises(ProgramFailed, match="does not support the ReplaceWith option"):
        stack.up(program)


def test_of_a_hundred_independent_resources_twenty_five_at_a_time_are_made_side_by_side(stack: Stack) -> None:
    stack.parallel = 50
    stack.cloud.before = met(25, lambda operation, name: operation == "create" and name.startswith("leaf"))
    program = """
        root = Thing("root", name="root")
        for index in range(100):
            Thing(f"leaf{index}", refs=[root.id])
    """
    summary = stack.up(program)

    assert summary.changes == {"create": 102}


def test_an_interrupted_program_is_ended_at_once(stack: Stack) -> None:
    def listen(event: object) -> None:
        if isinstance(event, ProgramOutput) and stack.engine is not None:
            stack.engine.interrupt()

    stack.listener = listen
    program = """
        import os, time
        Thing("a", name="a")
        print(os.getpid(), flush=True)
        time.sleep(60)
    """
    with pytest.raises(Interrupted):
        stack.up(program)

    (line,) = stack.printed()
    with pytest.raises(ProcessLookupError):
        os.kill(int(line), 0)


def test_no_process_of_the_program_outlives_it(stack: Stack) -> None:
    stack.up('import subprocess; print(subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL).pid)')

    (line,) = stack.printed()
    state = subprocess.run(["ps", "-o", "stat=", "-p", line], capture_output=True, text=True, check=False).stdout
    assert state[:1] in {"", "\n", "Z"}


def test_a_project_says_where_its_program_is(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "__main__.py").touch()
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nruntime: python\nmain: infra/\nconfig:\n  zone: {type: string}\n"
    )

    project = open_project(tmp_path, "shop")

    assert project.working_directory == tmp_path / "infra"
    assert project.root == tmp_path
    with pytest.raises(UserError, match="shop:zone must be set in the stack 'dev'"):
        project.complete({}, "dev")
    assert project.complete({"shop:zone": "z"}, "dev") == {"shop:zone": "z"}


def test_a_project_for_another_language_or_without_a_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no Pulumi program"):
        open_project(tmp_path, "shop")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: nodejs\n")
    with pytest.raises(UserError, match="runtime 'nodejs' is not supported"):
        open_project(tmp_path, "shop")


def test_a_programs_own_exit_handlers_run_and_its_last_words_are_heard(stack: Stack) -> None:
    stack.up(
        """
        import atexit
        atexit.register(lambda: print("left", end=""))
        """,
    )

    assert stack.printed() == ["left"]


@pytest.mark.parametrize(("code", "said"), [("3", "exit code 3"), ("'enough'", "exit code 1")])
def test_a_program_that_exits_with_a_code_has_failed(stack: Stack, code: str, said: str) -> None:
    with pytest.raises(ProgramFailed, match=said):
        stack.up(f"raise SystemExit({code})")
