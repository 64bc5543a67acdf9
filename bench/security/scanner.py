"""Has Checkov or Trivy judge plans, and says what it found as values."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from bench.security.accepted import ROOT

from pulumi_guardrails.terraform.plan import Plan

PYTHON = ROOT / ".venv-checkov" / "bin" / "python"
JUDGE = Path(__file__).with_name("judge_plans.py")
TRIVY = ROOT / ".venv-trivy" / "judge-plans"


@dataclass(frozen=True)
class Failure:
    """A check that failed for a resource."""

    check: str
    title: str
    address: str


@dataclass(frozen=True)
class Judgement:
    """What a scanner says of one plan."""

    resources: int
    """Those that were read; of Trivy, which does not tell, those for which a check failed."""
    parsing_errors: int
    passed: int
    failures: frozenset[Failure]
    types: frozenset[str]
    """Those that at least one check looked at."""
    version: str


Scanner: TypeAlias = Callable[[Path], Mapping[str, Judgement]]
"""Judges every *.json in a folder; file name to what is said of it."""


def checkov(folder: Path) -> dict[str, Judgement]:
    """What Checkov says of the plans in a folder; about a third of a second for a plan.

    Raises:
        subprocess.CalledProcessError: Checkov itself failed.
    """
    done = subprocess.run([PYTHON, "-P", JUDGE, folder], stdout=subprocess.PIPE, text=True, check=True)
    return {file: _judgement(said) for file, said in json.loads(done.stdout).items()}


def trivy(folder: Path) -> dict[str, Judgement]:
    """What Trivy says of the plans in a folder.

    Raises:
        subprocess.CalledProcessError: Trivy itself failed.
    """
    done = subprocess.run([TRIVY, folder], stdout=subprocess.PIPE, text=True, check=True)
    document = json.loads(done.stdout)
    version = f"{document['trivy']} with checks {document['checks']}"
    return {file: said_by_trivy(results, version) for file, results in document["plans"].items()}


def said_by_trivy(results: Iterable[Mapping[str, str]], version: str) -> Judgement:
    """What Trivy's results for one plan say; pure.

    It names a resource only where a check fails. Its `AWS-0104` was `AVD-AWS-0104` before, as our rules know it.
    """
    each = list(results)
    failures = [one for one in each if one["status"] == "failed"]
    addresses = {one["resource"] for one in failures}
    return Judgement(
        resources=len(addresses),
        parsing_errors=0,
        passed=sum(one["status"] == "passed" for one in each),
        failures=frozenset(Failure(f"AVD-{one['check']}", one["title"], one["resource"]) for one in failures),
        types=frozenset(_types(addresses)),
        version=version,
    )


class Judge:
    """Judges many plans at once, and each of them once: most mutations begin with the same stack."""

    def __init__(self, scanner: Scanner = checkov) -> None:
        self._scanner = scanner
        self._texts: dict[str, str] = {}
        self._said: Mapping[str, Judgement] = {}

    def add(self, plan: Plan) -> str:
        """Put a plan in; returns what to ask for it by."""
        text = json.dumps(plan.document)
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._texts[name] = text
        return name

    def run(self) -> None:
        """Judge everything that was put in.

        Raises:
            subprocess.CalledProcessError: The scanner itself failed.
        """
        with tempfile.TemporaryDirectory() as folder:
            for name, text in self._texts.items():
                (Path(folder) / f"{name}.json").write_text(text, encoding="utf-8")
            said = self._scanner(Path(folder))
        self._said = {name: said[f"{name}.json"] for name in self._texts}

    def of(self, name: str) -> Judgement:
        """What was said of a plan."""
        return self._said[name]


def _judgement(said: Mapping[str, Any]) -> Judgement:
    failures = frozenset(Failure(*each) for each in said["failures"])
    return Judgement(
        resources=said["resource_count"],
        parsing_errors=said["parsing_errors"],
        passed=said["passed"],
        failures=failures,
        types=frozenset(_types([*(address for _, address in said["passes"]), *(each.address for each in failures)])),
        version=said["checkov_version"],
    )


def _types(addresses: Iterable[str]) -> Iterable[str]:
    return (address.partition(".")[0] for address in addresses)
