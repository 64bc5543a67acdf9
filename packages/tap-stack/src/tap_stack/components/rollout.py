"""The rollout: the function that brings the fleet to the wanted launch template version, and what it may do."""

from __future__ import annotations

import json
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components import policies
from tap_stack.components.code import packed
from tap_stack.components.component import Component
from tap_stack.components.healing import ARCHITECTURE, HEALER_SOURCE, SCHEDULE, SHORTEST_EVENT_AGE
from tap_stack.components.rollout_alarms import UNHEALTHY
from tap_stack.config import InfraConfig

ROLLOUT_SOURCE = HEALER_SOURCE.with_name("rollout")
PACKAGE = '"""What the rollout and the healer share a zip under."""\n'
INDEX = (
    '"""Lambda\'s way in."""\n\nfrom tap_stack.rollout.handler import lambda_handler\n\n__all__ = ["lambda_handler"]\n'
)


class RolloutArgs(TypedDict):
    """What is rolled out where, as whom, and who is told.

    In the healer's log group the two take turns at acting. A fleet without one takes turns with nobody.
    """

    config: InfraConfig
    place: policies.Place
    log_group: str
    auto_scaling_group_name: pulumi.Input[str]
    wanted_template: pulumi.Input[str]
    launch_template_arn: pulumi.Input[str]
    instance_role_arn: pulumi.Input[str]
    rollout_role_arn: pulumi.Input[str]
    rollout_role_name: pulumi.Input[str]
    healer_log_group_name: pulumi.Input[str] | None
    topic_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Rollout(Component):
    """The rollout's Lambda function with its permissions, its log group, and the rule that starts it each minute.

    Which version is wanted is one of the function's variables, so that a new image changes the function and not the
    group, and no tag or state outside of Pulumi's has to say it.
    """

    rollout_function_name: pulumi.Output[str]
    rollout_function_arn: pulumi.Output[str]
    rollout_schedule_rule_arn: pulumi.Output[str]
    first_run: pulumi.Resource

    def __init__(self, name: str, args: RolloutArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._args = args
        self._alarms = (self.names.of(UNHEALTHY), *self.config.rollout_alarms)
        log_group = aws.cloudwatch.LogGroup(
            **self.tagged(self.names.of("rollout-log"), self.log_group_options()),
            name=args["log_group"],
            retention_in_days=self.config.log_retention_days,
        )
        self._turns = args["healer_log_group_name"] or log_group.name
        function = self._create_function(log_group, self._create_permissions(log_group))
        # The next minute is the retry; a run that is late would act on what is no longer so.
        aws.lambda_.FunctionEventInvokeConfig(
            self.names.rollout,
            function_name=function.name,
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=SHORTEST_EVENT_AGE,
            opts=self.child(),
        )
        schedule = self._start_each_minute(function)
        # Without a heartbeat its alarm would go off as soon as it exists.
        self.first_run = aws.lambda_.Invocation(
            self.names.of("rollout-first-run"), function_name=function.name, input="{}", opts=self.child()
        )
        self.publish(
            rollout_function_name=function.name,
            rollout_function_arn=function.arn,
            rollout_schedule_rule_arn=schedule.arn,
        )

    def _create_permissions(self, log_group: aws.cloudwatch.LogGroup) -> aws.iam.RolePolicy:
        args, place = self._args, self._args["place"]
        healers = pulumi.Output.from_input(self._turns)
        known = pulumi.Output.all(
            group=args["auto_scaling_group_name"],
            template=args["launch_template_arn"],
            role=args["instance_role_arn"],
            topic=args["topic_arn"],
            key=args["key_arn"],
            log_group=log_group.arn,
            healer_log_group=healers.apply(lambda name: place.arn("logs", f"log-group:{name}")),
        )
        return aws.iam.RolePolicy(
            self.names.rollout_role,
            name="roll-out",
            role=args["rollout_role_name"],
            policy=known.apply(
                lambda arns: policies.document(
                    *policies.rollout_statements(place, policies.Rolled(alarms=self._alarms, **arns))
                )
            ),
            opts=self.child(),
        )

    def _create_function(
        self, log_group: aws.cloudwatch.LogGroup, permissions: aws.iam.RolePolicy
    ) -> aws.lambda_.Function:
        args, config, code = self._args, self.config, packed("rollout", rollout_files())
        return aws.lambda_.Function(
            **self.named(self.names.rollout, self.child(depends_on=[log_group, permissions])),
            description="Rolls the wanted launch template version out to the fleet, and back if it fails",
            role=args["rollout_role_arn"],
            runtime=config.lambda_runtime,
            handler="index.lambda_handler",
            code=code.archive,
            code_sha256=code.sha256,
            architectures=[ARCHITECTURE],
            logging_config={"log_format": "Text", "log_group": log_group.name},
            timeout=config.lambda_timeout,
            memory_size=config.lambda_memory_size,
            environment={
                "variables": {
                    "GROUP_NAME": args["auto_scaling_group_name"],
                    "TOPIC_ARN": args["topic_arn"],
                    "WANTED_TEMPLATE": args["wanted_template"],
                    "ROLLOUT_POLICY": config.rollout.to_json(),
                    "ALARMS": json.dumps(self._alarms),
                    "HEALER_POLICY": config.healer.to_json(),
                    "HEALER_LOG_GROUP": self._turns,
                }
            },
        )

    def _start_each_minute(self, function: aws.lambda_.Function) -> aws.cloudwatch.EventRule:
        name = self.names.rollout_schedule
        rule = aws.cloudwatch.EventRule(
            **self.named(name), description="Starts a run of the rollout", schedule_expression=SCHEDULE
        )
        allowed = aws.lambda_.Permission(
            name,
            statement_id="schedule",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
            opts=self.child(delete_before_replace=True),
        )
        aws.cloudwatch.EventTarget(
            name, rule=rule.name, target_id="rollout", arn=function.arn, opts=self.child(depends_on=[allowed])
        )
        return rule


def rollout_files() -> dict[str, str]:
    """The Lambda's code: `index.py`, the rollout's modules, and the healer's, whose look and rules it goes by."""
    own = {"index.py": INDEX, "tap_stack/__init__.py": PACKAGE}
    return own | {
        f"tap_stack/{folder.name}/{path.name}": path.read_text("utf-8")
        for folder in (HEALER_SOURCE, ROLLOUT_SOURCE)
        for path in folder.glob("*.py")
    }
