"""docs/guardrails.md, written from the rules themselves.

`python -m tools.guardrails_page` says whether the page is what the rules say; with `--write` it makes it so.
"""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import exemption_rules
from pulumi_guardrails.pack import NOT_IN_A_PACK
from pulumi_guardrails.rule import Rule
from tools import pages

COMMAND = "python -m tools.guardrails_page --write"

_HOUSE = tuple(f"`{rule.id}`" for rule in rules() if rule.house)

_HEAD = f"""\
# Guardrails

Written by `{COMMAND}` from `packages/pulumi-guardrails/src/pulumi_guardrails/`.

The rules check what a Pulumi program registers: types, inputs, options, and references between resources. They need
no cloud, and work on any Python program for AWS. A type that no rule knows is not checked. An unknown value never
breaks a rule: the rule that needs it says `could not judge: policy is unknown`, as advice, once for each resource. In
SARIF such a result has the kind `open`. A mandatory finding stops a deployment; an advisory one is only shown.

## Three ways to run them

- `tap check [PATH]`, at any time. It runs the program with made-up outputs, so that a policy which is written from an
  ARN can be read in full. `--json` and `--sarif` are for machines. Exit code 1 means a mandatory finding, and 2 wrong
  usage.
- `tap preview` and `tap up` check the same before the embedded engine takes a step. A mandatory finding ends the
  deployment, and nothing is touched. If the program has types that the embedded provider does not have, the refusal
  lists all of them, with the names of their resources.
- `pulumi preview --policy-pack policy`, in production with the Pulumi CLI. It sees what the engine knows. In a first
  preview ids and ARNs are not known yet, nor is what is written from them; the rules check them once they are known.
  The pack runs in the program's environment, `.venv`. `make setup` puts there what it needs; elsewhere
  `.venv/bin/pip install --no-deps -r policy/requirements.txt` does. Where that is missing, the CLI says
  `could not read policy pack port`. CLI 3.274 waits for ever if there is no `.venv` at all.

The policy pack lacks {", ".join(f"`{each}`" for each in sorted(NOT_IN_A_PACK))}: Pulumi does not tell a pack of outputs
that components register, or what a stack's outputs refer to, or whether a program asks for zones.

## How a program is rehearsed

`tap check`, `tap preview` and `tap up` run the program with no cloud behind it, as in a preview. A text, number or
boolean that AWS would add is made up, and is recognised wherever the program carries it. Nobody can make up how many
items a list has, or which keys an object has. So lists, objects and the outputs of other stacks are unknown, as in a
first preview, and the program's functions are not applied to them.

A program may still fail on a value that is made up: it takes a name apart that does not look like the real one, say.
Then it is rehearsed once more, with every output of AWS unknown. A real first preview knows no more, so a program that
fails there too is itself at fault. The first rehearsal is not like this already, because a policy that is written from
an ARN would then be unknown in every program, and no rule could read it. Nor is every output made up, because some
program needs another shape than the one that is guessed.

The rehearsal runs transforms and checks their result. It calls no hooks and no dynamic providers. It answers a function
that a program calls, such as `aws.get_availability_zones`, plausibly for any region. If the answer matters, give your
own in `guardrails.yaml`, under `answers`, by token.

If Pulumi.yaml names a virtual environment (`runtime.options.virtualenv`) and it is there, the program is rehearsed and
deployed in it. It needs Python 3.11 and `pulumi`. If the program imports a module that is not installed, the refusal
names it and the command that installs it.

## Rules of the house

These rules are conventions of TAP, and not what everybody's program has to keep: {", ".join(_HOUSE)}. They are for
a program with a component of TAP's whose `guardrails.yaml` says `conventions: true`, as this repository's does.

## Your own resources

In a program with components of TAP's, what these make is theirs, and all else is yours. A finding in TAP's is as severe
as its rule. A finding in your own is advice, unless `guardrails.yaml` says `own: mandatory`:

```yaml
own: mandatory
```

A program without TAP's components is judged by the rules as they are, unless it says `own: advisory`. The library
without TAP knows no such difference, nor does the policy pack, in which a rule has one level. There
`pulumi preview --policy-pack-config` changes the level of a rule.

## Exceptions

The exceptions that TAP's components need come with them (`tap_stack/guardrails.yaml`), and hold for what is within a
component. A program that uses them needs no copy.

Your own exceptions are in `guardrails.yaml`, beside Pulumi.yaml. Each has a rule, a pattern of URNs, a reason and a
last day:

```yaml
exceptions:
  - rule: lambda-in-vpc
    urn: "*::orders-*"
    reason: It calls AWS's APIs alone.
    expires: 2027-06-30
```

How many are in force is printed each time, and `tap check --exceptions` prints each with its reason. An exception that
has ended excepts nothing; it is a finding itself, as severe as its rule. One that covers nothing is an advisory
finding. Exceptions are in a file and not in Pulumi's configuration, because they are reviewed with the program and hold
for every stack.

## Where rules come from

`seed:4` is the fourth of the ten faults that the first attempt at this stack had. `FSBP` is AWS Foundational Security
Best Practices, `CIS` the CIS AWS Foundations Benchmark, `CKV` Checkov, `AVD-AWS` Trivy; prowler and cdk-nag are tools
of these names. Fault 10's other half, a guarded export, is in `export_outputs` itself; fault 6's retries are in the
healer.

Controls about an account, and not about a program, are no rules: EC2.7, EC2.172 and EC2.182, CloudWatch.1 to 14,
SSM.2 and SSM.3. Two more are no rules: EC2.10, because an endpoint for every service costs more than the stack (the
purpose of EC2.57 is covered by `instances-reach-ssm`), and EC2.28, because instances that are replaced at any time need
no backup.

"""


def page() -> str:
    """The page."""
    found = (*rules(), *exemption_rules())
    counted = sum(rule.severity.value == "mandatory" for rule in found)
    title = f"## The {len(found)} rules, {counted} of them mandatory\n\n"
    return _HEAD + title + "".join(_table(found))


def _table(found: Iterable[Rule]) -> Iterable[str]:
    yield "| rule | severity | what holds | why | how to mend it | from |\n|---|---|---|---|---|---|\n"
    for rule in found:
        cells = (f"`{rule.id}`", rule.severity.value, rule.title, rule.why, rule.mend, ", ".join(rule.controls))
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


PAGES: pages.Pages = {"docs/guardrails.md": lambda _: page()}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
