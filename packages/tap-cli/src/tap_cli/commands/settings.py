"""Configuration that a user gives: for one run with `-c KEY=VALUE`, or with `tap config set` to keep it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

from embedded_pulumi.engine.project import FILE, full_key, read_project_file
from tap_cli.commands import options
from tap_stack.config.knobs import PROJECT
from tap_stack.config.model import knobs
from tap_stack.errors import LONGEST_SHOWN, ConfigError

_ALWAYS = (PROJECT, "aws", "pulumi")
"""Namespaces that somebody reads in any program with a TapStack: itself, its provider, and Pulumi."""


def given(settings: Iterable[str], project: str, folder: Path, config: Iterable[str] = ()) -> dict[str, str]:
    """`KEY=VALUE` options by full key; a key without a namespace is one of the project's, as for `pulumi config`.

    Args:
        settings: The options.
        project: The project's name.
        folder: Its folder.
        config: The keys in the stack's file.

    Raises:
        ConfigError: there is no `=`, or nobody reads keys of the namespace.
        UserError: it is no key.
    """
    found = {}
    for each in settings:
        key, equals, value = each.partition("=")
        if not equals:
            raise ConfigError("--config", each, f"KEY=VALUE, such as {project}:natStrategy=single")
        found[full_key(key, project, Path("-c"))] = value
    known = {_namespace(key) for key in config}
    for key, value in found.items():
        if _namespace(key) not in known:
            check_namespace(key, value, project, folder)
    return found


def check_namespace(key: str, value: str, project: str, folder: Path) -> None:
    """Refuse a key of a namespace that nobody reads: it would change nothing, and nobody would say so.

    Raises:
        ConfigError: it is neither the project's, nor one of TAP's, of a provider's, or of a key in Pulumi.yaml.
    """
    read = read_by_somebody(project, folder)
    namespace = _namespace(key)
    if namespace in read or find_spec(f"pulumi_{namespace.replace('-', '_')}") is not None:
        return
    keys = [row.key for row in knobs()]
    same_name = [each for each in keys if each.partition(":")[2] == key.partition(":")[2]]
    nearest = [*same_name, *get_close_matches(key[:LONGEST_SHOWN], keys, n=1, cutoff=0.0)][0]
    raise ConfigError(
        key,
        value,
        f"a key of {', '.join(read[:-1])} or {read[-1]}, of which the nearest is {nearest}; "
        f"one of another namespace once {FILE} declares it",
    )


def read_by_nobody(config: Iterable[str], project: str, folder: Path) -> list[str]:
    """What to say of keys in a stack's file whose namespace nobody is known to read: a program may have its own."""
    stray = []
    for key in config:
        try:
            check_namespace(key, "", project, folder)
        except ConfigError as error:
            stray.append(f"{key} is of a namespace that nobody is known to read; accepted: {error.accepted}")
    return stray


def read_by_somebody(project: str, folder: Path) -> list[str]:
    """The namespaces that a program of this project reads."""
    declared = read_project_file(folder).keys if (folder / FILE).is_file() else {}
    return list(dict.fromkeys([project, *_ALWAYS, *map(_namespace, declared)]))


def _namespace(key: str) -> str:
    return key.partition(":")[0]


def short(key: str, project: str) -> str:
    """A full key as people write it: without the namespace of the project."""
    return key.removeprefix(f"{project}:")


def command(pairs: Mapping[str, str], project: str, stack: str) -> str:
    """The command that keeps these values."""
    words = [shlex.quote(f"{short(key, project)}={value}") for key, value in pairs.items()]
    return " ".join(["tap config set", *words, *([] if stack == options.DEFAULT_STACK else ["--stack", stack])])


def advised(error: ConfigError, project: str, stack: str) -> ConfigError:
    """An error, with the command that sets all that must change together where there is such."""
    if not error.together:
        return error
    return ConfigError(
        error.key, error.value, f"{error.alone}; or together: `{command(error.together, project, stack)}`"
    )


def for_this_run(passing: Mapping[str, str], project: str, stack: str) -> str:
    """What to say of values that the command line gives and the stack's file does not have; "" if there are none."""
    if not passing:
        return ""
    names = [short(key, project) for key in passing]
    subject = f"{', '.join(names[:-1])} and {names[-1]} are" if names[1:] else f"{names[0]} is"
    them = "them" if names[1:] else "it"
    return f"{subject} for this run alone; to keep {them}:\n    {command(passing, project, stack)}"
