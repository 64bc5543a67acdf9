"""Values that stand for outputs which nobody knows yet, and that are recognised wherever the program carries them.

Each is unique, and looks like what it stands for: an ARN has an ARN's parts, a number is a number, an IPv6 block is a
network. So a program can take it apart, put it into a policy document or compute with it, as it does once its resources
exist.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from typing import Any

from embedded_pulumi.values import Archive, Asset, ResourceRef, Secret
from pulumi_guardrails.model import Plain, Reference

ACCOUNT = "123456789012"
"""AWS's own example, as in an embedded AWS, which this distribution does not depend on."""

_FIRST_NUMBER = 777_000_000
_NETWORK = "2001:db8:{:x}:ff00::/56"  # in the documentation's own prefix (RFC 3849)
_TOKEN = re.compile(
    r"(?:arn:[\w-]+:[\w-]*:[\w-]*:\d*:)?(?:made-up-\d+-[0-9a-f]{6}|777\d{6})|2001:db8:[0-9a-f]{1,4}:ff00::/56"
)


class Placeholders:
    """Makes placeholders, and finds them again.

    Args:
        partition: What ARNs begin with, such as `aws-cn`.
        region: Of the ARNs.
    """

    def __init__(self, partition: str, region: str) -> None:
        self._partition = partition
        self._region = region
        self._meaning: dict[str, Reference] = {}
        self._names: dict[str, str] = {}

    def text(self, reference: Reference, type_: str, name: str) -> str:
        """A string for an output of a resource of a type."""
        number = len(self._meaning)
        # The six last characters are those that people expect of AWS's ids; they carry nothing.
        token = f"made-up-{number}-{number * 7919 % 0x1000000:06x}"
        if reference.output.lower().endswith("arn"):
            service = type_.split(":")[1].split("/", maxsplit=1)[0] if ":" in type_ else ""
            token = f"arn:{self._partition}:{service}:{self._region}:{ACCOUNT}:{token}"
        if reference.output.endswith("ipv6CidrBlock"):
            token = _NETWORK.format(number)  # which programs cut up
        self._remember(token, reference, name)
        return token

    def number(self, reference: Reference, name: str) -> int:
        """A whole number for an output."""
        number = _FIRST_NUMBER + len(self._meaning)
        self._remember(str(number), reference, name)
        return number

    def _remember(self, token: str, reference: Reference, name: str) -> None:
        self._meaning[token] = reference
        self._names[token] = f"${{{name}.{reference.output}}}"

    def resolve(self, value: Any) -> Plain:
        """A value with what stands for outputs turned back: into a Reference, or `${name.output}` within a string."""
        if isinstance(value, str):
            return self._resolve_text(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return self._meaning.get(str(value), value)
        if isinstance(value, Mapping):
            return {name: self.resolve(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        return self._resolve_special(value)

    def _resolve_text(self, text: str) -> str | Reference:
        return self._meaning.get(text) or _TOKEN.sub(lambda match: self._named(match[0]), text)

    def _named(self, found: str) -> str:
        if found in self._names:
            return self._names[found]
        # The program has put an ARN of its own before an id.
        head, _, token = found.rpartition(":")
        return f"{head}:{self._names[token]}" if token in self._names else found

    def _resolve_special(self, value: Any) -> Plain:
        if isinstance(value, Secret):
            return self.resolve(value.value)
        if isinstance(value, ResourceRef):
            return Reference(value.urn)
        if isinstance(value, Asset) and value.text is not None:
            text = self._resolve_text(value.text)
            return Asset(text=text if isinstance(text, str) else f"${{{text.output}}}")
        if isinstance(value, Archive) and value.assets is not None:
            return Archive(assets={name: self._resolve_special(item) for name, item in value.assets.items()})
        if isinstance(value, Archive) and value.path is not None and zipfile.is_zipfile(value.path):
            with zipfile.ZipFile(value.path) as content:  # it may be gone when the program has ended
                return Archive(assets={name: Asset(path=f"{value.path}/{name}") for name in content.namelist()})
        return value
