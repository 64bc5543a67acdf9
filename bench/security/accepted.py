"""What this tree accepts although a tool complains: read from security.yaml, refused if it is not as it should be."""

from __future__ import annotations

import datetime as dt
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tap_cli.errors import UsageError

ROOT = Path(__file__).parents[2]
TAP_STACK = ROOT / "packages/tap-stack/src/tap_stack"
"""Where the exceptions are that come with TAP's components."""
FILE = "security.yaml"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Finding(_Entry):
    """A check of Checkov, Prowler or Trivy that may fail.

    Attributes:
        check: Its id.
        resource: A pattern for Terraform's address of the resource, or its ARN; `*` stands for any text.
        stack: The stack that it is accepted in, such as `dev`; `*` for each of them.
        reason: Why.
        expires: The last day.
    """

    check: str
    resource: str
    stack: str = "*"
    reason: str = Field(min_length=20)
    expires: dt.date

    def covers(self, check: str, resource: str, stack: str) -> bool:
        """Whether a failed check is accepted."""
        return check == self.check and fnmatchcase(resource, self.resource) and fnmatchcase(stack, self.stack)


class Unseen(_Entry):
    """Mutations of the stack that our rules find and a scanner does not, for one reason."""

    reason: str = Field(min_length=20)
    mutations: tuple[str, ...] = Field(min_length=1)


class Vulnerability(_Entry):
    """A known vulnerability of a dependency that is lived with until a day."""

    package: str
    id: str
    reason: str = Field(min_length=20)
    expires: dt.date


class Licence(_Entry):
    """A package whose licence is not among those that are permissive beyond doubt."""

    package: str
    licence: str
    reason: str = Field(min_length=20)


class NoSecrets(_Entry):
    """Values in the tree that look like secrets and are none."""

    reason: str = Field(min_length=20)
    values: tuple[str, ...] = Field(min_length=1)


class Accepted(_Entry):
    """The whole file."""

    findings: tuple[Finding, ...] = ()
    account: tuple[Finding, ...] = ()
    unanswered: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    trivy: tuple[Finding, ...] = ()
    unseen_by_trivy: tuple[Unseen, ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] = ()
    licences: tuple[Licence, ...] = ()
    secrets: tuple[NoSecrets, ...] = ()


def read_accepted(root: Path = ROOT) -> Accepted:
    """Read security.yaml.

    Raises:
        UsageError: it is not YAML, lacks a reason, or has a key that nobody reads; the message says where.
    """
    return parse_accepted((root / FILE).read_text(encoding="utf-8"))


def parse_accepted(text: str) -> Accepted:
    """What a text in the form of security.yaml says; raises like `read_accepted`."""
    try:
        data: Any = yaml.safe_load(text) or {}
        return Accepted.model_validate(data)
    except yaml.YAMLError as error:
        raise UsageError(f"{FILE} is not YAML: {error}") from error
    except ValidationError as error:
        raise UsageError("\n".join(f"{FILE}: {_in_words(each)}" for each in error.errors())) from error


def _in_words(error: Any) -> str:
    where = ".".join(str(step) for step in error["loc"])
    return f"{where} = {error['input']!r} is not accepted: {error['msg']}"
