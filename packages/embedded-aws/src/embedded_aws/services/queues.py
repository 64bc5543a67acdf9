"""SQS's queues where moto's differ: their URLs, and what a change of other attributes leaves as it was.

moto makes a URL of the address that a client calls, forgets the policy with any change of another attribute, and keeps
no `RedriveAllowPolicy`.

Source: API SetQueueAttributes; SQS Developer Guide, "Queue and message identifiers" (the URL of a queue).
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from moto.backends import get_backend

from embedded_aws.calls import Call, Routes

_SUFFIXES = {"cn": "amazonaws.com.cn"}


class Queues:
    """The calls on queues that are corrected here."""

    def __init__(self) -> None:
        self._sources: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

    def routes(self) -> Routes:
        """The calls."""
        handlers = {
            "CreateQueue": self._create,
            "GetQueueAttributes": self._get,
            "GetQueueUrl": self._url,
            "ListQueues": self._list,
            "SetQueueAttributes": self._set,
        }
        return {("sqs", action): handler for action, handler in handlers.items()}

    def _create(self, call: Call) -> dict[str, Any]:
        answer = self._url(call)
        self._keep_sources(call, call.params["QueueName"])
        return answer

    def _url(self, call: Call) -> dict[str, Any]:
        answer = call.forward()
        return {**answer, "QueueUrl": _named(call, answer["QueueUrl"])}

    def _list(self, call: Call) -> dict[str, Any]:
        answer = call.forward()
        return {**answer, "QueueUrls": [_named(call, each) for each in answer.get("QueueUrls", ())]}

    def _set(self, call: Call) -> dict[str, Any]:
        name = call.params["QueueUrl"].rpartition("/")[2]
        queue = _queue(call, name)
        policy = None if queue is None else queue.policy
        answer = call.forward()
        if queue is not None and "Policy" not in call.params["Attributes"]:
            queue.policy = policy
        self._keep_sources(call, name)
        return answer

    def _keep_sources(self, call: Call, name: str) -> None:
        queue, told = _queue(call, name), (call.params.get("Attributes") or {}).get("RedriveAllowPolicy")
        if queue is not None and told is not None:
            self._sources[queue] = told

    def _get(self, call: Call) -> dict[str, Any]:
        answer = call.forward()
        queue = _queue(call, call.params["QueueUrl"].rpartition("/")[2])
        sources = self._sources.get(queue) if queue is not None else None
        if not sources or not {"All", "RedriveAllowPolicy"}.intersection(call.params.get("AttributeNames") or ()):
            return answer
        return {**answer, "Attributes": {**answer.get("Attributes", {}), "RedriveAllowPolicy": sources}}


def _queue(call: Call, name: str) -> Any:
    return get_backend("sqs")[call.caller.account][call.region].queues.get(name)


def _named(call: Call, url: str) -> str:
    suffix = _SUFFIXES.get(call.region.partition("-")[0], "amazonaws.com")
    return f"https://sqs.{call.region}.{suffix}/{call.caller.account}/{url.rpartition('/')[2]}"
