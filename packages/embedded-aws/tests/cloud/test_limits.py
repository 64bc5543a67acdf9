"""Limits that the models of the APIs and the quotas set, and what the account tells of itself."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
             "Action": "sts:AssumeRole"},
        ],
    }
)  # fmt: skip


def allow(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=6) as cloud:
        yield cloud
        assert cloud.failures == []


def client(cloud: Cloud, service: str) -> Any:
    """One that leaves the looking at values to the cloud."""
    return cloud.client(service, config=Config(parameter_validation=False))


@pytest.fixture
def iam(cloud: Cloud) -> Any:
    return client(cloud, "iam")


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def function(role: str, **more: Any) -> dict[str, Any]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr("index.py", "def handler(event, context): ...\n")
    code = {"ZipFile": packed.getvalue()}
    return {"FunctionName": "f", "Role": role, "Runtime": "python3.12", "Handler": "index.handler", "Code": code} | more


# The models.


def test_a_role_that_is_no_arn_is_refused_by_its_pattern(cloud: Cloud) -> None:
    told = refusal(client(cloud, "lambda").create_function, **function("r"))

    assert told == (
        "ValidationException: 1 validation error detected: Value 'r' at 'role' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
    )


def test_everything_that_is_wrong_is_told_at_once(cloud: Cloud) -> None:
    told = refusal(client(cloud, "events").put_rule, Name="a b", State="SOMETIMES", ScheduleExpression="rate(1 hour)")

    assert told.startswith("ValidationException: 2 validation errors detected: Value 'a b' at 'name' failed")
    assert "Value 'SOMETIMES' at 'state' failed to satisfy constraint: Member must satisfy enum value set" in told


def test_what_is_required_is_missed(cloud: Cloud) -> None:
    told = refusal(client(cloud, "autoscaling").set_desired_capacity, AutoScalingGroupName="a")

    assert told == (
        "ValidationError: 1 validation error detected: Value null at 'desiredCapacity' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_ec2_has_words_of_its_own(cloud: Cloud) -> None:
    ec2 = client(cloud, "ec2")

    assert refusal(ec2.delete_subnet) == "MissingParameter: The request must contain the parameter SubnetId"
    assert refusal(ec2.create_vpc, CidrBlock="10.0.0.0/16", InstanceTenancy="mine") == (
        "InvalidParameterValue: Value (mine) for parameter instanceTenancy is invalid."
    )


def test_a_variables_name_has_a_pattern(cloud: Cloud, iam: Any) -> None:
    role = iam.create_role(RoleName="variables", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]

    told = refusal(client(cloud, "lambda").create_function, **function(role, Environment={"Variables": {"a-b": "x"}}))

    assert told.startswith("ValidationException: 1 validation error detected: Value '***' at 'environment.variables'")
    assert told.endswith("Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                         "[a-zA-Z]([a-zA-Z0-9_])+]")  # fmt: skip


def test_an_instance_profiles_name_has_a_pattern(iam: Any) -> None:
    told = refusal(iam.create_instance_profile, InstanceProfileName="x y")

    allowed = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
    assert told == f"ValidationError: The specified value for instanceProfileName is invalid. {allowed}"


@pytest.mark.parametrize("unit", ["Percents", "percent", ""])
def test_a_unit_is_one_of_the_standard_units(cloud: Cloud, unit: str) -> None:
    data = [{"MetricName": "Y", "Value": 1, "Unit": unit}]

    told = refusal(client(cloud, "cloudwatch").put_metric_data, Namespace="X", MetricData=data)

    assert told.startswith(
        f"ValidationError: 1 validation error detected: Value '{unit}' at 'metricData.1.member.unit'"
    )


# Quotas.


def test_a_rule_has_five_targets(cloud: Cloud) -> None:
    events = cloud.client("events")
    events.put_rule(Name="rule", ScheduleExpression="rate(1 hour)")
    topic = cloud.client("sns").create_topic(Name="t")["TopicArn"]
    targets = [{"Id": f"t{number}", "Arn": topic} for number in range(6)]
    events.put_targets(Rule="rule", Targets=targets[:5])

    told = refusal(events.put_targets, Rule="rule", Targets=targets[5:])

    assert told == "LimitExceededException: The requested resource exceeds the maximum number allowed."
    assert events.put_targets(Rule="rule", Targets=targets[:1])["FailedEntryCount"] == 0
    assert len(events.list_targets_by_rule(Rule="rule")["Targets"]) == 5


def test_a_role_has_ten_managed_policies(iam: Any) -> None:
    iam.create_role(RoleName="many", AssumeRolePolicyDocument=TRUST)
    arns = [
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=allow("s3:GetObject"))["Policy"]["Arn"]
        for number in range(11)
    ]
    for arn in arns[:10]:
        iam.attach_role_policy(RoleName="many", PolicyArn=arn)

    told = refusal(iam.attach_role_policy, RoleName="many", PolicyArn=arns[10])

    assert told == "LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10"
    iam.attach_role_policy(RoleName="many", PolicyArn=arns[0])


def test_tracing_needs_the_permission(cloud: Cloud, iam: Any) -> None:
    functions = cloud.client("lambda")
    role = iam.create_role(RoleName="traced", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    wished = function(role, FunctionName="traced")
    refused = (
        "InvalidParameterValueException: The provided execution role does not have permissions to call "
        "PutTraceSegments on XRAY"
    )

    assert refusal(functions.create_function, **wished, TracingConfig={"Mode": "Active"}) == refused
    functions.create_function(**wished)
    change = {"FunctionName": "traced", "TracingConfig": {"Mode": "Active"}}
    assert refusal(functions.update_function_configuration, **change) == refused
    iam.put_role_policy(RoleName="traced", PolicyName="x", PolicyDocument=allow("xray:PutTraceSegments"))
    functions.update_function_configuration(**change)
    assert functions.get_function_configuration(FunctionName="traced")["TracingConfig"] == {"Mode": "Active"}


@pytest.mark.parametrize("config", [{"SubnetIds": ["subnet-1"]}, {"SubnetIds": []}, {"Ipv6AllowedForDualStack": True}])
def test_a_function_in_half_a_network_is_refused_and_stops_no_listing(
    cloud: Cloud, iam: Any, config: dict[str, Any]
) -> None:
    role = iam.create_role(RoleName=f"half{len(str(config))}", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]

    told = refusal(cloud.client("lambda").create_function, **function(role, FunctionName="half", VpcConfig=config))

    both = "SubnetIds and SecurityIds must coexist or be both empty list."
    assert told == f"InvalidParameterValueException: {both}"
    assert "half" not in {each["FunctionName"] for each in cloud.client("lambda").list_functions()["Functions"]}


# What the account tells of itself.


def test_the_account_tells_of_boundaries_and_of_policies_in_use(iam: Any) -> None:
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=allow("*"))["Policy"]["Arn"]
    iam.create_role(RoleName="bound", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=boundary)
    used = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    iam.attach_role_policy(RoleName="bound", PolicyArn=used)

    told = iam.get_account_authorization_details()

    (role,) = [each for each in told["RoleDetailList"] if each["RoleName"] == "bound"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    policies = {each["Arn"]: each for each in told["Policies"]}
    assert policies[boundary]["PermissionsBoundaryUsageCount"] == 1
    assert [arn for arn in policies if ":iam::aws:" in arn] == [used]


def test_the_account_is_told_in_pages(iam: Any) -> None:
    for number in range(9):
        iam.create_role(RoleName=f"page-{number}", AssumeRolePolicyDocument=TRUST)
    whole = iam.get_account_authorization_details()

    pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 8}))

    for name in ("RoleDetailList", "Policies"):
        assert [each for page in pages for each in page[name]] == whole[name]
    assert max(sum(len(page[name]) for name in ("RoleDetailList", "Policies")) for page in pages) == 8


def test_snapshots_behind_public_images_are_nobodys_business(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2")
    assert ec2.describe_images()["Images"]

    assert ec2.describe_snapshots()["Snapshots"] == []
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    volume = ec2.create_volume(Size=1, AvailabilityZone="us-east-1a")["VolumeId"]
    mine = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    assert [each["SnapshotId"] for each in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]] == [mine]


def test_keys_that_aws_made_are_awss(cloud: Cloud) -> None:
    kms = cloud.client("kms")
    assert kms.list_keys()["Keys"] == []
    assert not any("TargetKeyId" in alias for alias in kms.list_aliases()["Aliases"])

    cloud.client("ec2").create_volume(Size=1, AvailabilityZone="us-east-1a", Encrypted=True)
    mine = kms.create_key()["KeyMetadata"]["KeyId"]

    managers = {
        key["KeyId"]: kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyManager"]
        for key in kms.list_keys()["Keys"]
    }
    assert managers.pop(mine) == "CUSTOMER"
    assert list(managers.values()) == ["AWS"]
    targets = [alias["TargetKeyId"] for alias in kms.list_aliases()["Aliases"] if "TargetKeyId" in alias]
    assert targets == list(managers)


def test_systems_manager_tells_of_instances_whose_role_lets_the_agent_report(cloud: Cloud, iam: Any) -> None:
    ec2, ssm = cloud.client("ec2"), cloud.client("ssm")
    iam.create_role(RoleName="managed", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="managed")
    iam.add_role_to_instance_profile(InstanceProfileName="managed", RoleName="managed")
    image = ssm.get_parameter(Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")
    launch = {"ImageId": image["Parameter"]["Value"], "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    silent = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    managed = ec2.run_instances(**launch, IamInstanceProfile={"Name": "managed"})["Instances"][0]["InstanceId"]
    before = ssm.describe_instance_information()["InstanceInformationList"]

    iam.put_role_policy(RoleName="managed", PolicyName="x", PolicyDocument=allow("ssm:UpdateInstanceInformation"))

    def told(**params: Any) -> list[tuple[str, str]]:
        found = ssm.describe_instance_information(**params)["InstanceInformationList"]
        return [(each["InstanceId"], each["PingStatus"]) for each in found]

    assert before == []
    assert told() == [(managed, "Online")]
    assert told(Filters=[{"Key": "InstanceIds", "Values": [silent]}]) == []
    ec2.stop_instances(InstanceIds=[managed])
    cloud.clock.advance(300)  # the next report stays out
    assert told(Filters=[{"Key": "PingStatus", "Values": ["ConnectionLost"]}]) == [(managed, "ConnectionLost")]
    ec2.terminate_instances(InstanceIds=[managed])
    assert told() == []
    assert refusal(ssm.describe_instance_information, Filters=[{"Key": "Mood", "Values": ["x"]}]).startswith(
        "InvalidFilterKey"
    )
