"""The kinds of account: what AWS refuses on the first day, in an organisation and when a zone is in trouble."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.account import ACCOUNT
from embedded_aws.embedded import Cloud
from embedded_aws.kinds import KINDS, STANDARD, AccountKind, ZoneTrouble, policies
from embedded_aws.kinds.quotas import QUOTAS, vcpu_quota

REGION = "eu-west-1"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
LINKED_ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
MAKE_LINKED = "iam:CreateServiceLinkedRole"
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
TAG = {"Key": policies.REQUIRED_TAG, "Value": "1001"}


@contextmanager
def cloud_of(kind: AccountKind) -> Iterator[Cloud]:
    with Cloud(start=START, region=REGION, kind=kind) as cloud:
        yield cloud
        assert cloud.failures == []


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Code and message of a call that is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def template(cloud: Cloud, name: str = "web", **data: Any) -> dict[str, str]:
    ec2 = cloud.client("ec2")
    parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    image = cloud.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    data = {"ImageId": image, "InstanceType": "t3.micro", **data}
    ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data, TagSpecifications=[
        {"ResourceType": "launch-template", "Tags": [TAG]}])  # fmt: skip
    return {"LaunchTemplateName": name, "Version": "1"}


def group(cloud: Cloud, size: int = 1, name: str = "web", zones: str = "a", **params: Any) -> str:
    """A group in the default VPC, with a launch template of its own unless one is given."""
    params.setdefault("LaunchTemplate", None)
    if params["LaunchTemplate"] is None:
        params["LaunchTemplate"] = template(cloud, name)
    named = [f"{REGION}{letter}" for letter in zones]
    cloud.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name, MinSize=0, MaxSize=50, DesiredCapacity=size, AvailabilityZones=named, **params
    )
    return name


def activities(cloud: Cloud, name: str = "web") -> list[tuple[str, str]]:
    """Status and message of a group's activities, oldest first."""
    found = cloud.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    return [(each["StatusCode"], each.get("StatusMessage", "")) for each in reversed(found)]


def states(cloud: Cloud, name: str = "web") -> list[str]:
    found = cloud.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return [each["LifecycleState"] for each in found["AutoScalingGroups"][0]["Instances"]]


def function(cloud: Cloud, role: str, name: str = "f") -> dict[str, Any]:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): pass")
    made: dict[str, Any] = cloud.client("lambda").create_function(
        FunctionName=name, Role=role, Runtime="python3.13", Handler="index.handler", Code={"ZipFile": code.getvalue()}
    )
    return made


def role(cloud: Cloud, name: str = "r", **params: Any) -> str:
    made = cloud.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(policies.document(TRUST)), **params
    )
    arn: str = made["Role"]["Arn"]
    return arn


# Quotas.


@pytest.fixture
def new() -> Iterator[Cloud]:
    with cloud_of(replace(KINDS["new"], settling=timedelta(0))) as cloud:
        yield cloud


def test_service_quotas_answers_with_the_values_that_hold_and_with_aws_defaults(new: Cloud) -> None:
    quotas = new.client("service-quotas")

    def both(service: str, code: str) -> tuple[float, float]:
        asked = {"ServiceCode": service, "QuotaCode": code}
        found = quotas.get_service_quota(**asked), quotas.get_aws_default_service_quota(**asked)
        return found[0]["Quota"]["Value"], found[1]["Quota"]["Value"]

    assert both("lambda", "L-B99A9384") == (10, 1000)
    assert both("ec2", "L-0263D0A3") == (5, 5)
    assert both("ec2", "L-1216C47A") == (5, 5)
    listed = {each["QuotaCode"] for each in quotas.list_service_quotas(ServiceCode="vpc")["Quotas"]}
    assert listed == {each.code for each in QUOTAS if each.service == "vpc"}
    unknown = refused(quotas.get_service_quota, ServiceCode="ec2", QuotaCode="L-00000000")
    assert unknown[0] == "NoSuchResourceException"


