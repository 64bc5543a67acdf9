"""Interface endpoints answer under the service's own name."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import VPC, VPC_ENDPOINT


def _judge(program: Program) -> Iterator[Violation]:
    for endpoint in program.of(VPC_ENDPOINT):
        if endpoint.value("vpcEndpointType") != "Interface":
            continue
        if endpoint.knows("privateDnsEnabled") and not endpoint.is_true("privateDnsEnabled"):
            yield Violation(endpoint.urn, "it has no private DNS name")
        for vpc in program.targets(endpoint, "vpcId", VPC):
            if vpc.knows("enableDnsHostnames") and not vpc.is_true("enableDnsHostnames"):
                yield Violation(endpoint.urn, f"{vpc.name} has no DNS hostnames, so its private name does not resolve")


RULE = Rule(
    id="endpoint-private-dns",
    title="Interface endpoints answer under the service's own name",
    severity=ADVISORY,
    controls=("FSBP EC2.57",),
    why="Without private names the SDKs keep calling the public endpoint, which a closed network does not reach.",
    mend="Set private_dns_enabled on the endpoint, and DNS hostnames and support on the VPC.",
    judge=_judge,
)
