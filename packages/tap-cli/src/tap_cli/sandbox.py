"""A sandbox: one embedded AWS, and one Pulumi stack that is deployed into it.

    program --gRPC--> engine --> provider --HTTP--> cloud

The three know nothing of each other; this is where they meet.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from embedded_aws.embedded import Cloud
from embedded_aws.kinds import STANDARD, AccountKind
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.engine.engine import Engine, Launch
from embedded_pulumi.engine.events import Listener
from embedded_pulumi.engine.program import ChildProcess
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.state import StateFile

PROJECT = "tap"


class Sandbox:
    """An AWS and a stack, from now until `close()`.

    Args:
        project: Folder of the Pulumi project, with its `Pulumi.yaml`.
        config: Its configuration by full key, such as `tap:zones`.
        folder: Where the state is kept.
        speed: Cloud seconds for each real second; 0 leaves time to `cloud.clock.advance`.
        seed: What identifiers and other random choices follow from.
        listen: Told of everything that a deployment does.
        kind: What kind of account it is.
    """

    def __init__(
        self,
        project: Path,
        stack: str,
        config: Mapping[str, str],
        *,
        region: str,
        folder: Path,
        speed: float = 0.0,
        seed: int = 0,
        listen: Listener = lambda _: None,
        launch: Launch = ChildProcess,
        kind: AccountKind = STANDARD,
    ) -> None:
        self.region = region
        self.cloud = Cloud(speed=speed, seed=seed, region=region, kind=kind)
        self._project, self._stack, self._listen, self._launch = project, stack, listen, launch
        self.state_file = folder / f"{stack}.json"
        self._state = StateFile(self.state_file, clock=self.cloud.clock.now)
        self.engine = self.engine_for(config)

    def __enter__(self) -> Self:
        """The sandbox itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End the AWS and everything in it."""
        self.cloud.close()

    def resources(self) -> list[ResourceState]:
        """What the state has, in its order. Raises StateError: it cannot be read."""
        return self._state.load().resources

    def engine_for(self, config: Mapping[str, str]) -> Engine:
        """What deploys the same stack with another configuration."""
        return Engine(
            project=PROJECT,
            stack=self._stack,
            program=self._project,
            config=config,
            providers=[AwsProvider(endpoint_url=self.cloud.endpoint_url, region=self.region)],
            state=self._state,
            environ=self.cloud.environment(os.environ),
            on_event=self._listen,
            launch=self._launch,
        )
