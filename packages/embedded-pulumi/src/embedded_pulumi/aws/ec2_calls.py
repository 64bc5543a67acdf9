"""What EC2's resources have in common: how to find one, to change its tags, and to wait until it is deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from embedded_pulumi.aws.errors import code_of, in_words, is_in_use, unless_gone
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.resource_type import ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.tags import Tags
from embedded_pulumi.aws.waiting import FIRST_PAUSE, GROWTH, LONGEST_PAUSE, PATIENCE, wait_for
from embedded_pulumi.provider import ProviderError, allowed, requester
from embedded_pulumi.values import Properties


class _Ec2Tagging(Tagging):
    """EC2 takes the tags of several resources at once, and tags to remove in the same form as tags to write."""

    def change(self, aws: Session, id_: str, props: Properties, written: Tags, removed: list[str]) -> None:
        """Write some tags, and remove others."""
        del props
        if removed:
            aws.ec2.delete_tags(Resources=[id_], Tags=[{"Key": key} for key in removed])
        if written:
            aws.ec2.create_tags(Resources=[id_], Tags=self.to_aws(written))


TAGGING = _Ec2Tagging(service="ec2", target="Resources")


class Ec2Type(ResourceType):
    """A type whose resources have tags, by which a new one is found."""

    tagging = TAGGING

    def locate(self, aws: Session, props: Properties) -> str | None:
        """The id of the resource with the mark of a create."""
        filters = [*by_filter("key", MARK), *by_filter("value", props[MARK])]
        tagged = aws.ec2.describe_tags(Filters=filters)["Tags"]
        return str(tagged[0]["ResourceId"]) if tagged else None


def one(call: Callable[..., dict[str, Any]], key: str, **params: Any) -> dict[str, Any] | None:
    """The only resource that a describe call finds, or None."""
    answer = unless_gone(call, **params)
    return answer[key][0] if answer and answer[key] else None


def by_filter(name: str, *values: str) -> list[dict[str, Any]]:
    """A `Filters` parameter with one filter."""
    return [{"Name": name, "Values": list(values)}]


def wait_gone(what: str, look: Callable[[], object | None], *, timeout: float = PATIENCE) -> None:
    """Wait until `look` finds nothing; the timeout is in seconds."""
    wait_for(f"{what} to be gone", lambda: None if look() is not None else True, timeout=timeout)


def difference(old: Iterable[Any] | None, new: Iterable[Any] | None) -> tuple[list[Any], list[Any]]:
    """The elements that are only in `new`, and those that are only in `old`, each sorted."""
    before, after = set(old or ()), set(new or ())
    return sorted(after - before), sorted(before - after)


_MOST_USERS = 3
"""How many users of a resource are named."""

_LOOK_SECONDS = 2.0
"""How long a resource is used before somebody looks by what: mostly it is free in a moment."""


def once_free(
    what: str, call: Callable[..., Any], users: Callable[[], Iterable[str]], *, timeout: float, **params: Any
) -> None:
    """Repeat a call until no other resource depends on this one, as instances do while their group leaves a subnet.

    Args:
        what: The resource, for the message.
        call: Deletes or detaches it.
        users: Looks up what uses it, as ids; asked where the wait is long, and told to the caller.
        timeout: Seconds, as in Terraform's aws provider, which repeats the call for the same error code.
        params: The parameters of the call.

    Raises:
        ProviderError: another resource still depends on it after that time, or at an interruption: nothing is under
            way, so there is nothing to wait for. With AWS's last words.
        ClientError: AWS refused the call for another reason.
    """
    timeout = allowed() or timeout
    began, pause, looked = time.monotonic(), FIRST_PAUSE, 0.0
    while True:
        try:
            call(**params)
        except ClientError as error:
            if not is_in_use(error):
                raise
            refusal = error
        else:
            return
        waited = time.monotonic() - began
        if requester().in_a_hurry():
            raise ProviderError(f"interrupted, while {what} was still in use: {in_words(refusal)}")
        if waited >= timeout:
            raise ProviderError(f"{what} was still in use after {timeout:g} s: {in_words(refusal)}")
        if waited >= _LOOK_SECONDS and waited >= 2 * looked:
            requester().told(f"still used{_by(users)} ({code_of(refusal)})")
            looked = waited
        time.sleep(pause)
        pause = min(pause * GROWTH, LONGEST_PAUSE)


def _by(users: Callable[[], Iterable[str]]) -> str:
    """What uses a resource, as far as AWS lets us look."""
    try:
        found = sorted(users())
    except ClientError:  # the deployer may have no permission to look: AWS's refusal says that there is something
        return ""
    more = f" and {len(found) - _MOST_USERS} more" if len(found) > _MOST_USERS else ""
    return f" by {', '.join(found[:_MOST_USERS])}{more}" if found else ""


def interfaces_of(aws: Session, filter_: str, id_: str) -> list[str]:
    """The network interfaces in a subnet or a VPC, or with a security group, which keep it from being deleted.

    An interface that belongs to an instance is named with it, so that the reader knows what to terminate. Source:
    Amazon VPC User Guide, "Delete your subnet" and "Delete your VPC": network interfaces are what stands in the way.

    Args:
        aws: The session.
        filter_: The filter of DescribeNetworkInterfaces: `subnet-id`, `vpc-id` or `group-id`.
        id_: Its value.
    """
    found = aws.ec2.describe_network_interfaces(Filters=by_filter(filter_, id_))["NetworkInterfaces"]
    instances = {each["NetworkInterfaceId"]: each.get("Attachment", {}).get("InstanceId") for each in found}
    return [f"{interface} of {owner}" if owner else interface for interface, owner in instances.items()]
