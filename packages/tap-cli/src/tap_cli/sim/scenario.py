"""Scenario files: what they may say, and one line with file, key and value for whatever they may not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from embedded_aws.in_process.faults import ApiFaults
from tap_stack.errors import ConfigError
from tap_stack.healer.policy import Policy

ZONES = "abcdef"
Zone: TypeAlias = Literal["a", "b", "c", "d", "e", "f"]
CheckName: TypeAlias = Literal["system", "instance", "ebs"]
ProcessName: TypeAlias = Literal["Launch", "Terminate", "ReplaceUnhealthy", "HealthCheck", "AZRebalance"]
Chance: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Step(_Part):
    at: float = Field(ge=0, description="Minutes from the beginning")

    def params(self) -> dict[str, Any]:
        """What `steps` takes: only what the file says."""
        return self.model_dump(exclude={"at", "do"}, exclude_unset=True)


class _Some(_Step):
    """Members are met by number or by share, anywhere or in one zone."""

    count: int = Field(default=1, ge=1)
    percent: int | None = Field(default=None, ge=1, le=100)
    zone: Zone | None = None


class Fail(_Some):
    """A status check fails."""

    do: Literal["fail"]
    check: CheckName
    genuine: bool = True
    told: Literal["usual", "undated", "future", "insufficient"] = "usual"
    lifecycle: Literal["InService", "Standby"] = "InService"
    over_seconds: float = Field(default=0, ge=0)
    repair_after_seconds: float | None = Field(default=None, ge=0)


class Flap(_Some):
    """A status check fails and passes, again and again."""

    do: Literal["flap"]
    check: CheckName
    genuine: bool = True
    down_seconds: float = Field(gt=0)
    up_seconds: float = Field(gt=0)
    times: int = Field(ge=1)


class OnSome(_Some):
    """Something is done to some members."""

    do: Literal["stop", "standby", "back", "detach", "terminate", "mark"]


class Spare(_Some):
    """Some members are tagged to be left alone."""

    do: Literal["spare"]
    minutes: float = Field(gt=0)


class Processes(_Step):
    """Processes are suspended or resumed."""

    do: Literal["suspend", "resume"]
    processes: list[ProcessName] = Field(default_factory=list)


class OnZone(_Step):
    """Something happens to a zone."""

    do: Literal["shift", "unshift", "no-machines", "machines"]
    zone: Zone


class StartRefresh(_Step):
    """An instance refresh begins."""

    do: Literal["refresh"]
    version: str | None = None
    skip_matching: bool = False
    bake_minutes: float = Field(default=0, ge=0)


class CancelRefresh(_Step):
    """The instance refresh is cancelled."""

    do: Literal["cancel-refresh"]


class ChangeTemplate(_Step):
    """The group follows another version of its launch template."""

    do: Literal["template"]
    version: str
    bad: Literal["system", "instance", "ebs", "never-boots"] | None = None


class Desired(_Step):
    """The desired capacity is set."""

    do: Literal["desired"]
    to: int = Field(ge=0)


class Switch(_Step):
    """The group's tag `tap:healer` is set."""

    do: Literal["switch"]
    to: str


AnyStep: TypeAlias = Annotated[
    Fail
    | Flap
    | OnSome
    | Spare
    | Processes
    | OnZone
    | StartRefresh
    | CancelRefresh
    | ChangeTemplate
    | Desired
    | Switch,
    Field(discriminator="do"),
]


class GroupPart(_Part):
    """The group at the beginning: grown, in service, and two hours old."""

    desired: int = Field(ge=1, le=100_000)
    zones: int = Field(default=3, ge=1, le=6)
    grace_seconds: int = Field(default=300, ge=0)
    warmup_seconds: int | None = Field(default=None, ge=0)
    maintenance: tuple[Annotated[int, Field(ge=0, le=100)], Annotated[int, Field(ge=100, le=200)]] | None = Field(
        default=None, strict=False
    )


class TimingsPart(_Part):
    """How long things take; AWS publishes none of these."""

    boot_seconds: float = Field(default=45, ge=0)
    boot_jitter_seconds: float = Field(default=30, ge=0)
    shutdown_seconds: float = Field(default=30, ge=0)
    native_delay_seconds: float = Field(default=300, ge=0)


