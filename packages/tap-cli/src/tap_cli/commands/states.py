"""What is recorded of the stacks of a project. It needs no engine, so that a look at a stack is quick."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from embedded_aws.daemon.folder import Folder
from embedded_pulumi.engine.stackfile import PASSPHRASE, stack_settings
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.errors import UserError
from tap_cli.commands.project import ProjectFolder, checked_name, find_project
from tap_cli.errors import UsageError


def region_of(stack: str) -> str | None:
    """The region that a stack's file names; None where there is no file, or it names none."""
    from tap_stack.config import InfraConfig  # noqa: PLC0415 - it needs Pulumi's SDK, and most commands do not

    try:
        config = stack_settings(find_project().root, checked_name(stack)).texts(None)
    except UserError:
        return None
    return InfraConfig.load(config, {}).region if "aws:region" in config else None


def state_of(project: ProjectFolder, stack: str) -> StateFile:
    """The state of a stack. Its times are those of this machine, as with the Pulumi CLI: AWS does not write it."""
    path = Folder(project.private).state(checked_name(stack))
    return StateFile(path, os.environ.get(PASSPHRASE, ""), clock=lambda: datetime.now(UTC))


def deployed_state(stack: str) -> StateFile:
    """The state of a stack that has been deployed. Raises UsageError: there is none."""
    state = state_of(find_project(), stack)
    if not state.path.exists():
        raise UsageError(f"the stack {stack!r} has not been deployed here: `tap up --stack {stack}` does that")
    return state
