"""What puts an Auto Scaling group behind a load balancer, one target group each."""

from __future__ import annotations

from embedded_pulumi.aws.errors import gone_is_fine
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.resource_type import Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.values import Properties


class Attachment(ResourceType):
    """A target group that a group is attached to. Deleting it detaches the group, whose members drain.

    Its id is made of the group and the target group: the real provider's ends with random digits, by which nothing can
    be found.

    Source: terraform-provider-aws/internal/service/autoscaling/attachment.go (01f431114674, 2025; read 2026-11-30):
    whatever changes replaces it.
    """

    type_ = "aws:autoscaling/attachment:Attachment"
    inputs = {
        "autoscalingGroupName": Text(required=True, force_new=True),
        "lbTargetGroupArn": ArnText(force_new=True),
    }
    unsupported = ("elb",)
    exactly_one = (("lbTargetGroupArn", "elb"),)

    def create(self, aws: Session, props: Properties) -> str:
        group, targets = props["autoscalingGroupName"], props["lbTargetGroupArn"]
        aws.autoscaling.attach_load_balancer_target_groups(AutoScalingGroupName=group, TargetGroupARNs=[targets])
        return f"{group}-{targets}"

    def locate(self, aws: Session, props: Properties) -> str | None:
        id_ = f"{props['autoscalingGroupName']}-{props['lbTargetGroupArn']}"
        return id_ if self.find(aws, id_, props) else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        name, _, rest = id_.partition("-arn:")
        targets = f"arn:{rest}"
        groups = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        attached = any(targets in group.get("TargetGroupARNs", ()) for group in groups)
        return {"autoscalingGroupName": name, "lbTargetGroupArn": targets} if attached else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return found

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if (found := self.find(aws, id_, state)) is None:
            return
        with gone_is_fine():
            aws.autoscaling.detach_load_balancer_target_groups(
                AutoScalingGroupName=found["autoscalingGroupName"], TargetGroupARNs=[found["lbTargetGroupArn"]]
            )


TYPES = (Attachment,)
