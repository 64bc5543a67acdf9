"""The execution environments of all functions: started when needed, kept warm, replaced when out of date.

An environment serves one invocation at a time. One that is idle is used again as long as the function is exactly what
it was started from; when the code or the configuration has changed it is stopped and the next invocation starts cold.
"""

from __future__ import annotations

import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from moto.moto_api._internal import mock_random

from embedded_aws.calls import AwsError
from embedded_aws.services.lambda_.environment import ExecutionEnvironment, Launch
from embedded_aws.services.lambda_.package import (
    Runtime,
    command,
    link_runtime,
    private_folder,
    python_path,
    unpack,
)
from embedded_aws.services.lambda_.role import Credentials
from embedded_aws.services.lambda_.store import Definition, FunctionId

MAX_AGE = timedelta(hours=2)
"""In cloud time. Lambda ends every environment after some hours, and the role's credentials with it."""


@dataclass(frozen=True)
class PooledEnvironment:
    """A started execution environment: what it was started from and when, where it logs, where its files are."""

    definition: Definition
    environment: ExecutionEnvironment
    born: datetime
    log_stream: str
    folder: Path

    def serves(self, definition: Definition, now: datetime) -> bool:
        """Whether an invocation of a function as it is now can be given to it."""
        return self.definition == definition and now - self.born < MAX_AGE and self.environment.alive

    def retire(self) -> None:
        """Stop the process and remove its files."""
        self.environment.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Pool:
    """All execution environments of the cloud. Safe to use from many threads.

    Args:
        endpoint_url: Where functions find the cloud; asked when a process starts.
        credentials: What a role's process is given to sign its calls with; asked when it starts.
        data_dir: Where code is unpacked; created if need be, and private.

    Raises:
        PermissionError: `data_dir` can be written by everybody, so that what is run from it could be anybody's.
    """

    def __init__(
        self,
        runtime: Runtime,
        endpoint_url: Callable[[], str],
        credentials: Credentials,
        data_dir: Path,
    ) -> None:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if data_dir.stat().st_mode & 0o002:
            raise PermissionError(f"{data_dir} can be written by everybody; functions are not run from there")
        self._runtime = runtime
        self._endpoint_url = endpoint_url
        self._credentials = credentials
        self._folder = private_folder(data_dir, "lambda")
        self._runtime_folder = link_runtime(runtime, self._folder)
        self._lock = threading.Lock()
        self._idle: dict[str, list[PooledEnvironment]] = defaultdict(list)  # by the ARN of the version
        self._busy: list[PooledEnvironment] = []
        self._closed = False

    @contextmanager
    def sandbox(self, definition: Definition, started: datetime) -> Iterator[PooledEnvironment]:
        """An environment of exactly this definition, for one invocation.

        Args:
            definition: The function as it is now.
            started: Cloud time of the invocation; dates the log stream of a new environment.

        Raises:
            AwsError: ServiceException, once the pool is closed.
        """
        found = self._take(definition, started) or self._start(definition, started)
        self._use(found)
        try:
            yield found
        except BaseException:  # it still works on what nobody waits for any more
            found.environment.kill()
            raise
        finally:
            self._give_back(found)

    def forget(self, function: FunctionId) -> None:
        """Stop all idle environments of a function, whatever their version."""
        with self._lock:
            every = FunctionId(function.account, function.region, function.name)
            started = [(arn, kept[0].definition.id) for arn, kept in self._idle.items() if kept]
            gone = [arn for arn, identity in started if replace(identity, qualifier=None) == every]
            sandboxes = [sandbox for arn in gone for sandbox in self._idle.pop(arn)]
        for sandbox in sandboxes:
            sandbox.retire()

    def close(self) -> None:
        """Stop every process and remove every file; running invocations end as if the process had died."""
        with self._lock:
            self._closed = True
            idle = [sandbox for kept in self._idle.values() for sandbox in kept]
            self._idle.clear()
            for sandbox in self._busy:
                sandbox.environment.kill()
        for sandbox in idle:
            sandbox.retire()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _take(self, definition: Definition, started: datetime) -> PooledEnvironment | None:
        """The idle environment that was used last, if it is of this definition; stops those of older ones."""
        with self._lock:
            if self._closed:
                raise _closed()
            kept = self._idle.pop(definition.arn, [])
            current = [s for s in kept if s.serves(definition, started)]
            outdated = [s for s in kept if s not in current]
            found = current.pop() if current else None
            self._idle[definition.arn] = current
        for sandbox in outdated:
            sandbox.retire()
        return found

    def _use(self, sandbox: PooledEnvironment) -> None:
        """Count it as busy, unless the pool was closed while it started."""
        with self._lock:
            if not self._closed:
                self._busy.append(sandbox)
                return
        sandbox.retire()
        raise _closed()

    def _give_back(self, sandbox: PooledEnvironment) -> None:
        with self._lock:
            self._busy.remove(sandbox)
            keep = sandbox.environment.alive and not self._closed
            if keep:
                self._idle[sandbox.definition.arn].append(sandbox)
        if not keep:
            sandbox.retire()

    def _start(self, definition: Definition, started: datetime) -> PooledEnvironment:
        folder = private_folder(self._folder, definition.id.name)
        unpack([definition.code], folder / "task")
        unpack(definition.layers, folder / "opt")
        for name in ("home", "tmp"):
            (folder / name).mkdir(mode=0o700)
        log_stream = f"{started:%Y/%m/%d}/[{definition.version}]{mock_random.uuid4().hex}"
        launch = Launch(
            command=command(self._runtime, definition.handler),
            folder=folder,
            task_root=folder / "task",
            variables=self._variables(definition, folder, log_stream),
            memory_mb=definition.memory_mb,
        )
        return PooledEnvironment(definition, ExecutionEnvironment(launch), started, log_stream, folder)

    def _variables(self, definition: Definition, folder: Path, log_stream: str) -> dict[str, str]:
        """The whole environment of a function's process. Its own variables cannot replace the reserved ones."""
        region, logging = definition.id.region, definition.logging
        json_logs = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": logging.application_level}
        return {
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder / "home"),  # not on AWS: keeps the SDK away from this user's ~/.aws
            "TMPDIR": str(folder / "tmp"),  # not on AWS: /tmp is everybody's here
            **dict(definition.variables),
            "PYTHONPATH": python_path(self._runtime_folder, folder / "opt"),
            "_HANDLER": definition.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{definition.runtime}",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": self._endpoint_url(),
            "AWS_LAMBDA_FUNCTION_NAME": definition.id.name,
            "AWS_LAMBDA_FUNCTION_VERSION": definition.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(definition.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": logging.group,
            "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
            "LAMBDA_TASK_ROOT": str(folder / "task"),
            "LAMBDA_RUNTIME_DIR": str(self._runtime_folder),
            **(json_logs if logging.is_json else {}),
            **self._credentials(definition.role, definition.unqualified_arn),
        }


def _closed() -> AwsError:
    return AwsError("ServiceException", "The embedded Lambda is closed.", 500)
