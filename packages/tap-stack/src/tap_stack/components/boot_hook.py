"""A first boot that fails is a launch that fails: the lifecycle hook, and what the instance says to it.

The group holds each new instance until `boot_watch`, which runs on it, has told how cloud-init ended. An instance that
failed is terminated, another is launched after a pause, and the topic hears of the failed launch. Only a fleet with
files of its user's has the hook: `tap:userDataFile`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tap_stack.components.policies import GROUPS, Place, Statement

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
HEARTBEAT = 300
"""Seconds without a heartbeat after which the launch is given up; `boot_watch` sends one each minute."""

WATCH = Path(__file__).with_name("boot_watch.py")


def hook(name: str) -> dict[str, Any]:
    """The properties of the hook."""
    return {
        "name": name,
        "lifecycle_transition": LAUNCHING,
        "heartbeat_timeout": HEARTBEAT,
        "default_result": "ABANDON",
    }


def statement(place: Place, group: str) -> Statement:
    """What the instances' role may do for it: complete the actions of its own group, and ask for more time."""
    return Statement(
        "CompleteBoot",
        ("autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"),
        (place.arn("autoscaling", f"{GROUPS}{group}"),),
    )


def watch_script(group: str, hook_name: str, place: Place) -> str:
    """A script that starts `boot_watch` in the background and lets cloud-init go on.

    It is the first of the scripts: what runs after it may fail. It cannot wait itself, since cloud-init waits for it.
    """
    domain = "amazonaws.com.cn" if place.partition == "aws-cn" else "amazonaws.com"
    endpoint = f"https://autoscaling.{place.region}.{domain}"
    return f"""#!/bin/bash
# Tell {group} how this first boot ends. journalctl -u tap-boot-watch
set -euo pipefail

# The Python that cloud-init runs on; on Amazon Linux 2 that is too old.
read -r python <"$(command -v cloud-init)"
python="${{python#\\#!}}"; python="${{python%% *}}"
case "${{python}}" in
  *python2*) command -v python3 >/dev/null || yum install -y python3; python="$(command -v python3)" ;;
  *) ;;
esac

watch=/usr/local/sbin/tap-boot-watch
cat >"${{watch}}" <<'WATCH'
{WATCH.read_text(encoding="utf-8")}WATCH
systemd-run --unit=tap-boot-watch "${{python}}" "${{watch}}" '{group}' '{hook_name}' '{place.region}' '{endpoint}'
"""
