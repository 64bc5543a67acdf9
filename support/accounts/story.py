"""The whole story of a stack: deployed, resized, given an image, drifted, protected, destroyed, made again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded_aws.kinds.quotas import RAISED, STANDARD_FAMILIES
from embedded_pulumi.engine.events import Diagnostic, Event, Severity, StepFinished
from embedded_pulumi.errors import EngineError
from tap_cli.sandbox import Sandbox

from .kinds import IMAGE, REGION, Tried

ROOT = Path(__file__).parents[2]
SPEED = 120.0
"""Cloud seconds for each real one: the provider waits in real time."""

PATIENCE = 30.0  # real seconds: an hour of cloud time
UNCHANGED = {"same", "read"}
THREE_INSTANCES = 6  # vCPUs


@dataclass
class Course:
    """How the story went.

    Attributes:
        passed: The steps that did what they should, in order.
        failed: The step that did not, and why; empty if all did.
        refused: The line that refused the first deployment, empty if none did.
        made: How many resources of AWS were made before it was refused.
        seconds: How long it took, in real seconds.
    """

    passed: list[str] = field(default_factory=list)
    failed: str = ""
    refused: str = ""
    made: int = 0
    seconds: float = 0.0


class StepFailed(Exception):
    """A step did not do what it should; `str()` of it says what was found."""


class Story:
    """One stack in one account.

    Args:
        tried: The account, and what the user sets in it.
        folder: Where the state is kept.
    """

    def __init__(self, tried: Tried, folder: Path) -> None:
        self._tried = tried
        self._heard: list[Event] = []
        self._sandbox = Sandbox(
            ROOT, "dev", {}, region=REGION, folder=folder, speed=SPEED, kind=tried.kind, listen=self._heard.append
        )

    def tell(self) -> Course:
        """Go through the story, to its end or to the first step that fails."""
        course, began = Course(), time.monotonic()
        with self._sandbox:
            self._tried.prepare(self._sandbox.cloud)
            try:
                self._deploy_first()
            except EngineError as error:
                course.refused, course.made = self._why(error), self._made()
            else:
                course.passed.append("first deployment")
                self._go_on(course)
            if self._sandbox.cloud.failures:
                course.failed = course.failed or f"the embedded AWS: {self._sandbox.cloud.failures[0]}"
        course.seconds = time.monotonic() - began
        return course

    def _go_on(self, course: Course) -> None:
        steps: Mapping[str, Callable[[], None]] = {
            "nothing to do": self._nothing_to_do,
            "resize": self._resize,
            "image": self._give_an_image,
            "drift and refresh": self._drift,
            "protect": self._protect,
            "destroy": self._destroy,
            "again": self._again,
        }
        for name, step in steps.items():
            try:
                step()
            except (EngineError, StepFailed) as error:
                course.failed = f"{name}: {self._why(error)}"
                return
            course.passed.append(name)

    def _deploy_first(self) -> None:
        self._up()
        self._serve(2)
        self._tried.meanwhile(self._sandbox.cloud)

    def _nothing_to_do(self) -> None:
        changes = self._up()
        if done := {op: count for op, count in changes.items() if count and op not in UNCHANGED}:
            raise StepFailed(f"an update without a change did {done}")

    def _resize(self) -> None:
        """One more than before, where there is a place for it."""
        more = str(self._places())
        self._up(**{"tap:maxSize": "6", "tap:minSize": more, "tap:desiredCapacity": more})
        self._serve(int(more))

    def _give_an_image(self) -> None:
        """Pin the image that is there; a machine of another one follows by a refresh."""
        ec2 = self._sandbox.cloud.client("ec2")
        current = self._sandbox.cloud.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
        device = "/dev/xvda"
        images = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}])[
            "Images"
        ]
        others = sorted(
            each["ImageId"]
            for each in images
            if each.get("RootDeviceName") == device and each["ImageId"] != current and "amzn2" in each["Name"].lower()
        )
        _require(bool(others), "there is no other image")
        self._up(**{"tap:imageId": others[0]})
        template = ec2.describe_launch_template_versions(LaunchTemplateName="tap-instance-dev", Versions=["$Latest"])[
            "LaunchTemplateVersions"
        ][0]["LaunchTemplateData"]
        _require(template["ImageId"] == others[0], f"the template has the image {template['ImageId']}")

    def _drift(self) -> None:
        """Somebody changes the VPC's tags; a refresh sees it, and an update takes it back."""
        ec2, vpc = self._sandbox.cloud.client("ec2"), self._outputs["vpc_id"]
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "somebody was here"}])
        self._sandbox.engine_for(self._config()).refresh()
        self._up()
        tags = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]
        _require({"Key": "Name", "Value": "tap-vpc-dev"} in tags, f"the VPC has the tags {tags}")

    def _protect(self) -> None:
        """A protected stack is not destroyed; one that is not protected any more can be."""
        self._up(**{"tap:protect": "true"})
        try:
            self._sandbox.engine_for(self._config()).destroy()
        except EngineError as error:
            _require("protect" in str(error), f"destroying it failed otherwise: {error}")
        else:
            raise StepFailed("a protected stack was destroyed")
        self._up()

    def _serve(self, count: int) -> None:
        """Wait until so many instances are in service."""
        deadline = time.monotonic() + PATIENCE
        while self._in_service() < count:
            _require(time.monotonic() < deadline, f"{self._in_service()} of {count} instances are in service")
            time.sleep(0.2)

    def _in_service(self) -> int:
        return [each["LifecycleState"] for each in self._group()["Instances"]].count("InService")

    def _destroy(self) -> None:
        self._sandbox.engine_for(self._config()).destroy()
        left = self._left()
        _require(not left, f"{', '.join(left)} are left")

    def _again(self) -> None:
        self._up()
        self._serve(2)
        self._destroy()

    def _up(self, **config: str) -> Mapping[str, int]:
        """Deploy; how many steps of each kind there were."""
        summary = self._sandbox.engine_for(self._config() | config).up()
        self._outputs = dict(summary.outputs)
        return dict(summary.changes)

    def _config(self) -> dict[str, str]:
        return dict(self._tried.config)

    def _places(self) -> int:
        """Three instances, or two where the quota on vCPUs has no place for a third."""
        return 3 if self._tried.kind.quotas.get(STANDARD_FAMILIES.code, RAISED) >= THREE_INSTANCES else 2

    def _group(self) -> dict[str, Any]:
        found = self._sandbox.cloud.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        return dict(found[0])

    def _left(self) -> list[str]:
        """What of the stack is still in the account."""
        client = self._sandbox.cloud.client
        ours = [{"Name": "tag:Project", "Values": ["tap"]}]
        found = {
            "groups": client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"],
            "VPCs": client("ec2").describe_vpcs(Filters=ours)["Vpcs"],
            "addresses": client("ec2").describe_addresses(Filters=ours)["Addresses"],
            "roles": [each for each in client("iam").list_roles()["Roles"] if "tap-" in each["RoleName"]],
            "log groups": client("logs").describe_log_groups()["logGroups"],
            "rules": client("events").list_rules()["Rules"],
        }
        return [f"{len(each)} {name}" for name, each in found.items() if each]

    def _made(self) -> int:
        steps = [each for each in self._heard if isinstance(each, StepFinished) and each.type.startswith("aws:")]
        return sum(each.op.value == "create" for each in steps)

    def _why(self, error: Exception) -> str:
        """The error with what the program or AWS said, on one line."""
        told = [
            each.message for each in self._heard if isinstance(each, Diagnostic) and each.severity is Severity.ERROR
        ]
        return " ".join([str(error), *told[-1:]]).replace("\n", " ").replace(os.sep * 2, os.sep)


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - what is required
    if not condition:
        raise StepFailed(otherwise)
