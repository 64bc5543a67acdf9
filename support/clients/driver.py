"""Runs commands of the AWS CLI, one after the other, in one process: starting one for each takes most of a second.

Runs with the Python of the AWS CLI's own environment. One command a line, as a JSON list of its arguments; one answer a
line: [exit code, standard output, standard error].
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module


def main() -> None:
    """Answer until the input ends."""
    clidriver = import_module("awscli.clidriver")  # only the AWS CLI's environment has it
    answers, cli = sys.stdout, clidriver.create_clidriver()  # one for all: it reads each service's model once
    for line in sys.stdin:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = cli.main(json.loads(line))
            except SystemExit as ended:
                code = ended.code
        answers.write(json.dumps([code, out.getvalue(), err.getvalue()]) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
