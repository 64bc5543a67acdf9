"""The healer alone: beside an Auto Scaling group that somebody else made."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, Required, TypedDict

import pulumi

from tap_stack.components.account import AccountQuestions
from tap_stack.components.alarms import healer_alarms
from tap_stack.components.component import one_line_errors
from tap_stack.components.discovery import free_log_group, whereabouts
from tap_stack.components.healing import Healing
from tap_stack.components.notifying import Notifying, arns_of
from tap_stack.config import InfraConfig
from tap_stack.config.arguments import with_arguments
from tap_stack.errors import ConfigError


class HealerArgs(TypedDict, total=False):
    """The group, and what is said of its healer here rather than by a configuration key of the same name.

    Attributes:
        auto_scaling_group_name: The group: a name, or the output of a resource. It must be in the provider's region.
        name_prefix: Begins every name; `<tap:namePrefix>-<the component's name>` if it is not given.
        healer: The healer's limits, by their field in `tap_stack.healer.model.Policy`, such as
            `{"instance_check_window_seconds": 600}`.
        health_check_grace_period: The group's, so that the alarm for what is held back waits as long.
    """

    auto_scaling_group_name: Required[pulumi.Input[str]]
    region: NotRequired[str]
    environment: NotRequired[str]
    environment_suffix: NotRequired[str]
    name_prefix: NotRequired[str]
    healer_mode: NotRequired[Literal["live", "observe"]]
    healer: NotRequired[dict[str, int]]
    health_check_grace_period: NotRequired[int]
    alarm_email: NotRequired[str]
    log_retention_days: NotRequired[int]
    tags: NotRequired[dict[str, str]]
    permissions_boundary: NotRequired[str]
    iam_path: NotRequired[str]
    protect: NotRequired[bool]
    reserved_concurrency: NotRequired[Literal["auto", "true", "false"]]
    lambda_runtime: NotRequired[str]
    lambda_timeout: NotRequired[int]
    lambda_memory_size: NotRequired[int]


class Healer(Notifying):
    """A healer for one group: its function, role, schedule and log, a topic, and the alarms that watch it.

    It may mark instances of this one group, and nothing else in the account. Whether a group wants a healer at all is
    its owner's to say: the tag `tap:healer` = `off` on the group stops it.

    Args:
        name: The component's name.
        args: The group, and how it is healed.
        opts: A provider, if it is not the default one.

    Raises:
        ConfigError: a value is not accepted.
        QuestionRefused: AWS does not answer the program's questions.
    """

    auto_scaling_group_name: pulumi.Output[str]
    lambda_function_arn: pulumi.Output[str]
    lambda_function_name: pulumi.Output[str]
    lambda_role_arn: pulumi.Output[str]
    lambda_role_name: pulumi.Output[str]
    lambda_log_group_name: pulumi.Output[str]
    health_check_rule_arn: pulumi.Output[str]
    notification_topic_arn: pulumi.Output[str]
    healer_alarm_arns: pulumi.Output[dict[str, str]]
    healer_mode: str
    region: str

    @one_line_errors
    def __init__(self, name: str, args: HealerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        config = configured(name, args)
        super().__init__(name, config, opts)
        asked = pulumi.InvokeOptions(parent=self)
        place = whereabouts(config, asked)
        role = self.healer_role(place.account)
        self.create_topic(place, [self.scaling_failures()])
        healing = Healing(
            self.names.of("healing"),
            {
                "config": config,
                "place": place,
                "log_group": free_log_group(self.names.healer_log, asked),
                "auto_scaling_group_name": self.names.group,
                "lambda_role_arn": role.arn,
                "lambda_role_name": role.name,
                "topic_arn": self.topic_arn,
                "key_arn": self.key_arn,
                "reserves_concurrency": AccountQuestions(config, place, asked).reserves_concurrency(),
            },
            self.child(),
        )
        alarms = self.create_alarms(healer_alarms(config), [healing.first_sweep])
        self.publish(
            auto_scaling_group_name=pulumi.Output.from_input(self.names.group),
            lambda_function_arn=healing.lambda_function_arn,
            lambda_function_name=healing.lambda_function_name,
            lambda_role_arn=role.arn,
            lambda_role_name=role.name,
            lambda_log_group_name=healing.lambda_log_group_name,
            health_check_rule_arn=healing.health_check_rule_arn,
            notification_topic_arn=self.topic_arn,
            healer_alarm_arns=arns_of(alarms),
            healer_mode=config.healer_mode,
            region=config.region,
        )


def configured(name: str, args: HealerArgs) -> InfraConfig:
    """The program's configuration with what the arguments say over it.

    Raises:
        ConfigError: an argument is unknown, or its value is not accepted.
    """
    given: dict[str, Any] = {**args}
    group = given.pop("auto_scaling_group_name", None)
    if group is None or group == "":
        raise ConfigError("auto_scaling_group_name", group, "the name of an Auto Scaling group")
    config = InfraConfig.from_pulumi()
    prefixed = {"name_prefix": f"{config.name_prefix}-{name}"} | given
    return with_arguments(config, prefixed, HealerArgs.__annotations__).for_group(group)
