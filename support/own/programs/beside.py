"""What people keep beside a fleet: a bucket, a queue, a table, a secret, images, names, somebody who deploys."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
size = config.get_int("size") or 8
team = {"Owner": "us"}


def allowing(action: str, resource: str) -> str:
    """A policy with one permission."""
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


vpc = aws.ec2.Vpc("net", cidr_block="10.20.0.0/16", tags=team)
subnet = aws.ec2.Subnet(
    "one", vpc_id=vpc.id, cidr_block="10.20.1.0/24", availability_zone=f"{aws.get_region().region}a", tags=team
)
group = aws.ec2.SecurityGroup("web", vpc_id=vpc.id, tags=team)
aws.ec2.SecurityGroupRule(
    "https",
    type="ingress",
    security_group_id=group.id,
    protocol="tcp",
    from_port=443,
    to_port=443,
    cidr_blocks=["10.20.0.0/16"],
    description="inside",
)
image = aws.ec2.get_ami(owners=["amazon"], most_recent=True, filters=[{"name": "name", "values": ["al2023-ami-*"]}])
host = aws.ec2.Instance(
    "host",
    ami=image.id,
    instance_type="t3.micro",
    subnet_id=subnet.id,
    vpc_security_group_ids=[group.id],
    tags=team,
)
volume = aws.ebs.Volume("disk", availability_zone=subnet.availability_zone, size=size, type="gp3", tags=team)
aws.ec2.VolumeAttachment("disk", device_name="/dev/sdf", instance_id=host.id, volume_id=volume.id)

bucket = aws.s3.Bucket("assets", force_destroy=True, tags=team)
aws.s3.BucketVersioning("assets", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"})
aws.s3.BucketPublicAccessBlock("assets", bucket=bucket.bucket, block_public_acls=True, block_public_policy=True)
aws.s3.BucketObject("hello", bucket=bucket.bucket, key="hello.txt", content=f"hello {size}", tags=team)

lost = aws.sqs.Queue("lost", tags=team)
queue = aws.sqs.Queue(
    "jobs",
    visibility_timeout_seconds=30 + size,
    redrive_policy=lost.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})),
    tags=team,
)
table = aws.dynamodb.Table(
    "rows",
    attributes=[{"name": "id", "type": "S"}],
    hash_key="id",
    billing_mode="PAY_PER_REQUEST",
    point_in_time_recovery={"enabled": size > 8},
    tags=team,
)
secret = aws.secretsmanager.Secret("door", recovery_window_in_days=0, tags=team)
aws.secretsmanager.SecretVersion("door", secret_id=secret.id, secret_string=pulumi.Output.secret(f"open sesame {size}"))
images = aws.ecr.Repository("images", force_delete=True, tags=team)
zone = aws.route53.Zone("names", name="beside.example", tags=team)
aws.route53.Record("www", zone_id=zone.zone_id, name="www", type="A", ttl=60 + size, records=[host.private_ip])

deployer = aws.iam.User("deployer", tags=team)
people = aws.iam.Group("people")
aws.iam.GroupMembership("people", group=people.name, users=[deployer.name])
aws.iam.GroupPolicy("reading", group=people.name, policy=bucket.arn.apply(lambda arn: allowing("s3:GetObject", arn)))
key = aws.iam.AccessKey("deployer", user=deployer.name)

pulumi.export("queue", queue.url)
pulumi.export("secret", secret.arn)
pulumi.export("key", key.secret)
pulumi.export("bucket", bucket.bucket)
pulumi.export("www", zone.name_servers)
