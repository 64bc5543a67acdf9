"""An embedded AWS in a process of its own, as there is one in a process at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from support.serving import serving


@contextmanager
def cloud(region: str, *, speed: int) -> Iterator[str]:
    """Its address; time in it runs so many times as fast as real time."""
    with serving(__file__, region, str(speed)) as url:
        yield url


def main(region: str, speed: str) -> None:
    from embedded_aws.embedded import Cloud  # noqa: PLC0415 - who starts the process has no use for it

    with Cloud(speed=int(speed), region=region) as running:
        print(running.endpoint_url, flush=True)  # noqa: T201 - the address is the output
        input()


if __name__ == "__main__":
    main(*sys.argv[1:])
