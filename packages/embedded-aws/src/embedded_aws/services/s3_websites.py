"""What S3 refuses of a web site; moto keeps any text as one.

Source: API PutBucketWebsite, with WebsiteConfiguration, IndexDocument, RedirectAllRequestsTo, RoutingRule, Condition
and Redirect; S3 User Guide, "(Optional) Configuring a webpage redirect" (50 rules). The words are those that people
report, and that other models of S3 answer with (localstack and Ceph, read on 2026-12-01).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedded_aws.calls import AwsError, Call

MAX_RULES = 50


def put_website(call: Call) -> dict[str, Any]:
    """PutBucketWebsite: check it, and leave it to moto. Raises AwsError: S3 would refuse it."""
    site = call.params["WebsiteConfiguration"]
    if "RedirectAllRequestsTo" in site:
        _check_redirect_of_all(site)
    else:
        _check_documents(site)
        _check_rules(site.get("RoutingRules", ()))
    return call.forward()


def _check_redirect_of_all(site: Mapping[str, Any]) -> None:
    if site.keys() & {"ErrorDocument", "IndexDocument", "RoutingRules"}:
        message = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
        raise AwsError("InvalidArgument", message)
    target = site["RedirectAllRequestsTo"]
    if not target.get("HostName"):
        message = 'A host name must be provided to redirect all requests (e.g. "example.com").'
        raise AwsError("InvalidRequest", message)


def _check_documents(site: Mapping[str, Any]) -> None:
    if "IndexDocument" not in site:
        message = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        raise AwsError("InvalidArgument", message)
    suffix = site["IndexDocument"].get("Suffix")
    if not suffix or "/" in suffix:
        raise AwsError("InvalidArgument", "The IndexDocument Suffix is not well formed")
    if "ErrorDocument" in site and not site["ErrorDocument"].get("Key"):
        message = "The XML you provided was not well-formed or did not validate against our published schema"
        raise AwsError("MalformedXML", message)


def _check_rules(rules: Any) -> None:
    if len(rules) > MAX_RULES:
        message = (
            f"{len(rules)} routing rules provided, the number of routing rules in a website configuration is limited "
            f"to {MAX_RULES}."
        )
        raise AwsError("InvalidRequest", message)
    for rule in rules:
        if "Condition" in rule and not any(rule["Condition"].values()):
            message = (
                "Condition cannot be empty. To redirect all requests without a condition, the condition element "
                "shouldn't be present."
            )
            raise AwsError("InvalidRequest", message)
        _check_redirect(rule.get("Redirect", {}))


def _check_redirect(redirect: Mapping[str, Any]) -> None:
    if {"ReplaceKeyPrefixWith", "ReplaceKeyWith"} <= redirect.keys():
        raise AwsError("InvalidRequest", "You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    code = redirect.get("HttpRedirectCode")
    if code is not None and not (code.isdigit() and 301 <= int(code) <= 399):  # noqa: PLR2004 - HTTP's redirections
        message = f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300."
        raise AwsError("InvalidRequest", message)
