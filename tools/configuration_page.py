"""Pulumi.yaml's `config` block and docs/configuration.md, written from the knobs.

python -m tools.configuration_page [--write]
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from tap_stack.config.knobs import PROJECT, Knob
from tap_stack.config.model import InfraConfig, knobs
from tap_stack.config.sources import UNSET
from tools import pages

COMMAND = "python -m tools.configuration_page --write"

HEAD = f"""\
# Below `config:` this file is written by `{COMMAND}`.
name: {PROJECT}
description: A self-healing EC2 fleet in private subnets, reached through SSM alone
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: .venv
# Types and defaults are in the descriptions, and checked by the program. The CLI hands every `default` of this file to
# the program as if you had set it, so that real ones would always win over the environment: each is `{UNSET}` instead.
# The region is `aws:region`; a project can only declare keys of its own namespace.
config:
"""

INTRODUCTION = f"""\
# Configuration

Written by `{COMMAND}` from `config/model.py` and `healer/policy.py` under `packages/tap-stack/src/tap_stack/`.

A value comes from the stack's file (`pulumi config set zones 3`, or `tap config set zones 3`, which write the same),
else from an environment variable, else it is the default; `tap config` lists what is set, and where. Everything is
read and checked before anything is created. An error names the key or variable that you set, the value, and what is
accepted. Characters that cannot be seen, such as line breaks and marks of
direction, are refused everywhere. A key of the namespace `{PROJECT}` that is not in this list is refused.
In Pulumi.yaml and in a stack's file, `{UNSET}` means: not set here.

Lists and maps are written with commas: `10.0.0.0/8,192.168.0.0/16` and `Owner=me,CostCenter=42`. Or they are YAML:
`tap config set --path 'authorizedIpRanges[0]' 10.0.0.0/8`, `tap config set --path tags.Owner me`. Booleans are `true`
and `false`. Sizes only fit together; one command sets several: `tap config set minSize=3 desiredCapacity=3 maxSize=9`.

Every key can be changed on a standing stack (`python bench/changes.py` changes each, and back). Most changes are made
in place; a new launch template rolls out by instance refresh. Four take more:

- `{PROJECT}:vpcCidr` replaces the network. The fleet moves into the new VPC by instance refresh, and the old one goes
  with the last old instance; until then old instances have no NAT gateway, since its address goes to the new one first.
  If the deployment gives up waiting for them, deploy again. With `{PROJECT}:protect` it is refused.
- `{PROJECT}:vpcId` leaves the stack's own network for one that exists, or comes back, in the same way; of one that
  exists nothing is deleted. [network.md](network.md) says what is asked of it.
- `{PROJECT}:environmentSuffix` and `aws:region` build everything anew, and then delete the old resources. For a while
  the account needs room for both, elastic addresses included.
"""


def project_file(rows: Iterable[Knob]) -> str:
    """Pulumi.yaml. JSON strings are YAML strings."""
    declared = [row for row in rows if row.key.startswith(f"{PROJECT}:")]
    return HEAD + "".join(
        f"  {row.key}:\n    type: string\n    default: {UNSET}\n    description: {json.dumps(_in_a_line(row))}\n"
        for row in declared
    )


def _in_a_line(row: Knob) -> str:
    return f"{_sentence(row.description)} {row.type.capitalize()}, default {_value(row.default)}; {row.accepted}."


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _value(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default) or "empty"
    return "empty" if default in ("", {}) else str(default)


def table_file(rows: Iterable[Knob]) -> str:
    """docs/configuration.md: the stack's knobs, and the healer's limits."""
    declared = list(rows)
    own = [row for row in declared if row.field in InfraConfig.model_fields]
    limits = [row for row in declared if row not in own]
    parts = (INTRODUCTION, "## The stack\n", _table(own), "## The healer's limits\n", _table(limits))
    return "\n".join(parts)


def _table(rows: Iterable[Knob]) -> str:
    head = "| key | environment | type | default | accepted | what it is |\n|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| `{row.key}` | `{row.env}` | {row.type} | {_quoted(row.default)} | {row.accepted} "
        f"| {_sentence(row.description)} |\n"
        for row in rows
    )


def _quoted(default: object) -> str:
    text = _value(default)
    return text if text == "empty" else f"`{text}`"


PAGES: pages.Pages = {
    "Pulumi.yaml": lambda _: project_file(knobs()),
    "docs/configuration.md": lambda _: table_file(knobs()),
}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
