"""Finds the embedded AWS that the environment names, and refuses one that is not on this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from embedded_pulumi.provider import ProviderError

VARIABLE = "AWS_ENDPOINT_URL"
"""Every AWS client reads this variable (AWS SDKs and Tools Reference Guide, "Service-specific endpoints")."""

_ADVICE = f"set {VARIABLE} to the address of one on this machine, such as http://127.0.0.1:4566"
_CONNECT_SECONDS = 2.0


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine. The name alone decides; nothing is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def embedded_endpoint(environ: Mapping[str, str]) -> str:
    """The URL of the embedded AWS.

    Raises:
        ProviderError: the environment names none, one that is not on this machine, or one that does not answer.
    """
    url = environ.get(VARIABLE, "")
    if not url:
        raise ProviderError(f"this provider deploys into an embedded AWS, and {VARIABLE} names none: {_ADVICE}")
    host, port = _host_and_port(url)
    if port is None or not is_loopback(host):
        raise ProviderError(
            f"{VARIABLE} = {url!r} is not accepted: this provider calls an embedded AWS on this machine and nothing "
            "else; accepted: such as http://127.0.0.1:4566"
        )
    address = "127.0.0.1" if host == "localhost" else str(host)
    try:
        socket.create_connection((address, port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        raise ProviderError(f"no embedded AWS answers at {url} ({error.strerror or error}): {_ADVICE}") from error
    return url.replace("localhost", address, 1) if host == "localhost" else url


def _host_and_port(url: str) -> tuple[str | None, int | None]:
    parts = urlsplit(url)
    try:
        return (parts.hostname, parts.port or 80) if parts.scheme == "http" else (None, None)
    except ValueError:  # a port that is no number
        return None, None
