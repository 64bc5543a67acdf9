"""Client classes of botocore, made once for each service in a process that makes hundreds of clients.

A class has a method for each of a service's operations, each with a docstring: EC2's takes a tenth of a second, and
botocore makes a new one for each client. S3's is left alone: boto3 gives it more methods than botocore does.
What botocore finds out about the names of events is likewise found out once, and not by each client.
"""

from __future__ import annotations

from typing import Any

from botocore.client import ClientCreator
from botocore.hooks import EVENT_ALIASES, EventAliaser

APART = frozenset({"s3"})
_classes: dict[tuple[str, str], type] = {}
_make = ClientCreator._create_client_class


def _made_once(creator: Any, service: str, model: Any) -> type:
    key = service, model.api_version
    if key not in _classes or service in APART:
        _classes[key] = _make(creator, service, model)
    return _classes[key]


_begin = EventAliaser.__init__
_names: dict[str, str] = {}


def _knowing(aliaser: Any, event_emitter: Any, event_aliases: Any = None) -> None:
    _begin(aliaser, event_emitter, event_aliases)
    if aliaser._event_aliases == EVENT_ALIASES:
        aliaser._alias_name_cache = _names


def install() -> None:
    """Put it in place for this process."""
    ClientCreator._create_client_class = _made_once
    EventAliaser.__init__ = _knowing
