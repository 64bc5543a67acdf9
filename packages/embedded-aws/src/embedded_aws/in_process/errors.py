"""An error of AWS's own, as it is raised by whatever answers a call."""

from __future__ import annotations


class AwsError(Exception):
    """An error that the client sees as AWS's own: `code`, such as `ValidationError`, `message` and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
