"""Auto-naming: generated names, `<logical name>-<7 hex digits>`, which a resource keeps until it is replaced."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.provider import AutonamingMode, CheckRequest
from embedded_pulumi.values import Properties

MADE_UP = "__defaults"
"""The input in which the real provider lists the inputs that it has filled in."""

_RANDOM_DIGITS = 7
_UNIQUE_DIGITS = 26
_UNIQUE_END = re.compile(r"[0-9]{18}[0-9a-f]{8}\Z")


class NoName(ValueError):
    """No name could be generated for a property; `str()` of it is the reason."""

    def __init__(self, property_: str, reason: str) -> None:
        super().__init__(reason)
        self.property = property_


@dataclass(frozen=True)
class AutoName:
    """How to generate the name of a resource if the program gives none.

    Attributes:
        property: The property that holds the name.
        max_length: The longest name, in characters, without its prefix and suffix.
        prefix: The prefix of every name, such as `alias/`.
        suffix: A flag and the suffix of the name if the flag is set, such as `fifoTopic`, `.fifo`.
        unless: Properties that give the name in another way.
        lower: Whether a generated name has no capital letters.
        plain: Whether a generated name is the logical name and nothing more.
    """

    property: str = "name"
    max_length: int = 255
    prefix: str = ""
    suffix: tuple[str, str] | None = None
    unless: tuple[str, ...] = ("namePrefix",)
    lower: bool = False
    plain: bool = False

    def fill(self, request: CheckRequest, given: Properties) -> Properties:
        """The inputs with a name: the given one, the one from before, or a new one.

        The name from before stays even if the program gave it, or if the resource has another logical name now. Source:
        as in `_made_up`.

        Raises:
            NoName: the name would be too long, or the stack wants the program to give it.
        """
        if any(given.get(each) is not None for each in (self.property, *self.unless)):
            return given
        kept = request.olds.get(self.property)
        return {**given, self.property: kept if isinstance(kept, str) else self._made_up(request, given)}

    def given_in(self, inputs: Properties) -> bool:
        """Whether the program gives the name, so that a replacement would have the same one."""
        return inputs.get(self.property) is not None and not self._is_made_up(inputs)

    def prefixes(self, name: str) -> Properties:
        """The other properties that give the name, as the name shows them: its part before the 26 digits, or nothing.

        Source: NamePrefixFromNameWithSuffix in terraform-provider-aws/internal/create/naming.go.
        """
        stem = name.removesuffix(self.suffix[1]) if self.suffix else name
        return dict.fromkeys(self.unless, stem[:-_UNIQUE_DIGITS] if _UNIQUE_END.search(stem) else "")

    def _is_made_up(self, inputs: Mapping[str, object]) -> bool:
        made_up = inputs.get(MADE_UP)
        return isinstance(made_up, list) and self.property in made_up

    def _made_up(self, request: CheckRequest, given: Properties) -> str:
        """A new name.

        Source: ComputeAutoNameDefault in pulumi-terraform-bridge/pkg/tfbridge/info/autonaming.go (59de6c661df1); the
        longest names are those of pulumi-aws/provider/resources.go (0c5f6583ebfb).
        """
        autonaming = request.autonaming
        if autonaming and autonaming.mode is AutonamingMode.DISABLE:
            raise NoName(self.property, "automatic naming is disabled but no explicit name was provided")
        if autonaming and autonaming.mode is AutonamingMode.ENFORCE:
            return autonaming.proposed_name
        stem = autonaming.proposed_name if autonaming else request.name
        stem = (stem.lower() if self.lower else stem).removeprefix(self.prefix)
        if self.plain:
            return self.prefix + stem
        suffix = self.suffix[1] if self.suffix and given.get(self.suffix[0]) is True else ""
        if autonaming:
            if len(stem) > self.max_length:
                raise NoName(self.property, f"calculated name '{stem}' exceeds maximum length of {self.max_length}")
            return self.prefix + stem + suffix
        if len(stem) + 1 + _RANDOM_DIGITS > self.max_length:
            length = f"{_RANDOM_DIGITS} random chars is longer than maximum length {self.max_length}"
            raise NoName(self.property, f"name '{stem}-' plus {length}")
        return f"{self.prefix}{stem}-{(request.seed or uuid.uuid4().bytes).hex()[:_RANDOM_DIGITS]}{suffix}"


def unique(prefix: str, props: Properties) -> str:
    """A unique name, as Terraform's `namePrefix` makes it: the prefix, 18 decimal and 8 hexadecimal digits.

    It is made from the mark of a create, so that the name can be found again if the answer is lost.
    """
    seed = props.get(MARK) or uuid.uuid4().hex
    digits = hashlib.sha256(seed.encode()).hexdigest()
    return f"{prefix}{int(digits[8:], 16) % 10**18:018}{digits[:8]}"


def given_or_unique(props: Properties, name: str = "name", prefix: str = "namePrefix") -> str:
    """The name in the inputs, or one from their prefix."""
    return str(props.get(name) or unique(str(props.get(prefix) or "terraform-"), props))
