"""Where values come from, and how errors name them."""

from __future__ import annotations

import json
from pathlib import Path

import pulumi
import pytest
from pydantic import ValidationError

from tap_stack.config import InfraConfig
from tap_stack.config.model import knobs
from tap_stack.config.sources import UNSET, renamed
from tap_stack.errors import ConfigError
from tap_stack.healer.model import Policy
from tap_stack.rollout.policy import RolloutPolicy


def test_nothing_set_gives_the_defaults() -> None:
    config = InfraConfig.load({}, {})

    own = {row.field for row in knobs() if not row.field.startswith(("healer_", "rollout_"))}
    assert own <= set(InfraConfig.model_fields)
    assert (config.region, config.environment, config.environment_suffix) == ("us-east-1", "dev", "dev")
    assert config.authorized_ip_ranges == ("10.0.0.0/8",)
    assert config.lambda_runtime == "python3.13"
    assert (config.healer, config.rollout) == (Policy(), RolloutPolicy())


def test_the_numbers_of_rollouts_are_read_into_their_policy() -> None:
    config = InfraConfig.load({"tap:rolloutBakeSeconds": "600", "tap:rolloutAlarms": "checkout errors, p99"}, {})

    assert config.rollout == RolloutPolicy(bake_seconds=600)
    assert config.rollout_alarms == ("checkout errors", "p99")


@pytest.mark.parametrize("names", ["every*", "a?", ",".join(f"a{number}" for number in range(10))])
def test_alarms_that_would_be_others_or_too_many_are_refused(names: str) -> None:
    with pytest.raises(ConfigError, match="at most 9 names of alarms"):
        InfraConfig.load({"tap:rolloutAlarms": names}, {})


