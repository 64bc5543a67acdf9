"""Records which permissions a deployment needs, and writes them down as a policy: permissions/deployer.json.

    python bench/deploying.py [--write]

A role that may do everything deploys the stack in the embedded AWS, changes it, refreshes and destroys it. What IAM saw
it use becomes the policy. Without `--write` what differs is printed, and exit code 1 means that something does.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # what the tests play is what is recorded

from support.deployed import deployer
from support.deployed.deployer_policy import FILE, policy

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def main() -> int:
    """Record, and write or compare; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the policy")
    write = parser.parse_args().write
    with deployer.sandbox() as sandbox:
        deployer.live(sandbox, deployer.become(sandbox, [EVERYTHING]))
        text = json.dumps(policy(deployer.used(sandbox)), indent=2) + "\n"
    if write:
        FILE.write_text(text, encoding="utf-8")
    outdated = FILE.read_text(encoding="utf-8") != text
    print("outdated: permissions/deployer.json" if outdated else "the policy is current")
    return int(outdated)


if __name__ == "__main__":
    sys.exit(main())
