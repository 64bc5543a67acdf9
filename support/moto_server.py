"""A plain moto server in a process of its own: moto's state belongs to its whole process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support.serving import serving

MOTO = {
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    "MOTO_ACM_VALIDATION_WAIT": "0",  # seconds until a certificate is issued
}


@contextmanager
def moto() -> Iterator[str]:
    """The server's address."""
    with serving(__file__, environ={**os.environ, **MOTO}) as url:
        yield url


def _forget_made_up_targets() -> None:
    """Moto 5.2.5 tells of each lifecycle hook a notification target and a role that nobody gave it."""
    from moto.autoscaling import models  # noqa: PLC0415 - see below

    class Told(models.LifecycleHook):
        __module__ = models.__name__  # moto's metaclass reads the service from it

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.role_arn = self.notification_target_arn = ""

    models.LifecycleHook = Told  # type: ignore[misc]


def main() -> None:
    from moto.core.config import default_user_config  # noqa: PLC0415 - who starts the process has no use for moto
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    _forget_made_up_targets()
    default_user_config["lambda"] = {"use_docker": False}  # a function that is invoked answers what moto makes up
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print("http://{}:{}".format(*server.get_host_and_port()), flush=True)  # noqa: T201 - the address is the output
    input()


if __name__ == "__main__":
    main()
