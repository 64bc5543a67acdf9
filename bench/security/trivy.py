"""`make scan-trivy`: Trivy's opinion of the plans that `make scan` has Checkov judge, and proof that it would notice.

    python -m bench.security.trivy

Trivy's reader of Terraform plans and the checks that its Go module carries, asked by judge_plans.go. It fails (exit
code 1) when a check fails that neither security.yaml explains, under `trivy`, nor an exception in guardrails.yaml; when
an entry explains nothing; when a failed check is of something that is not in the plan; and when a mutation of the stack
whose rule comes from a check of Trivy's is neither noticed nor listed under `unseen_by_trivy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bench.security.accepted import read_accepted
from bench.security.reasons import Found, reasons_today
from bench.security.scan import failed, scan_mutations, scan_stacks, unnoticed
from bench.security.scanner import trivy
from bench.security.verdict import end_with, failing

from pulumi_guardrails.catalogue import rules

CHECKS = ("AVD-AWS-",)


def unplanned(found: Iterable[Found]) -> Iterator[str]:
    """Failed checks of what is not in the plan: it was misread; pure."""
    for each in found:
        if not each.urn:
            yield f"{each.stack}: {each.check} is of {each.resource}, which the plan does not have"


def main() -> int:
    """Scan, print, and return the exit code."""
    accepted = read_accepted()
    scanned = scan_stacks(trivy)
    for one in scanned:
        print(f"{one.stack}: {len(one.judgement.failures)} failed (Trivy {one.judgement.version})")
    found = list(failed(scanned))
    noticed = scan_mutations({rule.id: rule for rule in rules()}, trivy, CHECKS)
    print(f"mutations: Trivy notices {sum(noticed.values())} of {len(noticed)}, the others are listed")
    wrong = [*unplanned(found), *reasons_today(accepted.trivy).problems(found)]
    return failing([*wrong, *unnoticed(noticed, accepted.unseen_by_trivy, "Trivy")])


if __name__ == "__main__":
    end_with(main)
