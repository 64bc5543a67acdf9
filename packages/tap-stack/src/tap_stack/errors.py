"""The errors that TAP raises on purpose.

TapError                      everything below; carries one readable message
├── UserError                 the input is wrong, nothing was touched: exit code 2
│   ├── ConfigError           a configuration key, its value and what would be accepted
│   ├── ProgramRefused        the Pulumi program itself refused to go on (it raised pulumi.RunError)
│   └── PolicyViolated        the program breaks mandatory rules
└── DeploymentError           something failed on the way: exit code 1; what stands is in the state
    ├── ProgramFailed         the Pulumi program ended with an exception of its own
    ├── ResourceFailed        the provider could not create, update or delete a resource
    ├── Interrupted           somebody asked it to stop: what was running has been finished
    └── StateError            the state file cannot be read or breaks a rule of its format
"""

from __future__ import annotations

from collections.abc import Sequence

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


class TapError(Exception):
    """Base of all of TAP's own errors; `str()` of it is what the user reads."""


class UserError(TapError):
    """The user's input is wrong, and nothing was created, changed or deleted."""


class ConfigError(UserError):
    """A configuration value that is not accepted.

    Args:
        key: The name under which the user set it, such as `AUTHORIZED_IP_RANGES` or `tap:zones`.
        value: What was found there.
        accepted: What would be accepted, as a phrase that completes "accepted: ...".
    """

    def __init__(self, key: str, value: object, accepted: str) -> None:
        name = key if key.isprintable() and len(key) <= LONGEST_KEY else shown(key)
        super().__init__(f"{name} = {shown(value)} is not accepted; accepted: {accepted}")
        self.key = key
        self.value = value
        self.accepted = accepted


class ProgramRefused(UserError):
    """The program raised `pulumi.RunError` before any resource was touched."""


class PolicyViolated(UserError):
    """The program breaks mandatory rules, and was not begun.

    Args:
        rules: Their ids.
    """

    def __init__(self, rules: Sequence[str]) -> None:
        super().__init__(f"the program breaks {', '.join(rules)}: nothing was touched; `tap check` explains")
        self.rules = tuple(rules)


class DeploymentError(TapError):
    """A deployment stopped part of the way; what stands is recorded in the state."""


class ProgramFailed(DeploymentError):
    """The program ended with an exception of its own; its traceback was printed."""


class ResourceFailed(DeploymentError):
    """A provider call failed.

    Args:
        urn: The resource's URN.
        operation: What was being done to it: `create`, `update`, `delete`, `read`, `check`.
        reason: The provider's own message.
    """

    def __init__(self, urn: str, operation: str, reason: str) -> None:
        super().__init__(f"{operation} of {urn} failed: {reason}")
        self.urn = urn
        self.operation = operation
        self.reason = reason


class Interrupted(DeploymentError):
    """The deployment was asked to stop, and did so in good order."""

    def __init__(self) -> None:
        super().__init__("interrupted: what was running has been finished and is recorded; deploy again to go on")


class StateError(DeploymentError):
    """The state file cannot be read, or breaks a rule of the deployment format."""
