"""`tap preview`, `up`, `refresh` and `destroy`: look first, ask, and then do it."""

from __future__ import annotations

from tap_cli.commands import ahead, options


def preview(
    stack: options.Stack = options.DEFAULT_STACK,
    config: options.Config = None,
    *,
    unmodelled: options.Unmodelled_ = options.Unmodelled.refuse,
    as_json: options.AsJson = False,
) -> None:
    """Show what `tap up` would do, and do nothing."""
    with ahead.start() as launch:
        # Imported here, as in the others: a wrong option or --help should not wait a second for boto3 and gRPC.
        from tap_cli.commands.deployment import UP, foresee  # noqa: PLC0415
        from tap_cli.commands.target import open_target  # noqa: PLC0415

        target = open_target(stack, config or [], launch, notes_unmodelled=unmodelled is options.Unmodelled.note)
        foresee(UP, target, as_json=as_json)


def up(
    stack: options.Stack = options.DEFAULT_STACK,
    config: options.Config = None,
    *,
    yes: options.Yes = False,
    unmodelled: options.Unmodelled_ = options.Unmodelled.refuse,
    as_json: options.AsJson = False,
) -> None:
    """Deploy the program into the local AWS: show what would change, ask, and do it."""
    with ahead.start() as launch:
        from tap_cli.commands.deployment import UP, carry_out  # noqa: PLC0415
        from tap_cli.commands.target import open_target  # noqa: PLC0415

        target = open_target(stack, config or [], launch, notes_unmodelled=unmodelled is options.Unmodelled.note)
        carry_out(UP, target, yes=yes, as_json=as_json)


def refresh(
    stack: options.Stack = options.DEFAULT_STACK,
    config: options.Config = None,
    *,
    yes: options.Yes = False,
    as_json: options.AsJson = False,
) -> None:
    """Find what was changed outside of the stack, and record it in its state."""
    from tap_cli.commands.deployment import REFRESH, carry_out  # noqa: PLC0415
    from tap_cli.commands.target import open_target  # noqa: PLC0415

    carry_out(REFRESH, open_target(stack, config or []), yes=yes, as_json=as_json)


def destroy(
    stack: options.Stack = options.DEFAULT_STACK,
    config: options.Config = None,
    *,
    yes: options.Yes = False,
    as_json: options.AsJson = False,
) -> None:
    """Delete everything in the stack."""
    from tap_cli.commands.deployment import DESTROY, carry_out  # noqa: PLC0415
    from tap_cli.commands.target import open_target  # noqa: PLC0415

    carry_out(DESTROY, open_target(stack, config or []), yes=yes, as_json=as_json)
