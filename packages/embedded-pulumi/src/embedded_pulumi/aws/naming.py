"""Auto-naming: generated names, `<logical name>-<7 hex digits>`, which a resource keeps until it is replaced."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.values import Properties

MADE_UP = "__defaults"
"""The input in which the real provider lists the inputs that it has filled in."""

_RANDOM_DIGITS = 7


@dataclass(frozen=True)
class AutoName:
    """How to generate the name of a resource if the program gives none.

    Attributes:
        property: The property that holds the name.
        max_length: The longest name that AWS takes, in characters.
        prefix: The prefix of every name, such as `alias/`.
        suffix: A flag and the suffix of the name if the flag is set, such as `fifoTopic`, `.fifo`.
        unless: Properties that give the name in another way.
    """

    property: str = "name"
    max_length: int = 255
    prefix: str = ""
    suffix: tuple[str, str] | None = None
    unless: tuple[str, ...] = ("namePrefix",)

    def fill(self, name: str, olds: Mapping[str, object], news: Properties, seed: bytes) -> Properties:
        """The inputs with a name: the given one, the one generated before, or a new one."""
        if any(news.get(each) is not None for each in (self.property, *self.unless)):
            return news
        return {**news, self.property: self._kept(name, olds, news) or self._made_up(name, news, seed)}

    def given_in(self, inputs: Properties) -> bool:
        """Whether the program gives the name, so that a replacement would have the same one."""
        made_up = inputs.get(MADE_UP)
        return inputs.get(self.property) is not None and not (isinstance(made_up, list) and self.property in made_up)

    def _ending(self, news: Properties) -> str:
        return self.suffix[1] if self.suffix and news.get(self.suffix[0]) is True else ""

    def _stem(self, name: str, news: Properties) -> str:
        room = self.max_length - _RANDOM_DIGITS - 1 - len(self._ending(news))
        stem = name if name.startswith(self.prefix) else self.prefix + name
        return stem[:room]

    def _kept(self, name: str, olds: Mapping[str, object], news: Properties) -> str | None:
        """The old name if it was generated; not one that the program gave before."""
        old = olds.get(self.property)
        pattern = rf"{re.escape(self._stem(name, news))}-[0-9a-f]{{{_RANDOM_DIGITS}}}{re.escape(self._ending(news))}"
        return old if isinstance(old, str) and re.fullmatch(pattern, old) else None

    def _made_up(self, name: str, news: Properties, seed: bytes) -> str:
        digits = (seed or uuid.uuid4().bytes).hex()[:_RANDOM_DIGITS]
        return f"{self._stem(name, news)}-{digits}{self._ending(news)}"


def unique(prefix: str, props: Properties) -> str:
    """A unique name, as Terraform's `namePrefix` makes it: the prefix and 26 digits.

    It is made from the mark of a create, so that the name can be found again if the answer is lost.
    """
    seed = props.get(MARK) or uuid.uuid4().hex
    return f"{prefix}{hashlib.sha256(seed.encode()).hexdigest()[:26]}"


def given_or_unique(props: Properties, name: str = "name", prefix: str = "namePrefix") -> str:
    """The name in the inputs, or one from their prefix."""
    return str(props.get(name) or unique(str(props.get(prefix) or "terraform-"), props))
