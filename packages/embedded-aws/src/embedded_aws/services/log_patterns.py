"""Filter patterns of CloudWatch Logs for text: which messages match.

Words and quoted texts, all of which a message must have; with `-` before them none of them; if all have `?` before
them, any of them. Patterns in braces are for JSON, see `json_patterns`. Patterns for columns and with regular
expressions are refused by name.

Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters, subscription filters, filter log events":
"Match terms", "Exclude terms", "Match any term".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from embedded_aws.calls import AwsError
from embedded_aws.services import json_patterns

TERM = re.compile(r"""([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"{}%\[\]?-][^\s"{}%]*))(?=\s|$)""")


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a message matches a pattern.

    Raises:
        AwsError: `InvalidParameterException`, the pattern is none of those above.
    """
    at, terms = 0, []
    text = pattern.strip()
    if text.startswith("{"):
        return json_patterns.compiled(text)
    while at < len(text):
        found = TERM.match(text, at)
        if found is None:
            here = "only words, quoted texts and {…} are."
            message = f"The filter pattern {pattern!r} is not part of the embedded AWS: {here}"
            raise AwsError("InvalidParameterException", message)
        terms.append((found[1], found[3] or re.sub(r"\\(.)", r"\1", found[2] or "")))
        at = found.end() + len(text[found.end() :]) - len(text[found.end() :].lstrip())
    optional = [term for sign, term in terms if sign == "?"]
    if optional and len(optional) == len(terms):
        return lambda message: any(term in message for term in optional)
    return lambda message: all((term in message) is not (sign == "-") for sign, term in terms if sign != "?")
