"""What the healer costs, beside what else one could do, in one run: calls, CPU time and memory, cold start, a day.

    python bench/healer.py [calls|memory|cold|day ...]

Nothing leaves this machine: the calls are counted in the simulator, and for memory and CPU time a child process runs
the handler with real boto3 clients against a server on 127.0.0.1 that answers as AWS would for a sound group.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tap_stack.fleet import Check, Settings, Timings
from tap_stack.in_process_aws.account import Account
from tap_stack.in_process_aws.world import GROUP_NAME, Ailment, World, build
from tap_stack.sim.census import Census
from tap_stack.sim.chance import stream
from tap_stack.sim.function import Function, Schedule
from tap_stack.sim.policies import Ours

SIZES = (10, 100, 1_000, 10_000)
ENVIRON = {
    "GROUP_NAME": GROUP_NAME,
    "HEALER_MODE": "live",
    "TOPIC_ARN": "",
}
CHILD_ENVIRON = ENVIRON | {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_EC2_METADATA_DISABLED": "true",
}
LIMIT_CALLS, LIMIT_MB, LIMIT_RATIO, LIMIT_DAY = 5, 128, 1.5, 60


def a_fleet(size: int) -> World:
    """A sound group of this size, two hours old."""
    settings = Settings(0, 2 * size, size, ("a", "b", "c"), "1")
    world = build(settings, Timings(boot_jitter=timedelta(seconds=30)), stream(0, "group"))
    world.advance(world.now + timedelta(hours=2))
    return world


def a_function(world: World) -> Function:
    """The healer's function in a world where nothing goes wrong on the way."""
    return Function(Account(world, stream(0, "api")), Ours(), ENVIRON, stream(0, "function"))


# --- calls ---


def calls() -> bool:
    """AWS calls of one quiet sweep, beside one DescribeInstanceStatus for each instance."""
    print(f"\nAWS calls of a quiet sweep (at most {LIMIT_CALLS})")
    print(f"{'members':>10} {'ours':>8} {'one each':>10} {'ratio':>10}")
    most = 0
    for size in SIZES:
        function = a_function(a_fleet(size))
        now = function.account.world.now
        function.run(Schedule(now, now + timedelta(seconds=30)))
        made = sum(function.account.calls.values())
        most = max(most, made)
        print(f"{size:>10,} {made:>8} {size:>10,} {size / made:>9,.0f}x")
    return most <= LIMIT_CALLS


# --- memory and CPU time ---

MEMBER = (
    "<member><InstanceId>i-{:017x}</InstanceId><InstanceType>t3.micro</InstanceType>"
    "<AvailabilityZone>us-east-1{}</AvailabilityZone><AvailabilityZoneId>use1-az{}</AvailabilityZoneId>"
    "<LifecycleState>InService</LifecycleState><HealthStatus>Healthy</HealthStatus><LaunchTemplate>"
    "<LaunchTemplateId>lt-0a1b2c3d4e5f60718</LaunchTemplateId><LaunchTemplateName>tap</LaunchTemplateName>"
    "<Version>1</Version></LaunchTemplate><ProtectedFromScaleIn>false</ProtectedFromScaleIn></member>"
)
GROUPS = (
    '<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">'
    "<DescribeAutoScalingGroupsResult><AutoScalingGroups><member><AutoScalingGroupName>{}</AutoScalingGroupName>"
    "<AutoScalingGroupARN>arn</AutoScalingGroupARN><MinSize>0</MinSize><MaxSize>20000</MaxSize>"
    "<DesiredCapacity>{}</DesiredCapacity><DefaultCooldown>300</DefaultCooldown><HealthCheckType>EC2</HealthCheckType>"
    "<HealthCheckGracePeriod>300</HealthCheckGracePeriod><CreatedTime>2026-01-01T00:00:00Z</CreatedTime>"
    "<Instances>{}</Instances><SuspendedProcesses/><Tags/></member></AutoScalingGroups>"
    "</DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>"
)
STATUS = (
    '<DescribeInstanceStatusResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
    "<requestId>1</requestId><instanceStatusSet/></DescribeInstanceStatusResponse>"
)
METRICS = '<PutMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"/>'

