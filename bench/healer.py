"""What the healer costs, beside what else one could do, in one run: calls, CPU time and memory, cold start, a day.

    python bench/healer.py [calls|memory|cold|day ...]

Nothing leaves this machine: the calls are counted in the simulator, and for memory and CPU time a child process runs
the handler with real boto3 clients against the AWS in process on 127.0.0.1, for a sound group.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

from embedded_aws.calllog import CallLog
from embedded_aws.calls import Call, Caller
from embedded_aws.fleet import Check, GroupSettings, Timings
from embedded_aws.gateway import Gateway
from embedded_aws.httpd import LoopbackServer
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.errors import AwsError
from embedded_aws.in_process.faults import ApiFaults
from embedded_aws.in_process.session import ClientSession
from embedded_aws.in_process.world import GROUP_NAME, Ailment, World, build
from embedded_aws.wire import Answer, Inbound
from tap_cli.sim.census import Census
from tap_cli.sim.chance import stream
from tap_cli.sim.function import Function, Schedule
from tap_cli.sim.policies import Ours

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
LIMIT_CALLS, LIMIT_MB, LIMIT_RATIO = 5, 128, 1.5
LIMIT_DAY = 60  # times the fixed loop, which takes a second of CPU on the machine that the bar was set on
GARBAGE = 100_000  # objects after which garbage is looked for, as in `tap simulate`
LOOP = 10_000_000  # steps of arithmetic


def a_fleet(size: int) -> World:
    """A sound group of this size, two hours old."""
    settings = GroupSettings(0, 2 * size, size, ("a", "b", "c"), "1")
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

ASKED = (
    ("autoscaling", "DescribeAutoScalingGroups"),
    ("ec2", "DescribeInstanceStatus"),
    ("cloudwatch", "PutMetricData"),
)

# A process keeps the `ru_maxrss` of the one that started it, and this one is large; Linux tells its own peak as VmHWM.
PEAK = """
import pathlib, re, resource
def peak():
    status = pathlib.Path("/proc/self/status")
    found = re.search("VmHWM:[^0-9]*([0-9]+)", status.read_text()) if status.exists() else None
    return (int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024
"""
CHILD = (
    PEAK
    + """
import json, sys, time
from tap_stack.healer.handler import lambda_handler
event = {"source": "aws.events", "time": sys.argv[1]}
used = []
for _ in range(5):
    begun = time.process_time()
    line = lambda_handler(event, None)
    used.append(time.process_time() - begun)
assert line["result"] == "quiet", line
print(json.dumps({"first": used[0], "warm": min(used[1:]), "peak": peak(), "calls": line["calls"] + 1}))
"""
)
EMPTY_CHILD = (
    PEAK
    + """
import boto3, json
for name in ("autoscaling", "ec2", "cloudwatch"):
    boto3.client(name)
print(json.dumps({"peak": peak()}))
"""
)


class Nobody:
    """Answers nothing."""

    def answer(self, inbound: Inbound) -> Answer:
        """Refuse, by name."""
        raise AwsError("NotImplemented", f"a quiet sweep does not ask for {inbound.operation.name}")


def a_server(world: World) -> LoopbackServer:
    """The AWS in process on a port of this machine, in AWS's wire protocols."""
    session = ClientSession(Account(world, stream(0, "api"), ApiFaults(latency_seconds=0)))

    def answer(call: Call) -> dict[str, Any]:
        reply = session.call(call.service, call.action, call.params)
        return {key: value for key, value in reply.items() if key != "ResponseMetadata"}

    gateway = Gateway(
        backend=Nobody(),
        now=lambda: world.now,
        lock=session.account.lock,
        calls=CallLog(),
        services={service for service, _ in ASKED},
        regions={CHILD_ENVIRON["AWS_DEFAULT_REGION"]},
        identify=lambda key: Caller("123456789012", key),
        routes=dict.fromkeys(ASKED, answer),
    )
    return LoopbackServer(gateway)


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
        world = a_fleet(size)
        server = a_server(world)
        found = run_child(CHILD, f"{world.now:%Y-%m-%dT%H:%M:%SZ}", AWS_ENDPOINT_URL=server.url)
        server.close()
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


def fixed_loop() -> float:
    """CPU seconds of a loop of arithmetic that never changes: what a second is worth on this machine now."""
    begun, total = time.process_time(), 0
    for number in range(LOOP):
        total = (total * 3 + number) % 1_000_003
    return time.process_time() - begun


def day() -> bool:
    """A simulated day of 10,000 members with a fault every ten minutes, a sweep a minute, beside a fixed loop."""
    before = fixed_loop()
    begun = time.process_time()
    world = a_fleet(10_000)
    census, function, rng = Census(world), a_function(world), stream(0, "faults")
    for number in range(24 * 6):
        when = world.now + timedelta(minutes=10 * number, seconds=60 * rng.random())
        victim = f"i-{rng.randint(1, 10_000):017x}"
        world.at(when, lambda each=victim: world.hurt(each, Check.SYSTEM, Ailment()))  # type: ignore[misc]
    function.account.look().entries()  # builds the copy that the answers are made from
    gc.freeze()  # fleet and copy live as long as the day: the collector need not look through them at each sweep
    function.run(Schedule(world.now, world.now + timedelta(days=1)))
    used = time.process_time() - begun
    healed = sum(fault.healed is not None for fault in census.faults)
    loop = (before + fixed_loop()) / 2
    ratio = used / loop
    print(f"\nA day of 10,000 members: {used:.1f} s of CPU, {86_400 / used:,.0f}x real time")
    print(f"a fixed loop of arithmetic before and after: {loop:.2f} s; ratio {ratio:.1f} (at most {LIMIT_DAY})")
    print(f"{len(census.faults)} faults, {healed} healed, {sum(function.account.calls.values()):,} AWS calls")
    return ratio <= LIMIT_DAY


BENCHES = {"calls": calls, "memory": memory, "cold": cold, "day": day}


def main() -> int:
    """Run the benches named, or all; 1 if one is beyond its limit."""
    gc.set_threshold(GARBAGE)
    results = {name: BENCHES[name]() for name in sys.argv[1:] or BENCHES}
    beyond = [name for name, within in results.items() if not within]
    print(f"\nbeyond its limit: {', '.join(beyond)}" if beyond else "\nall within their limits")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
