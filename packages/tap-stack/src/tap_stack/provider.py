"""The AWS provider of the program: the region is the configuration's, and all else is what the stack sets under `aws:`.

Pulumi gives the settings of the namespace `aws` to the default provider alone. A provider that a program makes gets
none of them (pulumi-aws 1307 and 3259), and would go to whichever account the environment's credentials are for.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import pulumi
import pulumi_aws as aws
from pydantic.alias_generators import to_camel

from tap_stack.config import InfraConfig
from tap_stack.config.sources import program_configuration
from tap_stack.errors import LONGEST_SHOWN, ConfigError

OPERATORS_TAGS = ("tap:healer", "tap:rollout")
"""How the tags begin with which an operator stops the healer (`tap_stack.healer.vetoes`) and rollouts."""

_NAMESPACE = "aws:"


def aws_provider(config: InfraConfig, name: str = "aws") -> aws.Provider:
    """A provider for the configuration's region, with all that the stack's file and `pulumi config` set under `aws:`.

    It ignores the tags with which an operator stops the healer: they are no drift that a deployment takes away.

    Args:
        config: Of one stack. Stacks in the same region can share the provider.
        name: Its name; a program with a provider for each of several regions has a name for each.

    Raises:
        ConfigError: a key of the namespace that the provider does not have, or a value that is not JSON where the
            provider has an object, a list, a number or a truth.
    """
    settings = _settings(program_configuration([]))
    ignored = pulumi.Output.from_input(settings.get("ignore_tags") or {}).apply(_with_the_healers)
    return aws.Provider(name, **{**settings, "region": config.region, "ignore_tags": ignored})


def _with_the_healers(ignored: Any) -> Any:
    """The user's `ignoreTags` with the healer's tags; what is no such setting stays, for the provider to refuse."""
    if not isinstance(ignored, dict) or not isinstance(ignored.get("keyPrefixes", []), list):
        return ignored
    return {**ignored, "keyPrefixes": [*ignored.get("keyPrefixes", []), *OPERATORS_TAGS]}


def _settings(configuration: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of a provider that the configuration has, by their names in Python."""
    parameters = inspect.signature(aws.ProviderArgs.__init__).parameters
    arguments = {_NAMESPACE + to_camel(name): name for name in parameters if not name.startswith("_")}
    texts = {name for name, each in parameters.items() if each.annotation == parameters["region"].annotation}
    given = {key: value for key, value in configuration.items() if key.startswith(_NAMESPACE)}
    for key, text in given.items():
        if key not in arguments:
            near = get_close_matches(key[:LONGEST_SHOWN], sorted(arguments), n=1, cutoff=0.0)[0]
            raise ConfigError(key, text, f"a setting of the AWS provider; the nearest is {near}")
    return {
        arguments[key]: _hidden(key, text if arguments[key] in texts else _decoded(key, text))
        for key, text in given.items()
    }


def _decoded(key: str, text: str) -> Any:
    """A value that is no text: Pulumi hands it on as JSON."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(key, text, "a number, true or false, or what `pulumi config set --path` writes") from error


def _hidden(key: str, value: Any) -> Any:
    """The value, secret if the configuration says so."""
    return pulumi.Output.secret(value) if pulumi.runtime.is_config_secret(key) else value
