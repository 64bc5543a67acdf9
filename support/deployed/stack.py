"""The deployed stack as a client of AWS sees it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from embedded_aws.embedded import Cloud
from embedded_aws.kinds import STANDARD, AccountKind
from embedded_pulumi.engine.events import Listener
from support.deployed import nursery
from tap_cli.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"  # not the default, so that a region written into the code is found out
SPEED = 60  # a deployment waits for what AWS takes its time for


class Deployed:
    """A deployed stack as a client of AWS sees it; `state` is the file that the engine keeps of it."""

    def __init__(self, sandbox: Sandbox, outputs: dict[str, Any], state: Path) -> None:
        self.sandbox = sandbox
        self.outputs = outputs
        self.state = state
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The boto3 client of one service, made once."""
        if service not in self._clients:
            self._clients[service] = self.sandbox.cloud.client(service, self.sandbox.region)
        return self._clients[service]

    @property
    def group(self) -> dict[str, Any]:
        """The Auto Scaling group."""
        names = [self.outputs["auto_scaling_group_name"]]
        found = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)
        group: dict[str, Any] = found["AutoScalingGroups"][0]
        return group

    @property
    def instances(self) -> list[dict[str, Any]]:
        """The group's EC2 instances."""
        ids = [each["InstanceId"] for each in self.group["Instances"]]
        reservations = self.client("ec2").describe_instances(InstanceIds=ids)["Reservations"]
        return [instance for reservation in reservations for instance in reservation["Instances"]]

    def change(self, variant: Variant, **changes: str) -> dict[str, int]:
        """Deploy the variant with other keys, such as `maxSize="8"`. Deploying once more changes nothing.

        Returns:
            How many steps of each operation it took.
        """
        config = {**variant.config, **{f"tap:{key}": value for key, value in changes.items()}}
        done = self.sandbox.engine_for(config).up().changes
        assert set(self.sandbox.engine_for(config).up().changes) == {"same"}
        return dict(done)

    def roll_out(self) -> None:
        """Let time go by until every member is in service from the newest version of the launch template.

        Raises:
            AssertionError: it takes more than two hours.
        """
        for _ in range(24):
            group = self.group
            template = self.outputs["launch_template_id"]
            found = self.client("ec2").describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]
            newest = {("InService", str(found[0]["LatestVersionNumber"]))}
            members = [(each["LifecycleState"], each["LaunchTemplate"]["Version"]) for each in group["Instances"]]
            if set(members) == newest and len(members) == group["DesiredCapacity"]:
                return
            self.sandbox.cloud.clock.advance(300)
        raise AssertionError(f"not rolled out after two hours: {members}")

    def in_vpc(self, call: str, key: str) -> list[dict[str, Any]]:
        """Everything of one kind in the stack's VPC, such as `describe_subnets` and `Subnets`."""
        filters = [{"Name": "vpc-id", "Values": [self.outputs["vpc_id"]]}]
        found: list[dict[str, Any]] = getattr(self.client("ec2"), call)(Filters=filters)[key]
        return found


@dataclass(frozen=True)
class Variant:
    """One way to deploy the program: the stack's name, its configuration, and where.

    Attributes:
        prepare: Does something in the account before anything is deployed there.
    """

    stack: str
    config: Mapping[str, str]
    region: str
    kind: AccountKind = STANDARD
    prepare: Callable[[Cloud], object] | None = None


THREE_ZONES = Variant(
    "dev", {"tap:zones": "3", "tap:minSize": "3", "tap:desiredCapacity": "3", "tap:maxSize": "6"}, "eu-west-1"
)


class OneAtATime:
    """Deploys variants, each when it is first asked for, in place of the one before.

    A process can hold one embedded AWS at a time, and a deployment takes seconds. The clock stands still once a stack
    is deployed; what moves it is the test.

    Args:
        folder: Where the stacks' states are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._variant: Variant | None = None
        self._deployed: Deployed | None = None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the last one."""
        self.close()

    def deployed(self, variant: Variant) -> Deployed:
        """The stack of this variant, deployed now unless it is there."""
        if self._deployed is None or variant != self._variant:
            return self.deployed_anew(variant)
        return self._deployed

    def deployed_anew(self, variant: Variant) -> Deployed:
        """The stack of this variant, deployed now: no test has used it."""
        self.close()
        self._variant, self._deployed = variant, self._deploy(variant)
        return self._deployed

    def sandbox(self, variant: Variant, listen: Listener = lambda _: None) -> Sandbox:
        """The place for a variant, with nothing deployed; whoever asks closes it."""
        sandbox = Sandbox(
            ROOT,
            variant.stack,
            variant.config,
            region=variant.region,
            folder=Path(tempfile.mkdtemp(dir=self._folder)),  # a new AWS knows nothing of an old state
            speed=SPEED,
            listen=listen,
            launch=nursery.launch,
            kind=variant.kind,
        )
        if variant.prepare is not None:
            variant.prepare(sandbox.cloud)
        return sandbox

    def _deploy(self, variant: Variant) -> Deployed:
        sandbox = self.sandbox(variant)
        with ExitStack() as undo:
            undo.enter_context(sandbox)
            outputs = dict(sandbox.engine.up().outputs)
            sandbox.cloud.clock.stop()
            undo.pop_all()
        return Deployed(sandbox, outputs, sandbox.state_file)

    def close(self) -> None:
        """Take the stack away, if there is one."""
        deployed, self._deployed = self._deployed, None
        if deployed is not None:
            deployed.sandbox.close()
            assert deployed.sandbox.cloud.failures == []


def tags_of(thing: dict[str, Any], key: str = "Tags") -> dict[str, str]:
    """AWS's list of tags as a dictionary."""
    return {tag["Key"]: tag["Value"] for tag in thing[key]}
