"""`tap config`: the configuration that the file of a stack keeps."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tap_cli.commands import options
from tap_cli.errors import UsageError
from tap_cli.terminal.waits import WAITS

if TYPE_CHECKING:
    from tap_cli.commands.configuring import Kept

app = typer.Typer(help="The configuration of a stack.", invoke_without_command=True)

_PAIR = re.compile(r"((?:[^=\[]|\[[^\]]*\])+)=(.*)", re.DOTALL)
"""`KEY=VALUE`; a key may have a `=` in brackets."""


class ValueType(StrEnum):
    """What kind of value is kept."""

    string = "string"
    int = "int"
    bool = "bool"
    float = "float"


def _known_keys(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """What a shell completes a key with: what Pulumi.yaml declares, or else TAP's, and what the stack's file has."""
    from embedded_pulumi.engine.project import read_project_file  # noqa: PLC0415 - help need not wait for it
    from embedded_pulumi.engine.stackfile import stack_settings  # noqa: PLC0415
    from embedded_pulumi.errors import UserError  # noqa: PLC0415
    from tap_cli.commands.project import find_project  # noqa: PLC0415

    try:
        project = find_project()
        kept = list(stack_settings(project.root, ctx.params.get("stack") or options.DEFAULT_STACK).config)
        declared = list(read_project_file(project.root).keys) or _keys_of_tap()
    except (UsageError, UserError):
        return
    known = kept if ctx.info_name == "rm" else ["aws:region", *declared, *kept]
    for key in dict.fromkeys(each.removeprefix(f"{project.name}:") for each in known):
        if key.startswith(incomplete):
            yield key


def _keys_of_tap() -> list[str]:
    from tap_stack.config.model import knobs  # noqa: PLC0415 - takes a second that a shell does not have

    return [row.key for row in knobs()]


Key = Annotated[str, typer.Argument(metavar="KEY", help="The key.", autocompletion=_known_keys)]
Keys = Annotated[list[str], typer.Argument(metavar="KEY...", help="The keys.", autocompletion=_known_keys)]
Pairs = Annotated[
    list[str],
    typer.Argument(
        metavar="KEY VALUE | KEY=VALUE...",
        help="A key and its value, or several at once; without a value it is read from the standard input.",
        autocompletion=_known_keys,
    ),
]
Path_ = Annotated[bool, typer.Option("--path", help="The key is a path: `tags.Owner`, `zones[0]`.")]
ShowSecrets = Annotated[bool, typer.Option("--show-secrets", help="Show secret values in clear.")]


def _opened(stack: str) -> Kept:
    from tap_cli.commands.configuring import opened  # noqa: PLC0415 - help need not wait for it

    return opened(stack)


@app.callback()
def config(
    ctx: typer.Context,
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    show_secrets: ShowSecrets = False,
    as_json: options.AsJson = False,
) -> None:
    """Show the configuration of a stack, or change it."""
    if ctx.invoked_subcommand is None:
        ls(stack, show_secrets=show_secrets, as_json=as_json)
    elif stack != options.DEFAULT_STACK or show_secrets or as_json:
        raise UsageError(f"options come behind the command: `tap config {ctx.invoked_subcommand} --help` shows them")


@app.command(epilog="Example: [cyan]tap config ls --stack prod[/]")
def ls(
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    show_secrets: ShowSecrets = False,
    as_json: options.AsJson = False,
) -> None:
    """List what is set for a stack, and where; `tap config` alone does the same."""
    kept = _opened(stack)
    if as_json:
        options.print_json(kept.document(show_secrets=show_secrets))
        return
    for row in kept.rows(show_secrets=show_secrets):
        options.console().print(row, soft_wrap=True, markup=False)


@app.command(epilog="Example: [cyan]tap config get natStrategy[/]")
def get(
    key: Key,
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    path: Path_ = False,
    as_json: options.AsJson = False,
) -> None:
    """Print the value of a key, a secret in clear."""
    found = _opened(stack).value(key, is_path=path)
    if as_json:
        options.print_json(found)
    else:
        typer.echo(found["value"])


@app.command(epilog="Example: [cyan]tap config set minSize=3 desiredCapacity=3 maxSize=9[/]")
def set(  # noqa: A001 - the name of the command
    pairs: Pairs,
    stack: options.Stack = options.DEFAULT_STACK,
    *,
    path: Path_ = False,
    secret: Annotated[bool, typer.Option("--secret", help="Encrypt with the stack's passphrase.")] = False,
    plaintext: Annotated[
        bool, typer.Option("--plaintext", help="Do not encrypt, though the key's name speaks of a secret.")
    ] = False,
    type_: Annotated[
        ValueType | None, typer.Option("--type", help="What kind of value is kept; a text if not given.")
    ] = None,
) -> None:
    """Keep values in the stack's file, written as Pulumi writes it; what `tap preview` would refuse is not written."""
    if secret + plaintext + (type_ is not None) > 1:
        raise typer.BadParameter("--secret, --plaintext and --type exclude each other")
    kept = _opened(stack)
    for key, text in _pairs(pairs, secret=secret):
        kept.set(key, text, is_path=path, secret=secret, plaintext=plaintext, type_=type_.value if type_ else "")
    _save(kept)


@app.command(epilog="Example: [cyan]tap config rm alarmEmail[/]")
def rm(keys: Keys, stack: options.Stack = options.DEFAULT_STACK, *, path: Path_ = False) -> None:
    """Take keys out of the stack's file."""
    kept = _opened(stack)
    for key in keys:
        kept.remove(key, is_path=path)
    _save(kept)


def _save(kept: Kept) -> None:
    for warning in kept.save():
        options.warn(warning)
    for row in kept.done:
        options.console().print(row, soft_wrap=True, markup=False)


def _pairs(words: list[str], *, secret: bool) -> list[tuple[str, str]]:
    """The keys and values of `set`. Raises UsageError: some are neither `KEY VALUE` nor all `KEY=VALUE`."""
    split = [_PAIR.fullmatch(word) for word in words]
    pairs = [(found[1], found[2]) for found in split if found is not None]
    if len(pairs) == len(words):
        return pairs
    if split[0] is not None or len(words) > len(("KEY", "VALUE")):
        raise UsageError(f"{words!r} is neither a key and its value nor several KEY=VALUE")
    if words[1:]:
        return [(words[0], words[1])]
    if not sys.stdin.isatty():
        return [(words[0], sys.stdin.read().removesuffix("\n"))]
    with WAITS.paused():
        return [(words[0], str(typer.prompt("Value", hide_input=secret)))]
