"""An embedded AWS with an Auto Scaling group, an instance in it, and roles to try."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.embedded import Cloud

REGION = "us-east-1"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:healer"


def trust(service: str, **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | condition]})


@dataclass(frozen=True)
class Account:
    """The cloud with its owner's clients, and what is in it."""

    cloud: Cloud

    def owner(self, service: str) -> Any:
        return self.cloud.client(service, REGION)

    def role(self, *statements: dict[str, Any], name: str = "healer", **options: Any) -> str:
        """A role that Lambda may assume, with one inline policy; returns its ARN."""
        iam = self.owner("iam")
        options.setdefault("AssumeRolePolicyDocument", trust("lambda.amazonaws.com"))
        arn: str = iam.create_role(RoleName=name, **options)["Role"]["Arn"]
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document)
        return arn

    def acting(self, role_arn: str, service: str) -> Any:
        """A client that signs with the role's credentials, as the healer's function has them."""
        made = self.cloud.iam.credentials_for(role_arn, "healer", "lambda.amazonaws.com", source_arn=FUNCTION)
        return self.client(service, made)

    def client(self, service: str, credentials: dict[str, Any]) -> Any:
        return self.cloud.client(
            service,
            REGION,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """One for all tests of a module: starting it costs more than most of them."""
    with Cloud(start=START) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def account(cloud: Cloud) -> Iterator[Account]:
    """The account without roles, users, topics and functions."""
    iam = get_backend("iam")[ACCOUNT]["aws"]
    with cloud.lock:
        iam.roles.clear()  # Auto Scaling's own; it makes another one
    yield Account(cloud)
    with cloud.lock:
        iam.roles.clear()
        iam.users.clear()
        get_backend("sns")[ACCOUNT][REGION].topics.clear()
    for function in cloud.client("lambda", REGION).list_functions()["Functions"]:
        cloud.client("lambda", REGION).delete_function(FunctionName=function["FunctionName"])


@pytest.fixture
def group(account: Account) -> Callable[[str, str], str]:
    """Makes a group of one instance with a `Project` tag, and returns the instance's id."""

    def make(name: str, project: str) -> str:
        ec2, autoscaling = account.owner("ec2"), account.owner("autoscaling")
        image = ec2.register_image(Name=f"image-{name}", RootDeviceName="/dev/xvda")["ImageId"]
        template = {"ImageId": image, "InstanceType": "t3.micro"}
        ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=template)
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "1"},
            MinSize=1,
            MaxSize=1,
            DesiredCapacity=1,
            VPCZoneIdentifier=subnet,
            HealthCheckGracePeriod=0,
            Tags=[{"Key": "Project", "Value": project, "PropagateAtLaunch": True}],
        )
        described = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
        account.cloud.clock.advance(1)
        instance: str = described["Instances"][0]["InstanceId"]
        return instance

    return make


@pytest.fixture
def function(account: Account) -> str:
    """A Lambda function's ARN."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("index.py", "def lambda_handler(event, context):\n    return None\n")
    made = account.owner("lambda").create_function(
        FunctionName="healer",
        Runtime="python3.13",
        Role=account.role(name="function"),
        Handler="index.lambda_handler",
        Code={"ZipFile": archive.getvalue()},
    )
    arn: str = made["FunctionArn"]
    return arn
