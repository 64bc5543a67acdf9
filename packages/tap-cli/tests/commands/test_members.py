"""`tap fleet` in words and columns; that it tells what AWS says is in `test_daily_work.py`."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import Any

import pytest
from support.command import TAP, clean

from embedded_aws.fleet import GroupSettings, Timings
from embedded_aws.in_process import target_groups
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.session import ClientSession
from embedded_aws.in_process.world import build
from tap_cli.commands.members import FleetStatus, MemberStatus, _rows, _unhealthy_targets, _verdict
from tap_cli.display.verdicts import REASONS
from tap_cli.sim.chance import stream
from tap_stack.healer.model import Reason

WELL = MemberStatus("i-0123456789abcdef0", "us-east-1a", "InService", "Healthy", (), 90_000, "12", "healthy")
ILL = MemberStatus(
    "i-0fedcba9876543210", "us-east-1b", "InService", "Healthy", ("system impaired",), 720, "12", REASONS["floor"]
)
FLEET = FleetStatus("2026-11-30T09:00:00Z", "tap-fleet-dev", 2, 2, "live", (WELL, ILL))


def test_every_reason_of_the_healers_has_words_that_fit_beside_an_id_at_60_columns() -> None:
    assert REASONS.keys() == {reason.value for reason in Reason}
    assert max(map(len, REASONS.values())) <= 60 - len("i-0123456789abcdef0  ")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, None])
def test_no_row_is_wider_than_the_terminal_and_ids_are_whole(width: int | None) -> None:
    head, titles, *rows = _rows(FLEET, width)

    assert width is None or max(map(len, (head, titles, *rows))) <= width
    assert [row.split()[0] for row in rows] == [WELL.id, ILL.id]
    assert titles.split()[0] == "instance"
    assert "verdict" in titles
    assert ("version" in titles) == (width is None or width >= 120)


def test_a_file_has_every_column() -> None:
    titles, well, ill = (row.split("  ") for row in _rows(FLEET, None)[1:])

    assert [each.strip() for each in titles if each][-1] == "verdict"
    assert [each.strip() for each in well if each][3:] == ["ok", "Healthy", "1 d", "12", "healthy"]
    assert [each.strip() for each in ill if each][3:] == [
        "system impaired",
        "Healthy",
        "12 min",
        "12",
        REASONS["floor"],
    ]


@pytest.mark.parametrize(
    ("state", "health", "failing", "reason", "target", "verdict"),
    [
        ("InService", "Healthy", (), None, None, "healthy"),
        ("InService", "Healthy", ("instance initializing",), None, None, "starting: its checks are not done"),
        ("InService", "Healthy", ("ebs impaired",), None, None, "impaired: no sweep has seen it yet"),
        ("InService", "Healthy", ("ebs impaired",), "floor", None, "held back: too few would be left"),
        ("InService", "Healthy", ("ebs impaired",), "floor", "Target.Timeout", "held back: too few would be left"),
        ("InService", "Healthy", (), None, "Target.Timeout", "unhealthy target: Target.Timeout"),
        ("InService", "Healthy", (), None, "", "unhealthy target"),
        ("InService", "Unhealthy", (), None, "Target.Timeout", "marked: its replacement was asked for"),
        ("InService", "Unhealthy", ("ebs impaired",), "floor", None, "marked: its replacement was asked for"),
        ("Pending:Wait", "Healthy", (), None, None, "starting"),
        ("Terminating", "Unhealthy", ("ebs impaired",), None, "Target.Timeout", "leaving"),
        ("Standby", "Healthy", (), None, None, "out of service: Standby"),
    ],
)
def test_a_verdict_is_what_counts_most(  # noqa: PLR0917 - a table
    state: str, health: str, failing: tuple[str, ...], reason: str | None, target: str | None, verdict: str
) -> None:
    assert _verdict(state, health, failing, reason, target) == verdict


class Asked:
    """A deployed stack whose AWS is the one in process."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    def ask(self, service: str, call: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(getattr(self._session, service), call)(**params)
        return answer


def test_load_balancers_are_asked_about_each_target_group() -> None:
    settings = GroupSettings(0, 6, 3, ("a",), "1")
    world = build(settings, Timings(), stream(0, "group"))
    world.advance(world.now + timedelta(minutes=10))
    target_groups.attach(world, 2)
    sick = min(member.id for member in world.fleet.members)
    target_groups.fail(world, sick, "Target.FailedHealthChecks")
    stack = Asked(ClientSession(Account(world, stream(0, "api"))))

    assert _unhealthy_targets(stack, world.target_groups) == {sick: "Target.FailedHealthChecks"}  # type: ignore[arg-type]
    assert stack._session.account.calls == {"DescribeTargetHealth": 2}
    assert _unhealthy_targets(stack, []) == {}  # type: ignore[arg-type]


def tap(*args: str, **environ: str) -> str:
    done = subprocess.run([*TAP, *args], env=clean(environ), capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_a_shell_completes_commands_and_options() -> None:
    asked = {"COMP_WORDS": "tap local env --un", "COMP_CWORD": "3", "_TAP_COMPLETE": "complete_bash"}

    assert tap(**asked).split() == ["--unset"]
    for shell in ("bash", "zsh", "fish"):
        assert "_TAP_COMPLETE=complete_" in tap("completion", shell)


def test_the_version_is_the_distributions() -> None:
    assert tap("--version").startswith("tap 0.")
