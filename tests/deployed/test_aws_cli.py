"""The AWS CLI, from a package and an environment of its own, as a client of the deployed stack.

Each process takes most of a second, so there are few of them.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable

import pytest
from support.deployed.stack import ROOT, Deployed

AWS = ROOT / ".venv-awscli" / "bin" / "aws"
REFUSED = 255
"""What the AWS CLI exits with when the service answers with an error. Version 2 says 254; no package index has it."""

pytestmark = pytest.mark.skipif(
    not AWS.exists(), reason="the AWS CLI is not in .venv-awscli: `make .venv-awscli/.installed`, as `make test` does"
)


Ran = subprocess.CompletedProcess[str]
Aws = Callable[..., Ran]
SILENTLY = (0, "", "")


@pytest.fixture
def aws(deployed: Deployed) -> Aws:
    """The AWS CLI, led to the embedded AWS by what `tap local env` prints; `environ` goes over it."""

    def run(*arguments: str, **environ: str) -> Ran:
        led = deployed.sandbox.cloud.environment(os.environ) | environ
        return subprocess.run([AWS, *arguments], env=led, capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.fixture
def as_healer(deployed: Deployed) -> dict[str, str]:
    """The credentials that Lambda hands out to the healer."""
    outputs = deployed.outputs
    function, role = outputs["lambda_function_arn"], outputs["lambda_role_arn"]
    issued = deployed.sandbox.cloud.iam.credentials_for(
        role, outputs["lambda_function_name"], "lambda.amazonaws.com", source_arn=function
    )
    return {
        "AWS_ACCESS_KEY_ID": issued["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": issued["SecretAccessKey"],
        "AWS_SESSION_TOKEN": issued["SessionToken"],
    }


def outcome(ran: Ran) -> tuple[int, str, str]:
    return ran.returncode, ran.stdout, ran.stderr


def ids(deployed: Deployed) -> set[str]:
    return {each["InstanceId"] for each in deployed.group["Instances"]}


def test_the_group_is_described_and_queried(aws: Aws, deployed: Deployed) -> None:
    name = deployed.outputs["auto_scaling_group_name"]
    query = "AutoScalingGroups[].{name: AutoScalingGroupName, ids: Instances[?LifecycleState=='InService'].InstanceId}"
    deployed.sandbox.cloud.clock.advance(120)  # a deployment does not wait for the instances

    ran = aws("autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", name, "--query", query)

    assert (ran.returncode, ran.stderr) == (0, "")
    (group,) = json.loads(ran.stdout)
    assert group["name"] == name
    assert set(group["ids"]) == ids(deployed)


def test_instance_status_is_filtered_by_the_service(aws: Aws, deployed: Deployed) -> None:
    """One of three instances is broken, and the filters ask for it in two ways."""
    broken = min(ids(deployed))
    deployed.sandbox.cloud.clock.advance(300)
    deployed.sandbox.cloud.break_instance(broken, "ebs")
    filters = ["Name=attached-ebs-status.status,Values=impaired", "Name=instance-state-name,Values=pending,running"]
    query = "InstanceStatuses[].[InstanceId,AttachedEbsStatus.Status,AttachedEbsStatus.Details[0].Name]"

    ran = aws("ec2", "describe-instance-status", "--filters", *filters, "--query", query, "--output", "text")

    deployed.sandbox.cloud.autoscaling.repair_instance(broken)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"{broken}\timpaired\treachability\n"


def test_an_instance_can_be_marked_after_its_grace_period_and_not_within_it(aws: Aws, deployed: Deployed) -> None:
    before, clock = ids(deployed), deployed.sandbox.cloud.clock
    clock.advance(600)
    marked = min(before)
    health = ("autoscaling", "set-instance-health", "--health-status", "Unhealthy", "--instance-id")

    after_grace = aws(*health, marked)
    clock.advance(240)
    (replacement,) = ids(deployed) - before
    within_grace = aws(*health, replacement)
    clock.advance(600)  # the marked one stays until its replacement is warm

    assert outcome(after_grace) == SILENTLY
    assert ids(deployed) == before - {marked} | {replacement}
    assert (within_grace.returncode, within_grace.stdout) == (REFUSED, "")
    assert "An error occurred (ValidationError) when calling the SetInstanceHealth operation: " in within_grace.stderr
    assert "grace period" in within_grace.stderr


def test_what_comes_in_pages_is_put_together_and_can_be_cut(aws: Aws, deployed: Deployed) -> None:
    name, cloud = deployed.outputs["auto_scaling_group_name"], deployed.sandbox.cloud
    activities = deployed.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    history = ("autoscaling", "describe-scaling-activities", "--auto-scaling-group-name", name, "--page-size", "1")
    before = len(cloud.calls.of("autoscaling", "DescribeScalingActivities"))

    some = json.loads(aws(*history, "--max-items", "2").stdout)

    asked = cloud.calls.of("autoscaling", "DescribeScalingActivities")[before:]
    assert [each.params["MaxRecords"] for each in asked] == [1, 1]
    rest = json.loads(aws(*history, "--starting-token", some["NextToken"]).stdout)
    found = [each["ActivityId"] for each in [*some["Activities"], *rest["Activities"]]]
    assert found == [each["ActivityId"] for each in activities]


def test_the_healers_credentials_open_its_own_namespace_and_no_other(
    aws: Aws, as_healer: dict[str, str], deployed: Deployed
) -> None:
    data = ("cloudwatch", "put-metric-data", "--metric-name", "Tried", "--value", "1", "--namespace")

    own = aws(*data, "tap/HealthCheck", **as_healer)
    foreign = aws(*data, "AcmeCorp/Billing", **as_healer)

    role = deployed.outputs["lambda_role_arn"].replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    assert outcome(own) == SILENTLY
    assert (foreign.returncode, foreign.stdout) == (REFUSED, "")
    assert (
        "An error occurred (AccessDenied) when calling the PutMetricData operation: "
        f"User: {role}/{deployed.outputs['lambda_function_name']} is not authorized to perform: "
        "cloudwatch:PutMetricData because no identity-based policy allows the cloudwatch:PutMetricData action"
    ) in foreign.stderr
