"""Where moto does the same work for each request, and nothing hangs on it: kept, or done in a plainer way.

Together it was a fifth of the time in which this process answers (moto 5.2.5, xmltodict 1.0, a deployment of 78
resources). What is put in place gives the same answers; the tests compare the two.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from botocore.loaders import Loader, create_loader
from moto import backends
from moto.core import responses, serialize, utils
from moto.core.base_backend import BackendDict, backend_lock
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

_BACKENDS: Any = backends
_BACKEND_DICT: Any = BackendDict
_RESPONSES: Any = responses
_SERIALIZE: Any = serialize
_UTILS: Any = utils
"""Their names are replaced, which no type allows."""


class Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher, which lists the folders of its package to find out which backend a host belongs to."""

    def get_backend_for_host(self, host: str | None) -> Any:
        """The backend of a host; there is one host for each service and region."""
        return self._known(host)

    @cache  # noqa: B019 - lives as long as the process: one dispatcher for each cloud
    def _known(self, host: str | None) -> Any:
        return super().get_backend_for_host(host)


@cache
def application(service: Any) -> Any:
    """A service's Flask application: routes and functions, and no state, so that all clouds may have the same."""
    return create_backend_app(service)


def install() -> None:
    """Put it in place, for this process; a second time changes nothing."""
    _BACKENDS._import_backend = _imported  # noqa: SLF001 - moto has no other place for it
    _BACKEND_DICT.__getitem__ = _account_of
    _BACKEND_DICT.reset = _reset
    _RESPONSES.method_names_from_class = _method_names
    _UTILS.create_loader = _shared_loader
    _SERIALIZE.xmltodict = SimpleNamespace(unparse=unparse)


_import = _BACKENDS._import_backend  # noqa: SLF001 - likewise
_made, _forget = BackendDict.__getitem__, BackendDict.reset
_listed: set[tuple[int, str]] = set()
"""The service and account of everything that moto has on its list of what is in use, and forgets with it."""


@cache
def _imported(module_name: str, backends_name: str) -> Any:
    """The accounts of a service; moto imports its module for each look."""
    return _import(module_name, backends_name)


def _account_of(service: Any, account_id: str) -> Any:
    """What a service holds of an account; moto looks through the list of all that is in use at each look."""
    key = (id(service), account_id)
    found = dict.get(service, account_id) if key in _listed else None
    if found is None:
        with backend_lock:
            found = _made(service, account_id)
            _listed.add(key)
    return found


def _reset() -> None:
    """Forget everything. What a service makes of another one while that is forgotten is on no list afterwards."""
    with backend_lock:
        _forget()
        _listed.clear()


@cache
def _method_names(class_: type) -> list[str]:
    """The names of a backend's operations, in which each request looks for its own."""
    return utils.method_names_from_class(class_)


@cache
def _shared_loader() -> Loader:
    """One loader of botocore's models: a new one looks through the folders of 400 services before it reads one."""
    return create_loader()


checked_unparse = _SERIALIZE.xmltodict.unparse
"""xmltodict's own, which looks at each character of each name."""


def unparse(body: dict[str, Any], **options: Any) -> str:
    """What xmltodict writes, for names that come from botocore's models and need no look.

    Args:
        body: Element names to texts, numbers, lists and further elements; `@name` is an attribute, `#text` the text.
        options: Those of `xmltodict.unparse`.
    """
    if options.get("pretty") or not options.get("short_empty_elements"):
        written: str = checked_unparse(body, **options)
        return written
    parts = ['<?xml version="1.0" encoding="utf-8"?>\n'] if options.get("full_document", True) else []
    for name, value in body.items():
        _write(name, value, parts)
    return "".join(parts)


def _write(name: str, value: Any, parts: list[str]) -> None:
    if isinstance(value, list | tuple):
        for item in value:
            _write(name, item, parts)
        return
    if not isinstance(value, dict):
        text = _text(value)
        parts.append(f"<{name}>{escape(text)}</{name}>" if text else f"<{name}/>")
        return
    attributes = "".join(f" {key[1:]}={quoteattr(_text(item))}" for key, item in value.items() if key[0] == "@")
    parts.append(f"<{name}{attributes}>")
    begun = len(parts)
    for key, item in value.items():
        if key[0] != "@" and key != "#text":
            _write(key, item, parts)
    if text := _text(value.get("#text")):
        parts.append(escape(text))
    if len(parts) == begun:
        parts[-1] = f"<{name}{attributes}/>"
    else:
        parts.append(f"</{name}>")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