@pytest.mark.parametrize(
    ("instance_type", "name"),
    [
        ("t3.micro", "Standard"), ("im4gn.large", "Standard"), ("m7gd.metal", "Standard"), ("g5.xlarge", "G and VT"),
        ("gr6.4xlarge", "G and VT"), ("vt1.3xlarge", "G and VT"), ("p4d.24xlarge", "On-Demand P"),
        ("inf2.8xlarge", "Inf"),
        ("trn1.2xlarge", "Trn"), ("u-6tb1.metal", "High Memory"), ("x2gd.medium", "X"), ("hpc7g.4xlarge", "HPC"),
        ("dl1.24xlarge", "DL"), ("f1.2xlarge", "F"), ("z1d.large", "Standard"),
    ],
)  # fmt: skip
def test_an_instance_type_counts_against_the_quota_of_its_family(instance_type: str, name: str) -> None:
    assert name in vcpu_quota(instance_type).name


def test_a_new_account_has_five_vpcs_with_the_default_one_and_five_addresses(new: Cloud) -> None:
    ec2 = new.client("ec2")
    for _ in range(4):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")
    for _ in range(5):
        ec2.allocate_address(Domain="vpc")

    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16") == (
        "VpcLimitExceeded",
        "The maximum number of VPCs has been reached.",
    )
    assert refused(ec2.allocate_address, Domain="vpc") == (
        "AddressLimitExceeded",
        "The maximum number of addresses has been reached.",
    )


def test_a_security_group_takes_sixty_rules_in_each_direction(new: Cloud) -> None:
    ec2 = new.client("ec2")
    group_id = ec2.create_security_group(GroupName="many", Description="many")["GroupId"]
    ranges = [{"CidrIp": f"10.{number}.0.0/16"} for number in range(61)]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}

    code, _ = refused(
        ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=[{**rule, "IpRanges": ranges}]
    )
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[{**rule, "IpRanges": ranges[:60]}])

    assert code == "RulesPerSecurityGroupLimitExceeded"


def test_a_new_account_keeps_all_its_ten_concurrent_executions_unreserved(new: Cloud) -> None:
    function(new, role(new))
    functions = new.client("lambda")

    said = refused(functions.put_function_concurrency, FunctionName="f", ReservedConcurrentExecutions=1)

    assert said == (
        "InvalidParameterValueException",
        (
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            "below its minimum value of [10]."
        ),
    )
    limit = functions.get_account_settings()["AccountLimit"]
    assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (10, 10)


def test_five_vcpus_are_two_instances_and_the_third_launch_fails(new: Cloud) -> None:
    group(new, size=3)
    new.clock.advance(60)

    assert states(new) == ["InService", "InService"]
    failed = [message for status, message in activities(new) if status == "Failed"]
    assert failed[0].startswith("You have requested more vCPU capacity than your current vCPU limit of 5 allows")
    assert failed[0].endswith("Launching EC2 instance failed.")
    image = new.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launch = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    assert refused(new.client("ec2").run_instances, **launch)[0] == "VcpuLimitExceeded"


# Service-linked roles.


def test_the_first_group_makes_auto_scalings_role_which_cannot_be_assumed_at_once() -> None:
    with cloud_of(KINDS["new"]) as cloud:
        iam = cloud.client("iam")
        before = iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]
        group(cloud)
        cloud.clock.advance(1)
        first = activities(cloud)
        cloud.clock.advance(180)

        assert before == []
        assert [each["Arn"] for each in iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]] == [LINKED_ROLE]
        message = (
            f"Access denied when attempting to assume role {LINKED_ROLE}. Validating load balancer configuration "
            "failed. Launching EC2 instance failed."
        )
        assert first == [("Failed", message)]
        assert states(cloud) == ["InService"]


