"""Sets the stage for the demo: checks the configuration, opens a sandbox in a folder of its own, tells the story."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded_aws.account import ACCOUNT
from embedded_aws.kinds import AccountKind
from embedded_pulumi.engine.engine import Launch
from embedded_pulumi.engine.events import Event, StepFinished
from embedded_pulumi.engine.urn import Urn
from tap_cli.demo.report import DemoReport
from tap_cli.demo.screen import DemoScreen
from tap_cli.demo.story import DemoOptions, Watch, tell
from tap_cli.demo.web import CONFIG, WebWatch, certified
from tap_cli.display.running import note
from tap_cli.sandbox import Sandbox
from tap_cli.terminal.waits import WAITS
from tap_stack.config import InfraConfig

STACK = "demo"
DEPLOYING = 180.0
"""Cloud seconds for each real second during a deployment: the provider waits in real time."""


@dataclass(frozen=True)
class Stage:
    """What is deployed, and into what.

    Attributes:
        project: Folder of the Pulumi project.
        config: The stack's configuration by full key; for the rest the environment and the defaults speak.
        kind: What kind of account it is.
        web: Whether it is the service behind a load balancer.
    """

    project: Path
    config: Mapping[str, str]
    kind: AccountKind
    web: bool = False


def run_demo(
    stage: Stage,
    *,
    fault: str,
    speed: float | None,
    seed: int,
    screen: DemoScreen,
    launch: Launch,
) -> DemoReport:
    """Deploy, break, heal, in an AWS that is gone afterwards.

    Args:
        stage: What is deployed, and into what.
        fault: Status check that fails: `system`, `instance` or `ebs`.
        speed: Cloud seconds for each real second; None lets the clock jump over what is waited for, once the stack is
            deployed.
        seed: Seed of every random choice.
        screen: Where the story is told.
        launch: Starts the program.

    Raises:
        ConfigError: the configuration is not accepted.
        EngineError: the deployment failed.
    """
    checked = InfraConfig.load(_planned(stage) if stage.web else stage.config, os.environ)
    screen.opening(checked.region, speed)

    def listen(event: Event) -> None:
        note(event)
        if isinstance(event, StepFinished) and event.type.startswith("aws:"):
            screen.resource(event.op.value, event.type, Urn.parse(event.urn).name, event.seconds)

    with tempfile.TemporaryDirectory(prefix="tap-demo-") as folder:  # made for its owner alone (0700)
        with WAITS.on("an AWS starts in this process"):
            sandbox = Sandbox(
                stage.project,
                STACK,
                stage.config,
                region=checked.region,
                folder=Path(folder),
                speed=speed or DEPLOYING,
                seed=seed,
                listen=listen,
                launch=launch,
                kind=stage.kind,
            )
        with sandbox:
            options = DemoOptions(fault, seed, jump=speed is None)
            if stage.web:
                with WAITS.on("the service's certificate is issued"):
                    config = {**CONFIG, **certified(sandbox), **stage.config}
                return tell(sandbox, options, screen, WebWatch, config)
            return tell(sandbox, options, screen, Watch)


def _planned(stage: Stage) -> dict[str, str]:
    """The configuration of the service, with a certificate that stands for the one that will be issued."""
    located = {key: value for key, value in stage.config.items() if key == "aws:region"}
    region = InfraConfig.load(located, os.environ).region
    return {**CONFIG, "tap:certificateArn": f"arn:aws:acm:{region}:{ACCOUNT}:certificate/to-come", **stage.config}
