"""Sizes of a group that fit each other."""

from __future__ import annotations

from embedded_aws.fleet.errors import invalid


def check_sizes(least: int, most: int, desired: int) -> None:
    """Refuse sizes that do not fit each other. Raises Refused: `ValidationError`."""
    if least > most:
        raise invalid(f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    if not least <= desired <= most:
        raise invalid(f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}")
