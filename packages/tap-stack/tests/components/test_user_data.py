"""R2: the boot script, linted and run twice; the agent's configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tap_stack.components.user_data import agent_configuration, boot_script

SCRIPT = boot_script("AmazonCloudWatch-tap-agent-dev")
AGENT_CTL = "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl"

COMMANDS = {
    # Installed packages and enabled units are files of a folder; each command does what it does to those.
    "rpm": 'test -e "$MACHINE/package-${!#}"',
    "dnf": 'for name in "${@:3}"; do test "$name" != "$BROKEN" && touch "$MACHINE/package-$name"; done',
    "systemctl": (
        'unit="${!#}"; case "$1" in '
        'enable) test -e "$MACHINE/package-$unit" && touch "$MACHINE/enabled-$unit";; '
        'is-active) test -e "$MACHINE/enabled-$unit";; esac'
    ),
    "amazon-cloudwatch-agent-ctl": 'test -e "$MACHINE/package-amazon-cloudwatch-agent" && echo "$@" >"$MACHINE/agent"',
}
"""The commands of Amazon Linux 2023 that the script calls, as small models with the state of one machine."""


def boot(machine: Path, *, broken: str = "") -> subprocess.CompletedProcess[str]:
    """Run the script on a machine whose state is a folder; `broken` is a package that cannot be installed."""
    commands = machine / "bin"
    commands.mkdir(parents=True, exist_ok=True)
    for name, body in COMMANDS.items():
        (commands / name).write_text(f'#!/bin/bash\necho {name} "$@" >>"$MACHINE/calls"\n{body}\n')
        (commands / name).chmod(0o755)
    environment = {"PATH": f"{commands}:{os.environ['PATH']}", "MACHINE": str(machine), "BROKEN": broken or "none"}
    script = SCRIPT.replace(AGENT_CTL, str(commands / "amazon-cloudwatch-agent-ctl"))
    return subprocess.run(["/bin/bash"], input=script, env=environment, capture_output=True, text=True, check=False)


def state(machine: Path) -> set[str]:
    return {path.name for path in machine.iterdir() if path.name not in {"bin", "calls"}}


DONE = {
    "package-amazon-ssm-agent",
    "package-amazon-cloudwatch-agent",
    "enabled-amazon-ssm-agent",
    "enabled-amazon-cloudwatch-agent",
    "agent",
}


def test_shellcheck_finds_nothing() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    checked = subprocess.run(
        [str(shellcheck), "--enable=all", "-"], input=SCRIPT, capture_output=True, text=True, check=False
    )

    assert checked.stdout == ""
    assert checked.returncode == 0


def test_a_bare_machine_ends_with_both_agents_running(tmp_path: Path) -> None:
    done = boot(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert state(tmp_path) == DONE
    assert (tmp_path / "agent").read_text() == "-a fetch-config -m ec2 -s -c ssm:AmazonCloudWatch-tap-agent-dev\n"


def test_the_ssm_agent_is_not_installed_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "package-amazon-ssm-agent").touch()

    assert boot(tmp_path).returncode == 0
    assert "dnf install --assumeyes amazon-ssm-agent" not in (tmp_path / "calls").read_text()


def test_it_can_be_run_twice(tmp_path: Path) -> None:
    boot(tmp_path)
    again = boot(tmp_path)

    assert (again.returncode, state(tmp_path)) == (0, DONE)


def test_it_stops_at_the_first_error(tmp_path: Path) -> None:
    stopped = boot(tmp_path, broken="amazon-cloudwatch-agent")

    assert stopped.returncode != 0
    assert state(tmp_path) == {"package-amazon-ssm-agent", "enabled-amazon-ssm-agent"}


def test_it_fits_into_user_data() -> None:
    assert len(SCRIPT.encode()) < 16 * 1024


def test_the_agent_reports_memory_and_disk_for_the_group_without_asking_ec2() -> None:
    metrics = json.loads(agent_configuration("tap-fleet-dev"))["metrics"]

    assert {name: found["measurement"] for name, found in metrics["metrics_collected"].items()} == {
        "mem": ["mem_used_percent"],
        "disk": ["used_percent"],
    }
    assert [found["append_dimensions"] for found in metrics["metrics_collected"].values()] == [
        {"AutoScalingGroupName": "tap-fleet-dev"}
    ] * 2
    assert "aws:AutoScalingGroupName" not in json.dumps(metrics)
