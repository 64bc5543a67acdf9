"""The refusals of a group, under AWS's own error codes."""

from __future__ import annotations


class Refused(Exception):
    """A request that the group does not carry out; nothing has changed.

    Args:
        code: AWS's error code, such as `ValidationError`.
        message: AWS's words where they are known.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def invalid(message: str) -> Refused:
    """A `ValidationError`, AWS's answer to nearly everything."""
    return Refused("ValidationError", message)


def no_such_instance(instance_id: str) -> Refused:
    """AWS's answer to an instance id that is no member of any group."""
    return invalid(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")
