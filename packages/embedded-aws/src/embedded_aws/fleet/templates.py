"""Launch templates as a group names them, and what `$Latest` and `$Default` mean at the moment of a launch.

A key is `<id>:<version>`, such as `lt-1:3`, or the version alone where a group has one template only.

Source: API LaunchTemplateSpecification: with `$Latest` or `$Default` "Amazon EC2 Auto Scaling selects the latest [or
the default] version of the launch template when launching instances".
"""

from __future__ import annotations

LATEST, DEFAULT = "$Latest", "$Default"
FIRST_VERSION = "1"


def split(key: str) -> tuple[str, str]:
    """A key as template id ("" if it names none) and version."""
    identity, _, version = key.rpartition(":")
    return identity, version


def follows(key: str) -> bool:
    """Whether this key may mean another version later."""
    return key.endswith((LATEST, DEFAULT))


class Templates:
    """The newest and the default version of each launch template; version 1 of one that nothing is known of."""

    def __init__(self) -> None:
        self._latest: dict[str, str] = {}
        self._default: dict[str, str] = {}

    def publish(self, key: str, *, default: bool) -> None:
        """Take note of a new version, which is the latest from now on; with `default` also the default one."""
        identity, version = split(key)
        self._latest[identity] = version
        if default:
            self._default[identity] = version

    def resolve(self, key: str) -> str:
        """The key with the version that it means now."""
        if not follows(key):
            return key
        identity, version = split(key)
        known = self._latest if version == LATEST else self._default
        number = known.get(identity, FIRST_VERSION)
        return f"{identity}:{number}" if identity else number
