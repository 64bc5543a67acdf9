"""The pages that are written from the program are what it says."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

from support.stacks import tap
from tools import (
    api_page,
    args_module,
    guardrails_page,
    pages,
    permissions_page,
    plugin_schema,
    template_requirements,
    types_page,
)

from pulumi_guardrails.usage import read_usage
from tap_stack import InfraConfig, TapStack
from tap_stack.config.args import TapStackArgs
from tap_stack.fleet import FleetParts
from tap_stack.outputs import EXTRA_OUTPUT_KEYS, OUTPUT_KEYS

ROOT = Path(__file__).parents[2]


def test_the_page_of_the_guardrails_is_current() -> None:
    assert pages.outdated(ROOT, guardrails_page.PAGES) == [], f"run {guardrails_page.COMMAND}"


def test_the_page_of_the_types_is_current() -> None:
    assert pages.outdated(ROOT, types_page.PAGES) == [], f"run {types_page.COMMAND}"


def test_the_page_of_the_api_is_current_and_has_every_output_and_component() -> None:
    page = (ROOT / api_page.FILE).read_text(encoding="utf-8")

    assert pages.outdated(ROOT, api_page.PAGES) == [], f"run {api_page.COMMAND}"
    assert [key for key in (*OUTPUT_KEYS, *EXTRA_OUTPUT_KEYS) if f"| `{key}` |" not in page] == []
    source = inspect.getsource(TapStack) + inspect.getsource(FleetParts)
    assert [name for name in api_page.ATTRIBUTES if f"self.{name} = " not in source] == []


def test_an_outdated_page_of_the_guardrails_is_found_and_written(tmp_path: Path) -> None:
    written = guardrails_page.PAGES
    assert pages.outdated(tmp_path, written) == ["docs/guardrails.md"]

    pages.write(tmp_path, written)
    assert pages.outdated(tmp_path, written) == []

    (tmp_path / "docs/guardrails.md").write_text("# Guardrails\n")
    assert pages.outdated(tmp_path, written) == ["docs/guardrails.md"]


def test_the_page_of_the_permissions_is_current() -> None:
    written = (ROOT / permissions_page.FILE).read_text(encoding="utf-8")

    assert written == permissions_page.page(tap(), read_usage(ROOT)), f"run {permissions_page.COMMAND}"


def test_the_arguments_of_a_stack_are_the_fields_of_its_configuration() -> None:
    assert pages.outdated(ROOT, args_module.PAGES) == [], f"run {args_module.COMMAND}"
    assert set(InfraConfig.model_fields) <= set(TapStackArgs.__annotations__)


def test_the_requirements_of_new_projects_are_those_that_are_tested() -> None:
    assert pages.outdated(ROOT, template_requirements.PAGES) == [], f"run {template_requirements.COMMAND}"


def test_the_schema_is_what_pulumi_infers_from_the_components() -> None:
    """In a process of its own: the analyzer wants the annotations of our classes resolved, for good."""
    done = subprocess.run([sys.executable, "-m", "tools.plugin_schema"], cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == 0, f"run {plugin_schema.COMMAND}"
