"""A look at a stack is quick: it loads neither the engine nor Pulumi's SDK, which take longer than the look."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("pulumi", "pulumi_aws", "grpc", "boto3", "embedded_pulumi.engine.engine", "pulumi_guardrails")


def test_what_is_recorded_is_read_without_the_engine() -> None:
    look = f"import sys, tap_cli.commands.states; print([name for name in {HEAVY} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
