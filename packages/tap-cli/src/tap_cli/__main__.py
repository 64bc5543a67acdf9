"""What runs as `tap`: ready for Ctrl-C and for a reader that goes away, it imports the commands and runs them."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command line; the exit code is that of `cli.main`."""
    # Until the interruption is installed, a Ctrl-C ends the process without a traceback of Python's.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    import os  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from tap_cli.terminal import ASKED_BY_A_SHELL, output  # noqa: PLC0415
    from tap_cli.terminal.interruption import INTERRUPTION  # noqa: PLC0415
    from tap_cli.terminal.waits import GETTING_READY, WAITS  # noqa: PLC0415

    output.install()
    try:  # from here on a Ctrl-C may come at any line
        INTERRUPTION.install()
        if ASKED_BY_A_SHELL not in os.environ:
            WAITS.show()
        WAITS.begin(GETTING_READY, GETTING_READY)
        from tap_cli import cli  # noqa: PLC0415 - its imports take longer than a user waits for an answer

        cli.main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTION.exit_code)
    finally:
        INTERRUPTION.close()
        WAITS.close()


if __name__ == "__main__":
    main()
