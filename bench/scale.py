"""How time and memory grow with the number of resources, and with the size of an Auto Scaling group.

    python -m bench.scale [--counts 50,200,800,2000,5000] [--kinds rules,subnets] [--groups 10,100,1000,10000]

For each kind a program of so many resources is deployed, updated (a tag or description of each changes) and destroyed
by `tap` in an AWS of its own: seconds of the whole process, its peak memory, the daemon's memory after it, and the
daemon's processor time. The exponent of growth is the slope between the smallest and the largest count on paper with
logarithmic axes, with what no resource costs taken off; 1 is linear. Where the Pulumi CLI is on the PATH, it deploys
the same program into another AWS through the plugin. Figures mean something only beside each other; on a machine that
does something else meanwhile, processor time says more than time.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from embedded_aws import access
from embedded_aws.daemon import process
from embedded_aws.daemon.folder import Running
from embedded_pulumi.plugin.installation import install, plugin_environment
from pulumi_guardrails.catalogue import rules

TAP = [sys.executable, "-m", "tap_cli"]
REGION = "eu-west-1"
STACK = "dev"
SPEED = 60.0
IDLE_SECONDS = 10.0
CHECKS = ("system-status.status", "instance-status.status", "attached-ebs-status.status")
MEGABYTE = 1 << 20
HEAD = """\
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
count, word = config.require_int("count"), config.require("word")
"""

KINDS = {
    "rules": """
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
for number in range(count):
    if number % 50 == 0:
        group = aws.ec2.SecurityGroup(f"group-{number // 50}", vpc_id=vpc.id)
    aws.vpc.SecurityGroupIngressRule(
        f"rule-{number}", security_group_id=group.id, ip_protocol="tcp", from_port=number + 1, to_port=number + 1,
        cidr_ipv4="10.0.0.0/8", description=word,
    )
""",
    "subnets": """
for number in range(count):
    if number % 200 == 0:
        vpc = aws.ec2.Vpc(f"vpc-{number // 200}", cidr_block="10.0.0.0/16")
    aws.ec2.Subnet(
        f"subnet-{number}", vpc_id=vpc.id, cidr_block=f"10.0.{number % 200}.0/24", tags={"Word": word}
    )
""",
    "logs": """
for number in range(count):
    aws.cloudwatch.LogGroup(f"log-{number}", retention_in_days=7, tags={"Word": word})
""",
    "parameters": """
for number in range(count):
    aws.ssm.Parameter(f"parameter-{number}", type="String", value=word)
""",
    "roles": """
trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},' \\
    '"Action":"sts:AssumeRole"}]}'
for number in range(count):
    aws.iam.Role(f"role-{number}", assume_role_policy=trust, description=word)
""",
    "alarms": """
for number in range(count):
    aws.cloudwatch.MetricAlarm(
        f"alarm-{number}", comparison_operator="GreaterThanThreshold", evaluation_periods=1, metric_name="Errors",
        namespace="Bench", period=60, statistic="Sum", threshold=1, alarm_description=word,
    )
""",
    "routes": """
for number in range(count):
    if number % 200 == 0:
        vpc = aws.ec2.Vpc(f"vpc-{number // 200}", cidr_block="10.0.0.0/16")
    aws.ec2.RouteTable(f"table-{number}", vpc_id=vpc.id, tags={"Word": word})
""",
}
"""A kind of resource to a program with `count` of them, in which `word` is what an update changes."""

GROUP = """
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnets = [
    aws.ec2.Subnet(f"subnet-{zone}", vpc_id=vpc.id, cidr_block=f"10.0.{64 * number}.0/18",
                   availability_zone=f"eu-west-1{zone}")
    for number, zone in enumerate("abc")
]
image = aws.ec2.get_ami(owners=["amazon"], most_recent=True, filters=[{"name": "name", "values": ["al2023-ami-2023*"]},
    {"name": "architecture", "values": ["x86_64"]}])