def test_a_standing_account_has_the_role_and_groups_say_that_they_act_as_it() -> None:
    with cloud_of(STANDARD) as cloud:
        group(cloud)
        (found,) = cloud.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        iam = cloud.client("iam")
        taken = refused(iam.create_service_linked_role, AWSServiceName="autoscaling.amazonaws.com")

        assert found["ServiceLinkedRoleARN"] == LINKED_ROLE
        assert taken == (
            "InvalidInput",
            (
                "Service role name AWSServiceRoleForAutoScaling has been taken in this account, please try a different "
                "suffix."
            ),
        )


def test_a_service_linked_role_goes_only_when_no_group_acts_as_it() -> None:
    with cloud_of(STANDARD) as cloud:
        iam, autoscaling = cloud.client("iam"), cloud.client("autoscaling")
        made = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="mine")["Role"]
        group(cloud, size=0, ServiceLinkedRoleARN=made["Arn"])

        def delete() -> str:
            task = iam.delete_service_linked_role(RoleName=made["RoleName"])["DeletionTaskId"]
            status: str = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"]
            return status

        while_used = delete()
        autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)

        assert made["RoleName"] == "AWSServiceRoleForAutoScaling_mine"
        assert (while_used, delete()) == ("FAILED", "SUCCEEDED")


def deploying(cloud: Cloud, name: str, *actions: str) -> Any:
    """A client of Elastic Load Balancing that acts as a role with these actions."""
    iam, trusted = cloud.client("iam"), json.dumps(policies.document(TRUST))
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    may = policies.document({"Effect": "Allow", "Action": list(actions), "Resource": "*"})
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps(may))
    return acting(cloud, arn, "elbv2")


def test_the_first_load_balancer_makes_a_role_for_whoever_may_make_it() -> None:
    with cloud_of(replace(STANDARD, scaling_role=False)) as cloud:
        subnets = [each["SubnetId"] for each in cloud.client("ec2").describe_subnets()["Subnets"]]
        asked = {"Subnets": subnets, "Scheme": "internal"}
        creating = "elasticloadbalancing:CreateLoadBalancer"
        roles = cloud.client("iam").list_roles
        lacking, allowed = deploying(cloud, "one", creating), deploying(cloud, "other", creating, MAKE_LINKED)

        code, message = refused(lacking.create_load_balancer, Name="first", **asked)
        before = roles(PathPrefix="/aws-service-role/")["Roles"]
        allowed.create_load_balancer(Name="first", **asked)
        (made,) = roles(PathPrefix="/aws-service-role/")["Roles"]
        lacking.create_load_balancer(Name="second", **asked)  # it is there

        assert (code, before) == ("AccessDenied", [])
        assert f"not authorized to perform: {MAKE_LINKED} on resource: {made['Arn']}" in message
        assert made["Arn"].endswith("/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing")


# A customer's key.


ENCRYPTED = [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeSize": 20}}]
KEYED = replace(STANDARD, encrypted=True, own_key=True)


def test_without_a_grant_on_the_customers_default_key_every_launch_ends_before_service() -> None:
    with cloud_of(KEYED) as cloud:
        group(cloud, LaunchTemplate=template(cloud, BlockDeviceMappings=ENCRYPTED))
        cloud.clock.advance(100)

        assert activities(cloud)[0] == (
            "Cancelled",
            (
                "Instance became unhealthy while waiting for instance to be in InService state. "
                "Termination Reason: Client.InternalError: Client error on launch"
            ),
        )
        assert "InService" not in states(cloud)


@pytest.mark.parametrize("way", ["grant", "key policy"])
def test_with_a_grant_or_the_key_policy_instances_come_into_service(way: str) -> None:
    with cloud_of(KEYED) as cloud:
        key = cloud.client("ec2").get_ebs_default_kms_key_id()["KmsKeyId"]
        kms = cloud.client("kms")
        if way == "grant":
            operations = ["CreateGrant", "Decrypt", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"]
            kms.create_grant(KeyId=key, GranteePrincipal=LINKED_ROLE, Operations=operations)
        else:
            mine = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*",
                    "Resource": "*"}  # fmt: skip
            its = {"Effect": "Allow", "Principal": {"AWS": LINKED_ROLE}, "Action": "kms:*", "Resource": "*"}
            kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policies.document(mine, its)))
        group(cloud)
        cloud.clock.advance(60)

        assert states(cloud) == ["InService"]


