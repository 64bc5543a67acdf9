"""Looks at the program's IAM documents with Parliament and Policy Sentry: `make iam`, in an environment of its own.

Reads the documents from standard input, as `bench/permissions.py --documents` prints them, and prints each finding.
Exit code 1 if there is one that is not in the list below, or if one of the list is not found any more.

Parliament looks for what is malformed, unknown or mismatched. Policy Sentry's copy of the Service Authorization
Reference is asked for each action: whether it exists, whether a resource of `*` could be narrower, and whether each
condition key is one that it has.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

warnings.filterwarnings("ignore", message="pkg_resources is deprecated")

from parliament import analyze_policy_string  # noqa: E402 - after its warning is silenced
from policy_sentry.querying.actions import get_action_data  # noqa: E402

KNOWN = {
    ("role *: trust policy", "MALFORMED", "Statement contains neither Resource nor NotResource"): (
        "A trust policy has no Resource: it is about the role that carries it. Parliament knows no such policies."
    ),
    ("key *", "RESOURCE_STAR", "*"): "In a key's own policy the resource * is the key.",
    ("key *", "POLICY_SENTRY_COULD_BE_NARROWER", "*"): "In a key's own policy the resource * is the key.",
    ("role tap-healer-*: heal", "RESOURCE_STAR", "*arc-zonal-shift:GetManagedResource*"): (
        "Load balancers are resources of this action, Auto Scaling groups are not; its condition key names them."
    ),
}
"""(Document, tool's finding, what it is about), as patterns, to the reason why it is right as it is."""

GLOBAL_KEYS = ("aws:*",)

SHOWN = 80
"""Characters of a finding's parts that are printed: a wildcard's finding lists all that it takes in."""

Finding = tuple[str, str, str]


def main() -> int:
    """Lint; returns the exit code."""
    items = json.load(sys.stdin)
    found = list(dict.fromkeys(finding for item in items for finding in _findings(item["name"], item["document"])))
    known = {finding: _reason(finding) for finding in found}
    for finding, reason in known.items():
        print(f"{'known  ' if reason else 'FINDING'}  {' | '.join(part[:SHOWN] for part in finding)} | {reason}")
    unmet = [pattern for pattern in KNOWN if not any(_matches(finding, pattern) for finding in found)]
    for pattern in unmet:
        print(f"GONE     {' | '.join(pattern)}: take it out of the list")
    new = sum(not reason for reason in known.values())
    print(f"{len(items)} documents, {len(found)} findings, {new} of them new")
    return int(bool(new or unmet))


def _findings(name: str, document: dict[str, Any]) -> Iterator[Finding]:
    for finding in analyze_policy_string(json.dumps(document), ignore_private_auditors=True).findings:
        yield name, finding.issue, str(finding.detail or finding.location)
    for statement in document["Statement"]:
        for action in _many(statement["Action"]):
            yield from _of_action(name, statement, action)


def _of_action(name: str, statement: dict[str, Any], action: str) -> Iterator[Finding]:
    rows = _rows(action)
    if not rows:
        yield name, "POLICY_SENTRY_UNKNOWN_ACTION", action
        return
    narrower = [row for row in rows if row["resource_arn_format"] != "*"]
    scoped = statement.get("Condition") and not _is_wildcard(action)
    if statement.get("Resource") == "*" and narrower and not scoped:
        yield name, "POLICY_SENTRY_COULD_BE_NARROWER", action
    keys = {key for row in rows for key in row["condition_keys"]}
    for key in (key for tests in statement.get("Condition", {}).values() for key in tests):
        if not any(fnmatchcase(key.lower(), _pattern(known)) for known in (*keys, *GLOBAL_KEYS)):
            yield name, "POLICY_SENTRY_UNKNOWN_CONDITION_KEY", f"{key} of {action}"


def _rows(action: str) -> list[dict[str, Any]]:
    """What the reference says of an action, or of all that a wildcard takes in."""
    service, _, name = action.partition(":")
    if not _is_wildcard(action):
        return _reference(service, name)
    every = _reference(service, "*")
    return [row for row in every if fnmatchcase(row["action"], action)]


def _reference(service: str, name: str) -> list[dict[str, Any]]:
    data = get_action_data(service, name)
    return list(data[service]) if data else []


def _is_wildcard(action: str) -> bool:
    return "*" in action


def _pattern(key: str) -> str:
    """A key of the reference, such as `aws:ResourceTag/${TagKey}`, as a pattern in lower case."""
    return (key.partition("${")[0] + "*" if "${" in key else key).lower()


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _reason(finding: Finding) -> str:
    return next((reason for pattern, reason in KNOWN.items() if _matches(finding, pattern)), "")


def _matches(finding: Finding, pattern: Finding) -> bool:
    return all(fnmatchcase(part, wanted) for part, wanted in zip(finding, pattern, strict=True))


if __name__ == "__main__":
    sys.exit(main())
