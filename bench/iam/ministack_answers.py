"""Ministack's evaluator: it reads cases from standard input, one JSON object a line, and prints a decision for each.

It runs in an environment of its own, `.venv-ministack`, and imports nothing of ours. The calls are those that
ministack's own server makes for a request (`enforce` of 1.5.33, read 2026-11-30).
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ministack.core.iam_evaluator import (
    EvalContext,
    combine_resource_policy,
    evaluate,
    evaluate_resource_policy,
    parse_policy_document,
)

ACCOUNT = "123456789012"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/healer/run"
SERVICE = "events.amazonaws.com"


def decide(case: dict[str, Any]) -> str:
    """`Allow`, `Deny` or `ImplicitDeny`; `OverflowError` for a date that is too large for it."""
    try:
        return _decide(case)
    except OverflowError as error:
        return type(error).__name__


def _decide(case: dict[str, Any]) -> str:
    # A key with one value is a text there, one with several a list; without tags there is no aws:TagKeys.
    keys: dict[str, Any] = {"aws:tagkeys": None}
    keys |= {key.lower(): values[0] if len(values) == 1 else values for key, values in case["context"].items()}
    context = EvalContext(
        principal_arn="" if case["service"] else SESSION,
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action=case["action"],
        resource_arn=case["resource"],
        region="us-east-1",
        service_context=keys,
    )
    if case["service"]:
        return str(evaluate_resource_policy(case["of_resource"], context, service=SERVICE).decision)
    limits = tuple([parse_policy_document(case[kind])] for kind in ("boundary", "session") if case[kind])
    verdict = evaluate(context, [parse_policy_document(each) for each in case["identity"]], *limits)
    if case["of_resource"]:
        verdict = combine_resource_policy(
            verdict, context, case["of_resource"], ACCOUNT, required=case["required"], limits=limits
        )
    return str(verdict.decision)


if __name__ == "__main__":
    for line in sys.stdin:
        print(decide(json.loads(line)))
