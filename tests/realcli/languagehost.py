"""A language host for a Pulumi CLI that came without one: `pulumi-language-python <engine's address>`.

The CLI starts programs through a plugin of their language. The published CLI brings it; one that was built from
Pulumi's Go modules has none, because the Python host is no module of its own. This one does what `pulumi up` needs of
it: it says which packages a program uses and runs the program, with the SDK's public functions and nothing else.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pulumi
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

RUN = "--run"
ALREADY_TOLD = 32
"""Exit code of a program whose error the engine has already shown."""
MESSAGE_BYTES = 400 * 1024 * 1024
THREADS_PER_STEP = 4


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """Python programs, run by the interpreter that runs this."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002 - gRPC's names
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        version = importlib.metadata.version("pulumi_aws")
        package = plugin_pb2.PackageDependency(name="aws", kind="resource", version=f"v{version}")
        return language_pb2.GetRequiredPackagesResponse(packages=[package])

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        settings = json.dumps(self._settings(request))
        done = subprocess.run([sys.executable, "-u", __file__, RUN, settings], cwd=request.pwd, check=False)
        if done.returncode == ALREADY_TOLD:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"exit code {done.returncode}" if done.returncode else "")

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802, ARG002
        """Run a plugin that is a Python folder, such as a policy pack, and pass on what it prints: first its port."""
        folder = request.info.program_directory
        command = [_interpreter(request.info), "-u", folder, *request.args]
        environ = dict(entry.split("=", 1) for entry in request.env) or None
        with subprocess.Popen(command, cwd=request.pwd, env=environ, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for line in process.stdout:
                yield language_pb2.RunPluginResponse(stdout=line)
        yield language_pb2.RunPluginResponse(exitcode=process.returncode)

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return Empty()

    def _settings(self, request: Any) -> dict[str, Any]:
        return {
            "program": str(Path(request.info.program_directory) / request.info.entry_point),
            "config": dict(request.config),
            "secret_keys": list(request.configSecretKeys),
            "runtime": {
                "project": request.project,
                "stack": request.stack,
                "monitor": request.monitor_address,
                "engine": self._engine,
                "parallel": request.parallel,
                "dry_run": request.dryRun,
                "organization": request.organization,
                "root_directory": request.info.root_directory,
            },
        }


def _interpreter(info: Any) -> str:
    """The virtual environment's that the project names, if it is there."""
    named = dict(info.options).get("virtualenv", "")
    python = Path(info.root_directory) / str(named) / "bin" / "python"
    return str(python) if named and python.exists() else sys.executable


def serve(engine: str) -> None:
    """Print the port and answer until the engine ends this process."""
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
    server = grpc.server(ThreadPoolExecutor(4), options=options)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


def run(settings: dict[str, Any]) -> int:
    """Run a program under the engine that the settings name."""
    path = Path(settings["program"])
    sys.path[0] = str(path if path.is_dir() else path.parent)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    threads = max(settings["runtime"]["parallel"], 1) * THREADS_PER_STEP
    loop.set_default_executor(ThreadPoolExecutor(threads))
    configure(Settings(**settings["runtime"]))
    set_all_config(settings["config"], settings["secret_keys"])
    try:
        loop.run_until_complete(run_in_stack(lambda: _execute(path)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return ALREADY_TOLD
    return 0


def _execute(path: Path) -> None:
    runpy.run_path(str(path), run_name="__main__")


if __name__ == "__main__":
    if sys.argv[1] == RUN:
        sys.exit(run(json.loads(sys.argv[2])))
    serve(next(each for each in reversed(sys.argv[1:]) if ":" in each))
