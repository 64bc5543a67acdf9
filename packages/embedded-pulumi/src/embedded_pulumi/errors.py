"""The errors that a deployment raises on purpose.

EngineError                   everything below; carries one readable message
├── UserError                 the input is wrong, nothing was touched
│   ├── ProgramRefused        the program itself refused to go on (it raised pulumi.RunError)
│   └── PolicyViolated        the program breaks mandatory rules
└── DeploymentError           something failed on the way; what stands is in the state
    ├── ProgramFailed         the program ended with an exception of its own
    ├── ResourceFailed        the provider could not create, update or delete a resource
    ├── Interrupted           somebody asked it to stop: what was running has been finished
    └── StateError            the state file cannot be read or breaks a rule of its format
"""

from __future__ import annotations

from collections.abc import Sequence


class EngineError(Exception):
    """Base of all errors of this package; `str()` of it is what the user reads."""


class UserError(EngineError):
    """The user's input is wrong, and nothing was created, changed or deleted."""


class ProgramRefused(UserError):
    """The program raised `pulumi.RunError` before any resource was touched."""


class PolicyViolated(UserError):
    """The program breaks mandatory rules, and was not begun.

    Args:
        rules: Their ids.
    """

    def __init__(self, rules: Sequence[str]) -> None:
        super().__init__(f"the program breaks {', '.join(rules)}: nothing was touched")
        self.rules = tuple(rules)


class DeploymentError(EngineError):
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
