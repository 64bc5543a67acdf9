"""Session Manager: a session that says what the instance is, over the protocol of the session-manager-plugin."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.embedded import Cloud
from embedded_aws.services.ssm import channel
from embedded_aws.services.ssm.channel import Frame
from embedded_aws.websocket import accepted

START = datetime(2031, 5, 6, 7, tzinfo=UTC)
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
POLICIES = {
    "managed": ["ssm:UpdateInstanceInformation", "ssmmessages:*"],
    "silent": ["ssm:UpdateInstanceInformation"],
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(start=START) as cloud:
        iam = cloud.client("iam")
        for name, actions in POLICIES.items():
            document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
            allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
            iam.put_role_policy(
                RoleName=name,
                PolicyName="x",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
            )
            iam.create_instance_profile(InstanceProfileName=name)
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def ssm(cloud: Cloud) -> Any:
    return cloud.client("ssm")


@pytest.fixture
def instance(cloud: Cloud) -> Iterator[str]:
    identity = launch(cloud, "managed")
    yield identity
    cloud.client("ec2").terminate_instances(InstanceIds=[identity])


def launch(cloud: Cloud, profile: str) -> str:
    image = cloud.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    made = cloud.client("ec2").run_instances(
        ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, IamInstanceProfile={"Name": profile}
    )
    return str(made["Instances"][0]["InstanceId"])


class Plugin:
    """A client of a data channel, as the session-manager-plugin is one: websocket frames, masked, and in them ours."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, opcode: int, payload: bytes) -> None:
        mask, length = os.urandom(4), len(payload)
        head = (
            bytes([0x80 | opcode, 0x80 | length]) if length < 126 else struct.pack(">BBH", 0x80 | opcode, 0xFE, length)
        )
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        self._stream.write(head + mask + masked)
        self._stream.flush()

    def receive(self) -> bytes | None:
        head = self._stream.read(2)
        if len(head) < 2 or head[0] & 0xF == 8:
            return None
        length = head[1] if head[1] < 126 else struct.unpack(">H", self._stream.read(2))[0]
        return self._stream.read(length)

    def open(self, token: str) -> None:
        """As OpenDataChannelInput."""
        asked = {"MessageSchemaVersion": "1.0", "RequestId": str(uuid4()), "TokenValue": token, "ClientId": "test"}
        self.send(1, json.dumps(asked).encode())

    def frames(self) -> Iterator[Frame]:
        """What the agent says, until the channel is closed; the handshake is answered."""
        while (message := self.receive()) is not None:
            frame = Frame.decoded(message)
            yield frame
            if frame.payload_kind == channel.HANDSHAKE_REQUEST:
                answer = json.dumps({"ClientVersion": "1.2.0.0", "ProcessedClientActions": [], "Errors": []}).encode()
                kind = channel.HANDSHAKE_RESPONSE
                self.send(2, Frame(channel.INPUT, 0, kind, answer, 1, uuid4(), channel.FIRST).encoded())


