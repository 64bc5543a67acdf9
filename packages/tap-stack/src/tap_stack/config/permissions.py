"""What a configuration says of roles: managed policies by their ARNs, a policy document, a path. Pure functions.

Each raises ValueError with a phrase that completes "accepted: ...".
"""

from __future__ import annotations

import json
import re
from typing import Any

from tap_stack.errors import shown

MOST_POLICIES = 8
"""A role has ten managed policies (IAM quotas), and the instances' role has two of its own."""

LONGEST_DOCUMENT = 10_240
"""Characters of all inline policies of a role together, white space not counted (IAM quotas)."""

POLICY_ARN = r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+"
POLICY_ARNS_IN_WORDS = (
    f"at most {MOST_POLICIES} ARNs of managed policies with commas between them, such as "
    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
)
DOCUMENT_IN_WORDS = 'empty, or an IAM policy document in JSON, such as {"Version": "2012-10-17", "Statement": [...]}'
STATEMENT_KEYS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
"""Of a statement in a role's policy (IAM User Guide, "Grammar of the IAM JSON policy language")."""


def policy_arns(values: tuple[str, ...]) -> tuple[str, ...]:
    """ARNs of managed policies, AWS's or one's own, each once."""
    if len(values) > MOST_POLICIES:
        raise ValueError(f"{POLICY_ARNS_IN_WORDS}; there are {len(values)}")
    for value in values:
        if not re.fullmatch(POLICY_ARN, value):
            raise ValueError(f"{POLICY_ARNS_IN_WORDS}; {shown(value)} is none")
    if len(set(values)) < len(values):
        raise ValueError("each policy once")
    return values


def policy_document(value: str) -> str:
    """A policy that a role can have as an inline one, in its shortest form; empty for none.

    AWS judges what the actions and resources are. That the document is one at all is judged here, before anything is
    created.
    """
    if not value:
        return ""
    try:
        document = json.loads(value, object_pairs_hook=_each_key_once)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{DOCUMENT_IN_WORDS}; this is no JSON ({error})") from error
    if not isinstance(document, dict) or not {"Version", "Statement"} <= document.keys() <= {
        "Version",
        "Id",
        "Statement",
    }:
        raise ValueError(f"{DOCUMENT_IN_WORDS}; with Version and Statement, and no other key")
    if document["Version"] != "2012-10-17":
        raise ValueError(f"{DOCUMENT_IN_WORDS}; its Version is {shown(str(document['Version']))}")
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    if not statements:
        raise ValueError(f"{DOCUMENT_IN_WORDS}; it has no statement")
    for number, statement in enumerate(statements, 1):
        if wrong := _wrong_in(statement):
            raise ValueError(f"{DOCUMENT_IN_WORDS}; statement {number} {wrong}")
    shortest = json.dumps(document, separators=(",", ":"))
    if len(shortest) > LONGEST_DOCUMENT:
        raise ValueError(f"a policy document of at most {LONGEST_DOCUMENT} characters; this one has {len(shortest)}")
    return shortest


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"{DOCUMENT_IN_WORDS}; with each key once")
    return found


def _wrong_in(statement: object) -> str:
    """What is wrong with a statement, as the end of a sentence; "" if nothing is."""
    if not isinstance(statement, dict):
        return "is no object"
    if foreign := sorted(statement.keys() - STATEMENT_KEYS):
        return f"has {shown(foreign[0])}, which a role's policy has not"
    if statement.get("Effect") not in ("Allow", "Deny"):
        return "has no Effect of Allow or Deny"
    for one, other in (("Action", "NotAction"), ("Resource", "NotResource")):
        named = [key for key in (one, other) if key in statement]
        if len(named) != 1:
            return f"has not exactly one of {one} and {other}"
        given = statement[named[0]]
        values = [given] if isinstance(given, str) else given
        if not isinstance(values, list) or not values or not all(isinstance(each, str) and each for each in values):
            return f"has no text, and no list of texts, in {named[0]}"
    return "" if isinstance(statement.get("Condition", {}), dict) else "has a Condition that is no object"


def iam_path(value: str) -> str:
    """The path of every role: `/`, or names between slashes. AWS takes more characters than these (API: CreateRole)."""
    if value.startswith(("/aws-service-role/", "/aws-reserved/")):
        raise ValueError("a path that AWS does not keep for itself")
    return value
