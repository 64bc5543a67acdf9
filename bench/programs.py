"""Deploy eleven programs of one's own through the installed command, and print what each came to.

    python -m bench.programs [NAME ...]

Each lives in turn in one local AWS: preview, up, preview again, destroy. The exit code is 1 where they disagree.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from support.own.life import PROGRAMS, live, owner


def main() -> None:
    """Print a row for each program."""
    chosen = sys.argv[1:] or PROGRAMS
    wrong = 0
    print(f"{'program':18} {'resources':>9} {'noted':>5} {'preview':>8} {'up':>8} {'again':>8} {'destroy':>8}")
    with tempfile.TemporaryDirectory() as folder, owner(Path(folder)) as person:
        for program in chosen:
            life = live(person, program)
            made = life.documents["up"]["changes"].get("create", 0)
            noted = sum(1 for each in life.documents["up"]["steps"] if each["unmodelled"])
            times = " ".join(f"{each:6.1f} s" for each in life.seconds.values())
            print(f"{program:18} {made:9} {noted:5} {times}", flush=True)
            for each in life.disagreements():
                wrong += 1
                print(f"    WRONG: {each.splitlines()[0]}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
