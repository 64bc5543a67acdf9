"""Resources that stand for several tests."""

from __future__ import annotations

from support.provider.cases import CASES
from support.provider.world import Standing, World


class Stock:
    """One standing resource of each type, changed and changed back by the tests that borrow it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._standing: dict[str, Standing] = {}

    def take(self, type_: str) -> Standing:
        if type_ not in self._standing:
            self._standing[type_] = self._world.stand(type_, "stock", CASES[type_].inputs(self._world))
        return self._standing.pop(type_)

    def give_back(self, standing: Standing) -> None:
        self._standing[standing.type_] = standing

    def clear(self) -> None:
        """Delete what stands: AWS allows only one of some, and the next module may want to make its own."""
        for each in self._standing.values():
            self._world.aws.delete(each.type_, each.id, each.inputs, each.outputs)
