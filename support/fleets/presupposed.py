"""What the definitions presuppose, made by boto3: a network, load balancers, images, policies, a certificate."""

from __future__ import annotations

import json
from typing import Any

from embedded_aws.embedded import Cloud
from support.deployed import foreign

PARAMETERS = {
    "ubuntu": "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    "amazon_linux_2": "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",
}
"""Under which names the publishers keep their newest images."""

READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::artifacts/*"}
ISSUED = 61  # seconds after which ACM has issued a certificate


def make(cloud: Cloud) -> dict[str, str]:
    """Make all of it in the cloud's own region, and name it as the definitions do."""
    ec2, ssm = cloud.client("ec2"), cloud.client("ssm")
    network = foreign.make(ec2, cloud.region)
    asked = {"DomainName": "web.example.com", "ValidationMethod": "DNS"}
    ec2.create_placement_group(GroupName="apart", Strategy="spread")
    certificate: str = cloud.client("acm").request_certificate(**asked)["CertificateArn"]
    cloud.clock.advance(ISSUED)
    return {
        **_load_balancers(cloud, network),
        **_policies(cloud.client("iam")),
        **{name: ssm.get_parameter(Name=parameter)["Parameter"]["Value"] for name, parameter in PARAMETERS.items()},
        "own_image": _own_image(ec2),
        "spread": "apart",
        "reservation": _reservation(ec2, cloud.region),
        "topic": cloud.client("sns").create_topic(Name="watchers")["TopicArn"],
        "vpc": network.vpc,
        "private": ",".join(network.private[letter] for letter in "ab"),
        "public": ",".join(network.public.values()),
        "certificate": certificate,
    }


def _reservation(ec2: Any, region: str) -> str:
    """A reservation of two instances, which only who names it may use."""
    asked = {"InstanceType": "t3.micro", "InstancePlatform": "Linux/UNIX", "InstanceCount": 2}
    placed = asked | {"AvailabilityZone": f"{region}a", "InstanceMatchCriteria": "targeted"}
    reservation: str = ec2.create_capacity_reservation(**placed)["CapacityReservation"]["CapacityReservationId"]
    return reservation


def _own_image(ec2: Any) -> str:
    """An image of somebody's own, as Packer registers it; the embedded AWS gives it a root of 15 GiB."""
    asked = {"Architecture": "x86_64", "RootDeviceName": "/dev/sda1", "VirtualizationType": "hvm"}
    return str(ec2.register_image(Name="service-2026-01", **asked)["ImageId"])


def _policies(iam: Any) -> dict[str, str]:
    """A managed policy of somebody's own, and a permissions boundary."""
    document = {"Version": "2012-10-17", "Statement": READS}
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    made = {"policy": ("reads-artifacts", document), "boundary": ("boundary", everything)}
    return {
        thing: iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(text))["Policy"]["Arn"]
        for thing, (name, text) in made.items()
    }


def _load_balancers(cloud: Cloud, network: foreign.Foreign) -> dict[str, str]:
    """Two load balancers, each with a listener and a target group.

    The embedded AWS has no Network Load Balancer: what stands for it is an Application Load Balancer on its port. To a
    fleet, both are a target group that it joins and a security group that it lets in.
    """
    ec2, elb = cloud.client("ec2"), cloud.client("elbv2")
    group: str = ec2.create_security_group(GroupName="balancers", Description="balancers", VpcId=network.vpc)["GroupId"]
    made = {"balancer_group": group}
    for kind, port in (("application", 80), ("network", 22)):
        balancer = elb.create_load_balancer(
            Name=f"shared-{kind}", Subnets=list(network.public.values()), SecurityGroups=[group]
        )["LoadBalancers"][0]["LoadBalancerArn"]
        asked = {"Protocol": "HTTP", "Port": port, "VpcId": network.vpc, "TargetType": "instance"}
        targets = elb.create_target_group(Name=f"shared-{kind}", **asked)["TargetGroups"][0]["TargetGroupArn"]
        forward = {"Type": "forward", "TargetGroupArn": targets}
        elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[forward])
        made[f"{kind}_targets"] = targets
    return made
