"""The error that the product raises on purpose, and how a message shows what the user wrote."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST_SHOWN = 80
"""Characters of a user's value that a message shows."""

LONGEST_KEY = 300
"""Characters of a key: one within a file of the user's begins with the file's path."""


def shown(value: object) -> str:
    """A value as a message shows it: on one line, shortened, and with an escape for whatever cannot be seen."""
    text = value if isinstance(value, str) else repr(value)
    if len(text) <= LONGEST_SHOWN:
        return repr(value)
    return f"{text[:LONGEST_SHOWN]!r}... ({len(text)} characters)"


class ConfigError(Exception):
    """A configuration value that is not accepted.

    Args:
        key: The name under which the user set it, such as `AUTHORIZED_IP_RANGES` or `tap:zones`.
        value: What was found there.
        accepted: What would be accepted, as a phrase that completes "accepted: ...".
        together: Values of this key and of others that are accepted together, by full key.

    Attributes:
        alone: What would be accepted while the other keys stay.
    """

    def __init__(self, key: str, value: object, accepted: str, together: Mapping[str, str] | None = None) -> None:
        name = key if key.isprintable() and len(key) <= LONGEST_KEY else shown(key)
        fitting = " ".join(f"{each}={text}" for each, text in (together or {}).items())
        self.accepted = f"{accepted}; or together {fitting}" if fitting else accepted
        super().__init__(f"{name} = {shown(value)} is not accepted; accepted: {self.accepted}")
        self.key = key
        self.value = value
        self.alone = accepted
        self.together = together or {}


class QuestionRefused(Exception):
    """AWS does not answer what the program must know before it makes anything; `str()` of it is one line."""
