"""R2: the boot script, linted and run twice; the agent's configuration."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tap_stack.components.policies import Place
from tap_stack.components.user_data import agent_configuration, boot_script

SCRIPT = boot_script("AmazonCloudWatch-tap-agent-dev", Place("aws", "eu-west-1", "123456789012"))
AGENT_CTL = "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl"

INSTALL = """
for name in "$@"; do
  name="${name##*/}"; name="${name%.rpm}"; name="${name%.deb}"
  case "$name" in amazon-*) test "$name" != "$BROKEN" && touch "$MACHINE/package-$name";; esac
done
"""
COMMANDS = {
    # Installed packages and enabled units are files of a folder; each command does what it does to those.
    "uname": "echo x86_64",
    "dnf": INSTALL,
    "yum": INSTALL,
    "apt-get": INSTALL,
    "python3": 'mkdir -p "$MACHINE/root"; touch "${!#}"',
    "systemctl": (
        'unit="${!#}"; case "$1" in '
        'cat) test -e "$MACHINE/package-$unit";; '
        'enable) test -e "$MACHINE/package-$unit" && touch "$MACHINE/enabled-$unit";; '
        'is-active) test -e "$MACHINE/enabled-$unit";; esac'
    ),
    "amazon-cloudwatch-agent-ctl": 'test -e "$MACHINE/package-amazon-cloudwatch-agent" && echo "$@" >"$MACHINE/agent"',
}
"""The commands that the script calls, as small models with the state of one machine."""

AMAZON_LINUX = ("ID=amzn\nID_LIKE=fedora\n", "dnf")
SYSTEMS = {
    "Amazon Linux 2023": AMAZON_LINUX,
    "Amazon Linux 2": ('ID="amzn"\nID_LIKE="centos rhel fedora"\n', "yum"),
    "Ubuntu": ("ID=ubuntu\nID_LIKE=debian\n", "apt-get"),
    "Debian": ("ID=debian\n", "apt-get"),
    "Red Hat": ('ID="rhel"\nID_LIKE="fedora"\n', "dnf"),
    "CentOS 7": ('ID="centos"\nID_LIKE="rhel fedora"\n', "yum"),
    "Rocky": ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "dnf"),
}
"""What a system says of itself in /etc/os-release, and what installs its packages."""


def boot(
    machine: Path, system: tuple[str, str] = AMAZON_LINUX, *, broken: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the script on a machine whose state is a folder; `broken` is a package that cannot be installed."""
    release, installer = system
    commands = machine / "bin"
    commands.mkdir(parents=True, exist_ok=True)
    (machine / "os-release").write_text(release)
    for name, body in COMMANDS.items():
        if name in {"dnf", "yum", "apt-get"} - {installer}:
            continue
        (commands / name).write_text(f'#!/bin/bash\necho {name} "$@" >>"$MACHINE/calls"\n{body}\n')
        (commands / name).chmod(0o755)
    tools = machine / "tools"  # the machine has nothing else that installs, whatever this one has
    if not tools.exists():
        tools.mkdir()
        for name in ("touch", "mkdir", "bash"):
            (tools / name).symlink_to(str(shutil.which(name)))
    environment = {"PATH": f"{commands}:{tools}", "MACHINE": str(machine), "BROKEN": broken or "none"}
    script = SCRIPT.replace(AGENT_CTL, str(commands / "amazon-cloudwatch-agent-ctl"))
    script = script.replace("/etc/os-release", str(machine / "os-release")).replace("/root/", f"{machine}/root/")
    return subprocess.run(["/bin/bash"], input=script, env=environment, capture_output=True, text=True, check=False)


def state(machine: Path) -> set[str]:
    return {path.name for path in machine.iterdir() if path.name not in {"bin", "calls", "os-release", "root", "tools"}}


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


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_bare_machine_ends_with_both_agents_running(tmp_path: Path, system: str) -> None:
    done = boot(tmp_path, SYSTEMS[system])

    assert (done.returncode, done.stderr) == (0, "")
    assert state(tmp_path) == DONE
    assert (tmp_path / "agent").read_text() == "-a fetch-config -m ec2 -s -c ssm:AmazonCloudWatch-tap-agent-dev\n"


def test_the_ssm_agent_is_not_installed_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "package-amazon-ssm-agent").touch()

    assert boot(tmp_path).returncode == 0
    assert "dnf install -y amazon-ssm-agent" not in (tmp_path / "calls").read_text()


def test_ubuntus_own_agent_is_used(tmp_path: Path) -> None:
    snap = "snap.amazon-ssm-agent.amazon-ssm-agent"
    (tmp_path / f"package-{snap}").touch()

    assert boot(tmp_path, SYSTEMS["Ubuntu"]).returncode == 0
    assert f"enabled-{snap}" in state(tmp_path)
    assert "package-amazon-ssm-agent" not in state(tmp_path)


@pytest.mark.parametrize(
    ("system", "agents"),
    [
        ("Debian", ("latest/debian_amd64/amazon-ssm-agent.deb", "debian/amd64/latest/amazon-cloudwatch-agent.deb")),
        ("Red Hat", ("latest/linux_amd64/amazon-ssm-agent.rpm", "redhat/amd64/latest/amazon-cloudwatch-agent.rpm")),
    ],
)
def test_others_than_amazon_linux_take_the_agents_from_the_regions_s3(
    tmp_path: Path, system: str, agents: tuple[str, ...]
) -> None:
    assert boot(tmp_path, SYSTEMS[system]).returncode == 0

    calls = (tmp_path / "calls").read_text()
    ssm, cloudwatch = agents
    assert f"https://s3.eu-west-1.amazonaws.com/amazon-ssm-eu-west-1/{ssm}" in calls
    assert f"https://amazoncloudwatch-agent-eu-west-1.s3.eu-west-1.amazonaws.com/{cloudwatch}" in calls


def test_china_has_its_own_domain() -> None:
    script = boot_script("agent", Place("aws-cn", "cn-north-1", "123456789012"))

    assert "https://s3.cn-north-1.amazonaws.com.cn/amazon-ssm-cn-north-1/" in script


def test_a_system_without_agents_is_named(tmp_path: Path) -> None:
    refused = boot(tmp_path, ("ID=arch\n", "yum"))

    assert refused.returncode == 1
    assert "no agents for arch" in refused.stderr
    assert state(tmp_path) == set()


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