def test_the_default_key_is_aws_own_until_somebody_says_otherwise() -> None:
    with cloud_of(STANDARD) as cloud:
        ec2 = cloud.client("ec2")
        key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
        before = ec2.get_ebs_default_kms_key_id()["KmsKeyId"]

        assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
        assert ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)["KmsKeyId"] == key
        assert ec2.enable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
        assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == key
        assert (before, ec2.reset_ebs_default_kms_key_id()["KmsKeyId"]) == ("alias/aws/ebs", "alias/aws/ebs")
        unknown = refused(ec2.modify_ebs_default_kms_key_id, KmsKeyId="00000000-0000-0000-0000-000000000000")
        assert unknown[0] == "InvalidKmsKeyId.NotFound"


# Zones.


def test_a_zone_in_trouble_says_so_and_recovers() -> None:
    with cloud_of(replace(STANDARD, zones={"a": ZoneTrouble(state="impaired")})) as cloud:
        ec2 = cloud.client("ec2")

        def available() -> list[str]:
            filters = [
                {"Name": "state", "Values": ["available"]},
                {"Name": "opt-in-status", "Values": ["opt-in-not-required"]},
            ]
            found = ec2.describe_availability_zones(Filters=filters)["AvailabilityZones"]
            return [each["ZoneName"][-1] for each in found]

        (told,) = ec2.describe_availability_zones(ZoneNames=[f"{REGION}a"])["AvailabilityZones"]
        before = available()
        cloud.zones.set_state(f"{REGION}a", "available")

        assert (told["State"], before, available()) == ("impaired", ["b", "c"], ["a", "b", "c"])


def test_a_zone_without_an_instance_type_does_not_offer_or_launch_it() -> None:
    lacking = replace(STANDARD, zones={"a": ZoneTrouble(without_types=frozenset({"t3.micro"}))})
    with cloud_of(lacking) as cloud:
        offered = cloud.client("ec2").describe_instance_type_offerings(
            LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["t3.micro"]}]
        )["InstanceTypeOfferings"]
        group(cloud)
        cloud.clock.advance(1)

        assert [each["Location"][-1] for each in offered] == ["b", "c"]
        status, message = activities(cloud)[0]
        assert status == "Failed"
        assert message.startswith(
            "Your requested instance type (t3.micro) is not supported in your requested Availability Zone "
            f"({REGION}a). Please retry your request by not specifying an Availability Zone or choosing "
            f"{REGION}b, {REGION}c."
        )


def test_capacity_that_is_missing_for_a_while_comes_from_another_zone_and_then_from_there() -> None:
    lacking = replace(STANDARD, zones={"a": ZoneTrouble(without_capacity=timedelta(minutes=10))})
    with cloud_of(lacking) as cloud:
        group(cloud, zones="ab")
        group(cloud, name="there")
        cloud.clock.advance(120)
        elsewhere, at_first = states(cloud), states(cloud, "there")
        cloud.clock.advance(1200)

        assert (elsewhere, at_first, states(cloud, "there")) == (["InService"], [], ["InService"])
        assert "We currently do not have sufficient t3.micro capacity" in activities(cloud, "there")[0][1]


