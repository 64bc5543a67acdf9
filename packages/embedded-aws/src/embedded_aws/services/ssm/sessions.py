"""Session Manager: sessions with instances behind which there is no machine.

A session begins as on AWS, and whoever opens its channel is told what the instance is; then it ends. An instance whose
agent is not connected is refused. What needs a machine's ports, or documents of one's own, is refused by name.

Source: API StartSession ("TargetNotConnected"; StreamUrl `wss://.../v1/data-channel/<session-id>`), DescribeSessions,
GetConnectionStatus; Session Manager user guide, "Verify or add instance permissions for Session Manager" (the four
actions), "idle session timeout" (20 minutes). The words of TargetNotConnected are in many issues (read 2026-11-30).
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from embedded_aws.calls import AwsError, Call, Caller, Routes
from embedded_aws.clock import Clock
from embedded_aws.services.ec2 import images
from embedded_aws.services.ssm.agents import Agent, Agents
from embedded_aws.services.ssm.channel import AgentSide
from embedded_aws.services.ssm.information import AGENT_VERSION
from embedded_aws.websocket import WebSocket

PATH = "/v1/data-channel/"
SHELL_DOCUMENT = "SSM-SessionManagerRunShell"
CHANNEL_ACTIONS = tuple(
    f"ssmmessages:{action}{kind}Channel" for action in ("Create", "Open") for kind in ("Control", "Data")
)
IDLE = timedelta(minutes=20)
PAGE = 50
ACTIVE = frozenset({"Connected", "Connecting"})


@dataclass
class ManagedSession:
    """One session.

    Attributes:
        ended: When it ended; None while it lasts.
    """

    id: str
    region: str
    target: str
    owner: str
    document: str
    reason: str
    token: str
    started: datetime
    ended: datetime | None = None

    @property
    def status(self) -> str:
        """As DescribeSessions tells it."""
        return "Connected" if self.ended is None else "Terminated"


class SessionManager:
    """All sessions of the account.

    Args:
        lock: Held while sessions are looked at; the gateway's own, re-entrant.
        endpoint_url: Where this cloud answers.
    """

    def __init__(
        self, clock: Clock, lock: AbstractContextManager[Any], agents: Agents, endpoint_url: Callable[[], str]
    ) -> None:
        self._clock = clock
        self._lock = lock
        self._agents = agents
        self._endpoint_url = endpoint_url
        self._sessions: dict[str, ManagedSession] = {}

    def routes(self) -> Routes:
        """The calls that this part answers."""
        handlers: dict[str, Callable[[Call], dict[str, Any]]] = {
            "StartSession": self._start,
            "ResumeSession": self._resume,
            "TerminateSession": self._terminate,
            "DescribeSessions": self._describe,
            "GetConnectionStatus": self._connection,
        }
        return {("ssm", action): handler for action, handler in handlers.items()}

    def serve(self, path: str, socket: WebSocket) -> None:
        """Be the agent on a channel, if whoever opens it has the token of its session."""
        opened = socket.receive()
        with self._lock:
            session = self._sessions.get(path.partition("?")[0].removeprefix(PATH))
            if session is None or opened is None or not _shows(session.token, opened) or session.ended is not None:
                return
            agent = self._agents.find(session.region, session.target)
            if agent is None or not self._is_connected(agent):
                return
            text = _greeting(session, agent)
        AgentSide(socket, session.id, session.target, AGENT_VERSION, self._milliseconds).converse(text)
        with self._lock:
            self._end(session)

    def _start(self, call: Call) -> dict[str, Any]:
        params = call.params
        target, document = params["Target"], params.get("DocumentName", SHELL_DOCUMENT)
        if document != SHELL_DOCUMENT:
            raise AwsError(
                "InvalidDocument",
                f"{document} is not part of the embedded AWS: no machine runs behind an instance, so that nothing can "
                f"be reached there. {SHELL_DOCUMENT} says so.",
            )
        agent = self._agents.find(call.region, target)
        if agent is None or not self._is_connected(agent):
            raise AwsError("TargetNotConnected", f"{target} is not connected.")
        session = ManagedSession(
            id=f"{_name(call.caller)}-{secrets.token_hex(9)[:17]}",
            region=call.region,
            target=target,
            owner=call.caller.role_arn or f"arn:aws:iam::{call.caller.account}:root",
            document=document,
            reason=params.get("Reason", ""),
            token=secrets.token_urlsafe(48),
            started=call.time,
        )
        self._sessions[session.id] = session
        return self._handle(session)

    def _handle(self, session: ManagedSession) -> dict[str, Any]:
        """What a client needs to open the channel."""
        url = f"{self._endpoint_url().replace('http', 'ws', 1)}{PATH}{session.id}?role=publish_subscribe"
        return {"SessionId": session.id, "TokenValue": session.token, "StreamUrl": url}

    def _resume(self, call: Call) -> dict[str, Any]:
        session = self._sessions.get(call.params["SessionId"])
        if session is None or session.region != call.region:
            raise AwsError("DoesNotExistException", f"Session {call.params['SessionId']} does not exist.")
        self._settle(session)
        if session.ended is not None:
            return {"SessionId": session.id}  # without a token there is nothing to go on with
        return self._handle(session)

    def _terminate(self, call: Call) -> dict[str, Any]:
        session = self._sessions.get(call.params["SessionId"])
        if session is not None and session.region == call.region:
            self._end(session)
        return {"SessionId": call.params["SessionId"]}

    def _describe(self, call: Call) -> dict[str, Any]:
        params = call.params
        wanted = {each["key"]: each["value"] for each in params.get("Filters", [])}
        found = []
        for session in reversed(self._sessions.values()):
            self._settle(session)
            told = _told(session)
            active = session.status in ACTIVE
            if session.region == call.region and active is (params["State"] == "Active") and _passes(told, wanted):
                found.append(told)
        token = params.get("NextToken", "0")
        if not (token.isascii() and token.isdecimal()):
            raise AwsError("InvalidNextToken", "The specified token isn't valid.")
        begin, size = int(token), params.get("MaxResults", PAGE)
        more = {"NextToken": str(begin + size)} if len(found) > begin + size else {}
        return {"Sessions": found[begin : begin + size]} | more

    def _connection(self, call: Call) -> dict[str, Any]:
        target = call.params["Target"]
        agent = self._agents.find(call.region, target)
        connected = agent is not None and self._is_connected(agent)
        return {"Target": target, "Status": "connected" if connected else "notconnected"}

    def _is_connected(self, agent: Agent) -> bool:
        """Whether an agent holds its control channel open: at once, not when its next report stays out."""
        return agent.silent_since is None and self._agents.may(agent, *CHANNEL_ACTIONS)

    def _milliseconds(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _settle(self, session: ManagedSession) -> None:
        """End a session whose channel nobody opened."""
        if session.ended is None and self._clock.now() >= session.started + IDLE:
            session.ended = session.started + IDLE

    def _end(self, session: ManagedSession) -> None:
        self._settle(session)
        session.ended = session.ended or self._clock.now()


def _shows(token: str, opened: bytes) -> bool:
    try:
        shown = dict(json.loads(opened)).get("TokenValue", "")
    except (ValueError, TypeError):
        return False
    return hmac.compare_digest(str(shown).encode(), token.encode())


def _name(caller: Caller) -> str:
    return caller.role_arn.rpartition("/")[2] if caller.role_arn else "root"


def _greeting(session: ManagedSession, agent: Agent) -> str:
    """What a terminal shows: it needs a carriage return for each row."""
    image = images.register(session.region).get(agent.instance.image_id)
    of_image = f" ({image.name})" if image is not None else ""
    lines = [
        f"This is the instance {session.target} of an embedded AWS.",
        f"Image {agent.instance.image_id}{of_image}, private address {agent.instance.private_ip}.",
        "No machine runs behind it, and so there is no shell. The session ends here.",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _told(session: ManagedSession) -> dict[str, Any]:
    told = {
        "SessionId": session.id,
        "Target": session.target,
        "Status": session.status,
        "StartDate": session.started,
        "DocumentName": session.document,
        "Owner": session.owner,
        "OutputUrl": {},
    }
    more: dict[str, Any] = {"Reason": session.reason} if session.reason else {}
    return told | more | ({} if session.ended is None else {"EndDate": session.ended})


def _passes(told: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    tests: dict[str, Callable[[str], bool]] = {
        "Target": lambda value: told["Target"] == value,
        "Owner": lambda value: told["Owner"] == value,
        "Status": lambda value: told["Status"] == value,
        "SessionId": lambda value: told["SessionId"] == value,
        "InvokedAfter": lambda value: told["StartDate"] > datetime.fromisoformat(value),
        "InvokedBefore": lambda value: told["StartDate"] < datetime.fromisoformat(value),
    }
    for key in wanted:
        if key not in tests:
            raise AwsError("InvalidFilterKey", f"The filter key {key} is not part of the embedded AWS.")
    return all(tests[key](value) for key, value in wanted.items())
