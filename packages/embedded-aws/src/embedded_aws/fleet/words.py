"""AWS's own words for what a group does and why: the Description and the Cause of every scaling activity.

They are a value, so that a test or a history may let AWS word everything otherwise: AWS promises no wording.

Seen in real accounts' activities and in the user guide's pages "View the reason for health check failures",
"Temporarily remove instances", "Detach instances" and "Troubleshoot: health checks"; `into_pool` and `from_pool` in
AWS's workshops on warm pools, `out_of_pool` in the tests of HashiCorp's autoscaler for AWS.

Recalled or assumed, not verified: `zones`, `spot`, `rebalance`, `lifetime`, `application`, and the causes of what a
warm pool does for itself (`pool_grown`, `pool_shrunk`, `pool_closed`, `returned`); `given_up`, and that the
termination of an instance whose launch was abandoned is an activity of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

TAKEN_OUT = "an instance was taken out of service {why}"
DIFFERENCE = "in response to a difference between desired and actual capacity"


@dataclass(frozen=True)
class Words:
    """Patterns for `str.format`: `{id}` is the instance, `{have}` and `{want}` are capacities, `{why}` is a reason.

    Attributes:
        launch, launch_failed, terminate, to_standby, from_standby, detach: Descriptions.
        into_pool, into_pool_failed, from_pool, out_of_pool, returned: Descriptions of what concerns a warm pool.
        sentence: One sentence of a Cause; `{at}` is the time.
        taken_out, launched: A termination and a launch that have a reason.
        stopped, marked, status_checks, volume_check, application, balancer, refresh: Reasons.
        zones, spot, rebalance, lifetime, unhealthy: More reasons.
        grown, shrunk, selected: A scale-out, a scale-in, and whom a scale-in chose.
        all_protected, equilibrium: The description of a scale-in that protection stops, and the end of its cause.
        retried: The launch of a replacement after one that failed; None says again what the first one said. AWS is
            said to write `grown` then, which `replace(words, retried=words.grown)` does; not verified.
        by_user, by_user_up, by_user_down: Something that a user asked for; `{what}` was done to the instance.
        pool_grown, pool_shrunk, pool_closed: Why instances enter and leave a warm pool.
        abandoned: The status message of a launch that a lifecycle hook ended; `{why}` is `completed` or
            `heartbeat_timeout`.
        given_up: Why its instance is taken out of service.
        never_healthy: The status message of a launch whose instance gave up.
    """

    launch: str = "Launching a new EC2 instance: {id}"
    launch_failed: str = "Launching a new EC2 instance"
    terminate: str = "Terminating EC2 instance: {id}"
    to_standby: str = "Moving EC2 instance to Standby: {id}"
    from_standby: str = "Moving EC2 instance out of Standby: {id}"
    detach: str = "Detaching EC2 instance: {id}"
    into_pool: str = "Launching a new EC2 instance into warm pool: {id}"
    into_pool_failed: str = "Launching a new EC2 instance into warm pool"
    from_pool: str = "Launching a new EC2 instance from warm pool: {id}"
    out_of_pool: str = "Terminating EC2 instance from warm pool: {id}"
    returned: str = "Terminating EC2 instance: {id}"

    sentence: str = "At {at} {what}."
    taken_out: str = TAKEN_OUT
    launched: str = "an instance was launched {why}"
    stopped: str = "in response to an EC2 health check indicating it has been terminated or stopped"
    marked: str = "in response to a user health-check"
    status_checks: str = "in response to an EC2 instance status checks failure"
    volume_check: str = "in response to EBS volume health check failure"
    application: str = "in response to an EC2 application status checks failure"
    balancer: str = "in response to an ELB system health check failure"
    refresh: str = "in response to an instance refresh"
    zones: str = "to aid in balancing the group's zones"
    spot: str = "in response to an EC2 Spot Instance interruption notice"
    rebalance: str = "in response to an EC2 instance rebalance recommendation"
    lifetime: str = "in response to an instance reaching the maximum instance lifetime"
    unhealthy: str = "in response to an unhealthy instance needing to be replaced"
    grown: str = f"an instance was started {DIFFERENCE}, increasing the capacity from {{have}} to {{want}}"
    shrunk: str = TAKEN_OUT.format(why=f"{DIFFERENCE}, shrinking the capacity from {{have}} to {{want}}")
    selected: str = "instance {id} was selected for termination"
    all_protected: str = (
        "Could not scale to desired capacity because all remaining instances are protected from scale-in."
    )
    equilibrium: str = "group reached equilibrium"
    retried: str | None = None
    by_user: str = "instance {id} was {what} in response to a user request"
    by_user_up: str = ", increasing the capacity from {have} to {want}"
    by_user_down: str = ", shrinking the capacity from {have} to {want}"
    pool_grown: str = f"an instance was started {DIFFERENCE} of the warm pool, increasing it from {{have}} to {{want}}"
    pool_shrunk: str = TAKEN_OUT.format(why=f"{DIFFERENCE} of the warm pool, shrinking it from {{have}} to {{want}}")
    pool_closed: str = TAKEN_OUT.format(why="in response to the deletion of the warm pool")
    abandoned: str = (
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {token} was abandoned: {why}"
    )
    completed: str = "Lifecycle Action Completed with {result} Result"
    heartbeat_timeout: str = "Heartbeat Timeout"
    given_up: str = "in response to a launch whose lifecycle action was abandoned"
    never_healthy: str = (
        "Instance became unhealthy while waiting for instance to be in InService state. "
        "Termination Reason: Client.InstanceInitiatedShutdown: Instance initiated shutdown"
    )
