"""The real CLI updates a stack of the first release in place, and has a bad and then a good image rolled out.

One stack for all of it, in an embedded AWS of this process: so that the image can be made a bad one, and time can jump.
Needs `pulumi` on the PATH. Takes some minutes.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.releases import put_first, put_today

from embedded_aws import access
from embedded_aws.embedded import Cloud
from embedded_aws.fleet import Check

from .cli import STACK, Cli
from .conftest import REGION, environ_of

pytestmark = pytest.mark.skipif(
    not shutil.which("pulumi"),
    reason="the Pulumi CLI is not on the PATH (https://www.pulumi.com/docs/iac/download-install/)",
)

GROUP, SPEED = "tap-fleet-dev", 20
MINUTE, HOUR = 60, 3600
MANIFEST = "name: tap\nruntime: {name: python, options: {virtualenv: .venv}}\n"
VOLUME = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}


@dataclass(frozen=True)
class Standing:
    """The stack, and the AWS that it stands in."""

    cli: Cli
    cloud: Cloud
    told: set[str] = field(default_factory=set)

    def client(self, service: str) -> Any:
        return access.client(service, REGION, self.cloud.endpoint_url)

    def up(self, *options: str) -> str:
        """Deploy while time runs, as a deployment waits for some things; then it stands still."""
        self.cloud.clock.set_speed(SPEED)
        said = self.cli.up(*options)
        self.cloud.clock.stop()
        return said

    @property
    def group(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]
        return found

    @property
    def version(self) -> str:
        """The launch template version that the group launches from."""
        return str(self.group["LaunchTemplate"]["Version"])

    @property
    def versions(self) -> Counter[str]:
        """How many members there are of each version."""
        return Counter(each["LaunchTemplate"]["Version"] for each in self.group["Instances"])

    def wish(self, image: str, *, bad: bool) -> None:
        """Have the next version of the launch template wanted, with a new image."""
        made = self.client("ec2").register_image(
            Name=image, RootDeviceName="/dev/xvda", Architecture="x86_64", BlockDeviceMappings=[VOLUME]
        )
        template, newest = self.group["LaunchTemplate"]["LaunchTemplateId"], self.newest
        if bad:
            fleet = self.cloud.autoscaling.fleet(GROUP)
            fleet.spoil_template(f"{template}:{newest + 1}", Check.INSTANCE, self.cloud.clock.now())
        self.cli.set("tap:imageId", made["ImageId"])
        self.up()
        assert self.newest == newest + 1

    @property
    def newest(self) -> int:
        found = self.client("ec2").describe_launch_templates()["LaunchTemplates"][0]
        return int(found["LatestVersionNumber"])

    def ended(self) -> dict[str, Any]:
        """The next refresh, once it has ended: the rollout's function begins it within a minute or two."""
        for _ in range(60):
            found = self.client("autoscaling").describe_instance_refreshes(AutoScalingGroupName=GROUP)
            newest: dict[str, Any] = next(iter(found["InstanceRefreshes"]), {})
            if "EndTime" in newest and newest["InstanceRefreshId"] not in self.told:
                self.told.add(newest["InstanceRefreshId"])
                self.cloud.clock.advance(2 * MINUTE)  # the last that was replaced goes
                return dict(newest)
            self.cloud.clock.advance(MINUTE)
        raise AssertionError("no refresh has ended within an hour")


@pytest.fixture(scope="module")
def standing(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """The first release, deployed by the CLI, with today's program in its place."""
    project = tmp_path_factory.mktemp("first-release")
    (project / "Pulumi.yaml").write_text(MANIFEST)
    (project / ".venv").symlink_to(sys.prefix)
    put_first(project)
    with Cloud(speed=SPEED, region=REGION) as cloud:
        found = Standing(Cli(project, environ_of(cloud.endpoint_url, home)), cloud)
        found.cli.run("stack", "init", STACK)
        found.cli.set("aws:region", REGION)
        found.cli.set("tap:volumeSize", "20")  # moto gives images volumes of other sizes
        found.up()
        put_today(project)
        yield found
        assert cloud.failures == []


ROW = re.compile(r"^ *[-+~]+ +[│├└─ ]*aws:\S+ +(\S+) +(\S+)", re.MULTILINE)


def rows(preview: str) -> dict[str, str]:
    """The operation of each row of a preview, by the resource's name."""
    return {found[1]: found[2] for found in ROW.finditer(preview)}


def test_the_preview_of_an_update_says_what_is_new_and_that_nothing_is_replaced(standing: Standing) -> None:
    said = standing.cli.on_stack("preview")
    found = rows(said)

    assert found["tap-rollout-dev"] == found["tap-rollout-silent-dev"] == "create"
    assert found[GROUP] == "update"
    assert "-instanceRefresh" in next(line for line in said.splitlines() if GROUP in line and "autoscaling" in line)
    assert set(found.values()) == {"create", "update"}


def test_the_update_keeps_the_group_and_rolls_the_new_template_out(standing: Standing) -> None:
    ids = standing.cli.ids
    standing.up()

    assert ids.items() <= standing.cli.ids.items()
    assert standing.ended()["Status"] == "Successful"
    assert (standing.version, standing.versions) == ("2", {"2": 2})
    standing.up("--expect-no-changes")


def test_a_bad_image_ends_where_it_began_and_is_not_launched_again(standing: Standing) -> None:
    standing.wish("bad", bad=True)
    refresh = standing.ended()

    assert refresh["Status"] == "RollbackSuccessful"
    assert (standing.version, standing.versions) == ("2", {"2": 2})
    before = standing.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=GROUP)["Activities"][0]
    standing.cloud.clock.advance(HOUR)  # `python -m bench.rollouts` waits for a day
    after = standing.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=GROUP)["Activities"][0]
    assert after == before
    assert (standing.version, standing.versions) == ("2", {"2": 2})
    standing.up("--expect-no-changes")


def test_a_good_image_becomes_the_groups_version(standing: Standing) -> None:
    standing.wish("good", bad=False)

    assert standing.ended()["Status"] == "Successful"
    assert (standing.version, standing.versions) == ("4", {"4": 2})
    standing.up("--expect-no-changes")


def test_the_stack_goes(standing: Standing) -> None:
    standing.cloud.clock.set_speed(SPEED)
    standing.cli.destroy()

    assert standing.cli.ids == {}