@pytest.mark.parametrize(
    ("pulumi_config", "environ", "region"),
    [
        ({"aws:region": "eu-west-1"}, {"AWS_REGION": "eu-north-1"}, "eu-west-1"),
        ({}, {"AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-north-1"),
        ({}, {"AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3"),
        ({}, {}, "us-east-1"),
    ],
)
def test_the_region_is_pulumis_then_the_environments_then_the_default(
    pulumi_config: dict[str, str], environ: dict[str, str], region: str
) -> None:
    assert InfraConfig.load(pulumi_config, environ).region == region


@pytest.mark.parametrize(
    ("pulumi_config", "environ", "region"),
    [
        ({}, {}, "eu-central-1"),
        ({}, {"AWS_PROFILE": "production"}, "sa-east-1"),
        ({"aws:profile": "production"}, {"AWS_PROFILE": "default"}, "sa-east-1"),
        ({"aws:profile": "production"}, {"AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3"),
        ({"aws:profile": "unknown"}, {}, "us-east-1"),
    ],
)
def test_without_a_region_it_is_the_profiles(
    tmp_path: Path, pulumi_config: dict[str, str], environ: dict[str, str], region: str
) -> None:
    (tmp_path / ".aws").mkdir()
    profiles = "[default]\nregion = eu-central-1\n[profile production]\nregion=sa-east-1\noutput = json\n"
    (tmp_path / ".aws/config").write_text(profiles)

    assert InfraConfig.load(pulumi_config, {"HOME": str(tmp_path), **environ}).region == region
    elsewhere = {"HOME": "/nonexistent", "AWS_CONFIG_FILE": str(tmp_path / ".aws/config")}
    assert InfraConfig.load(pulumi_config, {**elsewhere, **environ}).region == region


def test_a_profile_that_cannot_be_read_has_no_region_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("no section\n")
    assert InfraConfig.load({}, {"AWS_CONFIG_FILE": str(file)}).region == "us-east-1"

    file.write_text("[default]\nregion = atlantis\n")
    with pytest.raises(ConfigError, match=f"the region of the profile default in {file} = 'atlantis'"):
        InfraConfig.load({}, {"AWS_CONFIG_FILE": str(file)})


@pytest.mark.parametrize("row", knobs(), ids=lambda row: row.field)
def test_every_knob_is_heard_in_pulumi_and_in_the_environment(row: object) -> None:
    """A value that cannot be accepted is refused under the name under which it was set: so it was read."""
    (knob,) = [known for known in knobs() if known is row]
    wrong = "not, accepted, =, 0.0.0.0/0, ✗"

    variable = f"the environment variable {knob.env}"

    for pulumi_config, environ, name in (({knob.key: wrong}, {}, knob.key), ({}, {knob.env: wrong}, variable)):
        with pytest.raises(ConfigError) as refused:
            InfraConfig.load(pulumi_config, environ)
        assert (refused.value.key, refused.value.value) == (name, wrong)
        assert refused.value.accepted


def test_pulumi_wins_over_the_environment_even_with_the_default_value() -> None:
    environ = {"AUTHORIZED_IP_RANGES": "192.168.0.0/16"}

    assert InfraConfig.load({"tap:authorizedIpRanges": "10.0.0.0/8"}, environ).authorized_ip_ranges == ("10.0.0.0/8",)


def test_a_variable_of_somebodys_shell_does_not_configure_the_stack() -> None:
    environ = {"TAGS": "v1,v2", "ZONES": "Europe/Paris", "PROTECT": "yes", "INSTANCE_TYPE": "huge"}

    assert InfraConfig.load({}, environ) == InfraConfig.load({}, {})


def test_a_variable_with_its_old_name_is_told_with_the_new_one() -> None:
    environ = {"ZONES": "3", "MIN_SIZE": "3", "TAP_MIN_SIZE": "4", "ENVIRONMENT": "prod", "AWS_REGION": "eu-west-1"}

    assert renamed(knobs(), environ) == {"ZONES": "TAP_ZONES"}


def test_a_value_says_that_it_comes_from_the_environment() -> None:
    with pytest.raises(ConfigError, match=r"^the environment variable ENVIRONMENT = 'Production' is not accepted"):
        InfraConfig.load({}, {"ENVIRONMENT": "Production"})


def test_unset_in_pulumi_leaves_the_word_to_the_environment() -> None:
    config = InfraConfig.load({"tap:zones": UNSET, "tap:minSize": UNSET}, {"TAP_ZONES": "3"})

    assert (config.zones, config.min_size) == (3, 2)


def test_a_key_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError) as refused:
        InfraConfig.load({"tap:authorisedIpRange": "10.0.0.0/8"}, {})

    assert str(refused.value) == (
        "tap:authorisedIpRange = '10.0.0.0/8' is not accepted; "
        "accepted: a key that exists; the nearest is tap:authorizedIpRanges"
    )


def test_keys_of_other_namespaces_are_none_of_our_business() -> None:
    assert InfraConfig.load({"aws:profile": "x", "other:zones": "9"}, {}).zones == 2


def test_blanks_around_a_value_are_ignored() -> None:
    config = InfraConfig.load({"tap:minSize": " 1 ", "tap:natStrategy": "single\n"}, {"AWS_REGION": " eu-west-1 "})

    assert (config.min_size, config.nat_strategy, config.region) == (1, "single", "eu-west-1")


def test_a_number_can_be_a_suffix() -> None:
    assert InfraConfig.load({"tap:environmentSuffix": "0042"}, {}).names.group == "tap-fleet-0042"


def test_the_healers_limits_are_read_into_its_policy() -> None:
    config = InfraConfig.load({"tap:healerHourPercent": "30"}, {"TAP_HEALER_SWEEP_PERCENT": "7"})

    assert config.healer == Policy(hour_percent=30, sweep_percent=7)


def test_a_limit_outside_of_the_policys_bounds_is_refused_in_the_users_words() -> None:
    with pytest.raises(ConfigError) as refused:
        InfraConfig.load({}, {"TAP_HEALER_IN_FLIGHT_PERCENT": "51"})

    assert str(refused.value) == (
        "the environment variable TAP_HEALER_IN_FLIGHT_PERCENT = '51' is not accepted; accepted: integer, 1 to 50"
    )


def test_the_configuration_cannot_be_changed() -> None:
    config = InfraConfig.load({}, {})

    with pytest.raises(ValidationError, match="frozen"):
        config.min_size = 5


def test_what_turns_out_unusable_later_is_refused_under_the_users_own_key() -> None:
    config = InfraConfig.load({}, {"TAP_ZONES": "5"})

    assert str(config.refused("zones", "3")) == "the environment variable TAP_ZONES = '5' is not accepted; accepted: 3"
    assert config.refused("instance_type", "others").key == "tap:instanceType"


def test_the_running_programs_configuration_is_read_wherever_the_sdk_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"tap:zones": "3", "tap:minSize": "1"}))
    monkeypatch.setenv("PULUMI_CONFIG_TAP_MAXSIZE", "9")
    monkeypatch.setenv("ENVIRONMENT_SUFFIX", "ci")
    before = dict(pulumi.runtime.config.CONFIG.get())
    pulumi.runtime.set_all_config({"tap:minSize": "2"})
    try:
        config = InfraConfig.from_pulumi()
    finally:
        pulumi.runtime.set_all_config(before)

    assert (config.zones, config.min_size, config.max_size, config.environment_suffix) == (3, 2, 9, "ci")


def test_an_unknown_key_of_the_running_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"tap:zone": "3"}))

    with pytest.raises(ConfigError, match="the nearest is tap:zones"):
        InfraConfig.from_pulumi()
