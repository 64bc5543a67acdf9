"""Texts with a form of their own: ARNs, CIDR blocks, addresses."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from embedded_pulumi.aws.fields import Text
from embedded_pulumi.values import Value

_ARN_PARTS = (  # as AWS has them after "arn:", each with what it must match
    ("partition", r"aws(-[a-z]+)*"),
    ("service", r".*"),
    ("region", r"([a-z]{2}(-[a-z]+)+-\d)?"),
    ("account", r"(aws|aws-managed|third-party|\d{12}|cw.{10})?"),
    ("resource", r"(?s:.+)"),
)


@dataclass(frozen=True, kw_only=True)
class ArnText(Text):
    """An ARN, or an empty text.

    Source: ValidARN in terraform-provider-aws/internal/verify/validate.go (02f97af85f89).
    """

    def accept(self, value: str) -> None:
        """Raise a ValueError if the value is not accepted; see `Text.accept`."""
        super().accept(value)
        if not value:
            return
        prefix, *parts = value.split(":", len(_ARN_PARTS))
        if prefix != "arn" or len(parts) < len(_ARN_PARTS):
            raise ValueError(f"{value!r} is not an ARN; accepted: arn:partition:service:region:account:resource")
        for (name, pattern), part in zip(_ARN_PARTS, parts, strict=True):
            if not re.fullmatch(pattern, part):
                raise ValueError(f"{value!r} is not an ARN: its {name} is {part!r}; accepted: {pattern}")


@dataclass(frozen=True, kw_only=True)
class Cidr(Text):
    """A CIDR block without host bits. Two spellings of an IPv6 block are the same.

    Source: ValidIPv4CIDRNetworkAddress and ValidIPv6CIDRNetworkAddress in
    terraform-provider-aws/internal/verify/validate.go (02f97af85f89).

    Attributes:
        version: 4 or 6.
        min_bits: The shortest prefix accepted.
        max_bits: The longest prefix accepted.
    """

    version: int = 4
    min_bits: int = 0
    max_bits: int = 128

    def accept(self, value: str) -> None:
        """Raise a ValueError if the value is not accepted; see `Text.accept`."""
        super().accept(value)
        kind = f"IPv{self.version} CIDR block"
        network = _network(value)
        if network is None or network.version != self.version:
            example = {4: "10.0.0.0/16", 6: "2001:db8::/32"}[self.version]
            raise ValueError(f"{value!r} is not a valid {kind}; accepted: one such as {example}")
        if network.network_address != ipaddress.ip_interface(value).ip:
            raise ValueError(f"{value!r} is not a valid {kind}; did you mean {str(network)!r}?")
        if not self.min_bits <= network.prefixlen <= self.max_bits:
            raise ValueError(f"{value!r} is of another size; accepted: /{self.min_bits} to /{self.max_bits}")

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        return bool(canonical_cidr(old) == canonical_cidr(new)) or super().same(old, new)


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The block, its host bits cleared; None if there is none in the text (a lone address is none)."""
    if not re.fullmatch(r"[0-9a-fA-F.:]+/[0-9]{1,3}", value):
        return None
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None


def canonical_cidr(value: Value) -> Value:
    """A CIDR block as AWS spells it; other values as they are."""
    network = _network(value) if isinstance(value, str) else None
    return value if network is None else str(network)


@dataclass(frozen=True, kw_only=True)
class Address(Text):
    """An IP address.

    Source: IsIPv4Address and IsIPv6Address in terraform-plugin-sdk/helper/validation/net.go (9e601691167d).

    Attributes:
        version: 4 or 6.
    """

    version: int = 4

    def accept(self, value: str) -> None:
        """Raise a ValueError if the value is not accepted; see `Text.accept`."""
        super().accept(value)
        kind = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}[self.version]
        try:
            kind(value)
        except ValueError:
            raise ValueError(f"{value!r} is not an IPv{self.version} address") from None
