"""What a data source is: its arguments, and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, SetOf
from embedded_pulumi.values import Properties

REGION = Text(computed=True)
FILTERS = ListOf(item=Block(fields={"name": Text(required=True), "values": SetOf(required=True)}))


@dataclass(frozen=True, kw_only=True)
class DataSource:
    """One data source.

    Attributes:
        function: Its Pulumi token, such as `aws:index/getRegion:getRegion`.
        args: The arguments it takes.
        answer: Asks AWS; returns the result's properties, `id` among them, in Pulumi's names.
        unsupported: Arguments that the real provider has and this one refuses by name.
        any_region: Whether its `region` may be another than the provider's.
    """

    function: str
    args: Fields
    answer: Callable[[Session, Properties], Properties]
    unsupported: tuple[str, ...] = ()
    any_region: bool = False


def filters_of(args: Properties) -> list[dict[str, Any]]:
    """The `filters` argument as EC2 takes it."""
    return [{"Name": each["name"], "Values": each["values"]} for each in args.get("filters") or ()]
