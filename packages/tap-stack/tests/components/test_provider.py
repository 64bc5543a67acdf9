"""The program's AWS provider gets every setting that the stack has under `aws:`."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tap_stack.healer.vetoes import GROUP_TAG, INSTANCE_TAG
from tap_stack.provider import OPERATORS_TAGS

from .recording import record

ROOT = Path(__file__).parents[4]

SET: dict[str, tuple[str, Any]] = {
    "aws:region": ("eu-west-1", "eu-west-1"),
    "aws:profile": ("production", "production"),
    "aws:allowedAccountIds": ('["111122223333"]', ["111122223333"]),
    "aws:assumeRoles": (
        '[{"roleArn": "arn:aws:iam::111122223333:role/deployer", "sessionName": "tap"}]',
        [{"roleArn": "arn:aws:iam::111122223333:role/deployer", "sessionName": "tap"}],
    ),
    "aws:defaultTags": ('{"tags": {"Owner": "platform"}}', {"tags": {"Owner": "platform"}}),
    "aws:ignoreTags": ('{"keyPrefixes": ["cost:"]}', {"keyPrefixes": ["cost:", "tap:healer", "tap:rollout"]}),
    "aws:maxRetries": ("5", 5),
    "aws:skipRegionValidation": ("false", False),
    "aws:s3UsEast1RegionalEndpoint": ("regional", "regional"),
}
"""A key to its text, and to what the provider is given."""


def run(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Any:
    """The provider that the program registers, with these settings in the configuration."""
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(settings))
    return record(lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")).one("pulumi:providers:aws")


def plain(value: Any) -> Any:
    """What the provider reads: everything but a text is JSON on the wire."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        return value


@pytest.mark.parametrize("key", SET)
def test_a_setting_of_the_stack_reaches_the_provider(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    text, expected = SET[key]

    provider = run(monkeypatch, **{key: text})

    assert plain(provider.inputs[key.removeprefix("aws:")]) == expected


def test_all_settings_reach_it_together_and_the_region_stays_the_configurations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = run(monkeypatch, **{key: text for key, (text, _) in SET.items()})

    assert {key.removeprefix("aws:") for key in SET} <= provider.inputs.keys()
    assert provider.inputs["region"] == "eu-west-1"


def test_without_settings_it_has_the_region_and_what_it_had_before(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = run(monkeypatch)

    assert provider.inputs.keys() == {"region", "ignoreTags", "skipCredentialsValidation", "skipRegionValidation"}
    assert plain(provider.inputs["ignoreTags"]) == {"keyPrefixes": ["tap:healer", "tap:rollout"]}


def test_the_tags_that_it_ignores_are_those_that_the_healer_reads() -> None:
    assert GROUP_TAG.startswith(OPERATORS_TAGS)
    assert INSTANCE_TAG.startswith(OPERATORS_TAGS)


@pytest.mark.parametrize(
    ("key", "value", "accepted"),
    [
        ("aws:profil", "production", "a setting of the AWS provider; the nearest is aws:profile"),
        ("aws:defaultTags", "Owner=platform", "a number, true or false, or what `pulumi config set --path` writes"),
        ("aws:maxRetries", "many", "a number, true or false, or what `pulumi config set --path` writes"),
    ],
)
def test_a_setting_that_cannot_be_honoured_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str, accepted: str
) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run(monkeypatch, **{key: value})

    assert str(refused.value) == f"{key} = {value!r} is not accepted; accepted: {accepted}"
