"""What EC2 says of instances that end, and of their console.

moto says that an instance which is terminated already begins to shut down, starts and reboots what is terminated, and
shows the console of a machine of 2006.

Source: EC2 API reference, TerminateInstances ("This operation is idempotent; if you terminate an instance more than
once, each call succeeds"), GetConsoleOutput ("buffered information that was posted shortly after an instance
transition state", in base64), "Error codes" (IncorrectInstanceState); EC2 user guide, "Instance console output".
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from functools import partial
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.ec2 import images, store

TERMINATED = "terminated"
ENDING = frozenset({"shutting-down", TERMINATED})
DONE = {"StartInstances": "started", "StopInstances": "stopped", "RebootInstances": "rebooted"}
BEFORE_THE_CONSOLE = frozenset({"pending"})
"""States in which nothing was posted yet: the answer has no output then."""


def routes() -> Routes:
    """The calls that this part answers."""
    return {
        ("ec2", "TerminateInstances"): _terminate,
        ("ec2", "GetConsoleOutput"): _console_output,
        **{("ec2", action): partial(_unless_ending, done) for action, done in DONE.items()},
    }


def _unless_ending(done: str, call: Call) -> dict[str, Any]:
    """Do nothing with an instance that ends."""
    ec2 = store.backend(call.region)
    for identity in call.params["InstanceIds"]:
        instance = ec2.get_instance_by_id(identity)
        if instance is not None and instance.state in ENDING:
            message = f"The instance '{identity}' is not in a state from which it can be {done}."
            raise AwsError("IncorrectInstanceState", message)
    return call.forward()


def _terminate(call: Call) -> dict[str, Any]:
    answer = call.forward()
    for each in answer["TerminatingInstances"]:
        if each["PreviousState"]["Name"] == TERMINATED:
            each["CurrentState"] = dict(each["PreviousState"])
    return answer


def _console_output(call: Call) -> dict[str, Any]:
    ec2 = store.backend(call.region)
    instance = ec2.get_instance_by_id(call.params["InstanceId"])
    if instance is None:
        message = f"The instance ID '{call.params['InstanceId']}' does not exist"
        raise AwsError("InvalidInstanceID.NotFound", message)
    posted = _aware(ec2.switched.get(instance.id, instance.launch_time))
    told: dict[str, Any] = {"InstanceId": instance.id, "Timestamp": posted}
    if instance.state in BEFORE_THE_CONSOLE:
        return told
    text = "\n".join(_console(call.region, instance, posted)) + "\n"
    return told | {"Output": base64.b64encode(text.encode()).decode()}


def _console(region: str, instance: Any, posted: datetime) -> list[str]:
    """The lines of a console: what is known of the instance, and that there is no machine."""
    image = images.register(region).get(instance.image_id) or store.backend(region).amis.get(instance.image_id)
    of_image = f" {image.name}, {image.architecture}" if image is not None else ""
    size = len(base64.b64decode(str(instance.user_data))) if instance.user_data else 0
    started = _aware(instance.launch_time)
    lines = [
        "An instance of the embedded AWS: no machine runs here, and so no kernel wrote this.",
        f"image: {instance.image_id}{of_image}",
        f"instance: {instance.id}, {instance.instance_type}, in {instance.availability_zone}",
        f"user data: {size} bytes, which nothing has run",
        f"{_stamp(started)} started",
    ]
    return lines if posted == started else [*lines, f"{_stamp(posted)} {instance.state}"]


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _stamp(moment: datetime) -> str:
    return f"[{moment:%Y-%m-%dT%H:%M:%SZ}]"
