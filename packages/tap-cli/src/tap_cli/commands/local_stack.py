"""A TapStack or a Healer that is deployed in the local AWS: its outputs, and a client of that AWS."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tap_cli.commands import stacks
from tap_cli.commands.project import find_project
from tap_cli.deployed import HEALER_KEYS
from tap_cli.errors import CommandError


class LocalStack:
    """A deployed TapStack or Healer.

    Args:
        stack: The name of the Pulumi stack.
        of: Its name in the program, where that has several.

    Attributes:
        needed: The outputs without which it is not what the command is about.

    Raises:
        UsageError: it has not been deployed, or no local AWS is running.
    """

    needed: Collection[str] = HEALER_KEYS

    def __init__(self, stack: str, of: str | None) -> None:
        from embedded_aws.daemon.process import find  # noqa: PLC0415 - help need not wait for it

        self.running = find(find_project().private)
        self.outputs = stacks.chosen(stack, of, self.needed).outputs
        self.group = str(self.outputs["auto_scaling_group_name"])
        self._clients: dict[str, Any] = {}

    def ask(self, service: str, call: str, **params: Any) -> dict[str, Any]:
        """Call AWS. Raises CommandError: it refuses, or there is no answer."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - help need not wait for boto3

        from embedded_aws import access  # noqa: PLC0415

        if service not in self._clients:
            self._clients[service] = access.client(service, str(self.outputs["region"]), self.running.endpoint)
        try:
            answer: dict[str, Any] = getattr(self._clients[service], call)(**params)
        except ClientError as error:
            raise CommandError(error.response["Error"]["Message"]) from error
        except BotoCoreError as error:
            raise CommandError(f"the local AWS does not answer (any more): {error}") from error
        return answer

    def last_message(self, log_group: str, word: str) -> str:
        """The last message of a log group that has a word in it; "" if there is none. Raises as `ask`.

        An answer has at most 10,000 events (CloudWatch Logs API Reference, FilterLogEvents), the oldest first, and may
        have none although others follow.
        """
        query, last = {"logGroupName": log_group, "filterPattern": f'"{word}"'}, ""
        while True:
            answer = self.ask("logs", "filter_log_events", **query)
            last = answer["events"][-1]["message"] if answer["events"] else last
            if "nextToken" not in answer:
                return last
            query["nextToken"] = answer["nextToken"]
