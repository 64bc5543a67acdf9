"""What is known of the use of a program's permissions: two files in the folder `permissions` beside its Pulumi.yaml.

`recorded.json` says which statement allowed what in a recording, by whom and when; it is written by a program.
`reasons.yaml` says why each permission is there, and is written by hand:

    role web-healer-*:
      - actions: [ec2:DescribeTags]
        why: Which instances their owners want left alone.
    role web-instance-*:
      - actions: [ssm:UpdateInstanceInformation]
        use: by AWS
        by: SSM agent
        why: It registers the instance, and says every few minutes that it is there.

`use` is `by AWS` where AWS's own software makes the call, which no recording of the program shows, `none` where nobody
does and the permission is there all the same, and is left out where the recording shows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from embedded_pulumi.errors import UserError
from pulumi_guardrails.grants import Grant, Holder

RECORDED_FILE = "permissions/recorded.json"
REASONS_FILE = "permissions/reasons.yaml"

RECORDED, BY_AWS, NONE = "recorded", "by AWS", "none"
USES = (RECORDED, BY_AWS, NONE)
_FIELDS = {"actions", "statement", "use", "by", "why"}


@dataclass(frozen=True)
class Use:
    """A permission that was used in the recording.

    Attributes:
        holder: A pattern for the label of what the policy hangs on, such as `role web-healer-*`.
        statement: The Sid of what allowed it.
        by: Who used it: `itself` for the role that the policy is of, or a service or role.
        when: The situations in which it was used.
    """

    holder: str
    statement: str
    action: str
    by: tuple[str, ...]
    when: tuple[str, ...]

    def is_of(self, grant: Grant) -> bool:
        """Whether it is a use of this very grant."""
        granted = fnmatchcase(self.action.lower(), grant.action.lower())
        return granted and grant.allows and self.statement == grant.statement


@dataclass(frozen=True)
class Justification:
    """Why some permissions are there.

    Attributes:
        statement: The Sid, where one action stands in several statements; empty for any.
        use: `recorded`, `by AWS` or `none`.
        by: Who uses them, where that is not the role itself.
    """

    holder: str
    actions: tuple[str, ...]
    statement: str
    use: str
    by: str
    why: str

    def is_for(self, grant: Grant) -> bool:
        """Whether it is about this grant."""
        return grant.action in self.actions and self.statement in ("", grant.statement) and grant.allows


@dataclass(frozen=True)
class Usage:
    """The recording, and the reasons."""

    uses: tuple[Use, ...]
    reasons: tuple[Justification, ...]

    def of(self, holder: Holder) -> Usage | None:
        """What concerns one holder; None if it is in neither file."""
        uses = tuple(use for use in self.uses if fnmatchcase(holder.label, use.holder))
        reasons = tuple(reason for reason in self.reasons if fnmatchcase(holder.label, reason.holder))
        return Usage(uses, reasons) if uses or reasons else None


def read_usage(folder: Path) -> Usage:
    """Read both files; what is not there is empty.

    Args:
        folder: Where Pulumi.yaml is.

    Raises:
        UserError: a file is not as it should be; the message says where.
    """
    recorded, reasons = folder / RECORDED_FILE, folder / REASONS_FILE
    return Usage(
        tuple(_uses(_load(recorded)["uses"])) if recorded.is_file() else (),
        tuple(_reasons(reasons, _load(reasons))) if reasons.is_file() else (),
    )


def _load(file: Path) -> Mapping[str, Any]:
    try:
        data = yaml.safe_load(file.read_text()) or {}  # JSON is YAML
    except yaml.YAMLError as error:
        raise UserError(f"{file} is not YAML: {error}") from error
    if not isinstance(data, Mapping):
        raise UserError(f"{file}: accepted: an object at the top")
    return data


def _uses(recorded: Mapping[str, Any]) -> Iterator[Use]:
    for holder, items in recorded.items():
        for item in items:
            yield Use(holder, item["statement"], item["action"], tuple(item["by"]), tuple(item["when"]))


def _reasons(file: Path, data: Mapping[str, Any]) -> Iterator[Justification]:
    for holder, items in data.items():
        for number, item in enumerate(items, 1):
            where = f"{file}, {holder}, item {number}"
            if not isinstance(item, Mapping) or set(item) - _FIELDS or not {"actions", "why"} <= set(item):
                raise UserError(f"{where}: accepted: the keys actions and why, and statement, use and by")
            use = item.get("use", RECORDED)
            if use not in USES:
                raise UserError(f"{where}: use = {use!r} is not accepted; accepted: {', '.join(USES)}")
            actions = tuple(item["actions"])
            yield Justification(
                holder, actions, item.get("statement", ""), use, item.get("by", ""), item["why"].strip()
            )


def to_json(uses: Mapping[str, Iterable[Mapping[str, Any]]], written_by: str) -> str:
    """`recorded.json` as text: a line for each use, so that a change of one is a change of one line."""
    blocks = [f"  {json.dumps(holder)}: [{_lines(items)}]" for holder, items in uses.items()]
    return f'{{\n "written by": {json.dumps(written_by)},\n "uses": {{\n' + ",\n".join(blocks) + "\n }\n}\n"


def _lines(items: Iterable[Mapping[str, Any]]) -> str:
    lines = ",\n".join(f"   {json.dumps(item)}" for item in items)
    return f"\n{lines}\n  " if lines else ""
