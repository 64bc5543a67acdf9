"""InfraConfig: everything that can be chosen about a stack, checked and frozen, and where it is read from."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, Self, TypeVar

import pulumi
from pydantic import (
    BaseModel,
    PrivateAttr,
    ValidationError,
)

from tap_stack.config import instances, limits, network, placements, timetable
from tap_stack.config.capacity import SIZES, healthy_ceiling, sizes_that_fit
from tap_stack.config.fields import Fields
from tap_stack.config.knobs import Knob, knobs_of
from tap_stack.config.names import Names
from tap_stack.config.sources import Setting, program_configuration, renamed, settings, variable
from tap_stack.config.weights import heaviest
from tap_stack.errors import LONGEST_SHOWN, ConfigError
from tap_stack.healer.model import Policy

Model = TypeVar("Model", bound=BaseModel)


class InfraConfig(Fields):
    """What a stack is to be. Read it with `load` or `from_pulumi`: they say in the user's words what is wrong."""

    _settings: dict[str, Setting] = PrivateAttr(default_factory=dict)
    _fleet: Any = PrivateAttr(default=None)
    _joins: bool = PrivateAttr(default=False)

    @property
    def names(self) -> Names:
        """Makes the names of this stack."""
        return Names(self.region, self.environment_suffix, self.name_prefix, self._fleet)

    def for_group(self, name: pulumi.Input[str]) -> Self:
        """The same for an Auto Scaling group that somebody else made."""
        changed = self.model_copy()
        changed._fleet = name  # noqa: SLF001 - its own class's
        return changed

    @property
    def joins(self) -> bool:
        """Whether the fleet stands in a network whose ids are not known yet."""
        return self._joins

    def joining(self) -> Self:
        """The same for a network whose ids are outputs of resources, so that they are not known yet.

        Raises:
            ConfigError: something is said of a network of the stack's own, or endpoints are asked for.
        """
        changed = self.model_copy()
        changed._joins = True  # noqa: SLF001 - its own class's
        for field, why in {**network.OWN_NETWORK, **network.WITHOUT_IDS}.items():
            if field in self._settings:
                raise self.refused(field, f"unset beside a VPC that is given as an output: {why}")
        return changed

    def joined(self, vpc_id: str, private: Sequence[str], public: Sequence[str]) -> Self:
        """The configuration of a fleet whose network's ids are known now: AWS's own, so that none is spelled wrong.

        Raises:
            ConfigError: the subnets are too few, or there twice.
        """
        ids = {"vpc_id": vpc_id, "private_subnet_ids": tuple(private), "public_subnet_ids": tuple(public)}
        changed = self.model_copy(update=ids)
        said = {
            name: Setting(name, value if isinstance(value, str) else ",".join(value)) for name, value in ids.items()
        }
        changed._joins, changed._settings = False, self._settings | said  # noqa: SLF001 - its own class's
        for refused in changed._contradictions():  # noqa: SLF001 - as above
            raise refused
        return changed

    def without_network(self) -> Self:
        """The same with nothing said of a network of the stack's own: for a fleet that is given its network."""
        default = InfraConfig()
        usual = {name: getattr(default, name) for name in network.OF_NETWORKS}
        changed = self.model_copy(update=usual)
        kept = {key: each for key, each in self._settings.items() if key not in usual}
        changed._settings = kept  # noqa: SLF001 - its own class's
        return changed

    @property
    def interface_endpoints(self) -> tuple[str, ...]:
        """The services of which there are interface endpoints."""
        return () if self._joins else network.interface_endpoints(dict(self))

    @property
    def gateway_endpoints(self) -> tuple[str, ...]:
        """The services that have a gateway in the private route tables: S3 has Amazon Linux's packages."""
        return () if self._joins else network.gateway_endpoints(dict(self))

    @property
    def makes_endpoints(self) -> bool:
        """Whether the stack makes endpoints at all."""
        return bool(self.interface_endpoints or self.gateway_endpoints)

    @property
    def scheduled(self) -> tuple[timetable.CapacityAction, ...]:
        """The actions of `schedules`."""
        return timetable.read(self.schedules)

    @property
    def uses_spot(self) -> bool:
        """Whether some of the instances are Spot Instances."""
        return self.on_demand_percentage_above_base_capacity < instances.SHARED

    @property
    def on_demand_at_first(self) -> int:
        """How many of the first instances are On-Demand, if they are of the first type."""
        base, share = self.on_demand_base_capacity, self.on_demand_percentage_above_base_capacity
        units = instances.on_demand(self.desired_capacity, base, share)
        return -(-units // int(self.instance_weights.get(self.instance_type, 1)))

    @property
    def largest_instance(self) -> int:
        """How much of the capacity an instance of the heaviest type is: 1 where instances are counted."""
        return heaviest(self.instance_weights)

    @property
    def is_mixed(self) -> bool:
        """Whether the group has a mixed instances policy: several types, weights of them, or Spot Instances."""
        named = self.instance_types or self.instance_weights or self.instance_requirements
        return bool(named) or self.uses_spot

    @property
    def rebalances(self) -> bool:
        """Whether the group replaces Spot Instances that are at risk."""
        return self.uses_spot if self.capacity_rebalance == "auto" else self.capacity_rebalance == "true"

    @property
    def follows_load_balancer(self) -> bool:
        """Whether the group replaces instances that a load balancer calls unhealthy."""
        return self.has_target_groups if self.health_check_type == "auto" else self.health_check_type == "ELB"

    @property
    def has_target_groups(self) -> bool:
        """Whether the group has target groups: its own load balancer's, or those of others."""
        return bool(self.load_balancer or self.target_group_arns)

    @property
    def max_healthy_percentage(self) -> int:
        """How far above its size, in percent, the group may go while an instance is replaced."""
        return healthy_ceiling(self.max_size // self.largest_instance)

    @property
    def common_tags(self) -> dict[str, str]:
        """On everything that takes tags. `Project` is what the healer's write permission depends on."""
        own = {"Project": "tap", "Environment": self.environment, "EnvironmentSuffix": self.environment_suffix}
        return {**self.tags, **own, "ManagedBy": "pulumi"}

    def refused(self, field: str, accepted: str) -> ConfigError:
        """The error for a field whose value turned out to be unusable, in the words in which the user set it."""
        setting = self._settings.get(field, Setting(_row(field).key, str(getattr(self, field))))
        return ConfigError(setting.key, setting.text, accepted)

    def with_changes(self, **fields: object) -> Self:
        """The configuration with other values, by field: `config.with_changes(name_prefix="blue")`; checked anew.

        Raises:
            ConfigError: there is no such field, or its value is not accepted beside the others.
        """
        for name, value in fields.items():
            if name not in InfraConfig.model_fields:
                near = get_close_matches(name[:LONGEST_SHOWN], InfraConfig.model_fields, n=1, cutoff=0.0)[0]
                raise ConfigError(name, value, f"a field of the configuration; the nearest is {near}")
        found = {key: setting for key, setting in self._settings.items() if key not in fields}
        found |= {name: Setting(name, str(value)) for name, value in fields.items()}
        try:
            changed = type(self)(**{**dict(self), **fields})
        except ValidationError as error:
            raise _in_the_users_words(error, found)[0] from error
        changed._settings = found  # noqa: SLF001 - its own class's
        for refused in changed._contradictions():  # noqa: SLF001 - as above
            raise refused
        return changed

    def _contradictions(self) -> Iterator[ConfigError]:
        asked = {field: setting.key for field, setting in self._settings.items()}
        values = dict(self)
        found = (
            *network.contradictions(values, asked),
            *instances.contradictions(values),
            *placements.contradictions(values),
        )
        return (self.refused(field, accepted) for field, accepted in found)

    @classmethod
    def load(cls, pulumi_config: Mapping[str, str], environ: Mapping[str, str], asked: Collection[str] = ()) -> Self:
        """Read and check a configuration.

        Args:
            pulumi_config: Full key, such as `tap:zones`, to value. Keys of other namespaces are ignored.
            environ: The environment.
            asked: The keys that the user has just given: what an error proposes leaves them as they are.

        Raises:
            ConfigError: a key is unknown, or a value is not accepted.
        """
        config, refused = cls._read(pulumi_config, environ, asked)
        if config is None:
            raise refused[0]
        return config

    @classmethod
    def refusals(
        cls, pulumi_config: Mapping[str, str], environ: Mapping[str, str], asked: Collection[str] = ()
    ) -> list[ConfigError]:
        """All that is wrong with a configuration; the arguments are those of `load`, which raises the first."""
        return cls._read(pulumi_config, environ, asked)[1]

    @classmethod
    def _read(
        cls, pulumi_config: Mapping[str, str], environ: Mapping[str, str], asked: Collection[str]
    ) -> tuple[Self | None, list[ConfigError]]:
        try:
            found = settings(knobs(), pulumi_config, environ)
        except ConfigError as error:
            return None, [error]
        refused: list[ConfigError] = []
        healer = _checked(limits.healer_knobs(), found, refused)
        if healer is not None:
            refused += _brakes_that_never_brake(limits.policy(healer), found)
        rollout = _checked(limits.rollout_knobs(), found, refused)
        config = _checked(cls, found, refused, asked)
        if config is None or healer is None or rollout is None or refused:
            return None, refused
        parts = {"healer": limits.policy(healer), "rollout": limits.rollout_policy(rollout)}
        config = config.model_copy(update=parts)
        config._settings = found  # noqa: SLF001 - its own class's
        refused = list(config._contradictions())  # noqa: SLF001 - its own class's
        return None if refused else config, refused

    @classmethod
    def from_pulumi(cls) -> Self:
        """Read the running Pulumi program's configuration and this process's environment; raises as `load` does."""
        for old, new in renamed(knobs(), os.environ).items():
            pulumi.log.warn(f"{variable(old)} is not read any more; its name is {new}")
        return cls.load(program_configuration(knobs()), os.environ)


def _brakes_that_never_brake(policy: Policy, found: Mapping[str, Setting]) -> Iterator[ConfigError]:
    if policy.bad_image_failures > policy.bad_image_replacements:
        row = _row("healer_bad_image_failures")
        setting = found.get(row.field, Setting(row.key, str(row.default)))
        most = f"at most healerBadImageReplacements, which is {policy.bad_image_replacements}"
        yield ConfigError(setting.key, setting.text, most)


@cache
def knobs() -> tuple[Knob, ...]:
    """Everything that can be configured, in the order of the documentation."""
    return (*knobs_of(InfraConfig), *knobs_of(limits.healer_knobs()), *knobs_of(limits.rollout_knobs()))


def _row(field: str) -> Knob:
    return next(row for row in knobs() if row.field == field)


def _checked(
    model: type[Model], found: Mapping[str, Setting], refused: list[ConfigError], asked: Collection[str] = ()
) -> Model | None:
    """Make `model` of what was set for its fields; what is wrong with it goes to `refused`."""
    try:
        return model(**_texts(model, found))
    except ValidationError as error:
        refused += _in_the_users_words(error, found, asked)
        return None


def _texts(model: type[BaseModel], found: Mapping[str, Setting]) -> dict[str, Any]:
    return {field: setting.text for field, setting in found.items() if field in model.model_fields}


def _in_the_users_words(
    error: ValidationError, found: Mapping[str, Setting], asked: Collection[str] = ()
) -> list[ConfigError]:
    refused = []
    for each in error.errors():
        row = _row(str(each["loc"][0]))
        setting = found.get(row.field, Setting(row.key, str(row.default)))
        said = each.get("ctx", {}).get("error")
        together = _together(found, asked) if row.field in SIZES and isinstance(said, ValueError) else {}
        accepted = str(said) if isinstance(said, ValueError) else row.accepted
        refused.append(ConfigError(setting.key, setting.text, accepted, together))
    return refused


def _together(found: Mapping[str, Setting], asked: Collection[str]) -> dict[str, str]:
    """Sizes that are accepted together, by key: those asked for, and those that must change for them."""
    rows = {field: _row(field) for field in SIZES}
    sizes = {field: int(found[field].text if field in found else str(row.default)) for field, row in rows.items()}
    kept = {field for field, row in rows.items() if row.key in asked}
    fitting = sizes_that_fit(sizes, kept or found)
    try:
        InfraConfig(**{**_texts(InfraConfig, found), **fitting})
    except ValidationError:  # so many have no place in the network, or something else is wrong
        return {}
    return {
        row.key: str(fitting[field]) for field, row in rows.items() if field in kept or fitting[field] != sizes[field]
    }
