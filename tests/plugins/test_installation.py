"""Where the CLI finds the executable, and what a shell is told."""

from __future__ import annotations

from importlib.metadata import entry_points, version
from pathlib import Path

from embedded_pulumi.plugin.installation import executable, install, plugin_environment

URL = "http://127.0.0.1:4566"
HOME = Path("/project/.tap/pulumi")


def test_the_environment_leads_pulumi_to_the_embedded_aws_and_keeps_the_users_own_out() -> None:
    assert plugin_environment(URL, HOME) == {
        "AWS_ENDPOINT_URL": URL,
        "PULUMI_HOME": "/project/.tap/pulumi",
        "PULUMI_BACKEND_URL": "file:///project/.tap/pulumi/state",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_CONFIG_PASSPHRASE": "",
    }


def test_a_passphrase_of_the_users_stays() -> None:
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        assert "PULUMI_CONFIG_PASSPHRASE" not in plugin_environment(URL, HOME, {name: "secret"})


def test_the_executable_is_where_the_cli_looks_for_the_sdks_very_version(tmp_path: Path) -> None:
    path = install(tmp_path)

    assert path == executable(tmp_path)
    relative = f"plugins/resource-aws-v{version('pulumi-aws')}/pulumi-resource-aws"
    assert path.relative_to(tmp_path).as_posix() == relative
    assert path.stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "state").is_dir()


def test_it_may_be_installed_again(tmp_path: Path) -> None:
    assert install(tmp_path) == install(tmp_path)


def test_no_console_script_takes_the_place_of_amazons_plugin() -> None:
    """An activated environment is on the PATH, and the CLI looks there first: production would be refused."""
    scripts = entry_points(group="console_scripts")

    assert [each.name for each in scripts if each.name == "pulumi-resource-aws"] == []
