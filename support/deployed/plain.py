"""A fleet like the stack's whose new versions pulumi-aws rolls out, with its `instanceRefresh`: what that comes to.

pulumi-aws saves the new launch template version on the group and then starts an instance refresh with rollback
(terraform-provider-aws/internal/service/autoscaling/group.go; issue 34189 there): so that a rollback goes back to the
version that has just failed. The group's sizes and warm-up are the stack's own.
"""

from __future__ import annotations

from pathlib import Path

from tap_cli.sandbox import Sandbox

GROUP = "plain"
MANIFEST = "name: tap\nruntime: python\n"
PROGRAM = """\
import pulumi
import pulumi_aws as aws

config = pulumi.Config("tap")
zones = aws.get_availability_zones(state="available").names
vpc = aws.ec2.Vpc("plain", cidr_block="10.0.0.0/16")
subnets = [
    aws.ec2.Subnet(f"plain-{n}", vpc_id=vpc.id, cidr_block=f"10.0.{n}.0/24", availability_zone=zones[n]) for n in (0, 1)
]
closed = aws.ec2.SecurityGroup("plain", vpc_id=vpc.id)
template = aws.ec2.LaunchTemplate(
    "plain", name="plain", image_id=config.require("imageId"), instance_type="t3.micro",
    vpc_security_group_ids=[closed.id], update_default_version=True,
)
healthy = {
    "min_healthy_percentage": config.require_int("minHealthy"),
    "max_healthy_percentage": config.require_int("maxHealthy"),
}
size = config.require_int("size")
aws.autoscaling.Group(
    "plain", name="plain", min_size=size, max_size=2 * size, desired_capacity=size,
    vpc_zone_identifiers=[subnet.id for subnet in subnets],
    health_check_grace_period=300, default_instance_warmup=300,
    launch_template={"id": template.id, "version": template.latest_version.apply(str)},
    instance_maintenance_policy=healthy,
    instance_refresh={"strategy": "Rolling", "preferences": {"auto_rollback": True, **healthy}},
)
pulumi.export("launch_template_id", template.id)
"""


def write_program(folder: Path) -> Path:
    """Write the program into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(MANIFEST)
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


def config_of(image: str, *, size: int, healthy: tuple[int, int]) -> dict[str, str]:
    """The program's configuration; `healthy` is the least and the most percent of the group while it is refreshed."""
    least, most = map(str, healthy)
    own = {"imageId": image, "size": str(size), "minHealthy": least, "maxHealthy": most}
    return {"aws:region": "eu-west-1"} | {f"tap:{key}": value for key, value in own.items()}


def new_image(sandbox: Sandbox, name: str) -> str:
    """An image of this name, registered in the sandbox's AWS."""
    volume = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}
    made = sandbox.cloud.client("ec2", sandbox.region).register_image(
        Name=name, RootDeviceName="/dev/xvda", Architecture="x86_64", BlockDeviceMappings=[volume]
    )
    return str(made["ImageId"])