class SchedulePart(_Part):
    """How the healer's events come."""

    repeated: Chance = 0.0
    late: Chance = 0.0
    silent_minutes: tuple[float, float] | None = Field(default=None, strict=False)


class Scenario(_Part):
    """One scenario.

    Attributes:
        api: What goes wrong between the healer and AWS: fields of `ApiFaults`.
        policy: Numbers of the healer that differ from its defaults.
    """

    title: str
    minutes: int = Field(ge=1, le=10_080)
    group: GroupPart
    timings: TimingsPart = TimingsPart()
    schedule: SchedulePart = SchedulePart()
    api: dict[str, float] = Field(default_factory=dict)
    policy: dict[str, int] = Field(default_factory=dict)
    steps: list[AnyStep]

    @model_validator(mode="after")
    def _is_whole(self) -> Scenario:
        """Check what one part says about another."""
        zones = ZONES[: self.group.zones]
        for number, step in enumerate(self.steps):
            zone = getattr(step, "zone", None)
            _demand(zone is None or zone in zones, f"steps.{number}.zone", zone, f"one of {', '.join(zones)}")
            _demand(step.at <= self.minutes, f"steps.{number}.at", step.at, f"at most minutes = {self.minutes}")
        chances = {field.name for field in fields(ApiFaults) if isinstance(field.default, int | float)}
        for key in self.api:
            _demand(key in chances, f"api.{key}", self.api[key], f"one of the keys {', '.join(sorted(chances))}")
        for key in self.policy:
            known = key in Policy.__dataclass_fields__
            _demand(known, f"policy.{key}", self.policy[key], "the names of the healer's Policy")
        Policy(**self.policy)
        return self


class _Refused(ValueError):
    """One thing that a scenario must not say."""

    def __init__(self, key: str, value: object, accepted: str) -> None:
        super().__init__(f"{key}: {accepted}")
        self.key, self.value, self.accepted = key, value, accepted


def _demand(so: object, key: str, value: object, accepted: str) -> None:
    if not so:
        raise _Refused(key, value, accepted)


# --- reading ---


def load(path: Path) -> Scenario:
    """The scenario in a file.

    Raises:
        ConfigError: It says something that is not accepted: one line with file, key, value and what would be.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(str(path), " ".join(str(error).split()), "a YAML document") from None
    try:
        return Scenario.model_validate(document)
    except ValidationError as error:
        raise _readable(path, document, error) from None


def shipped() -> dict[str, Path]:
    """The scenarios of this package by name, in the order of their files."""
    folder = Path(str(resources.files("tap_cli.sim"))) / "scenarios"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find(name: str) -> tuple[str, Scenario]:
    """A shipped scenario by its name, or any by its file.

    Raises:
        ConfigError: There is no such scenario, or it says something that is not accepted.
    """
    known = shipped()
    path = known.get(name) or Path(name)
    if not path.is_file():
        raise ConfigError("scenario", name, f"a file, or one of {', '.join(known)}")
    return path.stem, load(path)


def _readable(path: Path, document: Any, error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, _Refused):
        return ConfigError(f"{path}: {cause.key}", cause.value, cause.accepted)
    # The error's place also names the kind of step, which no file has as a key.
    steps = document.get("steps") if isinstance(document, Mapping) else None
    kinds = {step.get("do") for step in steps or [] if isinstance(step, Mapping)}
    place = [part for part in first["loc"] if not (isinstance(part, str) and part in kinds)]
    key = ".".join(str(part) for part in place) or "the document"
    value = "nothing" if first["type"] == "missing" else first["input"]
    return ConfigError(f"{path}: {key}", value, _accepted(first, cause))


def _accepted(first: Mapping[str, Any], cause: object) -> str:
    if isinstance(cause, ValueError):
        return str(cause).partition("accepted: ")[2] or str(cause)
    if first["type"] == "extra_forbidden":
        return "no such key here"
    if first["type"] == "union_tag_invalid":
        return str(first["ctx"]["expected_tags"])
    if first["type"] == "missing":
        return "a value is needed"
    return str(first["msg"]).removeprefix("Input should be ")
