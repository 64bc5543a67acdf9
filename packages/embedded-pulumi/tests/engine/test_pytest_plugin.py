"""The pytest fixtures, in sessions of their own: the tests that docs/testing.md shows, and others."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from support.documents import ROOT

pytest_plugins = ["pytester"]

PROJECT = "name: web\nruntime: python\n"
TOPIC = """
    import pulumi
    import pulumi_aws as aws

    config = pulumi.Config()
    topic = aws.sns.Topic("news", name=config.get("name") or "news")
    pulumi.export("arn", topic.arn)
    pulumi.export("word", pulumi.Output.secret(config.get("word")))
    if config.get_bool("fails"):
        print("it is going to fail")
        raise RuntimeError("as it was told")
"""


def shown() -> dict[str, str]:
    """The files that the page shows, by their titles."""
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    return dict(re.findall(r"```python title=(\S+)\n(.*?)```", text, flags=re.DOTALL))


def written(pytester: pytest.Pytester, tests: str, program: str = TOPIC) -> None:
    """A program, and tests of it."""
    folder = pytester.mkdir("web")
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "__main__.py").write_text(textwrap.dedent(program))
    pytester.makepyfile(test_web=tests)


def test_the_five_tests_of_the_page_pass(pytester: pytest.Pytester) -> None:
    files = shown()
    written(pytester, files["test_web.py"], files["web/__main__.py"])

    pytester.runpytest_subprocess().assert_outcomes(passed=5)


def test_stacks_share_the_aws_and_are_gone_at_the_end_of_their_test(pytester: pytest.Pytester) -> None:
    written(
        pytester,
        """
        import pytest

        @pytest.fixture(scope="module")
        def shared(module_deployed):
            return module_deployed("web", {"name": "shared", "word": "hidden"})

        def names(stack):
            return {each["TopicArn"].split(":")[-1] for each in stack.boto3("sns").list_topics()["Topics"]}

        def test_two(shared, deployed):
            own = deployed("web", {"name": "own"}, stack="other")
            assert names(shared) == {"shared", "own"}
            assert own.outputs["arn"] == own.resource("news", "Topic").id

        def test_one(shared, deployed):
            assert names(shared) == {"shared"}
            assert shared.outputs["word"] == "hidden"
            assert "hidden" not in shared._state.path.read_text()
            deployed("web", {"name": "kept"}, keep=True)

        def test_kept(shared):
            assert names(shared) == {"shared", "kept"}

        def test_time(shared):
            before = shared.cloud.clock.now()
            shared.pass_time(days=2)
            assert (shared.cloud.clock.now() - before).total_seconds() == 2 * 86400
        """,
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=4)


def test_a_deployment_that_fails_says_why_and_leaves_nothing(pytester: pytest.Pytester) -> None:
    written(
        pytester,
        """
        def test_fails(deployed):
            deployed("web", {"fails": True})

        def test_missing(deployed):
            deployed("nowhere")

        def test_nothing_is_left(embedded_aws):
            assert embedded_aws.cloud.client("sns").list_topics()["Topics"] == []
        """,
    )

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*as it was told*", "*The deployment said:*", "*it is going to fail*"])
    result.stdout.fnmatch_lines(["*there is no Pulumi program: */nowhere does not exist*"])


def test_a_stack_that_cannot_be_destroyed_fails_its_test(pytester: pytest.Pytester) -> None:
    protected = TOPIC.replace('or "news")', 'or "news", opts=pulumi.ResourceOptions(protect=True))')
    written(pytester, "def test_it(deployed):\n    deployed('web')\n", protected)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*protect*"])


def test_the_stack_file_and_the_settings_are_read(pytester: pytest.Pytester) -> None:
    written(
        pytester,
        """
        def test_file(deployed):
            assert deployed("web", stack="prod").outputs["arn"].endswith("eu-west-1:123456789012:of-prod")
            assert deployed("web").outputs["arn"].endswith("eu-central-1:123456789012:news")
        """,
    )
    (Path(pytester.path) / "web" / "Pulumi.prod.yaml").write_text("config:\n  aws:region: eu-west-1\n  name: of-prod\n")
    pytester.makeini("[pytest]\nembedded_aws_region = eu-central-1\n")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)

    pytester.makeini("[pytest]\nembedded_aws_account = old\n")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*embedded_aws_account = 'old' is not accepted; accepted: standard, new,*"])
