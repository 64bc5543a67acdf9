"""A cloud with the whole stack in it, copied by forking for every point: nothing that a blow does reaches the next.

    World ── fork ── copy of the world: a server of its own in front of the same cloud, and a wire
                        └── fork ── one deployment, whose process may be killed (see `engines`)

A copy begins where its world stands: in an empty cloud, or with the stack deployed. It costs a hundredth of a
deployment. The world must be quiet meanwhile, as a fork has none of its threads.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded_aws.embedded import Cloud
from embedded_aws.httpd import LoopbackServer
from embedded_pulumi.aws.session import Credentials, Session, isolated_botocore
from embedded_pulumi.engine.journal import read_document

from .engines import NO_BLOW, Run, exit_with
from .inventory import Inventory, inventory
from .points import ON_THE_WIRE, Course, Point
from .wire import AFTER, BEFORE, Wire

REGION = "eu-west-1"
BASE = {"tap:alarmEmail": "ops@example.com"}
"""The configuration of the stack, where nothing is to be changed."""

LOOK_SECONDS = 10  # of cloud time that pass with each look at what takes its time; no clock runs otherwise
STEADY_SECONDS = 900  # of cloud time, in which a group must have come to rest
KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Outcome:
    """How one deployment ended: its exit code (or minus the signal), its error, and what it went through."""

    code: int
    error: str
    course: Course


class World:
    """A cloud in this process, and a folder with the state of the stack in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cloud = Cloud(region=REGION, seed=1)
        self._victim = 0

    def copied(self, folder: Path, act: Callable[[World], Any]) -> Any:
        """What `act` returns (as JSON) in a copy of this world, which then vanishes.

        Raises:
            RuntimeError: it raised; the traceback is in the message.
        """
        folder.mkdir()
        shutil.copytree(self.folder, folder / "stack")
        with self.cloud.lock:  # or the copy would wait for ever for whoever held it here
            child = os.fork()
        if child == 0:
            self._be_a_copy(folder, act)
        os.waitpid(child, 0)
        said = json.loads((folder / "said.json").read_text())
        if said["failed"]:
            raise RuntimeError(said["failed"])
        return said["answer"]

    def _be_a_copy(self, folder: Path, act: Callable[[World], Any]) -> None:
        said: dict[str, Any] = {"answer": None, "failed": ""}
        try:
            self.folder = folder / "stack"
            self.cloud._server = LoopbackServer(self.cloud._gateway)
            said["answer"] = act(self)
        except Exception:  # noqa: BLE001 - the copy's entry point: whatever it was is for the world to tell
            said["failed"] = traceback.format_exc()
        finally:
            self._end_functions()
            (folder / "said.json").write_text(json.dumps(said))
            os._exit(0)

    def _end_functions(self) -> None:
        """End the processes of Lambda functions that this copy has started; their folder is the world's."""
        for kept in self.cloud.functions._pool._idle.values():
            for sandbox in kept:
                sandbox.retire()

    def deploy(self, operation: str, config: Mapping[str, str], blow: Point = NO_BLOW) -> Outcome:
        """Carry out an operation in a process of its own, and let the blow fall."""
        wire = Wire(
            self.cloud._gateway,
            strike=lambda when, name: self._strike(blow, when, name),
            look=lambda: self.cloud.clock.advance(LOOK_SECONDS),
        )
        run = Run(
            folder=self.folder,
            endpoint_url=wire.server.url,
            environ=self.cloud.environment(os.environ),
            config=config,
            now=self.cloud.clock.now,
            blow=blow,
        )
        (self.folder / "told.json").unlink(missing_ok=True)
        self._victim = os.fork()
        if self._victim == 0:
            exit_with(lambda: run.carry_out(operation))
        code = os.waitstatus_to_exitcode(os.waitpid(self._victim, 0)[1])
        wire.server.close()
        told = self._told()
        course = Course(told["steps"], told["registered"], told["writes"], wire.changes)
        return Outcome(code, told["error"], course)

    def _told(self) -> dict[str, Any]:
        file = self.folder / "told.json"
        nothing = {"steps": [], "registered": [], "writes": 0, "error": ""}
        return json.loads(file.read_text()) if file.exists() else nothing

    def _strike(self, blow: Point, when: str, name: str) -> None:
        if blow.kind not in ON_THE_WIRE or blow.place != name:
            return
        if when != (BEFORE if blow.kind in ("before", "unsent") else AFTER):
            return
        if blow.kind in (BEFORE, AFTER):
            os.kill(self._victim, signal.SIGKILL)
        raise ConnectionAbortedError(f"{blow} was interrupted")

    def state(self) -> dict[str, Any]:
        """The state, or an empty object."""
        return read_document(self.folder / "state.json") or {}

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state."""
        found: list[dict[str, Any]] = self.state().get("checkpoint", {}).get("latest", {}).get("resources", [])
        return found

    def inventory(self) -> Inventory:
        """What is in the cloud, once its groups have come to rest."""
        self.settle()
        return inventory(self._session().client)

    def _session(self) -> Session:
        credentials = Credentials("AKIAIOSFODNN7EXAMPLE", "example")
        return Session(self.cloud.endpoint_url, credentials, REGION, {}, isolated_botocore())

    def settle(self) -> None:
        """Let time pass until every group has come to rest."""
        left = STEADY_SECONDS
        while not self._is_steady() and left > 0:
            self.cloud.clock.advance(15)
            left -= 15

    def _is_steady(self) -> bool:
        autoscaling = self._session().autoscaling
        groups = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return all(_is_at_rest(autoscaling, group) for group in groups)


def _is_at_rest(autoscaling: Any, group: Mapping[str, Any]) -> bool:
    members = [each["LifecycleState"] for each in group["Instances"]]
    name = group["AutoScalingGroupName"]
    refreshes = autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"]
    ended = all(each["Status"] in ("Successful", "Cancelled", "Failed", "RollbackSuccessful") for each in refreshes)
    return members == ["InService"] * group["DesiredCapacity"] and ended
