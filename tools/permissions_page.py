"""docs/permissions.md, written from the program, the recording and the reasons."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.explain import Explanation, Row, explain
from pulumi_guardrails.grants import holders
from pulumi_guardrails.model import Program
from pulumi_guardrails.usage import BY_AWS, NONE, RECORDED, Usage

FILE = "docs/permissions.md"
COMMAND = "python bench/permissions.py --write"

_HEAD = f"""\
# Permissions

Written by `{COMMAND}` from the program, `permissions/recorded.json` and `permissions/reasons.yaml`.

Every permission that the stack grants, and who uses it, when and why. `tap check --explain healer` prints the same for
one role; exit code 1 says that grants, recording and reasons do not agree.

## What is proved, and how

- **Used is granted.** The embedded AWS decides on every call of a role, and of Lambda, EventBridge and CloudWatch in
  their own name, by the policies as they are deployed. `tap local calls --denied` shows what was refused, and by which
  permission; in the demo that is nothing.
- **Granted is used.** `{COMMAND}` deploys the stack, brings about every situation in which
  something needs a permission, and writes down which statement allowed what, to whom and when. A test records again and
  compares; another adds one action to each policy and has it reported.
- **Each is needed.** A test takes each permission away in turn, plays its situation, and finds the refusal by its name
  in the call log; and where the healer made the call, in its own log too.

`by AWS` stands where AWS's own software makes the call: EC2 and its agents, and the delivery of flow logs, which the
embedded AWS does not have. For those a test asks IAM what AWS's documentation says they ask, with the permission and
without it; that they do ask is AWS's word and not our measurement.

`none` stands only at the two managed policies that requirement R2 names. They are AWS's documents and taken whole.

`bench/lint_iam.py` (`make iam`) has Parliament and Policy Sentry look at the same documents; its list of findings that
are known and right is in that file, each with its reason.

Your own program can have the two files too: a folder `permissions` beside its Pulumi.yaml, in the form that
`packages/pulumi-guardrails/src/pulumi_guardrails/usage.py` describes.
Without them `tap check --explain` prints the grants alone.
"""


def page(program: Program, usage: Usage) -> str:
    """The page."""
    found = [explain(holder, usage) for holder in holders(program)]
    return "\n".join([_HEAD, *_summary(found), *(line for each in found for line in _section(each))])


def _summary(found: list[Explanation]) -> Iterator[str]:
    yield "## Granted and used\n"
    yield "| policy of | granted | recorded | by AWS | none |\n|---|---|---|---|---|"
    for each in found:
        uses = [row.use for row in each.rows if row.grant.allows]
        counted = " | ".join(str(uses.count(use)) for use in (RECORDED, BY_AWS, NONE))
        yield f"| {_title(each)} | {len(uses)} | {counted} |"
    yield ""


def _section(each: Explanation) -> Iterator[str]:
    yield f"## {_title(each)}\n"
    yield "| action | on | condition | used | by whom, and when | why |\n|---|---|---|---|---|---|"
    for row in each.rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in _cells(row))} |"
    yield ""


def _title(each: Explanation) -> str:
    return f"{each.holder.kind} {each.holder.logical}"


def _cells(row: Row) -> tuple[str, ...]:
    grant = row.grant
    action = f"`{grant.action}`" if grant.allows else f"deny `{grant.action}`"
    target = f"`{grant.resource}`" if grant.resource else "itself"
    when = "; ".join(row.when)
    who = f"{row.by}: {when}" if when else row.by
    return action, target, grant.condition and f"`{grant.condition}`", row.use or "-", who, row.why
