"""`tap new`: a project of one's own, written from a template."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tap_cli.commands import options
from tap_cli.errors import UsageError

if TYPE_CHECKING:
    from tap_cli.projects import ProjectTemplate

DEFAULT_TEMPLATE = "fleet"

Folder = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", help="Where the project is written; made if it is not there.", file_okay=True),
]
Template = Annotated[
    str, typer.Option("--template", "-t", metavar="NAME", help="What kind of project: `tap new --list` shows them.")
]
Name = Annotated[
    str | None,
    typer.Option("--name", "-n", metavar="NAME", help="The project's name; that of the folder if not given."),
]
Description = Annotated[
    str | None,
    typer.Option("--description", "-d", metavar="TEXT", help="The project's description; the template's if not given."),
]
Wheels = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="TAP's wheels, such as dist/ after `make build`: copied, and named in the requirements with their hashes.",
        exists=True,
        file_okay=False,
    ),
]
List = Annotated[bool, typer.Option("--list", "-l", help="List the templates; writes nothing.")]


def new(
    folder: Folder = None,
    template: Template = DEFAULT_TEMPLATE,
    name: Name = None,
    description: Description = None,
    wheels: Wheels = None,
    *,
    list_: List = False,
    as_json: options.AsJson = False,
) -> None:
    """Write a Pulumi project that uses TAP: program, stacks, test, locked requirements, CI."""
    # The engine's YAML takes a part of a second, for which --help should not wait.
    from tap_cli import projects  # noqa: PLC0415

    if list_:
        _list(projects.templates(), as_json=as_json)
        return
    if folder is None:
        raise UsageError("missing argument 'DIR', where the project is written: `tap new --help` shows what there is")
    chosen = projects.template_named(template)
    called = projects.name_of(folder, name)
    described = projects.checked_description(chosen.description if description is None else description)
    brought = projects.wheels_in(wheels)
    projects.check_is_empty(folder)
    written = projects.write_project(chosen, folder, name=called, description=described, wheels=brought)
    if as_json:
        found = {"project": called, "template": chosen.name, "folder": str(folder.resolve()), "files": written}
        options.print_json({**found, "next": chosen.quickstart})
        return
    console = options.console()
    rows = [f"{folder} has the project {called}, from the template {chosen.name}. Next:", ""]
    for row in [*rows, f"    cd {shlex.quote(str(folder))}", *(f"    {each}" for each in chosen.quickstart)]:
        console.print(row, soft_wrap=True, markup=False)


def _list(templates: list[ProjectTemplate], *, as_json: bool) -> None:
    """Print each template with its folder, which `pulumi new` takes."""
    if as_json:
        options.print_json(
            [{"name": each.name, "description": each.description, "folder": str(each.folder)} for each in templates]
        )
        return
    console = options.console()
    for each in templates:
        console.print(f"{each.name:<8} {each.description}", soft_wrap=True, markup=False)
        console.print(f"{'':<8} pulumi new {each.folder}", soft_wrap=True, markup=False)
