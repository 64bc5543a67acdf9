"""DescribeInstanceStatus of a region's instances.

moto answers it with every check passed and ignores most filters and all paging. The checks come from whoever runs the
instances; an instance that nobody speaks for passes its checks while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from embedded_aws.calls import Call, Routes
from embedded_aws.fleet.health import NOT_APPLICABLE, Checks
from embedded_aws.in_process import filters, instance_status
from embedded_aws.in_process.instance_status import OK, Instance, Status

ChecksOf: TypeAlias = Callable[[Collection[str]], Mapping[str, Checks]]
"""Instance ids to the status checks of those that this source knows."""

SOUND = Checks(OK, OK, OK)
NOT_RUNNING = Checks(NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE)

Instances: TypeAlias = Callable[[str], Iterable[Instance]]
"""Region to its instances, terminated ones included while EC2 still shows them."""


class InstanceStatus:
    """The status of a region's instances.

    Args:
        sources: Who knows their checks; the first that does is believed.
    """

    def __init__(self, instances: Instances, sources: Sequence[ChecksOf] = ()) -> None:
        self._instances = instances
        self._sources = sources

    def routes(self) -> Routes:
        """The calls that this part answers."""
        return {("ec2", "DescribeInstanceStatus"): self._describe}

    def _describe(self, call: Call) -> dict[str, Any]:
        params = call.params
        instance_status.check_limits(params)
        chosen = self._choose(call.region, params)
        size, token = params.get("MaxResults", instance_status.PAGE_SIZES[-1]), params.get("NextToken")
        if asked := params.get("Filters"):
            matching = filters.select(self._statuses(chosen), asked, instance_status.FACTS)
            shown, token = filters.page(matching, lambda each: each.instance.id, size=size, token=token)
        else:  # without a filter only the checks of what is shown matter
            paged, token = filters.page(chosen, lambda each: each.id, size=size, token=token)
            shown = self._statuses(paged)
        result: dict[str, Any] = {"InstanceStatuses": [instance_status.shape(each) for each in shown]}
        return result if token is None else result | {"NextToken": token}

    def _choose(self, region: str, params: Mapping[str, Any]) -> Iterable[Instance]:
        instances = self._instances(region)
        if ids := params.get("InstanceIds"):
            by_id = {instance.id: instance for instance in instances}
            instance_status.require_existing(ids, by_id)
            instances = [by_id[each] for each in dict.fromkeys(ids)]
        every_state = params.get("IncludeAllInstances", False)
        return (instance for instance in instances if every_state or instance.state == "running")

    def _statuses(self, instances: Iterable[Instance]) -> list[Status]:
        """The status of each, all of them at once: a group may have ten thousand."""
        shown = list(instances)
        known: dict[str, Checks] = {}
        for source in reversed(self._sources):
            known |= source([each.id for each in shown])
        return [Status(each, known.get(each.id, SOUND) if each.state == "running" else NOT_RUNNING) for each in shown]
