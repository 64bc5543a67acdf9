"""Clients of a cloud that can reach nothing else: boto3 clients, and the environment of a process.

The user's own configuration for AWS (profiles, endpoints, credentials, proxies) is kept out.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
from boto3.session import Session
from botocore.config import Config

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"  # the example key of AWS's documentation: whoever signs with it owns the account
SECRET_KEY = "not-verified"  # noqa: S105 - signatures are not
LOOPBACK = "127.0.0.1,localhost"

_making_clients = threading.Lock()  # boto3's sessions are not thread-safe; its clients are


def client(service: str, region: str, endpoint_url: str, **options: Any) -> Any:
    """A boto3 client.

    Args:
        service: boto3's name of it.
        region: Where it calls.
        endpoint_url: The cloud.
        options: More arguments of boto3's `client`, such as `config` or another `aws_access_key_id`.
    """
    keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
    direct = Config(proxies={})  # None would mean the proxies of the environment
    config = direct.merge(options.pop("config", None) or Config())
    with _making_clients:
        return _session().client(
            service, region_name=region, endpoint_url=endpoint_url, config=config, **(keys | options)
        )


@cache
def _session() -> Session:
    """A session that looks for a profile neither in the environment nor in a file. Slow to make, so kept."""
    nothing = (None, None, None, None)
    return Session(botocore_session=botocore.session.Session({"profile": nothing, "config_file": nothing}))


def environment(endpoint_url: str, region: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """`inherited` without the variables that AWS's SDKs read, and with those that lead them to the cloud."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
    }
