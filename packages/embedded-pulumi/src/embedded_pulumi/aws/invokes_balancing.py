"""Data sources about load balancers."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.datasource import REGION, DataSource
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.lb_targets import TargetGroup
from embedded_pulumi.aws.session import Session
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties


def _target_group(aws: Session, args: Properties) -> Properties:
    """One target group.

    Source: terraform-provider-aws/internal/service/elbv2/target_group_data_source.go (0d551e1c8a11).
    """
    asked: dict[str, Any] = {"TargetGroupArns": [args["arn"]]} if args.get("arn") else {}
    if not asked and args.get("name"):
        asked = {"Names": [args["name"]]}
    answer = unless_gone(aws.elbv2.describe_target_groups, **asked)
    found = answer["TargetGroups"] if answer else []
    if len(found) != 1:
        why = "too many results: wanted 1" if found else "couldn't find resource"
        raise ProviderError(f"reading ELBv2 Target Group: {why}")
    arn = found[0]["TargetGroupArn"]
    told = aws.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    described = TargetGroup().describe(aws, arn, found[0], {})
    kept = {name: value for name, value in described.items() if name != "ipAddressType" and value is not None}
    kept["deregistrationDelay"] = str(kept["deregistrationDelay"])
    return {"id": arn, "region": aws.region, "tags": tags.from_list(told[0]["Tags"] if told else []), **kept}


DATA_SOURCES = (
    DataSource(
        function="aws:lb/getTargetGroup:getTargetGroup",
        args={"arn": Text(computed=True), "name": Text(computed=True), "region": REGION},
        answer=_target_group,
        unsupported=("tags", "loadBalancingAnomalyMitigation"),
    ),
)
