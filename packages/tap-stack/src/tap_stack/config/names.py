"""The names of everything that has one: `<prefix>-<thing>-<environment suffix>`, so that stacks share an account."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

ROLE_NAME_LIMIT = 64
"""IAM, `roleNameType`."""
LINKED_ROLE_SUFFIX_LIMIT = ROLE_NAME_LIMIT - len("AWSServiceRoleForAutoScaling_")
"""What is left of a role's name after Auto Scaling's own."""
FUNCTION_NAME_LIMIT = 64
"""Lambda, CreateFunction: 64 characters when only the name is given."""
RULE_NAME_LIMIT = 64
"""EventBridge, `RuleName`."""
DEFAULT_PREFIX = "tap"
LONGEST_PREFIX = 20
"""In the region with the longest name, this leaves ten characters and more for the environment suffix."""


@dataclass(frozen=True)
class Names:
    """Makes names for one environment in one region.

    Attributes:
        fleet: The name of the Auto Scaling group where it is somebody else's, as an input of Pulumi's.
    """

    region: str
    suffix: str
    prefix: str = DEFAULT_PREFIX
    fleet: Any = None

    def of(self, thing: str) -> str:
        """The name of a thing that lives in the region."""
        return f"{self.prefix}-{thing}-{self.suffix}"

    def of_global(self, thing: str) -> str:
        """The name of a thing that is global in the account (IAM): the same suffix may be in use in two regions."""
        return f"{self.prefix}-{thing}-{self.region}-{self.suffix}"

    def short(self, thing: str, limit: int) -> str:
        """The name of a thing that lives in the region and may have so many characters; shortened by a digest."""
        name = self.of(thing)
        if len(name) <= limit:
            return name
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        return f"{name[: limit - len(digest) - 1].rstrip('-')}-{digest}"

    @property
    def every(self) -> str:
        """A pattern for the names of everything of this prefix, in policies."""
        return f"{self.prefix}-*"

    @property
    def function(self) -> str:
        """The healer's Lambda function."""
        return self.of("healer")

    @property
    def schedule(self) -> str:
        """The rule that starts the healer."""
        return self.of("healer-schedule")

    @property
    def changes(self) -> str:
        """The rule that tells the healer of launches and terminations in the group."""
        return self.of("healer-changes")

    @property
    def scaling_failures(self) -> str:
        """The rule that catches what the Auto Scaling group could not do."""
        return self.of("scaling-failures")

    @property
    def healer_log(self) -> str:
        """The healer's log group, as Lambda would call it."""
        return f"/aws/lambda/{self.function}"

    @property
    def rollout(self) -> str:
        """The rollout's Lambda function."""
        return self.of("rollout")

    @property
    def rollout_schedule(self) -> str:
        """The rule that starts the rollout."""
        return self.of("rollout-schedule")

    @property
    def refresh_failures(self) -> str:
        """The rule that catches instance refreshes that did not bring the group to their version."""
        return self.of("refresh-failures")

    @property
    def rollout_log(self) -> str:
        """The rollout's log group, as Lambda would call it."""
        return f"/aws/lambda/{self.rollout}"

    @property
    def group(self) -> Any:
        """The Auto Scaling group: a text, but for somebody else's, which may be an output."""
        return self.of("fleet") if self.fleet is None else self.fleet

    @property
    def boot_hook(self) -> str:
        """The lifecycle hook that holds an instance until its first boot has ended."""
        return self.of("boot")

    @property
    def instance_role(self) -> str:
        """The role of the instances, and its instance profile."""
        return self.of_global("instance")

    @property
    def healer_role(self) -> str:
        """The healer's execution role."""
        return self.of_global("healer")

    @property
    def rollout_role(self) -> str:
        """The rollout's execution role."""
        return self.of_global("rollout")

    @property
    def flow_log_role(self) -> str:
        """The role that writes the VPC's flow log."""
        return self.of_global("flow-log")

    @property
    def launcher(self) -> str:
        """How the name of the stack's own Auto Scaling role ends, if it has one; shortened where it would not fit.

        No underscore: the AWS provider takes the end of the name to begin at the only one.
        """
        name = f"{self.prefix}-{self.region}-{self.suffix}"
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        return name if len(name) <= LINKED_ROLE_SUFFIX_LIMIT else f"tap-{self.region}-{digest}"

    @property
    def agent_parameter(self) -> str:
        """The CloudWatch agent's configuration: CloudWatchAgentServerPolicy lets instances read this prefix only."""
        return f"AmazonCloudWatch-{self.of('agent')}"


def longest_suffix(region: str, prefix: str = DEFAULT_PREFIX) -> int:
    """How long an environment suffix may be in `region` for every derived name to be within AWS's limits."""
    bare = Names(region, "", prefix)
    limited = (
        (ROLE_NAME_LIMIT, bare.instance_role),
        (ROLE_NAME_LIMIT, bare.healer_role),
        (ROLE_NAME_LIMIT, bare.rollout_role),
        (ROLE_NAME_LIMIT, bare.flow_log_role),
        (FUNCTION_NAME_LIMIT, bare.function),
        (RULE_NAME_LIMIT, bare.schedule),
        (RULE_NAME_LIMIT, bare.changes),
        (RULE_NAME_LIMIT, bare.scaling_failures),
        (RULE_NAME_LIMIT, bare.rollout_schedule),
        (RULE_NAME_LIMIT, bare.refresh_failures),
    )
    return min(limit - len(name) for limit, name in limited)
