"""Has Checkov judge Terraform plans, each by itself: runs in Checkov's own environment, and imports nothing of ours.

    .venv-checkov/bin/python bench/security/judge_plans.py FOLDER

Reads every *.json of a folder and prints one JSON document: file name to what Checkov says of it. All at once, as its
command line would take them, they would be one graph, in which a plan borrows what it lacks from another.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from checkov.runner_filter import RunnerFilter
from checkov.terraform.plan_runner import Runner


def judge(plan: Path) -> dict[str, Any]:
    """What Checkov says of one plan: its summary, and check and resource of everything that passed or failed."""
    report = Runner().run(files=[str(plan)], runner_filter=RunnerFilter(framework=["terraform_plan"]))
    return {
        **report.get_summary(),
        "passes": [[each.check_id, each.resource] for each in report.passed_checks],
        "failures": [[each.check_id, each.check_name, each.resource] for each in report.failed_checks],
    }


if __name__ == "__main__":
    print(json.dumps({plan.name: judge(plan) for plan in sorted(Path(sys.argv[1]).resolve().glob("*.json"))}))