template = aws.ec2.LaunchTemplate("template", image_id=image.id, instance_type="t3.micro")
aws.autoscaling.Group(
    "group", min_size=0, max_size=count, desired_capacity=count, vpc_zone_identifiers=[each.id for each in subnets],
    launch_template={"id": template.id, "version": "$Latest"}, wait_for_capacity_timeout="60m",
)
"""
"""A program with a group of `count` instances."""

EXCEPTIONS = [{"rule": rule.id, "urn": "*", "reason": "It is only measured.", "expires": date.max} for rule in rules()]
"""The rules judge all of it all the same; they stop nothing."""


@dataclass(frozen=True)
class Measured:
    """What one command cost.

    Attributes:
        seconds: Its duration, as a whole process.
        client_seconds: Its processor time, with that of the program that it runs.
        client: Its peak memory, in megabytes.
        daemon: The daemon's memory after it, in megabytes.
        daemon_seconds: The daemon's processor time meanwhile.
    """

    seconds: float
    client_seconds: float
    client: float
    daemon: float
    daemon_seconds: float

    def __str__(self) -> str:
        client = f"client {self.client_seconds:7.2f} s {self.client:5.0f} MB"
        return f"{self.seconds:8.2f} s; {client}, daemon {self.daemon_seconds:7.2f} s {self.daemon:5.0f} MB"


@dataclass(frozen=True)
class Bench:
    """A project in a folder of its own, and an embedded AWS for it."""

    folder: Path
    running: Running

    def write(self, program: str) -> None:
        """Make it a project with this program."""
        (self.folder / "Pulumi.yaml").write_text("name: scale\nruntime: python\n", encoding="utf-8")
        (self.folder / f"Pulumi.{STACK}.yaml").write_text(f"config:\n  aws:region: {REGION}\n", encoding="utf-8")
        (self.folder / "guardrails.yaml").write_text(yaml.safe_dump({"exceptions": EXCEPTIONS}), encoding="utf-8")
        (self.folder / "__main__.py").write_text(HEAD + program, encoding="utf-8")

    def tap(self, command: str, count: int, word: str) -> Measured:
        """Run `tap up` or `tap destroy`, and measure it."""
        settings = ["-c", f"scale:count={count}", "-c", f"scale:word={word}"] if command == "up" else []
        return self.measure([*TAP, command, "--yes", "--json", *settings], clean())

    def measure(self, command: Sequence[str], environ: dict[str, str]) -> Measured:
        """Run a command to its end. Exits if it fails."""
        before = processor_seconds(self.running.pid)
        began = time.perf_counter()
        with tempfile.TemporaryFile() as output:
            started = subprocess.Popen(command, cwd=self.folder, env=environ, stdout=output, stderr=output)
            _, status, usage = os.wait4(started.pid, 0)
            took = time.perf_counter() - began
            if status:
                output.seek(0)
                sys.exit(f"{' '.join(command[:4])} failed:\n{output.read().decode()[-3000:]}")
        return Measured(
            took,
            usage.ru_utime + usage.ru_stime,
            peak_megabytes(usage),
            resident_megabytes(self.running.pid),
            processor_seconds(self.running.pid) - before,
        )


def clean() -> dict[str, str]:
    """The environment without what belongs to another AWS or Pulumi."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}


def peak_megabytes(usage: resource.struct_rusage) -> float:
    """The peak memory of a process that has ended."""
    return usage.ru_maxrss * 1024 / MEGABYTE


def resident_megabytes(pid: int) -> float:
    """The memory of a process that runs."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / MEGABYTE


def processor_seconds(pid: int) -> float:
    """The processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def bench() -> Iterator[Bench]:
    """An empty project and an empty AWS."""
    with tempfile.TemporaryDirectory(prefix="tap-scale-") as name:
        home = Path(name) / ".tap"
        running = process.start(home, region=REGION, speed=SPEED).running
        try:
            yield Bench(Path(name), running)
        finally:
            process.stop(home)


def lives(program: str, counts: Sequence[int]) -> Iterator[tuple[int, dict[str, Measured]]]:
    """Each count's life: made, changed, destroyed."""
    for count in counts:
        with bench() as here:
            here.write(program)
            yield (
                count,
                {
                    "up": here.tap("up", count, "before"),
                    "update": here.tap("up", count, "after"),
                    "destroy": here.tap("destroy", count, ""),
                },
            )


