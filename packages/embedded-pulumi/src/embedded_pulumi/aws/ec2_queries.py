"""How EC2's data sources ask: filters out of their arguments, everything that passes, and the only one that does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded_pulumi.aws.datasource import FILTERS, REGION, filters_of
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import MapOf
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

SEARCH = {"filters": FILTERS, "region": REGION, "tags": MapOf()}
"""The arguments that all of them take."""


def searched(args: Properties, key: str = "tags") -> list[dict[str, Any]]:
    """The filters and tags of the arguments as EC2's filters."""
    named = [{"Name": f"tag:{name}", "Values": [value]} for name, value in (args.get(key) or {}).items()]
    return filters_of(args) + named


def everything(aws: Session, operation: str, shown: str, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everything that passes the filters, from all pages of an answer."""
    ec2 = aws.ec2
    if ec2.can_paginate(operation):
        pages = ec2.get_paginator(operation).paginate(Filters=filters)
        return [each for page in pages for each in page[shown]]
    return list(getattr(ec2, operation)(Filters=filters)[shown])


def narrowed(filters: Mapping[str, str], args: Properties) -> list[dict[str, Any]]:
    """EC2's filters for the arguments that are set, by the names that EC2 has for them."""
    given = [{"Name": filter_, "Values": [args[name]]} for name, filter_ in filters.items() if args.get(name)]
    return given + ([{"Name": "is-default", "Values": ["true"]}] if args.get("default") else [])


def only(what: str, found: list[dict[str, Any]]) -> Mapping[str, Any]:
    """The one thing that was found.

    Raises:
        ProviderError: there is none, or there are several.
    """
    if not found:
        raise ProviderError(f"no matching {what} found")
    if len(found) > 1:
        raise ProviderError(f"multiple {what}s matched; use additional constraints to reduce matches to a single one")
    return found[0]
