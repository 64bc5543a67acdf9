"""Every way in which ministack decides otherwise than the embedded AWS, with who is right and why.

    python -m bench.iam.classes [--write]

writes the table of docs/iam.md; without --write it says whether it is current, by its exit code.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.iam import rules
from bench.iam.plain import Rules
from tools import pages

COMMAND = "python -m bench.iam.classes --write"
FILE = "docs/iam.md"
BEGIN, END = "<!-- differences: written by bench/iam/classes.py -->\n", "<!-- end of differences -->\n"

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_"
VARIABLES = f"[Variables and tags]({GUIDE}policies_variables.html)"
SEVERAL_VALUED = f"[Multivalued context keys]({GUIDE}policies_condition-single-vs-multi-valued-context-keys.html)"
OPERATORS = f"[Condition operators]({GUIDE}policies_elements_condition_operators.html)"
RESOURCE = f"[Resource]({GUIDE}policies_elements_resource.html)"
IDENTIFIERS = f"[IAM identifiers]({GUIDE}identifiers.html)"
PRINCIPAL = f"[Principal]({GUIDE}policies_elements_principal.html)"
NOT_PRINCIPAL = f"[NotPrincipal]({GUIDE}policies_elements_notprincipal.html)"
TRIED = "AWS re:Post QU9HFmDzP0QGuU-fd7rS6B7w, where it was tried"


@dataclass(frozen=True)
class Difference:
    """A class of difference.

    Attributes:
        documented: Whether AWS says so, and embedded-aws is right; or else it is a decision of ours.
        why: What embedded-aws does, and what ministack does.
        source: Where AWS says so, or what the decision goes by.
    """

    name: str
    rules: Rules
    documented: bool
    why: str
    source: str


CLASSES = (
    Difference(
        "policy variables",
        rules.variable("value"),
        documented=True,
        why="A variable stands for the value of its key, as literal text; without a value it is like nothing, so a "
        "negated operator is met, and a resource with it matches nothing. Ministack takes the text as it stands.",
        source=VARIABLES,
    ),
    Difference(
        "defaults of variables",
        rules.variable("default"),
        documented=True,
        why="`${key, 'x'}` is x where the key has no value. Ministack takes the text as it stands.",
        source=VARIABLES,
    ),
    Difference(
        "characters as variables",
        rules.variable("character"),
        documented=True,
        why="`${*}`, `${?}` and `${$}` are those characters. To ministack the first two hold wildcards.",
        source=VARIABLES,
    ),
    Difference(
        "several values without a set operator",
        Rules(rules.several_values),
        documented=False,
        why="A set operator must be there; without it no operator is met, negated or not. Ministack compares with the "
        "list as Python writes it.",
        source=f"{SEVERAL_VALUED} says must, and not what happens else; see above",
    ),
    Difference(
        "null datasets",
        Rules(rules.null_dataset),
        documented=True,
        why="A key without values is missing; to `Null`, `ForAllValues` and `ForAnyValue` a key whose values are empty "
        "strings is too. To ministack both are values.",
        source=OPERATORS,
    ),
    Difference(
        "ForAnyValue with IfExists",
        Rules(rules.if_exists_of_any),
        documented=True,
        why="Not met without the key: IfExists is about each value. Ministack: met.",
        source=TRIED,
    ),
    Difference(
        "Null after a set operator",
        Rules(rules.null_of_a_set),
        documented=False,
        why="Null asks for no values, so a set operator before it changes nothing. Ministack: never met.",
        source="not documented",
    ),
    Difference(
        "values of Null",
        Rules(rules.null_values),
        documented=True,
        why='"Use either true or false": several are alternatives, and another text is met by nothing. Ministack looks '
        "at the first one alone, and takes any text but true for false.",
        source=OPERATORS,
    ),
    Difference(
        "numbers",
        rules.NUMBERS,
        documented=False,
        why="An integer or a decimal of any length; what is none equals nothing, so `NumericNotEquals` is met. "
        "Ministack takes `1e1`, `1_0` and `Infinity` too, rounds to binary fractions, and meets nothing with others.",
        source=f"{OPERATORS} has the forms, and of what is none only that negated matching negates",
    ),
    Difference(
        "dates",
        rules.DATES,
        documented=False,
        why="The forms of W3C's note, and digits are seconds; what is neither equals nothing. Ministack lacks the form "
        "`2026-01`, takes ISO's weeks and `20260101`, meets no operator with what is none, and fails on large seconds.",
        source=f"{OPERATORS} has the forms, and of what is none only that negated matching negates",
    ),
    Difference(
        "truths",
        Rules(rules.truths),
        documented=True,
        why='"Comparing a key to true or false": two equal texts that are neither are no match. To ministack they are.',
        source=OPERATORS,
    ),
    Difference(
        "binary values",
        Rules(rules.bytes_of_base64),
        documented=True,
        why="Compared byte for byte after decoding; what is no base64 is no match. Ministack compares the texts.",
        source=OPERATORS,
    ),
    Difference(
        "ARNs in conditions",
        Rules(rules.arns_by_segment),
        documented=True,
        why="Each of the six parts is checked by itself, and what has no six parts matches nothing. To ministack a `*` "
        "crosses colons.",
        source=OPERATORS,
    ),
    Difference(
        "line ends",
        Rules(rules.line_ends),
        documented=True,
        why="A wildcard is any character, and a pattern covers the whole value. Ministack's wildcards stop at a line's "
        "end, and its patterns overlook one at the end of the value.",
        source=OPERATORS,
    ),
    Difference(
        "incomplete ARNs",
        Rules(resource=rules.incomplete_arn),
        documented=True,
        why="In an identity-based policy `arn:aws:sqs` is `arn:aws:sqs:*:*:*`. Ministack takes it as it stands.",
        source=IDENTIFIERS,
    ),
    Difference(
        "wildcards in the parts of an ARN",
        Rules(resource=rules.segments_of_resource),
        documented=True,
        why="A wildcard stays within its part of a resource's ARN, but for a `*` at the end of the part. Ministack's "
        "cross every colon.",
        source=RESOURCE,
    ),
    Difference(
        "names of principals",
        Rules(principal=rules.exact_principals),
        documented=True,
        why="An ARN names one principal, letter by letter. Ministack takes wildcards in it and ignores its case.",
        source=PRINCIPAL,
    ),
    Difference(
        "NotPrincipal",
        Rules(principal=rules.not_principal),
        documented=True,
        why="Everyone who is not listed; a session is spared where it is listed with its role and its account. "
        "Ministack leaves such statements out.",
        source=NOT_PRINCIPAL,
    ),
)
"""In the order in which their rules are applied: the first ones say what later ones need."""


def _renewed(page: str) -> str:
    return pages.with_section(page, BEGIN, f"\n{_table()}\n", END)


def _table() -> str:
    head = [("class", "who is right, and why", "source"), ("---",) * 3]
    rows = [
        *head,
        *(
            (each.name, f"{'embedded-aws' if each.documented else 'decided'}: {each.why}", each.source)
            for each in CLASSES
        ),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


PAGES: pages.Pages = {FILE: _renewed}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
