"""Roles' temporary credentials: issued, recognised by access key, expired in cloud time.

moto's STS is told of each, so that GetCallerIdentity answers truly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.backends import get_backend

from embedded_aws.iam.documents import PolicyDocument
from embedded_aws.iam.facts import Role

_TEMPORARY_KEY_PREFIX = "ASIA"
_STS_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}  # only the partition counts


@dataclass(frozen=True)
class RoleSession:
    """A role's temporary credentials, from the moment they are issued until they expire (cloud time).

    Attributes:
        source: Condition keys that the issuing service put into the session.
        policy: The session policy, None if it has none.
    """

    access_key: str
    secret_key: str
    token: str
    role_arn: str
    session_arn: str
    user_id: str
    issued: datetime
    expires: datetime
    source: Mapping[str, str] = field(default_factory=dict)
    policy: PolicyDocument | None = None

    def credentials(self) -> dict[str, Any]:
        """As STS's Credentials."""
        return {
            "AccessKeyId": self.access_key,
            "SecretAccessKey": self.secret_key,
            "SessionToken": self.token,
            "Expiration": self.expires,
        }


class Sessions:
    """All sessions of one account, by access key."""

    def __init__(self, account: str, partition: str) -> None:
        self._account = account
        self._partition = partition
        self._by_key: dict[str, RoleSession] = {}

    def find(self, access_key: str) -> RoleSession | None:
        """The session of an access key, None if it was never issued here."""
        return self._by_key.get(access_key)

    @staticmethod
    def looks_temporary(access_key: str) -> bool:
        """Whether an access key has the form of a session's."""
        return access_key.startswith(_TEMPORARY_KEY_PREFIX)

    def issue(
        self,
        role: Role,
        name: str,
        issued: datetime,
        duration: timedelta,
        *,
        source: Mapping[str, str] | None = None,
        policy: PolicyDocument | None = None,
    ) -> RoleSession:
        """Make credentials for a role; whoever calls has checked that they may be had."""
        assumed = get_backend("sts")[self._account][self._partition].assume_role(
            region_name=_STS_REGIONS[self._partition],
            role_session_name=name,
            role_arn=role.arn,
            policy="",
            duration=int(duration.total_seconds()),
            external_id="",
        )
        session = RoleSession(
            access_key=assumed.access_key_id,
            secret_key=assumed.secret_access_key,
            token=assumed.session_token,
            role_arn=role.arn,
            session_arn=f"arn:{self._partition}:sts::{self._account}:assumed-role/{role.name}/{name}",
            user_id=f"{role.unique_id}:{name}",
            issued=issued,
            expires=issued + duration,
            source=source or {},
            policy=policy,
        )
        self._by_key[session.access_key] = session
        return session
