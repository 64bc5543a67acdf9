"""Replacements on their way: one member leaves, another arrives."""

from __future__ import annotations

from embedded_aws.fleet.members import Flight, Kind, Member, UnhealthyReason

OF_VERDICT = {
    UnhealthyReason.STOPPED: Kind.STOPPED,
    UnhealthyReason.MARKED: Kind.MARKED,
    UnhealthyReason.IMPAIRED: Kind.NATIVE,
    UnhealthyReason.APPLICATION: Kind.NATIVE,
    UnhealthyReason.BALANCER: Kind.NATIVE,
}


class Flights:
    """The open replacements of a group."""

    def __init__(self) -> None:
        self._by_kind: dict[Kind, dict[Flight, None]] = {kind: {} for kind in Kind}
        self._owed: dict[Flight, None] = {}
        self.landed: dict[Flight, None] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_kind.values()))

    def of(self, kind: Kind) -> list[Flight]:
        """The open ones of one kind, oldest first."""
        return list(self._by_kind[kind])

    def count(self, kind: Kind) -> int:
        """How many of one kind are open."""
        return len(self._by_kind[kind])

    def open(self, flight: Flight) -> None:
        """Begin one; it owes a launch unless its new member is there already."""
        self._by_kind[flight.kind][flight] = None
        if flight.arriving is None:
            self._owed[flight] = None

    def close(self, flight: Flight) -> None:
        """End one; what is left of it, the members forget."""
        self._by_kind[flight.kind].pop(flight, None)
        self._owed.pop(flight, None)
        self.landed.pop(flight, None)
        if flight.arriving is not None:
            flight.arriving.arrives_by = None
            flight.arriving = None

    def owed(self) -> list[Flight]:
        """Those whose new member is not launched yet, oldest first."""
        return list(self._owed)

    def next_owed(self) -> Flight | None:
        """The oldest whose new member is not launched yet."""
        return next(iter(self._owed), None)

    def assign(self, flight: Flight, arriving: Member) -> None:
        """Its new member was launched."""
        flight.arriving = arriving
        arriving.arrives_by = flight
        self._owed.pop(flight, None)

    def land(self, flight: Flight) -> None:
        """Its new member is warm."""
        self.landed[flight] = None

    def lose(self, flight: Flight) -> None:
        """Its new member went away before it was warm.

        A launch is owed again if the old one is still in service, or if an instance refresh wants a new one there; and
        before all others, so that the next one launched is again its own.
        """
        if flight.arriving is not None:
            flight.arriving.arrives_by = None
            flight.arriving = None
        self.landed.pop(flight, None)
        flight.failed = True
        if flight.launch_first or flight.kind is Kind.REFRESH:
            self._owed = {flight: None} | self._owed
        else:
            self.close(flight)
