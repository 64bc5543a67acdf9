"""The healer: the function, what it may do, its log, and the rules that start it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components import policies
from tap_stack.components.code import packed
from tap_stack.components.component import Component, events_of_group
from tap_stack.config import InfraConfig

HEALER_SOURCE = Path(__file__).parents[1] / "healer"

INDEX = '"""Lambda\'s way in."""\n\nfrom healer.handler import lambda_handler\n\n__all__ = ["lambda_handler"]\n'

ARCHITECTURE = "x86_64"
"""The healer is pure Python and runs on either. x86_64 is in every region, and 128 MB for a second each minute cost
next to nothing, so that arm64's lower price does not decide."""

SCHEDULE = "rate(1 minute)"
"""EventBridge's shortest, and no choice: the dead man's switch and the healer's notices count on one sweep a minute."""

CHANGED = ["EC2 Instance Launch Successful", "EC2 Instance Terminate Successful"]
"""The events after one of which the group is whole again, so that it can be told at once: the launch ends a replacement
that terminates first, the termination one that launches first (EC2 Auto Scaling User Guide, "event reference")."""

SHORTEST_EVENT_AGE = 60
"""Seconds; Lambda's smallest."""


class HealingArgs(TypedDict):
    """Whom the healer heals, acts as, and tells."""

    config: InfraConfig
    place: policies.Place
    log_group: str
    auto_scaling_group_name: pulumi.Input[str]
    lambda_role_arn: pulumi.Input[str]
    lambda_role_name: pulumi.Input[str]
    topic_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    reserves_concurrency: bool


class Healing(Component):
    """The healer's Lambda function with its permissions, its log group, and the two rules that start it."""

    lambda_function_arn: pulumi.Output[str]
    lambda_function_name: pulumi.Output[str]
    lambda_log_group_name: pulumi.Output[str]
    health_check_rule_arn: pulumi.Output[str]
    first_sweep: pulumi.Resource

    def __init__(self, name: str, args: HealingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._args = args
        log_group = self._create_log_group()
        permissions = self._create_permissions(log_group)
        function = self._create_function(log_group, permissions)
        # The next tick is the retry; Lambda's own would be two more, and events of up to six hours ago.
        aws.lambda_.FunctionEventInvokeConfig(
            self.names.function,
            function_name=function.name,
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=max(SHORTEST_EVENT_AGE, self.config.healer.event_age_seconds),
            opts=self.child(),
        )
        rule = aws.cloudwatch.EventRule(
            **self.named(self.names.schedule), description="Starts a sweep of the healer", schedule_expression=SCHEDULE
        )
        self._let_start("schedule", rule, function)
        group = pulumi.Output.from_input(args["auto_scaling_group_name"])
        changes = aws.cloudwatch.EventRule(
            **self.named(self.names.changes),
            description="Tells the healer that an instance of the fleet was launched or terminated",
            event_pattern=group.apply(lambda group_name: events_of_group(CHANGED, group_name)),
        )
        self._let_start("changes", changes, function)
        # Without a heartbeat its alarm would go off as soon as it exists.
        self.first_sweep = aws.lambda_.Invocation(
            self.names.of("healer-first-sweep"), function_name=function.name, input="{}", opts=self.child()
        )
        self.publish(
            lambda_function_arn=function.arn,
            lambda_function_name=function.name,
            lambda_log_group_name=log_group.name,
            health_check_rule_arn=rule.arn,
        )

    def _create_log_group(self) -> aws.cloudwatch.LogGroup:
        """Before the function, so that Lambda does not make one of its own that is kept for ever."""
        return aws.cloudwatch.LogGroup(
            **self.tagged(self.names.of("healer-log"), self.log_group_options()),
            name=self._args["log_group"],
            retention_in_days=self.config.log_retention_days,
        )

    def _create_permissions(self, log_group: aws.cloudwatch.LogGroup) -> aws.iam.RolePolicy:
        ours = self.names.fleet is None
        groups = self.names.every if ours else self._args["auto_scaling_group_name"]
        arns = pulumi.Output.all(groups, self._args["topic_arn"], self._args["key_arn"], log_group.arn)
        # Somebody else's group may have target groups, now or later; of ours it is known.
        targets = not ours or self.config.has_target_groups
        healer = partial(policies.healer_statements, self._args["place"], ours=ours, targets=targets)
        return aws.iam.RolePolicy(
            self.names.healer_role,
            name="heal",
            role=self._args["lambda_role_name"],
            policy=arns.apply(lambda known: policies.document(*healer(*known))),
            opts=self.child(),
        )

    def _create_function(
        self, log_group: aws.cloudwatch.LogGroup, permissions: aws.iam.RolePolicy
    ) -> aws.lambda_.Function:
        code = packed("healer", healer_files())
        return aws.lambda_.Function(
            **self.named(self.names.function, self.child(depends_on=[log_group, permissions])),
            description="Finds instances that fail their health checks and has them replaced",
            role=self._args["lambda_role_arn"],
            runtime=self.config.lambda_runtime,
            handler="index.lambda_handler",
            code=code.archive,
            code_sha256=code.sha256,
            architectures=[ARCHITECTURE],
            logging_config={"log_format": "Text", "log_group": log_group.name},
            timeout=self.config.lambda_timeout,
            memory_size=self.config.lambda_memory_size,
            # One sweep at a time. -1 is Lambda's "not reserved".
            reserved_concurrent_executions=1 if self._args["reserves_concurrency"] else -1,
            environment={
                "variables": {
                    "GROUP_NAME": self._args["auto_scaling_group_name"],
                    "TOPIC_ARN": self._args["topic_arn"],
                    "HEALER_MODE": self.config.healer_mode,
                    "HEALER_POLICY": self.config.healer.to_json(),
                }
            },
        )

    def _let_start(self, statement: str, rule: aws.cloudwatch.EventRule, function: aws.lambda_.Function) -> None:
        """Have a rule start the function; the permission comes first, and is for this rule alone."""
        name = self.names.of(f"healer-{statement}")
        allowed = aws.lambda_.Permission(
            name,
            statement_id=statement,
            action="lambda:InvokeFunction",
            function=function.name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
            # Statement ids are unique in a function's policy: the old one must go first.
            opts=self.child(delete_before_replace=True),
        )
        aws.cloudwatch.EventTarget(
            name, rule=rule.name, target_id="healer", arn=function.arn, opts=self.child(depends_on=[allowed])
        )


def healer_files() -> dict[str, str]:
    """The Lambda's code: `index.py`, and the healer's modules as they are in the source tree."""
    return {"index.py": INDEX} | {f"healer/{path.name}": path.read_text("utf-8") for path in HEALER_SOURCE.glob("*.py")}
