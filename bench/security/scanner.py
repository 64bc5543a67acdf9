"""Has Checkov judge plans, in its own environment, and says what it found as values."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.security.accepted import ROOT

from pulumi_guardrails.terraform.plan import Plan

PYTHON = ROOT / ".venv-checkov" / "bin" / "python"
JUDGE = Path(__file__).with_name("judge_plans.py")


@dataclass(frozen=True)
class Failure:
    """A check that failed for a resource."""

    check: str
    title: str
    address: str


@dataclass(frozen=True)
class Judgement:
    """What Checkov says of one plan."""

    resources: int
    parsing_errors: int
    passed: int
    failures: frozenset[Failure]
    types: frozenset[str]
    """Those that at least one check looked at."""
    version: str


class Judge:
    """Judges many plans at once, and each of them once: most mutations begin with the same stack."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._said: Mapping[str, Judgement] = {}

    def add(self, plan: Plan) -> str:
        """Put a plan in; returns what to ask for it by."""
        text = json.dumps(plan.document)
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._texts[name] = text
        return name

    def run(self) -> None:
        """Judge everything that was put in; about a third of a second for a plan.

        Raises:
            subprocess.CalledProcessError: Checkov itself failed.
        """
        with tempfile.TemporaryDirectory() as folder:
            for name, text in self._texts.items():
                (Path(folder) / f"{name}.json").write_text(text, encoding="utf-8")
            done = subprocess.run([PYTHON, "-P", JUDGE, folder], stdout=subprocess.PIPE, text=True, check=True)
        said = json.loads(done.stdout)
        self._said = {name: _judgement(said[f"{name}.json"]) for name in self._texts}

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
