"""Has Prowler ask an AWS account: runs in Prowler's own environment, and imports nothing of ours.

    .venv-prowler/bin/python bench/security/ask_account.py ARGUMENTS OF PROWLER

Where AWS is comes from the environment. Prowler must ask that alone: whatever would leave this machine is refused.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any


def is_loopback(host: object) -> bool:
    """Whether an address, or a name to look up, is of this machine."""
    if not isinstance(host, str) or host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_to_dial_out(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook: a look-up or a connection that leaves the machine is told, and is an error."""
    looked_up = event == "socket.getaddrinfo" and args[0]
    dialled = event == "socket.connect" and args[0].family != socket.AF_UNIX and args[1][0]
    host = looked_up or dialled
    if host and not is_loopback(host):
        print(f"REFUSED {host}", file=sys.stderr, flush=True)
        raise ConnectionRefusedError(f"{host} is not this machine")


if __name__ == "__main__":
    sys.addaudithook(refuse_to_dial_out)
    from prowler.__main__ import prowler

    sys.exit(prowler())
