"""The first boot of an instance, for real: its user data is run by a small cloud-init, in a folder in place of a disk.

The metadata service, cloud-init and systemd are working models; what they run is what the instance would run, but for
the agents, which would be installed here.
"""

from __future__ import annotations

import base64
import email
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from support.deployed.stack import Deployed

CLOUD_INIT = """#!{python}
import pathlib, sys, time
end = pathlib.Path(__file__).parents[1] / "end"
while not end.exists():
    time.sleep(0.05)
sys.exit(int(end.read_text()))
"""
SYSTEMD_RUN = """#!/bin/bash
shift
"$@" >"$MACHINE/journal" 2>&1 & echo $! >"$MACHINE/watch.pid"
"""
TOKEN = "a-token"


def run(stack: Deployed, instance_id: str, machine: Path) -> str:
    """Boot an instance to the end of what it tells its group; the journal of `tap-boot-watch`."""
    asked = {"InstanceId": instance_id, "Attribute": "userData"}
    encoded = stack.client("ec2").describe_instance_attribute(**asked)["UserData"]["Value"]
    document = email.message_from_bytes(base64.b64decode(encoded))
    scripts = [
        part.get_payload(decode=True)
        for part in document.walk()
        if part.get_content_type() == "text/x-shellscript" and part.get_filename() != "002-tap-agents"
    ]
    commands = machine / "bin"
    commands.mkdir(parents=True)
    _write(commands / "cloud-init", CLOUD_INIT.format(python=sys.executable))
    _write(commands / "systemd-run", SYSTEMD_RUN)
    _write(commands / "logger", "#!/bin/bash\n")
    cloud = stack.sandbox.cloud
    role = cloud.iam.credentials_for(stack.outputs["ec2_role_arn"], instance_id, "ec2.amazonaws.com")
    with metadata(instance_id, role) as address:
        environ = {
            **os.environ,
            "PATH": f"{commands}:{os.environ['PATH']}",
            "MACHINE": str(machine),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": address,
        }
        failed = [script for script in scripts if _fails(script, machine, cloud.endpoint_url, environ)]
        (machine / "end").write_text("1" if failed else "0")
        _wait(machine)
    return (machine / "journal").read_text()


def _fails(script: Any, machine: Path, endpoint: str, environ: Mapping[str, str]) -> bool:
    text = script.decode().replace("/usr/local/sbin/", f"{machine}/")
    text = "\n".join(
        line.rpartition("'https://")[0] + f"'{endpoint}'" if line.startswith("systemd-run ") else line
        for line in text.splitlines()
    )
    return subprocess.run(["/bin/bash"], input=text, env=environ, text=True, check=False).returncode != 0


def _wait(machine: Path) -> None:
    watch = int((machine / "watch.pid").read_text())
    with subprocess.Popen(["tail", f"--pid={watch}", "-f", "/dev/null"]) as waiting:
        waiting.wait(timeout=60)


def _write(command: Path, text: str) -> None:
    command.write_text(text)
    command.chmod(0o755)


@contextmanager
def metadata(instance_id: str, credentials: Mapping[str, Any]) -> Iterator[str]:
    """The address of an instance's metadata service, version 2: no answer without a token."""
    told = {"AccessKeyId": credentials["AccessKeyId"], "SecretAccessKey": credentials["SecretAccessKey"]}
    tree = {
        "/latest/meta-data/instance-id": instance_id,
        "/latest/meta-data/iam/security-credentials/": "role",
        "/latest/meta-data/iam/security-credentials/role": json.dumps(told | {"Token": credentials["SessionToken"]}),
    }

    class Service(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self._answer(200 if "X-aws-ec2-metadata-token-ttl-seconds" in self.headers else 400, TOKEN)

        def do_GET(self) -> None:
            known = self.headers.get("X-aws-ec2-metadata-token") == TOKEN
            self._answer(200 if known else 401, tree.get(self.path, "") if known else "")

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
