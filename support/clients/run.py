"""The run of all commands against a deployed stack, and the page that shows how each ended."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from support.clients.commands import COMMANDS, Command, Context
from support.deployed.stack import ROOT, Deployed, Variant

PYTHON = ROOT / ".venv-awscli" / "bin" / "python"
REFUSED = 255
"""What version 1 of the AWS CLI exits with when the service refuses; version 2 says 254."""

STACK = Variant(
    "clients",
    {
        "tap:zones": "3",
        "tap:minSize": "3",
        "tap:desiredCapacity": "3",
        "tap:maxSize": "6",
        "tap:alarmEmail": "oncall@example.com",
    },
    "eu-west-1",
)


@dataclass(frozen=True)
class Outcome:
    """How a command ended: in words, and whether that is what should."""

    command: Command
    said: str
    right: bool


def run(deployed: Deployed) -> list[Outcome]:
    """Give every command to the AWS CLI, in one process, and judge its answers."""
    clock = deployed.sandbox.cloud.clock
    clock.advance(900)
    context = _context(deployed)
    environment = deployed.sandbox.cloud.environment(os.environ) | {"AWS_PAGER": ""}
    driver = [PYTHON, Path(__file__).with_name("driver.py")]
    with subprocess.Popen(driver, env=environment, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        outcomes = []
        for command in COMMANDS:
            if command.wait:
                clock.advance(command.wait)
            print(json.dumps(shlex.split(_line(command, context))), file=process.stdin, flush=True)
            outcomes.append(_judge(command, context, *json.loads(process.stdout.readline())))
        process.stdin.close()
    return outcomes


def _context(deployed: Deployed) -> Context:
    outputs = deployed.outputs
    instance, other, gone = sorted(each["InstanceId"] for each in deployed.group["Instances"])
    return Context(
        group=outputs["auto_scaling_group_name"],
        instance=instance,
        other=other,
        gone=gone,
        function=outputs["lambda_function_name"],
        role=outputs["lambda_role_name"],
        topic=outputs["notification_topic_arn"],
        vpc=outputs["vpc_id"],
    )


def _line(command: Command, context: Context) -> str:
    return command.line.format(**asdict(context))


def _judge(command: Command, context: Context, code: int, out: str, err: str) -> Outcome:
    if command.right is None:
        as_told = code == REFUSED and all(part in err for part in command.refusal)
        return Outcome(command, command.answer if as_told else f"exit code {code}: {out}{err}", as_told)
    answer: Any = out
    if out.lstrip().startswith("{"):
        answer = json.loads(out)
    fine = code == 0 and command.right(answer, context)
    return Outcome(command, command.answer if fine else f"exit code {code}: {out}{err}", fine)


def page(outcomes: list[Outcome]) -> str:
    """docs/clients.md."""
    rows = [
        f"| {each.command.task} | `aws {each.command.line.replace('{{', '{').replace('}}', '}')}` "
        f"| {'' if each.right else 'WRONG: '}{each.said} |"
        for each in outcomes
    ]
    refused = sum(each.command.right is None for each in outcomes)
    return TEXT.format(count=len(outcomes), answered=len(outcomes) - refused, refused=refused, rows="\n".join(rows))


TEXT = """# Clients of the embedded AWS

Written by `python -m bench.clients --write`, from a run of the AWS CLI against a stack that was just deployed.
`tests/deployed/test_clients.py` runs it again, and fails where an answer is another one.

Any client works after `eval "$(tap local env)"`: the AWS CLI of both versions, boto3, every SDK. What the embedded AWS
does not have it refuses by name, with `NotImplemented`; it makes up no success.

Of these {count} everyday commands {answered} are answered and {refused} are refused. `{{group}}` and its like stand for
what `tap outputs` prints.

| question | command | answer |
|---|---|---|
{rows}

## A session

`aws ssm start-session --target {{instance}}` opens a session by the session-manager-plugin, as with AWS. No machine
runs behind an instance, so the session says which instance it is, and ends:

```
Starting session with SessionId: root-f97a8199f9fe546af
This is the instance i-8fc8ac23f24ab2d8c of an embedded AWS.
Image ami-087fc0fcee2c7570a (al2023-ami-2023.10.20260105.0-kernel-6.18-x86_64), private address 10.0.0.4.
No machine runs behind it, and so there is no shell. The session ends here.


Exiting session with sessionId: root-f97a8199f9fe546af.
```

This is what version 1.2.0 of the plugin showed under the AWS CLI 1.46.3 and 2.36.7. The test suite speaks the plugin's
protocol itself (`test_a_session_says_what_the_instance_is_and_ends`), because no package index has the plugin.

## Logs

`aws logs tail /aws/lambda/{{function}} --follow` is a command of version 2, and works with it; version 1 has no
`logs tail`, and `aws logs filter-log-events` asks the same of the service. At a speed other than 1 the cloud's time is
not yours: `--since 3h` finds what is ahead of your clock.
`aws logs start-live-tail` does not get here: the CLI puts `stream-` before the name of the host.

## What is only approximately so

- An agent reports each five minutes, as on AWS. Assumed: its connection counts as lost when one report stays out.
- An instance that nobody gave a load (`tap load`) reports 0.5 % CPU.
- The policy simulator tells `*` for the resource where a simulation has several: it does not know the forms of ARNs.
"""