@contextmanager
def plugin(url: str, **headers: str) -> Iterator[tuple[str, Plugin]]:
    """A websocket to this address: how the server answered, and the client."""
    parts = urlsplit(url)
    key = base64.b64encode(os.urandom(16)).decode()
    sent = {
        "Host": parts.netloc,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
        **headers,
    }
    rows = [f"GET {parts.path}?{parts.query} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
        stream: Any = connection.makefile("rwb")
        stream.write("\r\n".join(rows).encode())
        stream.flush()
        status = stream.readline().decode().split(" ", 1)[1].strip()
        answered = dict(row.decode().strip().split(": ", 1) for row in iter(stream.readline, b"\r\n") if b": " in row)
        if status.startswith("101"):
            assert answered["Sec-WebSocket-Accept"] == accepted(key)
        yield status, Plugin(stream)


def listed(ssm: Any, state: str, **wanted: str) -> list[dict[str, Any]]:
    filters = [{"key": key, "value": value} for key, value in wanted.items()]
    found: list[dict[str, Any]] = ssm.describe_sessions(State=state, Filters=filters)["Sessions"]
    return found


def refused(ssm: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        ssm.start_session(**params)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_session_says_what_the_instance_is_and_ends(ssm: Any, instance: str) -> None:
    begun = ssm.start_session(Target=instance, Reason="drill")
    (active,) = listed(ssm, "Active", Target=instance)

    with plugin(begun["StreamUrl"]) as (_, client):
        client.open(begun["TokenValue"])
        frames = list(client.frames())

    assert (active["SessionId"], active["Status"], active["Reason"]) == (begun["SessionId"], "Connected", "drill")
    said = "".join(frame.payload.decode() for frame in frames if frame.payload_kind == channel.DATA)
    assert said.startswith(f"This is the instance {instance} of an embedded AWS.\r\nImage ami-")
    assert "there is no shell" in said
    stream = [frame for frame in frames if frame.kind == channel.OUTPUT]
    assert [frame.number for frame in stream] == list(range(len(stream)))
    assert [frame.payload_kind for frame in stream] == [
        channel.HANDSHAKE_REQUEST,
        channel.HANDSHAKE_COMPLETE,
        channel.DATA,
    ]
    (acknowledged,) = [json.loads(frame.payload) for frame in frames if frame.kind == channel.ACKNOWLEDGE]
    assert acknowledged["AcknowledgedMessageType"] == channel.INPUT
    assert frames[-1].kind == channel.CLOSED
    assert json.loads(frames[-1].payload)["SessionId"] == begun["SessionId"]
    assert listed(ssm, "Active", Target=instance) == []
    (past,) = listed(ssm, "History", SessionId=begun["SessionId"])
    assert past["Status"] == "Terminated"


def test_a_channel_wants_the_token_of_its_session_and_no_web_page(ssm: Any, instance: str) -> None:
    begun = ssm.start_session(Target=instance)
    url, token = begun["StreamUrl"], begun["TokenValue"]

    for where, shown in ((url, "made up"), (url.replace(begun["SessionId"], "other"), token)):
        with plugin(where) as (status, client):
            client.open(shown)
            assert (status, client.receive()) == ("101 Switching Protocols", None)
    with plugin(url) as (_, client):
        client.send(1, b"no JSON")
        assert client.receive() is None
    with plugin(url, Origin="http://evil.example") as (status, _):
        assert status.startswith("400")
    assert listed(ssm, "Active", Target=instance) != []


def test_what_is_not_connected_is_refused(cloud: Cloud, ssm: Any, instance: str) -> None:
    silent = launch(cloud, "silent")
    stopped = launch(cloud, "managed")
    cloud.client("ec2").stop_instances(InstanceIds=[stopped])
    nobody = "i-00000000000000000"

    for each in (silent, stopped, nobody):
        assert refused(ssm, Target=each) == ("TargetNotConnected", f"{each} is not connected.")
        assert ssm.get_connection_status(Target=each)["Status"] == "notconnected"
    assert ssm.get_connection_status(Target=instance)["Status"] == "connected"
    cloud.client("ec2").terminate_instances(InstanceIds=[silent, stopped])


def test_a_document_that_needs_a_machine_is_refused_by_name(ssm: Any, instance: str) -> None:
    code, message = refused(ssm, Target=instance, DocumentName="AWS-StartPortForwardingSession")

    assert code == "InvalidDocument"
    assert "AWS-StartPortForwardingSession is not part of the embedded AWS" in message


def test_a_session_can_be_resumed_until_it_ends(cloud: Cloud, ssm: Any, instance: str) -> None:
    ended, forgotten = (ssm.start_session(Target=instance) for _ in range(2))

    again = ssm.resume_session(SessionId=forgotten["SessionId"])
    ssm.terminate_session(SessionId=ended["SessionId"])
    began = cloud.clock.now()
    cloud.clock.advance(20 * 60)

    assert again["TokenValue"] == forgotten["TokenValue"]
    with plugin(ended["StreamUrl"]) as (_, client):
        client.open(ended["TokenValue"])
        assert client.receive() is None
    (idle,) = listed(ssm, "History", SessionId=forgotten["SessionId"])
    assert idle["EndDate"] == began + timedelta(minutes=20)
    assert "TokenValue" not in ssm.resume_session(SessionId=ended["SessionId"])


@given(
    kind=st.sampled_from([channel.INPUT, channel.OUTPUT, channel.CLOSED]),
    number=st.integers(0, 2**62),
    payload=st.binary(max_size=200),
    flags=st.integers(0, 3),
    where=st.integers(0, 10**6),
)
def test_a_frame_is_read_as_it_was_written_and_a_changed_payload_is_noticed(
    kind: str, number: int, payload: bytes, flags: int, where: int
) -> None:
    frame = Frame(kind, number, channel.DATA, payload, 1, uuid4(), flags)
    encoded = frame.encoded()

    assert Frame.decoded(encoded) == frame
    assert encoded[:4] == struct.pack(">I", 116)
    if payload:
        at = 120 + where % len(payload)
        with pytest.raises(ValueError, match="digest"):
            Frame.decoded(encoded[:at] + bytes([encoded[at] ^ 1]) + encoded[at + 1 :])
