"""An Auto Scaling group that knows nothing of the healer."""

import pulumi
import pulumi_aws as aws

network = aws.ec2.Vpc("shop", cidr_block="10.7.0.0/16")
subnet = aws.ec2.Subnet("shop", vpc_id=network.id, cidr_block="10.7.1.0/24")
image = aws.ssm.get_parameter(name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")
template = aws.ec2.LaunchTemplate("shop", image_id=image.value, instance_type="t3.micro")
group = aws.autoscaling.Group(
    "shop",
    min_size=3,
    max_size=6,
    vpc_zone_identifiers=[subnet.id],
    launch_template={"id": template.id, "version": template.latest_version.apply(str)},
)
pulumi.export("name", group.name)