CHILD = """
import json, resource, sys, time
from tap_stack.healer.handler import lambda_handler
event = {"source": "aws.events", "time": sys.argv[1]}
used = []
for _ in range(5):
    begun = time.process_time()
    line = lambda_handler(event, None)
    used.append(time.process_time() - begun)
assert line["result"] == "quiet", line
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"first": used[0], "warm": min(used[1:]), "peak": peak, "calls": line["calls"] + 1}))
"""
EMPTY_CHILD = """
import boto3, json, resource
for name in ("autoscaling", "ec2", "cloudwatch"):
    boto3.client(name)
print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def a_server(size: int) -> ThreadingHTTPServer:
    """A server that answers for a sound group of this size, whichever service is asked."""
    members = "".join(MEMBER.format(number, "abc"[number % 3], number % 3 + 1) for number in range(size))
    answers = {
        b"DescribeAutoScalingGroups": GROUPS.format(GROUP_NAME, size, members),
        b"DescribeInstanceStatus": STATUS,
    }

    class Aws(BaseHTTPRequestHandler):
        """AWS, in three answers."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Answer by what is asked for; PutMetricData may come in any of CloudWatch's protocols."""
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = next((text for action, text in answers.items() if action in asked), None)
            self._answer(found.encode() if found else self._metrics())

        def _metrics(self) -> bytes:
            kind = self.headers.get("Content-Type", "")
            return b"\xbf\xff" if "cbor" in kind else b"{}" if "json" in kind else METRICS.encode()

        def _answer(self, body: bytes) -> None:
            self.send_response_only(200)
            self.send_header("Date", format_datetime(datetime.now(UTC), usegmt=True))
            if "cbor" in self.headers.get("Content-Type", ""):
                self.send_header("smithy-protocol", "rpc-v2-cbor")
            self.send_header("Content-Type", self.headers.get("Content-Type") or "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Aws)


def run_child(code: str, *arguments: str, **environ: str) -> dict[str, Any]:
    """Run code in a fresh interpreter; the JSON of its last line."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=CHILD_ENVIRON | environ, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def memory() -> bool:
    """CPU time of a sweep and peak memory of the whole process, by size, beside a process with the bare clients."""
    bare = run_child(EMPTY_CHILD)["peak"]
    print(f"\nOne quiet sweep in a process of its own, real boto3 (at most {LIMIT_MB} MB)")
    print(f"{'members':>10} {'CPU first':>11} {'CPU warm':>10} {'peak':>9} {'bare boto3':>11} {'ratio':>7}")
    peak = 0.0
    for size in SIZES:
        with a_server(size) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_address[1]}"
            found = run_child(CHILD, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", AWS_ENDPOINT_URL=url)
            server.shutdown()
        peak = max(peak, found["peak"])
        times = f"{found['first'] * 1000:>8.0f} ms {found['warm'] * 1000:>7.0f} ms"
        print(f"{size:>10,} {times} {found['peak']:>6.0f} MB {bare:>8.0f} MB {found['peak'] / bare:>6.2f}x")
    return peak <= LIMIT_MB


# --- cold start ---

BARE = """
import time; begun = time.perf_counter()
import boto3
from botocore.config import Config
config = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=2, read_timeout=8)
for name in ("autoscaling", "ec2", "cloudwatch"):
    boto3.client(name, config=config)
print(time.perf_counter() - begun)
"""
OURS = """
import time; begun = time.perf_counter()
from tap_stack.healer.handler import LAMBDA
LAMBDA.clients.autoscaling, LAMBDA.clients.ec2, LAMBDA.clients.cloudwatch
print(time.perf_counter() - begun)
"""


def cold() -> bool:
    """Import and clients in a fresh interpreter, beside bare boto3 with the same clients, turn by turn."""
    code = {"bare boto3": BARE, "healer": OURS}
    times: dict[str, list[float]] = {name: [] for name in code}
    for _ in range(9):
        for name, text in code.items():
            done = subprocess.run([sys.executable, "-c", text], env=CHILD_ENVIRON, capture_output=True, check=True)
            times[name].append(float(done.stdout))
    bare, ours = (statistics.median(times[name]) * 1000 for name in code)
    print(f"\nCold start (at most {LIMIT_RATIO}x)")
    print(f"bare boto3 {bare:.0f} ms, healer {ours:.0f} ms, ratio {ours / bare:.2f}x")
    return ours / bare <= LIMIT_RATIO


# --- a day ---


def day() -> bool:
    """A simulated day of 10,000 members with a fault every ten minutes: a sweep a minute."""
    begun = time.process_time()
    world = a_fleet(10_000)
    census, function, rng = Census(world), a_function(world), stream(0, "faults")
    for number in range(24 * 6):
        when = world.now + timedelta(minutes=10 * number, seconds=60 * rng.random())
        victim = f"i-{rng.randint(1, 10_000):017x}"
        world.at(when, lambda each=victim: world.hurt(each, Check.SYSTEM, Ailment()))  # type: ignore[misc]
    gc.freeze()  # the fleet lives as long as the day: the collector need not look through it at each sweep
    function.run(Schedule(world.now, world.now + timedelta(days=1)))
    used = time.process_time() - begun
    healed = sum(fault.healed is not None for fault in census.faults)
    print(f"\nA day of 10,000 members: {used:.1f} s of CPU (at most {LIMIT_DAY} s), {86_400 / used:,.0f}x real time")
    print(f"{len(census.faults)} faults, {healed} healed, {sum(function.account.calls.values()):,} AWS calls")
    return used <= LIMIT_DAY


BENCHES = {"calls": calls, "memory": memory, "cold": cold, "day": day}


def main() -> int:
    """Run the benches named, or all; 1 if one is beyond its limit."""
    results = {name: BENCHES[name]() for name in sys.argv[1:] or BENCHES}
    beyond = [name for name, within in results.items() if not within]
    print(f"\nbeyond its limit: {', '.join(beyond)}" if beyond else "\nall within their limits")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
