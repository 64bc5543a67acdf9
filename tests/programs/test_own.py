"""A program of one's own, through the command: several stacks, types that are not modelled, what a preview promises.

`python -m bench.programs` lets all eleven programs live; here is the largest, and what needs no TapStack.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import Done, called
from support.own.life import Owner, owner

from embedded_pulumi.provider import UNMODELLED
from tap_cli.cli import app

NOTED = """\
import json
import pulumi
import pulumi_aws as aws

files = aws.efs.FileSystem("assets", tags={"Owner": "us"})


def reading(arn):
    allowed = {"Effect": "Allow", "Action": "elasticfilesystem:ClientMount", "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


aws.iam.Policy("reading", policy=files.arn.apply(reading), tags={"Owner": "us"})


class Pet(pulumi.CustomResource):  # of a package that is not installed
    def __init__(self, name, length):
        super().__init__("zoo:index/pet:Pet", name, {"length": length})


Pet("pet", aws.kinesis.get_stream(name="theirs").name.count("e"))
pulumi.export("arn", files.arn)
"""

TRACKING = """\
import pulumi_aws as aws

aws.autoscaling.Policy(
    "follow",
    autoscaling_group_name="fleet",
    target_tracking_configuration={
        "target_value": 50,
        "predefined_metric_specification": {"predefined_metric_type": "ASGAverageCPUUtilization"},
    },
)
"""

ASKING = """\
import pulumi_aws as aws

print(aws.kinesis.get_stream(name="x").arn)
"""


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    with owner(tmp_path_factory.mktemp("own")) as made:
        yield made


@pytest.fixture(scope="module")
def two_stacks(person: Owner) -> Iterator[Done]:
    """Two stacks of one program, from `up` to `destroy`."""
    person.writes("two_stacks")
    done = person.tap("up", "--yes", "--json")
    yield done
    gone = tap(person, "destroy", "--yes", "--json").json
    assert (gone["result"], gone["changes"]) == ("succeeded", {"delete": done.json["changes"]["create"]})


def tap(person: Owner, *args: str) -> Done:
    """The command in this process, whose imports are made once."""
    return called(lambda: app(args), person.folder)


def written(person: Owner, program: str, stack: str) -> Owner:
    """The project with another program, for a stack of its own."""
    (person.folder / "__main__.py").write_text(program)
    (person.folder / f"Pulumi.{stack}.yaml").write_text("")
    return person


def test_two_stacks_of_one_program_have_names_and_exports_of_their_own(two_stacks: Done) -> None:
    document = two_stacks.json

    assert (document["result"], document["error"]) == ("succeeded", None)
    names = {document["outputs"][f"{each}_auto_scaling_group_name"] for each in ("blue", "green")}
    assert names == {"blue-fleet-dev", "green-fleet-dev"}
    said = [each["text"] for each in document["messages"] if each["severity"] in {"warning", "error"}]
    assert said == []  # no finding in what is TAP's own
    assert [each["text"] for each in document["messages"]][:1] == ["17 exceptions in force: tap check --exceptions"]


def test_the_healer_of_any_stack_is_found_and_the_user_chooses(person: Owner, two_stacks: Done) -> None:
    assert two_stacks.code == 0

    lost = tap(person, "logs", "healer")
    assert (lost.code, lost.out) == (2, "")
    assert "several TapStacks: say which with --of NAME; there are: blue, green" in lost.err
    wrong = tap(person, "logs", "healer", "--of", "red")
    assert "no TapStack 'red'; there are: blue, green" in wrong.err

    for name in ("blue", "green"):
        log = tap(person, "logs", "healer", "--of", name, "--json")
        assert (log.code, log.err) == (0, "")
        assert f"{name}-fleet-dev" in log.out
        assert tap(person, "rollout", "status", "--of", name, "--json").json["group"] == f"{name}-fleet-dev"


def test_a_type_that_is_not_modelled_is_refused_by_name_with_a_choice(person: Owner) -> None:
    refused = tap(written(person, NOTED, "noted"), "preview", "--stack", "noted")

    assert (refused.code, refused.out.splitlines()) == (2, ["Previewing update (noted)"])
    assert (
        "not supported here: aws:efs/fileSystem:FileSystem (assets), zoo:index/pet:Pet (pet): nothing was"
        in refused.err
    )
    assert "docs/types.md" in refused.err
    assert "--unmodelled=note" in refused.err


def test_it_is_noted_where_that_is_wanted_and_marked_everywhere_and_its_dependents_go_on(person: Owner) -> None:
    written(person, NOTED, "noted")
    note = ("--stack", "noted", "--unmodelled=note")

    foreseen = tap(person, "preview", *note)
    assert foreseen.code == 0
    assert "assets  not modelled: outputs made up" in foreseen.out
    assert "pet  not modelled: outputs made up" in foreseen.out
    assert "Not modelled: 2, with made-up outputs (docs/types.md)" in foreseen.out
    assert "data source aws:kinesis/getStream:getStream is not modelled: its answer is made up" in foreseen.out

    done = tap(person, "up", "--yes", "--json", *note).json
    assert (done["result"], done["unmodelled"], done["changes"]) == ("succeeded", 2, {"create": 4})
    assert {each["name"] for each in done["steps"] if each["unmodelled"]} == {"assets", "pet"}
    assert done["outputs"]["arn"].startswith("arn:aws:elasticfilesystem:")

    state = json.loads((person.folder / ".tap/stacks/noted.json").read_text())["checkpoint"]["latest"]["resources"]
    (files,) = [each for each in state if each["type"] == "aws:efs/fileSystem:FileSystem"]
    assert "arn" in files["outputs"][UNMODELLED]

    assert "Nothing to change" in tap(person, "preview", *note).out
    assert tap(person, "refresh", "--yes", "--json", "--stack", "noted").json["changes"] == {"same": 3}
    gone = tap(person, "destroy", "--yes", "--json", "--stack", "noted").json
    assert (gone["result"], gone["changes"]) == ("succeeded", {"delete": 4})


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        (TRACKING, 1, "targetTrackingConfiguration is only supported for policy type TargetTrackingScaling"),
        (ASKING, 1, "'aws:kinesis/getStream:getStream' is not supported by this provider; docs/types.md lists what is"),
    ],
)
def test_what_up_cannot_do_the_preview_refuses_and_says_where_to_read(
    person: Owner, program: str, code: int, said: str
) -> None:
    (person.folder / "guardrails.yaml").write_text("own: advisory\n")  # or a guardrail would refuse it before AWS

    refused = tap(written(person, program, "wrong"), "preview", "--stack", "wrong")

    assert refused.code == code
    assert said in refused.err
    assert "()" not in refused.err
    assert ": :" not in refused.err
    assert not Path(person.folder, ".tap/stacks/wrong.json").exists()
