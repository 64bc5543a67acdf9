"""The tables of docs/security.md and docs/dependencies.md that security.yaml and guardrails.yaml give.

    python -m bench.security.page [--write]

Without --write it says whether they are current, by its exit code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from bench.security.accepted import ROOT, TAP_STACK, Accepted, Finding, Unseen, read_accepted
from bench.security.scan import CHECKOV
from bench.security.trivy import CHECKS as TRIVY
from tools import pages

from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import read_settings
from tap_cli.errors import UsageError

COMMAND = "python -m bench.security.page --write"
SECURITY = "docs/security.md"
DEPENDENCIES = "docs/dependencies.md"
FINDING = ("check", "resource", "stack", "until", "why")


def sections(root: Path) -> dict[tuple[str, str], str]:
    """File and section to what it has to be."""
    accepted = read_accepted(root)
    return {
        (SECURITY, "findings"): _table(FINDING, [*_listed(accepted.findings), *_exempt(CHECKOV)]),
        (SECURITY, "unseen"): _table(("broken on purpose", "why Checkov does not notice"), _unseen(accepted.unseen)),
        (SECURITY, "unchecked"): _list(accepted.unchecked),
        (SECURITY, "trivy"): _table(FINDING, [*_listed(accepted.trivy), *_exempt(TRIVY)]),
        (SECURITY, "unseen by Trivy"): _table(
            ("broken on purpose", "why Trivy does not notice"), _unseen(accepted.unseen_by_trivy)
        ),
        (SECURITY, "account"): _table(FINDING, _listed(accepted.account)),
        (SECURITY, "unanswered"): _list(accepted.unanswered),
        (DEPENDENCIES, "licences"): _table(("package", "licence", "why it may be here"), _licences(accepted)),
    }


def _list(words: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in words) + ".\n"


def _listed(findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    for each in findings:
        yield each.check, f"`{each.resource}`", each.stack, str(each.expires), each.reason


def _exempt(checks_of: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    known = {rule.id: rule for rule in rules()}
    for exemption in read_settings(TAP_STACK, frozenset(known)).exemptions:
        checks = [each for each in known[exemption.rule].controls if each.startswith(checks_of)]
        if checks:
            reason = f"{exemption.reason} (guardrail `{exemption.rule}`)"
            yield ", ".join(checks), f"`{exemption.urn}`", "*", exemption.expires, reason


def _unseen(entries: Iterable[Unseen]) -> Iterator[tuple[str, ...]]:
    for entry in entries:
        yield "<br>".join(entry.mutations), entry.reason


def _licences(accepted: Accepted) -> Iterator[tuple[str, ...]]:
    for each in accepted.licences:
        yield each.package, each.licence, each.reason


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def pages_of(root: Path) -> pages.Pages:
    """The two pages, as `security.yaml` below a folder and the exceptions of TAP's components have them."""
    return {file: partial(_renewed, root, file) for file in (SECURITY, DEPENDENCIES)}


def _renewed(root: Path, file: str, text: str) -> str:
    """A file with its sections as they have to be.

    Raises:
        UsageError: it has no place for a section.
    """
    for (of_file, name), body in sections(root).items():
        begin, end = f"<!-- {name}: written by `{COMMAND}` -->\n", f"<!-- end of {name} -->\n"
        try:
            text = pages.with_section(text, begin, f"\n{body}\n", end) if of_file == file else text
        except ValueError:
            where = f"it is between {begin.strip()} and {end.strip()}"
            raise UsageError(f"{file} has no section {name}: {where}") from None
    return text


if __name__ == "__main__":
    pages.main(pages_of(ROOT), COMMAND)
