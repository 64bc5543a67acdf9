"""The errors of the commands, and which errors of the other distributions are the user's to mend.

Exit codes are given in `cli.py` alone: 2 for whatever is in USER_ERRORS, 1 for whatever else is in FAILURES.
"""

from __future__ import annotations

from embedded_aws.daemon.errors import DaemonError, RequestRefused
from embedded_pulumi.errors import EngineError, UserError
from tap_stack.errors import ConfigError


class CommandError(Exception):
    """A command failed; `str()` of it is what the user reads."""


class UsageError(CommandError):
    """What the user wrote is wrong, and nothing was touched."""


USER_ERRORS = (UsageError, ConfigError, UserError, RequestRefused)
FAILURES = (CommandError, ConfigError, EngineError, DaemonError)
