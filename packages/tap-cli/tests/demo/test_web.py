"""`tap demo --workload web`: a service behind a load balancer breaks, and is drained, replaced and healthy again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.command import Done, called

from tap_cli.cli import app


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """One demo, in a folder without a project, in another region than the default."""
    empty: Path = tmp_path_factory.mktemp("nowhere")
    return called(lambda: app(["demo", "--workload", "web", "--region", "eu-west-1", "--json"]), empty)


@pytest.fixture
def report(demo: Done) -> dict[str, Any]:
    assert demo.code == 0, demo.err
    document: dict[str, Any] = demo.json
    return document


def test_it_deploys_a_load_balancer_with_its_listeners_and_its_targets(report: dict[str, Any]) -> None:
    made = {kind.rpartition(":")[2]: count for kind, count in report["resources"].items() if kind.startswith("aws:lb/")}

    assert made == {"LoadBalancer": 1, "Listener": 2, "TargetGroup": 1}
    assert report["outputs"]["region"] == "eu-west-1"


def test_the_target_whose_health_path_breaks_is_drained_replaced_and_healthy_again(report: dict[str, Any]) -> None:
    old, new = report["replaced"]["old"], report["replaced"]["new"]
    told = [(each["instance_id"], each["state"]) for each in report["targets"] if each["at"] >= report["fault"]["at"]]

    assert (report["healed"], report["fault"]["kind"], report["fault"]["instance_id"]) == (True, "health path", old)
    assert [state for target, state in told if target == old] == ["unhealthy", "draining", "gone"]
    # The new one serves before the old one goes: that is the group's maintenance policy.
    assert told.index((old, "unhealthy")) < told.index((new, "healthy")) < told.index((old, "draining"))
    assert "503" in next(each["why"] for each in report["targets"] if each["state"] == "unhealthy")


def test_the_healer_leaves_it_to_the_load_balancer(report: dict[str, Any]) -> None:
    assert [sweep["error"] for sweep in report["sweeps"] if sweep["error"]] == []
    assert not any("marked" in sweep["reasons"].values() for sweep in report["sweeps"])


def test_a_status_check_is_no_fault_of_a_service(tmp_path: Path) -> None:
    done = called(lambda: app(["demo", "--workload", "web", "--fault", "ebs"]), tmp_path)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: --fault is for a fleet without a workload")