def test_an_endpoint_is_refused_in_a_zone_that_lacks_its_service() -> None:
    lacking = replace(STANDARD, zones={"b": ZoneTrouble(without_services=frozenset({"ssmmessages"}))})
    with cloud_of(lacking) as cloud:
        ec2 = cloud.client("ec2")
        name = f"com.amazonaws.{REGION}.ssmmessages"
        (detail,) = ec2.describe_vpc_endpoint_services(ServiceNames=[name])["ServiceDetails"]
        subnets = {each["AvailabilityZone"][-1]: each for each in ec2.describe_subnets()["Subnets"]}
        endpoint = {"VpcId": subnets["a"]["VpcId"], "ServiceName": name, "VpcEndpointType": "Interface"}
        ids = [subnets["a"]["SubnetId"], subnets["b"]["SubnetId"]]

        assert [each[-1] for each in detail["AvailabilityZones"]] == ["a", "c"]
        assert refused(ec2.create_vpc_endpoint, **endpoint, SubnetIds=ids) == (
            "InvalidParameter",
            f"The VPC endpoint service {name} does not support the availability zone of the subnet: {ids[1]}.",
        )
        made = ec2.create_vpc_endpoint(**endpoint, SubnetIds=ids[:1])["VpcEndpoint"]["VpcEndpointId"]
        assert refused(ec2.modify_vpc_endpoint, VpcEndpointId=made, AddSubnetIds=ids[1:])[0] == "InvalidParameter"


# Organisations.


def test_an_untagged_create_is_denied_by_the_service_control_policy_and_says_so() -> None:
    with cloud_of(KINDS["organisation"]) as cloud:
        ec2 = cloud.client("ec2")
        code, message = refused(ec2.create_vpc, CidrBlock="10.0.0.0/16")
        tags = [{"ResourceType": "vpc", "Tags": [TAG]}]
        made = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)

        assert code == "UnauthorizedOperation"
        assert message == (
            f"You are not authorized to perform this operation. User: arn:aws:iam::{ACCOUNT}:root is not authorized to "
            f"perform: ec2:CreateVpc on resource: arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/* with an explicit deny in a "
            "service control policy"
        )
        assert made["Vpc"]["VpcId"].startswith("vpc-")
        other = [{"ResourceType": "vpc", "Tags": [{**TAG, "Value": "9"}]}]
        assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16", TagSpecifications=other) == (
            "TagPolicyViolation",
            "The tag policy does not allow the specified value for the following tag key: 'CostCenter'.",
        )


def test_a_role_needs_the_permissions_boundary_where_the_organisation_wants_one() -> None:
    with cloud_of(KINDS["locked"]) as cloud:
        boundary = f"arn:aws:iam::{ACCOUNT}:policy/{policies.BOUNDARY_NAME}"
        document = {"AssumeRolePolicyDocument": json.dumps(policies.document(TRUST)), "Tags": [TAG]}
        iam = cloud.client("iam")
        code, message = refused(iam.create_role, RoleName="free", **document)
        iam.create_role(RoleName="bound", PermissionsBoundary=boundary, **document)
        iam.put_role_policy(RoleName="bound", PolicyName="p", PolicyDocument=json.dumps(policies.FULL_ACCESS))

        assert code == "AccessDenied"
        assert "perform: iam:CreateRole" in message
        assert message.endswith("with an explicit deny in a service control policy")
        unbound = refused(iam.delete_role_permissions_boundary, RoleName="bound")
        assert unbound[1].endswith("with an explicit deny in a service control policy")


def acting(cloud: Cloud, role_arn: str, service: str) -> Any:
    issued = cloud.iam.credentials_for(role_arn, "f", "lambda.amazonaws.com")
    return cloud.client(
        service,
        aws_access_key_id=issued["AccessKeyId"],
        aws_secret_access_key=issued["SecretAccessKey"],
        aws_session_token=issued["SessionToken"],
    )


