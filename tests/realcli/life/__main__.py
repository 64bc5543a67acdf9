"""A network that a new address range replaces, a function whose code changes in place, a secret, a default provider."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
name = config.get("name") or "one"
trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}

vpc = aws.ec2.Vpc("network", cidr_block=config.get("range") or "10.1.0.0/16", tags={"Name": name})
zones = aws.get_availability_zones(state="available")
subnet = aws.ec2.Subnet(
    "subnet",
    vpc_id=vpc.id,
    cidr_block=vpc.cidr_block.apply(lambda block: block.replace("/16", "/24")),
    availability_zone=zones.names[0],
)
role = aws.iam.Role("role", assume_role_policy=json.dumps(trust))
function = aws.lambda_.Function(
    "function",
    role=role.arn,
    runtime="python3.13",
    handler="index.handler",
    code=pulumi.AssetArchive(
        {
            "index.py": pulumi.StringAsset(f"def handler(event, context):\n    return {name!r}\n"),
            "note.txt": pulumi.FileAsset("lib/note.txt"),
            "lib": pulumi.FileArchive("lib"),
        }
    ),
)
secret = aws.ssm.Parameter("secret", type="SecureString", value=pulumi.Output.secret("hush-hush"))

pulumi.export("vpc", vpc.id)
pulumi.export("subnet", subnet.id)
pulumi.export("code", function.code_sha256)
pulumi.export("secret", secret.value)
