"""Why a role may do what it may: each of its grants beside who uses it, when and why; and where they do not agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.errors import UserError
from pulumi_guardrails.grants import Grant, Holder, holders
from pulumi_guardrails.model import Program
from pulumi_guardrails.usage import RECORDED, Usage

NOT_RECORDED = "nothing"
"""The use of a grant that is neither in the recording nor has a reason to be there without."""


@dataclass(frozen=True)
class Row:
    """One grant and its use.

    Attributes:
        use: `recorded`, `by AWS`, `none` or `nothing`; empty where there is no recording, or the grant is a denial.
        by: Who uses it.
        when: In which situations of the recording.
        why: What for.
    """

    grant: Grant
    use: str = ""
    by: str = ""
    when: tuple[str, ...] = ()
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the explanation's `--json` prints it."""
        grant = self.grant
        return {
            "policy": grant.policy,
            "statement": grant.statement,
            "effect": "Allow" if grant.allows else "Deny",
            "action": grant.action,
            "resource": grant.resource,
            "principal": grant.principal,
            "condition": grant.condition,
            "use": self.use,
            "by": self.by,
            "when": list(self.when),
            "why": self.why,
        }


@dataclass(frozen=True)
class Explanation:
    """All that there is to say of one holder's grants.

    Attributes:
        has_recording: Whether anything is known of their use.
        disagreements: Where grants, recording and reasons do not agree, in words; empty if all is well.
    """

    holder: Holder
    rows: tuple[Row, ...]
    has_recording: bool
    disagreements: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As the explanation's `--json` prints it."""
        return {
            self.holder.kind: self.holder.name,
            "logical name": self.holder.logical,
            "recording": self.has_recording,
            "permissions": [row.to_json() for row in self.rows],
            "disagreements": list(self.disagreements),
        }


def role_named(program: Program, name: str) -> Holder:
    """The role of this name or logical name, or the only one whose name contains it.

    Raises:
        UserError: there is none, or there are several.
    """
    roles = [holder for holder in holders(program) if holder.kind == "role"]
    exact = [role for role in roles if name in (role.name, role.logical)]
    found = exact or [role for role in roles if name and name in role.name]
    if len(found) == 1:
        return found[0]
    names = ", ".join(role.name for role in found or roles) or "none: the program makes no role"
    raise UserError(f"--explain = {name!r} names {'several roles' if found else 'no role'}; there are: {names}")


def explain(holder: Holder, usage: Usage) -> Explanation:
    """Put a holder's grants beside their use."""
    known = usage.of(holder)
    if known is None:
        return Explanation(holder, tuple(Row(grant) for grant in holder.grants), has_recording=False, disagreements=())
    rows = tuple(_row(grant, known) for grant in holder.grants)
    return Explanation(holder, rows, has_recording=True, disagreements=tuple(_disagreements(holder, rows, known)))


def _row(grant: Grant, known: Usage) -> Row:
    if not grant.allows:
        return Row(grant)
    uses = [use for use in known.uses if use.is_of(grant)]
    reason = next((each for each in known.reasons if each.is_for(grant)), None)
    stated = reason.use if reason and reason.use != RECORDED else NOT_RECORDED
    recorded_by = ", ".join(dict.fromkeys(who for use in uses for who in use.by))
    return Row(
        grant,
        RECORDED if uses else stated,
        (reason and reason.by) or recorded_by,
        tuple(dict.fromkeys(when for use in uses for when in use.when)),
        reason.why if reason else "",
    )


def _disagreements(holder: Holder, rows: tuple[Row, ...], known: Usage) -> Iterator[str]:
    for row in rows:
        what = f"{row.grant.action} in {row.grant.policy}"
        if row.use == NOT_RECORDED:
            yield f"{what} is granted and nothing uses it"
        elif row.use and not row.why:
            yield f"{what} is used and nobody says why"
    for use in known.uses:
        if not any(use.is_of(grant) for grant in holder.grants):
            yield f"{use.action} was used ({', '.join(use.when)}) and is not granted"
    for reason in known.reasons:
        for action in reason.actions:
            matching = [row for row in rows if row.grant.action == action and reason.is_for(row.grant)]
            if not matching:
                yield f"{action} has a reason and is not granted"
            elif reason.use != RECORDED and any(row.use == RECORDED for row in matching):
                yield f"{action} is said to be used {reason.use} and was recorded"
