"""How an instance tells its group how its first boot ended: the script, and the hook and permissions around it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl

import pytest

from tap_stack.components import boot_watch
from tap_stack.components.boot_hook import WATCH, watch_script
from tap_stack.components.policies import Place

from .recording import tap

PLACE = Place("aws", "eu-west-1", "123456789012")
SCRIPT = watch_script("tap-fleet-dev", "tap-boot-dev", PLACE)


@pytest.fixture
def boot_file(tmp_path: Path) -> str:
    file = tmp_path / "web.sh"
    file.write_text("#!/bin/sh\n")
    return str(file)


def test_shellcheck_finds_nothing() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    checked = subprocess.run(
        [str(shellcheck), "--enable=all", "-"], input=SCRIPT, capture_output=True, text=True, check=False
    )

    assert checked.stdout == ""


def test_it_is_python_3_6_and_needs_nothing_but_its_library() -> None:
    source = WATCH.read_text(encoding="utf-8")
    compile(source, str(WATCH), "exec", dont_inherit=True)

    assert "from __future__" not in source
    assert ":=" not in source
    assert "match " not in source
    assert "import boto" not in source


@pytest.mark.parametrize(
    ("shebang", "there", "runs"),
    [
        ("#!/usr/libexec/platform-python -s", [], "/usr/libexec/platform-python"),
        ("#!/usr/bin/python2.7", [], "python3"),
        ("#!/usr/bin/python2.7", ["python3"], "python3"),
    ],
)
def test_it_runs_on_the_python_that_the_image_has(tmp_path: Path, shebang: str, there: list[str], runs: str) -> None:
    for name, text in {
        "cloud-init": f"{shebang}\n",
        "yum": f"#!/bin/bash\ntouch {tmp_path}/python3 && chmod +x {tmp_path}/python3\n",
        "systemd-run": f'#!/bin/bash\necho "$2" >{tmp_path}/ran\n',
        **dict.fromkeys(there, "#!/bin/bash\n"),
    }.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod((tmp_path / name).stat().st_mode | stat.S_IXUSR)
    script = SCRIPT.replace("/usr/local/sbin/", f"{tmp_path}/")
    for tool in ("cat", "touch", "chmod", "bash"):
        (tmp_path / tool).symlink_to(f"/bin/{tool}")
    done = subprocess.run(
        ["/bin/bash"], input=script, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "ran").read_text().strip().endswith(runs)
    assert (tmp_path / "tap-boot-watch").read_text() == WATCH.read_text(encoding="utf-8")


class Aws(ThreadingHTTPServer):
    """Auto Scaling's endpoint and the metadata service: what was called, and how often calls are refused first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.called: list[dict[str, str]] = []
        self.refusals = 0


class _Answers(BaseHTTPRequestHandler):
    server: Aws

    def do_PUT(self) -> None:
        self._say(200, "token")

    def do_GET(self) -> None:
        credentials = {"AccessKeyId": "A", "SecretAccessKey": "S", "Token": "T"}
        told = {"instance-id": "i-1", "security-credentials/": "role", "credentials/role": json.dumps(credentials)}
        self._say(200, next(text for end, text in told.items() if self.path.endswith(end)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.called.append(dict(parse_qsl(body)))
        self.server.refusals -= 1
        self._say(200 if self.server.refusals < 0 else 400, "No active Lifecycle Action found")

    def _say(self, status: int, text: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Aws]:
    with Aws() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        yield server
        server.shutdown()
        thread.join()


def cloud_init(folder: Path, text: str) -> None:
    (folder / "cloud-init").write_text(f"#!/bin/bash\n{text}\n")
    (folder / "cloud-init").chmod(0o755)


def watch(aws: Aws, **times: float) -> int:
    endpoint = f"http://127.0.0.1:{aws.server_port}"
    return boot_watch.main("g", "h", "eu-west-1", endpoint, **({"pause": 0.0} | times))


@pytest.mark.parametrize(("code", "result"), [(0, "CONTINUE"), (2, "CONTINUE"), (1, "ABANDON")])
def test_cloud_inits_own_verdict_is_told(aws: Aws, tmp_path: Path, code: int, result: str) -> None:
    cloud_init(tmp_path, f"exit {code}")

    assert watch(aws) == 0
    (call,) = aws.called
    about = {"AutoScalingGroupName": "g", "LifecycleHookName": "h", "InstanceId": "i-1", "Version": "2011-01-01"}
    assert call == about | {"Action": "CompleteLifecycleAction", "LifecycleActionResult": result}


def test_an_answer_that_refuses_is_asked_again(aws: Aws, tmp_path: Path) -> None:
    cloud_init(tmp_path, "exit 0")
    aws.refusals = 2

    assert watch(aws) == 0
    assert len(aws.called) == 3


def test_it_gives_up_where_nobody_ever_takes_the_answer(aws: Aws, tmp_path: Path) -> None:
    cloud_init(tmp_path, "exit 0")
    aws.refusals = 1000

    assert watch(aws) == 1
    assert len(aws.called) == boot_watch.ATTEMPTS


def test_heartbeats_go_out_while_it_waits_and_a_boot_without_an_end_is_abandoned(aws: Aws, tmp_path: Path) -> None:
    cloud_init(tmp_path, "exec sleep 60")

    assert watch(aws, beat=0.05, longest=0.3) == 0
    *beats, last = [call["Action"] for call in aws.called]
    assert set(beats) == {"RecordLifecycleActionHeartbeat"}
    assert (last, aws.called[-1]["LifecycleActionResult"]) == ("CompleteLifecycleAction", "ABANDON")


def test_a_fleet_with_files_has_the_hook_from_its_first_instance_on_and_may_complete_it(boot_file: str) -> None:
    made = tap(userDataFile=boot_file)
    (inline,) = made.one("aws:autoscaling/group:Group").inputs["initialLifecycleHooks"]
    hook = dict(made.one("aws:autoscaling/lifecycleHook:LifecycleHook").inputs)
    policies = [
        each.inputs for each in made.of("aws:iam/rolePolicy:RolePolicy").values() if each.inputs["name"] == "boot"
    ]

    assert hook.pop("autoscalingGroupName") == "tap-fleet-dev"
    assert hook == inline
    (statement,) = json.loads(policies[0]["policy"])["Statement"]
    assert statement["Action"] == ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"]
    assert statement["Resource"].endswith(":autoScalingGroup:*:autoScalingGroupName/tap-fleet-dev")


def test_a_fleet_without_files_has_none_of_it() -> None:
    made = tap()

    assert "initialLifecycleHooks" not in made.one("aws:autoscaling/group:Group").inputs
    assert made.of("aws:autoscaling/lifecycleHook:LifecycleHook") == {}
    assert "boot" not in [each.inputs["name"] for each in made.of("aws:iam/rolePolicy:RolePolicy").values()]


@pytest.mark.parametrize("files", [True, False])
def test_instances_without_a_way_to_the_internet_reach_auto_scaling_by_an_endpoint(
    boot_file: str, *, files: bool
) -> None:
    made = tap(natStrategy="none", userDataFile=boot_file if files else "")
    services = [
        each.inputs["serviceName"].rpartition(".")[2] for each in made.of("aws:ec2/vpcEndpoint:VpcEndpoint").values()
    ]

    assert ("autoscaling" in services) is files