def exponent(small: tuple[int, float], large: tuple[int, float], nothing: float) -> float:
    """The slope between two (count, cost) in logarithms, with the cost of no resource taken off both."""
    (few, less), (many, more) = small, large
    return math.log(max(more - nothing, 1e-9) / max(less - nothing, 1e-9)) / math.log(many / few)


def report(name: str, program: str, counts: Sequence[int]) -> None:
    """Measure one kind, and print it."""
    print(f"{name}")
    found: dict[int, dict[str, Measured]] = {}
    for count, life in lives(program, [0, *counts]):
        found[count] = life
        for command, measured in life.items():
            print(f"  {count:>6} {command:<8} {measured}", flush=True)
        if count and shutil.which("pulumi"):
            print(f"  {count:>6} {'real up':<8} {real(program, count)}", flush=True)
    if len(counts) > 1:
        for command in ("up", "update", "destroy"):
            print(f"  {'':>6} {command:<8} {growth(found, counts, command)}", flush=True)


def growth(found: dict[int, dict[str, Measured]], counts: Sequence[int], command: str) -> str:
    """The exponents of one command."""
    few, many, nothing = (found[count][command] for count in (counts[0], counts[-1], 0))

    def of(cost: Callable[[Measured], float]) -> str:
        return f"{exponent((counts[0], cost(few)), (counts[-1], cost(many)), cost(nothing)):.2f}"

    client, daemon = of(lambda each: each.client_seconds), of(lambda each: each.daemon_seconds)
    return f"exponents: {of(lambda each: each.seconds)} of time; of processor time {client}, daemon {daemon}"


def real(program: str, count: int) -> Measured:
    """What the Pulumi CLI needs for the same program in an AWS of its own."""
    with bench() as here:
        here.write(program)
        home = here.folder / "pulumi-home"
        install(home)
        (here.folder / ".venv").symlink_to(sys.prefix)
        environ = access.environment(
            here.running.endpoint, REGION, clean() | plugin_environment(here.running.endpoint, home)
        )
        for command in (
            ["stack", "init", STACK],
            ["config", "set", "count", str(count)],
            ["config", "set", "word", "before"],
        ):
            here.measure(["pulumi", *command, "--non-interactive"], environ)
        return here.measure(["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"], environ)


def report_groups(sizes: Sequence[int]) -> None:
    """Measure groups that start, wait and end."""
    print("groups")
    for size in sizes:
        with bench() as here:
            here.write(GROUP)
            print(f"  {size:>6} {'up':<8} {here.tap('up', size, 'before')}", flush=True)
            before = processor_seconds(here.running.pid)
            time.sleep(IDLE_SECONDS)
            idle = (processor_seconds(here.running.pid) - before) / IDLE_SECONDS
            print(f"  {size:>6} {'idle':<8} {idle:8.0%} of a core, {SPEED:.0f} times real time", flush=True)
            print(f"  {size:>6} {'sweep':<8} {sweep(here):8.2f} s", flush=True)
            print(f"  {size:>6} {'destroy':<8} {here.tap('destroy', size, '')}", flush=True)


def sweep(here: Bench) -> float:
    """How many seconds the questions of one sweep of a healer take: the group, and who fails a check."""
    ec2, autoscaling = (access.client(name, REGION, here.running.endpoint) for name in ("ec2", "autoscaling"))
    began = time.perf_counter()
    autoscaling.describe_auto_scaling_groups()
    for check in CHECKS:
        ec2.describe_instance_status(Filters=[{"Name": check, "Values": ["impaired"]}], MaxResults=1000)
    return time.perf_counter() - began


def numbers(text: str) -> list[int]:
    """Counts from the command line."""
    return [int(each) for each in text.split(",") if each]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=numbers, default=[50, 200, 800, 2000, 5000], help="how many resources")
    parser.add_argument("--kinds", default="rules,subnets,logs,parameters,roles", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--groups", type=numbers, default=[10, 100, 1000, 10000], help="sizes of groups; '' for none")
    options = parser.parse_args()
    for kind in filter(None, options.kinds.split(",")):
        report(kind, KINDS[kind], options.counts)
    if options.groups:
        report_groups(options.groups)


if __name__ == "__main__":
    main()
