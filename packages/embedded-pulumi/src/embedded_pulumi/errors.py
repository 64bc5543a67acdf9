"""The errors that a deployment raises on purpose.

EngineError                   everything below; carries one readable message
├── UserError                 the input is wrong; no resource was changed
│   ├── ProgramRefused        the program raised pulumi.RunError
│   ├── StackInUse            another deployment of the stack is under way
│   ├── UnsupportedTypes      the program has resources of types that no provider has
│   └── PolicyViolated        the program breaks mandatory rules
└── DeploymentError           the deployment failed; the state says how the resources stand
    ├── ProgramFailed         the program ended with an exception
    ├── ResourceFailed        a step of a resource failed
    │   └── Protected         it would have to delete a protected resource
    ├── Interrupted           the deployment was interrupted; the steps that ran have been finished
    └── StateError            the state file cannot be read or breaks a rule of its format
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class EngineError(Exception):
    """Base of all errors of this package; `str()` of it is what the user reads."""


class UserError(EngineError):
    """The user's input is wrong; no resource was created, changed or deleted."""


class ProgramRefused(UserError):
    """The program raised `pulumi.RunError` before any resource was changed."""


class StackInUse(UserError):
    """Another deployment of the stack is under way.

    Args:
        state: The file of its state.
    """

    def __init__(self, state: object) -> None:
        super().__init__(f"another deployment of this stack is under way ({state} is locked): nothing was touched")


class UnsupportedTypes(UserError):
    """The program has resources of types that no provider of the deployment has, and no step was executed.

    Args:
        resources: The types, with the names of their resources.
    """

    def __init__(self, resources: Mapping[str, Sequence[str]]) -> None:
        listed = ", ".join(f"{type_} ({', '.join(sorted(names))})" for type_, names in sorted(resources.items()))
        super().__init__(f"resource types that are not supported here: {listed}: nothing was touched")
        self.types = tuple(sorted(resources))


class PolicyViolated(UserError):
    """The program breaks mandatory rules, and no step was executed.

    Args:
        rules: Their ids.
    """

    def __init__(self, rules: Sequence[str]) -> None:
        super().__init__(f"the program breaks {', '.join(rules)}: nothing was touched")
        self.rules = tuple(rules)


class DeploymentError(EngineError):
    """A deployment failed; the state says how the resources stand."""


class ProgramFailed(DeploymentError):
    """The program ended with an exception; its traceback was told."""


class ResourceFailed(DeploymentError):
    """A step of a resource failed.

    Args:
        urn: The resource's URN.
        operation: The operation, such as `create`, `update`, `delete`, `read` or `check`.
        reason: The message of the provider.
    """

    def __init__(self, urn: str, operation: str, reason: str) -> None:
        super().__init__(f"{operation} of {urn} failed: {reason}")
        self.urn = urn
        self.operation = operation
        self.reason = reason


class Protected(ResourceFailed):
    """A resource would have to be deleted or replaced, and is protected; arguments as of ResourceFailed."""


class Interrupted(DeploymentError):
    """The deployment was interrupted, and stopped after the steps that ran.

    Args:
        recorded: Whether the state has anything of it: a preview records nothing, as does one that had not begun.
    """

    def __init__(self, *, recorded: bool = False) -> None:
        found = "what was running has been finished and is recorded" if recorded else "nothing was changed"
        super().__init__(f"interrupted: {found}")
        self.recorded = recorded


class StateError(DeploymentError):
    """The state file cannot be read, or breaks a rule of the deployment format."""
