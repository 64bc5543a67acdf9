"""`tap config`: what is kept for a stack, what is refused before it is written, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command import Done

from .place import STACK_FILE, Place


@pytest.fixture
def project(tmp_path: Path) -> Place:
    """A project; no AWS is running in it."""
    made = Place(tmp_path)
    made.make()
    return made


def kept(place: Place) -> str:
    return (place.folder / "Pulumi.dev.yaml").read_text()


def refused(place: Place, *words: str) -> str:
    """What a command says that refuses, and that writes nothing."""
    before = kept(place)
    done = place.tap("config", *words)
    assert (done.code, done.out, kept(place)) == (2, "", before)
    (line,) = done.err.splitlines()
    return line


def worked(place: Place, *words: str) -> Done:
    done = place.tap("config", *words)
    assert (done.code, done.err) == (0, "")
    return done


def test_values_are_kept_changed_shown_and_taken_out(project: Place) -> None:
    assert worked(project, "set", "volumeSize", "9").out == "Pulumi.dev.yaml: volumeSize = 9\n"
    assert kept(project).endswith('  tap:alarmEmail: oncall@example.com\n  tap:volumeSize: "9"\n')
    assert worked(project, "get", "tap:volumeSize").out == "9\n"
    assert worked(project, "get", "volumeSize", "--json").json == {"value": "9", "secret": False}
    assert worked(project).out == worked(project, "ls").out
    assert "volumeSize         9                   Pulumi.dev.yaml\n" in worked(project).out
    assert worked(project, "--json").json["tap:zones"] == {"value": "3", "secret": False}
    worked(project, "set", "natStrategy=none", "zones=2", "tags=Owner=me,Cost=1")
    assert worked(project, "get", "tags").out == "Owner=me,Cost=1\n"
    assert worked(project, "rm", "volumeSize", "zones").out.count("is not set any more") == 2
    assert "volumeSize" not in kept(project)


def test_lists_and_maps_are_kept_as_yaml_and_taken_by_the_program(project: Place) -> None:
    worked(project, "set", "--path", "authorizedIpRanges[0]=10.1.0.0/16", "authorizedIpRanges[1]=10.2.0.0/16")
    worked(project, "set", "--path", "tags.Cost", "42")

    ranges = "  tap:authorizedIpRanges:\n    - 10.1.0.0/16\n    - 10.2.0.0/16\n"
    assert kept(project).endswith(f"{ranges}  tap:tags:\n    Cost: 42\n")
    assert worked(project, "get", "--path", "tags.Cost").out == "42\n"
    assert 'tap:authorizedIpRanges = \'["0.0.0.0/0","10.2.0.0/16"]\' is not accepted' in refused(
        project, "set", "--path", "authorizedIpRanges[0]", "0.0.0.0/0"
    )


def test_a_text_that_a_path_takes_the_place_of_is_named(project: Place) -> None:
    worked(project, "set", "tags", "Owner=me,Cost=1")

    assert worked(project, "set", "--path", "tags.Owner", "you").out == (
        "Pulumi.dev.yaml: tags.Owner = you, in place of tags = Owner=me,Cost=1\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["natStrategy", "some"],
            "tap:natStrategy = 'some' is not accepted; accepted: per_az or single or regional",
        ),
        (["zonez", "3"], "tap:zonez = '3' is not accepted; accepted: a key that exists; the nearest is tap:zones"),
        (
            ["tapp:zones", "3"],
            "accepted: a key of tap, aws or pulumi, of which the nearest is tap:zones; one of another namespace once",
        ),
        (
            ["minSize", "5"],
            "at least minSize, which is 5; or together: `tap config set minSize=5 maxSize=5 desiredCapacity=5`",
        ),
        (["zones=2", "natStrategy=some"], "tap:natStrategy = 'some' is not accepted"),
        (["a:b:c", "3"], "'a:b:c' is no configuration key; accepted: <namespace>:<name>"),
        (["zones=2", "natStrategy"], "['zones=2', 'natStrategy'] is neither a key and its value nor several KEY=VALUE"),
        (["aws:token", "hush hush"], "aws:token looks like a secret: give it with --secret, or with --plaintext"),
        (["--secret", "aws:token", "hush"], "its secrets need a passphrase: set PULUMI_CONFIG_PASSPHRASE"),
        (["--type", "int", "volumeSize", "x"], "volumeSize = 'x' is not accepted; accepted: a value of type int"),
        (["--stack", "nope", "zones", "2"], "no stack 'nope'"),
        (["--path", "zones[5].x[", "2"], "is no path of a configuration key"),
    ],
)
def test_what_would_be_refused_is_not_written(
    project: Place, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)

    line = refused(project, "set", *words)

    assert line.startswith("error: ")
    assert said in line


def test_preview_says_the_same_of_the_same_values(project: Place) -> None:
    for words in (["natStrategy=some"], ["minSize=5"], ["tapp:zones=3"], ["zonez=3"], ["maxSize=1", "zones=2"]):
        given = [word for each in words for word in ("-c", each)]
        assert f"{refused(project, 'set', *words)}\n" == project.tap("preview", *given).err


def test_the_command_that_is_proposed_works(project: Place) -> None:
    proposed = refused(project, "set", "maxSize", "2").split("`")[1]

    assert proposed == "tap config set minSize=2 maxSize=2 desiredCapacity=2"
    worked(project, *proposed.split()[2:])


def test_what_was_wrong_before_is_no_obstacle_and_is_told(project: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "Production")

    done = project.tap("config", "set", "zones", "2")

    assert (done.code, 'tap:zones: "2"' in kept(project)) == (0, True)
    assert done.err.startswith(
        "warning: as before, the environment variable ENVIRONMENT = 'Production' is not accepted"
    )
    assert refused(project, "get", "environment").endswith("the environment variable ENVIRONMENT is 'Production'")
    assert "environment        Production          the environment variable ENVIRONMENT" in project.tap("config").out
    assert refused(project, "set", "zones", "99").endswith("tap:zones = '99' is not accepted; accepted: 2 to 8 zones")


def test_sizes_that_do_not_fit_can_be_mended_one_by_one(project: Place) -> None:
    (project.folder / "Pulumi.dev.yaml").write_text("config:\n  tap:minSize: 5\n  tap:zones: 99\n")

    first = project.tap("config", "set", "desiredCapacity", "6")
    second = project.tap("config", "set", "maxSize", "9")

    assert (first.code, second.code) == (0, 0)
    assert "warning: as before, tap:maxSize = '4' is not accepted; accepted: at least minSize, which is 5" in first.err
    assert second.err == "warning: as before, tap:zones = '99' is not accepted; accepted: 2 to 8 zones\n"
    assert refused(project, "set", "zones", "99").endswith("accepted: 2 to 8 zones")
    assert worked(project, "set", "zones", "2").out == "Pulumi.dev.yaml: zones = 2\n"


def test_what_is_not_set_is_an_error_that_names_what_holds(project: Place) -> None:
    assert (
        refused(project, "get", "volumeSize") == "error: volumeSize is not set in Pulumi.dev.yaml; its default is '8'"
    )
    assert "set there: environmentSuffix, natStrategy, zones" in refused(project, "rm", "aws:profile")


def test_a_secret_is_encrypted_hidden_and_reaches_the_program(project: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct horse")
    worked(project, "set", "--secret", "alarmEmail", "hush@example.com")

    assert "hush" not in kept(project)
    assert kept(project).startswith("config:\n  tap:environmentSuffix: try\n")
    assert "alarmEmail         [secret]  Pulumi.dev.yaml" in worked(project).out
    assert worked(project, "get", "alarmEmail").out == "hush@example.com\n"
    assert "hush@example.com" in worked(project, "ls", "--show-secrets").out
    assert worked(project, "ls", "--json").json["tap:alarmEmail"] == {"secret": True}
    assert "is not accepted" in refused(project, "set", "--secret", "alarmEmail", "no address")
    worked(project, "set", "zones", "2")
    assert "no local AWS is running" in project.tap("preview").err  # the configuration was read
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    assert "tap:alarmEmail is a secret. " in project.tap("preview").err


def test_a_key_that_the_project_declares_is_of_its_type_and_as_secret_as_declared(project: Place) -> None:
    declared = "name: mine\nruntime: python\nconfig:\n  size: {type: integer}\n  word: {type: string, secret: true}\n"
    (project.folder / "Pulumi.yaml").write_text(f"{declared}  other:key: {{value: x}}\n")
    (project.folder / "Pulumi.dev.yaml").write_text("")

    worked(project, "set", "size", "3")
    worked(project, "set", "other:more", "1")
    worked(project, "set", "tap:zones", "2")
    assert kept(project) == 'config:\n  mine:size: "3"\n  other:more: "1"\n  tap:zones: "2"\n'
    assert "other:key   x      Pulumi.yaml" in worked(project).out
    assert "mine:size must be of type 'integer', as Pulumi.yaml declares it" in refused(project, "set", "size", "x")
    assert "mine:word must be encrypted" in refused(project, "set", "word", "x")
    assert "accepted: a key of mine, tap, aws, pulumi or other, " in refused(project, "set", "tapp:zones", "2")


def test_a_stray_key_in_the_file_is_told_and_does_no_harm(project: Place) -> None:
    (project.folder / "Pulumi.dev.yaml").write_text(f"{STACK_FILE}  tapp:zones: 2\n")

    said = project.tap("preview").err

    assert "warning: tapp:zones is of a namespace that nobody is known to read; accepted: a key of tap, " in said
    worked(project, "rm", "tapp:zones")
    assert "tapp" not in kept(project)


def test_options_of_the_group_belong_to_listing(project: Place) -> None:
    assert "options come behind the command: `tap config get --help`" in refused(project, "--json", "get", "zones")


def test_a_shell_completes_its_commands_and_keys(project: Place) -> None:
    set_already = ["environmentSuffix", "natStrategy", "zones", "minSize", "desiredCapacity", "alarmEmail"]

    for line, words in (
        ("tap config ", ["ls", "get", "set", "rm"]),
        ("tap config set zo", ["zones"]),
        ("tap config rm ", set_already),
    ):
        asked = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_TAP_COMPLETE": "complete_bash"}
        assert project.run(**asked).out.split() == words


def test_a_value_may_come_from_the_standard_input(project: Place) -> None:
    process = project.start("config", "set", "instanceType")
    _, err = process.communicate("t4g.small\n", timeout=60)

    assert (process.returncode, err) == (0, "")
    assert worked(project, "get", "instanceType").out == "t4g.small\n"
