"""URNs: `urn:pulumi:<stack>::<project>::<parent type$...>type::<name>`, the name of a resource within a stack.

Source: pulumi/sdk/go/common/resource/urn.
"""

from __future__ import annotations

from dataclasses import dataclass

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"

_PREFIX = "urn:pulumi:"
_PARTS = 4


@dataclass(frozen=True)
class Urn:
    """The parts of a URN; `str()` joins them.

    Attributes:
        qualified_type: The types of the parents, outermost first, and the resource's own, joined by `$`.
    """

    stack: str
    project: str
    qualified_type: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Urn:
        """Parse a URN.

        Raises:
            ValueError: it is not a URN.
        """
        # The name may contain "::", so the split stops before it.
        parts = text.removeprefix(_PREFIX).split("::", _PARTS - 1)
        if not text.startswith(_PREFIX) or len(parts) != _PARTS:
            raise ValueError(f"not a URN: {text!r}")
        return cls(*parts)

    @property
    def type(self) -> str:
        """The resource's own type token."""
        return self.qualified_type.rpartition("$")[2]

    def child(self, type_: str, name: str) -> Urn:
        """The URN of a child; the type of the stack is not part of its children's types."""
        qualified = type_ if self.qualified_type == STACK_TYPE else f"{self.qualified_type}${type_}"
        return Urn(self.stack, self.project, qualified, name)

    def __str__(self) -> str:
        return f"{_PREFIX}{self.stack}::{self.project}::{self.qualified_type}::{self.name}"


def new_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource under `parent` (a URN, or empty)."""
    if parent:
        return str(Urn.parse(parent).child(type_, name))
    return str(Urn(stack, project, type_, name))


def is_provider_type(type_: str) -> bool:
    """Whether this is the type of a provider resource, such as `pulumi:providers:aws`."""
    return type_.startswith(PROVIDER_PREFIX)


def is_default_provider(urn: str) -> bool:
    """Whether this is the URN of a default provider, which the engine registers and not the program."""
    parsed = Urn.parse(urn)
    return is_provider_type(parsed.type) and (parsed.name == "default" or parsed.name.startswith("default_"))


def package_of(token: str) -> str:
    """The package of a type or function: `aws` of `aws:ec2/vpc:Vpc`, and of `pulumi:providers:aws` too."""
    if is_provider_type(token):
        return token.removeprefix(PROVIDER_PREFIX)
    return token.partition(":")[0]


@dataclass(frozen=True)
class ProviderRef:
    """The reference of a resource to its provider: `<urn>::<id>`."""

    urn: str
    id: str

    @classmethod
    def parse(cls, text: str) -> ProviderRef:
        """Parse a reference.

        Raises:
            ValueError: it is not a reference.
        """
        urn, separator, id_ = text.rpartition("::")
        if not separator or not urn.startswith(_PREFIX):
            raise ValueError(f"not a provider reference: {text!r}")
        return cls(urn, id_)

    def __str__(self) -> str:
        return f"{self.urn}::{self.id}"
