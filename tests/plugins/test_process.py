"""How the executable starts, whom it listens to, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from embedded_pulumi.plugin.console import Console
from embedded_pulumi.plugin.process import Shutdown, engine_address, serve_on_loopback, stop_gracefully
from embedded_pulumi.plugin.service import ProviderService
from embedded_pulumi.provider import (
    Checked,
    CheckRequest,
    Created,
    ProviderError,
    allowed,
)

from .host import READY_SECONDS, Plugin, Remote, engine, running

START = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
print(child.stdout.readline(), end="", flush=True)
input()
"""


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def eventually(true: Callable[[], bool], seconds: float = 6.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_it_is_ready_in_good_time(executable: Path, environ: dict[str, str]) -> None:
    began = time.monotonic()
    with engine() as (address, _), running(executable, environ, address) as plugin:
        plugin.handshake(address)

        assert time.monotonic() - began < READY_SECONDS / 2


def test_it_listens_on_one_address_of_loopback_alone(plugin: Plugin) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", plugin.port), timeout=2)


def test_nothing_but_the_port_is_on_its_stdout(executable: Path, environ: dict[str, str]) -> None:
    with engine() as (address, _), running(executable, environ, address) as plugin:
        Remote(plugin).configure({"region": "eu-west-1"})
        plugin.process.send_signal(signal.SIGINT)
        rest, errors = plugin.process.communicate(timeout=5)

        assert (rest, errors, plugin.process.returncode) == ("", "", 0)


def test_it_ends_on_cancel(executable: Path, environ: dict[str, str]) -> None:
    with engine() as (address, _), running(executable, environ, address) as plugin:
        plugin.handshake(address)
        plugin.cancel()

        assert plugin.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_on_a_signal(executable: Path, environ: dict[str, str], number: signal.Signals) -> None:
    with engine() as (address, _), running(executable, environ, address) as plugin:
        plugin.process.send_signal(number)

        assert plugin.wait() == 0


def test_it_ends_with_who_started_it(executable: Path, environ: dict[str, str]) -> None:
    """Killed, an engine neither cancels nor interrupts."""
    with subprocess.Popen(
        [sys.executable, "-c", START, executable, "127.0.0.1:1"],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        assert answers(port)
        parent.kill()

    assert eventually(lambda: not answers(port))


def test_without_an_engine_it_waits_to_be_attached_to(executable: Path, environ: dict[str, str]) -> None:
    """As with PULUMI_DEBUG_PROVIDERS: the preview's engine cancels it, and the update's comes after that."""
    with running(executable, environ) as plugin:
        for _ in ("preview", "update"):
            with engine() as (address, log):
                plugin.handshake("")
                plugin.attach(address)
                remote = Remote(plugin)
                remote.configure({"region": "eu-west-1"})
                assert remote.check(CheckRequest("aws:sns/topic:Topic", "t", {}, {}, bytes(32))).failures == ()
                plugin.cancel()
        time.sleep(1)

        assert plugin.process.poll() is None
        assert log.messages == []  # said once, to the first


def test_no_proxy_of_the_environment_is_asked(executable: Path, environ: dict[str, str]) -> None:
    names = ("http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    proxied = {**environ, **dict.fromkeys(names, "http://127.0.0.1:9")}
    with engine() as (address, log), running(executable, proxied, address) as plugin:
        remote = Remote(plugin).configure({"region": "eu-west-1"})

        assert remote.invoke("aws:index/getCallerIdentity:getCallerIdentity", {}).failures == ()
        assert len(log.messages) == 1


def test_an_engine_that_is_elsewhere_is_not_dialled(executable: Path, environ: dict[str, str]) -> None:
    done = subprocess.run(
        [executable, "192.0.2.1:5000"], env=environ, capture_output=True, text=True, check=False, timeout=READY_SECONDS
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "192.0.2.1:5000 is not on this machine" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ([], ""),
        (["127.0.0.1:41000"], "127.0.0.1:41000"),
        (["--logtostderr", "-v=9", "--tracing", "http://127.0.0.1:9411/api", "127.0.0.1:41000"], "127.0.0.1:41000"),
        (["--logtostderr"], ""),
    ],
)
def test_the_engines_address_is_the_last_argument(arguments: list[str], address: str) -> None:
    assert engine_address(arguments) == address


REFUSALS = {
    "none": ("", "names none"),
    "nobody answers": ("http://127.0.0.1:9", "no embedded AWS answers at http://127.0.0.1:9"),
    "Amazon's": ("https://ec2.eu-west-1.amazonaws.com", "is not accepted"),
    "another machine": ("http://192.0.2.1:4566", "is not accepted"),
    "no number": ("http://127.0.0.1:port", "is not accepted"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_without_an_embedded_aws_it_refuses_and_says_what_to_do(
    case: str, executable: Path, environ: dict[str, str]
) -> None:
    """In the check of the provider, for `up`, and when it is configured, for `refresh` and `destroy`."""
    url, message = REFUSALS[case]
    with engine() as (address, _), running(executable, {**environ, "AWS_ENDPOINT_URL": url}, address) as plugin:
        remote = Remote(plugin)

        [failure] = remote.check_config({"region": "eu-west-1"}).failures
        assert message in failure.reason
        assert "http://127.0.0.1:4566" in failure.reason
        with pytest.raises(ProviderError, match=message):
            remote.configure({"region": "eu-west-1"})


def test_an_endpoint_called_localhost_is_this_machine(executable: Path, environ: dict[str, str], endpoint: str) -> None:
    named = {**environ, "AWS_ENDPOINT_URL": endpoint.replace("127.0.0.1", "localhost")}
    with engine() as (address, log), running(executable, named, address) as plugin:
        Remote(plugin).configure({"region": "eu-west-1"})

        assert endpoint in log.messages[0]


def test_modules_of_the_project_are_not_taken_for_pythons(
    executable: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "signal.py").write_text("raise RuntimeError('not Python's own')")
    with engine() as (address, _), running(executable, environ, address, folder=tmp_path) as plugin:
        assert plugin.handshake(address) is not None


class Slow:
    """A provider that makes a thing only when it is let to."""

    package = "slow"
    version = "1.0.0"

    def __init__(self) -> None:
        self.began, self.let = threading.Event(), threading.Event()
        self.allowed = 0.0

    def configure(self, inputs: Mapping[str, Any]) -> Slow:
        del inputs
        return self

    def check_config(self, news: dict[str, Any]) -> Checked:
        raise NotImplementedError(f"a defect, with {news}")

    def create(self, type_: str, inputs: dict[str, Any], *, preview: bool) -> Created:
        assert not preview
        self.allowed = allowed()
        self.began.set()
        self.let.wait(READY_SECONDS)
        return Created(type_, inputs)


@pytest.fixture
def slow() -> Any:
    """The slow provider, configured; how it ends; and a connection to it."""
    provider, shutdown = Slow(), Shutdown(after_signal=0.2)
    service = ProviderService(
        "slow",
        "1.0.0",
        open_provider=lambda: provider,  # type: ignore[arg-type, return-value] # only what is called here
        defaults={},
        console=Console(),
        cancel=shutdown.cancel,
    )
    server, port = serve_on_loopback(service)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        rpc = provider_pb2_grpc.ResourceProviderStub(channel)
        rpc.Configure(provider_pb2.ConfigureRequest())
        yield provider, shutdown, server, rpc
    provider.let.set()
    server.stop(None).wait()


def test_what_is_being_made_when_it_is_cancelled_is_finished_and_told(slow: Any) -> None:
    provider, shutdown, server, rpc = slow
    making = rpc.Create.future(provider_pb2.CreateRequest(type="slow:index:Thing"))
    assert provider.began.wait(READY_SECONDS)
    rpc.Cancel(empty_pb2.Empty())
    assert shutdown.asked()
    stopping = threading.Thread(target=stop_gracefully, args=(server, shutdown))
    stopping.start()
    time.sleep(0.2)
    provider.let.set()

    assert making.result(READY_SECONDS).id == "slow:index:Thing"
    stopping.join(READY_SECONDS)
    assert not stopping.is_alive()


def test_the_time_that_a_call_may_take_reaches_the_provider(slow: Any) -> None:
    provider, _, _, rpc = slow
    provider.let.set()

    rpc.Create(provider_pb2.CreateRequest(type="slow:index:Thing", timeout=2.5))
    assert provider.allowed == 2.5
    rpc.Create(provider_pb2.CreateRequest(type="slow:index:Thing"))
    assert provider.allowed == 0


def test_a_signal_after_cancel_leaves_less_time(slow: Any) -> None:
    provider, shutdown, server, rpc = slow
    making = rpc.Create.future(provider_pb2.CreateRequest(type="slow:index:Thing"))
    assert provider.began.wait(READY_SECONDS)
    shutdown.cancel()
    stopping = threading.Thread(target=stop_gracefully, args=(server, shutdown))
    stopping.start()
    shutdown.interrupt()
    stopping.join(READY_SECONDS)

    assert not stopping.is_alive()
    assert making.exception(READY_SECONDS) is not None


def test_a_defect_leaves_the_state_unknown_and_is_named(slow: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        slow[3].CheckConfig(provider_pb2.CheckRequest())

    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "NotImplementedError" in caught.value.details()


def test_it_runs_with_the_interpreter_that_installed_it(executable: Path) -> None:
    assert sys.executable in executable.read_text()
    assert os.access(executable, os.X_OK)
