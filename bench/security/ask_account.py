"""Has Prowler ask an AWS account: runs in Prowler's own environment, and imports nothing of ours.

    .venv-prowler/bin/python bench/security/ask_account.py REGION SERVICE...

Prints one JSON document: every check that said something, with the resource and what was said, and what Prowler logged
as an error. Where AWS is comes from the environment. Prowler must ask that alone: what would leave this machine is
refused.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import socket
import sys
from typing import Any

from prowler.config.config import prowler_version
from prowler.lib.logger import logger
from prowler.lib.scan.scan import Scan
from prowler.providers.aws.aws_provider import AwsProvider

ASKS_OTHERS = ["ec2_elastic_ip_shodan"]
"""Checks that ask somebody else than AWS."""


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


class Errors(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.texts.append(record.getMessage())


def ask(region: str, services: list[str]) -> dict[str, Any]:
    """What Prowler's checks of some services say of the account."""
    errors = Errors()
    logger.addHandler(errors)
    scan = Scan(
        AwsProvider(regions={region}, scan_unused_services=True), services=services, excluded_checks=ASKS_OTHERS
    )
    said = [
        [each.metadata.CheckID, each.status.value, each.status_extended, each.resource_uid]
        for _, findings in scan.scan()
        for each in findings
    ]
    return {"version": prowler_version, "checks": scan.checks_to_execute, "said": said, "errors": errors.texts}


if __name__ == "__main__":
    sys.addaudithook(refuse_to_dial_out)
    print(json.dumps(ask(sys.argv[1], sys.argv[2:])))
