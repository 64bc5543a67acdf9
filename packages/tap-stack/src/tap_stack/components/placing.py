"""Where the fleet's instances are: to each other, on whose hardware, and in whose reserved capacity."""

from __future__ import annotations

from collections.abc import Collection

import pulumi
import pulumi_aws as aws

from tap_stack.components.component import Component
from tap_stack.config import InfraConfig, placements, reservations


def groups(component: Component, occupied: Collection[str]) -> dict[str, aws.ec2.PlacementGroup]:
    """The stack's own placement groups by their strategy: the wanted one, and another that still has instances.

    EC2 deletes none that has instances, and those of the former version of the template are there until a rollout has
    ended, which is after the deployment. So a group goes with the first deployment that finds it empty.

    Args:
        component: Whose they are.
        occupied: The strategies of those that have instances.
    """
    kept = {component.config.placement_strategy, *occupied}
    return {
        each: aws.ec2.PlacementGroup(
            **component.named(component.names.of(each)),
            strategy=each,
            partition_count=placements.PARTITIONS if each == placements.PARTITION else None,
        )
        for each in placements.STRATEGIES
        if each in kept
    }


def placement(config: InfraConfig, own: aws.ec2.PlacementGroup | None) -> aws.ec2.LaunchTemplatePlacementArgs | None:
    """Where the instances are to each other, and on whose hardware; nothing where it is as usual.

    `own` is the stack's own placement group.
    """
    group: pulumi.Input[str] | None = own.name if own else config.placement_group or None
    tenancy = None if config.tenancy == "default" else config.tenancy
    if group is None and tenancy is None:
        return None
    return aws.ec2.LaunchTemplatePlacementArgs(group_name=group, tenancy=tenancy)


def reservation(config: InfraConfig) -> aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs | None:
    """In which capacity reservations the instances run; nothing where it is as usual."""
    wanted = config.capacity_reservation
    said = reservations.specification(wanted)
    if said is None:
        return None
    if wanted.startswith("cr-"):
        pulumi.log.warn(
            f"{wanted} is in one zone, and the fleet in several: launches in the others fail, which counts against "
            "the image. A resource group can have a reservation in each zone."
        )
    return aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs(**said)
