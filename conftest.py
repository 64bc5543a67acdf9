"""What holds for every test: only this machine is dialled, and random tests draw the same in every run.

Also which tests a worker of `pytest -n` gets at a time: those of a file, or of a folder whose files share stacks.
"""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import sys
from typing import Any

import pytest
from hypothesis import settings
from support import quick_clients
from xdist.scheduler import LoadFileScheduling

# A stray profile or endpoint of the developer's must never reach a test.
for _name in [name for name in os.environ if name.startswith(("AWS_", "PULUMI_"))]:
    del os.environ[_name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

# Else Python looks for garbage among all that is imported again and again; the command line does likewise.
gc.set_threshold(100_000)

quick_clients.install()

# Two runs say the same of a commit. New draws: `pytest --hypothesis-profile=explore`, and `make soak`.
settings.register_profile("tap", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("tap")


class DialledOut(RuntimeError):
    """A test tried to reach something that is not this machine."""


def _is_loopback(host: object) -> bool:
    if not isinstance(host, str) or host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_to_dial_out(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook: a name look-up or a connection that leaves the machine is an error, whichever thread makes it."""
    if event == "socket.getaddrinfo" and not _is_loopback(args[0]):
        raise DialledOut(f"a test looked up {args[0]!r}; only loopback is allowed")
    if event == "socket.connect" and args[0].family != socket.AF_UNIX and not _is_loopback(args[1][0]):
        raise DialledOut(f"a test connected to {args[1]!r}; only loopback is allowed")


sys.addaudithook(refuse_to_dial_out)


TOGETHER = "tests/deployed"
"""A folder whose files share deployed stacks: each worker with one of its files would deploy them again."""
ALONE = frozenset(
    f"{TOGETHER}/test_{name}.py" for name in ("accounts", "clients", "day_two", "deployer", "permissions", "rollouts")
)
"""Those of its files that deploy stacks of their own."""


class InOrder(LoadFileScheduling):
    """Hands out a file at a time, and that folder as if it were one, in the order of `testpaths`."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # else the files with the most tests come first, not the slowest

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return TOGETHER if file.startswith(f"{TOGETHER}/") and file not in ALONE else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> InOrder | None:
    """Schedule as above for `--dist loadfile`."""
    return InOrder(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped even when none was."""
    terminalreporter.write_line(f"skipped: {len(terminalreporter.stats.get('skipped', []))}")