def test_each_level_of_the_organisation_must_allow_it_even_to_the_owner() -> None:
    only_ec2 = policies.document({"Effect": "Allow", "Action": ["ec2:*", "iam:*"], "Resource": "*"})
    kind = replace(STANDARD, service_control=((policies.FULL_ACCESS,), (only_ec2,)))
    with cloud_of(kind) as cloud:
        arn = role(cloud)
        everything = json.dumps(policies.FULL_ACCESS)
        cloud.client("iam").put_role_policy(RoleName="r", PolicyName="all", PolicyDocument=everything)
        code, message = refused(acting(cloud, arn, "sns").list_topics)

        assert acting(cloud, arn, "ec2").describe_instances()["Reservations"] == []
        assert code == "AuthorizationError"
        assert message.endswith("because no service control policy allows the sns:ListTopics action")
        assert refused(cloud.client("sns").list_topics)[0] == "AuthorizationError"
        simulated = cloud.client("iam").simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=["sns:ListTopics", "ec2:DescribeInstances"]
        )["EvaluationResults"]
        decided = [(each["EvalDecision"], each["OrganizationsDecisionDetail"]) for each in simulated]
        assert decided == [
            ("implicitDeny", {"AllowedByOrganizations": False}),
            ("allowed", {"AllowedByOrganizations": True}),
        ]


def test_a_resource_control_policy_denies_whoever_is_not_of_the_organisation() -> None:
    outsiders_too = {**policies.OWN_ORGANISATION_ONLY["Statement"][0], "Condition": {}}
    kind = replace(STANDARD, resource_control=(policies.document(outsiders_too),))
    with cloud_of(kind) as cloud:
        arn = role(cloud)
        everything = json.dumps(policies.FULL_ACCESS)
        cloud.client("iam").put_role_policy(RoleName="r", PolicyName="all", PolicyDocument=everything)
        key = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]

        verdict = cloud.iam.role_may(arn, "kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}")

        assert verdict.message("User: x").endswith("with an explicit deny in a resource control policy")
        assert cloud.iam.role_may(arn, "ec2:RunInstances", "*").allowed


def test_a_region_outside_of_the_organisations_is_closed_and_global_services_are_not() -> None:
    kind = replace(STANDARD, service_control=((policies.FULL_ACCESS, policies.only_regions(REGION)),))
    with cloud_of(kind) as cloud:
        code, message = refused(cloud.client("ec2", "us-west-2").describe_vpcs)

        assert code == "UnauthorizedOperation"
        assert message.endswith("ec2:DescribeVpcs with an explicit deny in a service control policy")
        assert cloud.client("iam", "us-west-2").list_roles()["Roles"]
        assert cloud.client("ec2").describe_vpcs()["Vpcs"]


def test_a_service_linked_role_is_outside_of_the_organisations_policies() -> None:
    nobody_launches = policies.denied("NoLaunches", "ec2:RunInstances")
    with cloud_of(replace(STANDARD, service_control=((policies.FULL_ACCESS, nobody_launches),))) as cloud:
        group(cloud)
        cloud.clock.advance(60)

        assert states(cloud) == ["InService"]
        verdict = cloud.iam.role_may(LINKED_ROLE, "ec2:RunInstances", "*")
        assert "service control" not in verdict.message("User: x")


# New roles and profiles.


def test_a_new_role_is_not_known_to_lambda_at_once() -> None:
    with cloud_of(KINDS["new"]) as cloud:
        arn = role(cloud)
        with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
            function(cloud, arn)
        cloud.clock.advance(12)

        assert function(cloud, arn)["State"] == "Pending"


def test_a_new_instance_profile_is_not_known_to_auto_scaling_at_once() -> None:
    with cloud_of(KINDS["new"]) as cloud:
        role(cloud)
        iam = cloud.client("iam")
        iam.create_instance_profile(InstanceProfileName="p")
        iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
        launch = template(cloud, IamInstanceProfile={"Name": "p"})
        with pytest.raises(ClientError, match="Invalid IAM Instance Profile name"):
            group(cloud, LaunchTemplate=launch)
        cloud.clock.advance(12)

        assert group(cloud, LaunchTemplate=launch) == "web"
