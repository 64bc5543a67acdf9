"""What is different about the demo with a service behind a load balancer.

    deploy   with a certificate, which somebody had issued before
    break    have the service of one instance answer its health path with 503
    heal     watch the load balancer take it out, and the group replace it and drain it

The health of each target is what Elastic Load Balancing says of it, which follows from how its instance answers.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tap_cli.demo.report import BrokenInstance, TargetChange
from tap_cli.demo.story import DemoOptions, Watch
from tap_cli.sandbox import Sandbox

PATH = "/healthz"
ANSWER = 503
HEALTH_PATH = "health path"
"""The kind of the fault."""

CONFIG = {
    "tap:loadBalancer": "public",
    "tap:userDataFile": "web.sh",
    "tap:targetPort": "8080",
    "tap:healthPath": PATH,
}
"""How the service is deployed, as in examples/web; the certificate is the account's."""

ISSUED_AFTER = 61.0
"""Cloud seconds after which a certificate that was asked for is issued: its records are there already."""

UNHEALTHY, GONE = "unhealthy", "gone"
"""The state of a target that fails, and of one of which the load balancer says no more."""


def certified(sandbox: Sandbox) -> dict[str, str]:
    """Have a certificate issued, and return the configuration that names it."""
    acm = sandbox.cloud.client("acm", sandbox.region)
    arn = acm.request_certificate(DomainName="web.example.com", ValidationMethod="DNS")["CertificateArn"]
    sandbox.cloud.clock.advance(ISSUED_AFTER)
    return {"tap:certificateArn": str(arn)}


class WebWatch(Watch):
    """Looks at the targets of the load balancer too, and breaks the service in place of the instance."""

    def deployed(self, outputs: Mapping[str, Any]) -> None:
        """Take in what was deployed."""
        super().deployed(outputs)
        self._elb = self._cloud.client("elbv2", self._region)
        names = [str(outputs["auto_scaling_group_name"])]
        group = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"][0]
        (self._targets,) = group["TargetGroupARNs"]
        self._seen: dict[str, str] = {}

    def health(self) -> dict[str, tuple[str, str]]:
        """Each target's state, and why it is in it."""
        told = self._elb.describe_target_health(TargetGroupArn=self._targets)["TargetHealthDescriptions"]
        health = {each["Target"]["Id"]: each["TargetHealth"] for each in told}
        return {target: (found["State"], found.get("Description", "")) for target, found in health.items()}

    def is_whole(self, name: str) -> bool:
        """Whether every instance is in service, and a healthy target; and there is no other target."""
        members = {member.id for member in self.members(name) if member.is_whole}
        healthy = {target for target, (state, _) in self.health().items() if state == "healthy"}
        return super().is_whole(name) and healthy == members == set(self.health())

    def break_one(self, name: str, options: DemoOptions) -> BrokenInstance:
        """Break the service of one member, chosen by the seed."""
        members = sorted(self.members(name), key=lambda each: (each.zone, each.id))
        member = random.Random(options.seed).choice(members)  # noqa: S311 - a repeatable choice, no secret
        self._cloud.targets.answer(member.id, ANSWER, path=PATH)
        fault = BrokenInstance(member.id, member.zone, HEALTH_PATH, self._cloud.clock.now())
        said = f"{member.id} in {member.zone} answers {PATH} with {ANSWER} from now on."
        self._screen.broken(fault, f"The service on {said} Its status checks pass.")
        return fault

    def news(self, name: str) -> list[tuple[datetime, Any]]:
        """What has happened, with what the load balancer says of its targets."""
        now, before, health, news = self._cloud.clock.now(), self._seen, self.health(), super().news(name)
        acted = min([now, *(at for at, what in news if isinstance(what, str))])
        self._seen = {target: state for target, (state, _) in health.items()}
        changed = [
            # What the group has done since the last look, it did because of what the load balancer had said.
            TargetChange(acted if state == UNHEALTHY else now, target, state, why)
            for target, (state, why) in health.items()
            if before.get(target) != state
        ]
        changed += [TargetChange(now, target, GONE, "") for target in before if target not in health]
        self.targets += changed
        return [*((each.at, each) for each in changed), *news]
