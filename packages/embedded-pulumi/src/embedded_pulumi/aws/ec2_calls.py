"""Calls for all EC2 resources: find one by its id or mark, change its tags, wait for its deletion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.errors import found, is_in_use
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.values import Properties


def one(call: Callable[..., dict[str, Any]], key: str, **params: Any) -> dict[str, Any] | None:
    """The only resource that a describe call finds, or None."""
    answer = found(lambda: call(**params))
    things = answer[key] if answer else []
    return things[0] if things else None


def by_mark(aws: Session, props: Properties) -> str | None:
    """The id of the resource with the mark of a create."""
    filters = [*by_filter("key", MARK), *by_filter("value", props[MARK])]
    found = aws.ec2.describe_tags(Filters=filters)["Tags"]
    return str(found[0]["ResourceId"]) if found else None


def by_filter(name: str, *values: str) -> list[dict[str, Any]]:
    """A `Filters` parameter with one filter."""
    return [{"Name": name, "Values": list(values)}]


def retag(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    """Write and remove tags of an EC2 resource."""
    del state
    if removed:
        aws.ec2.delete_tags(Resources=[id_], Tags=[{"Key": key} for key in removed])
    if written:
        aws.ec2.create_tags(Resources=[id_], Tags=tags.to_list(written))


def wait_gone(what: str, look: Callable[[], object | None]) -> None:
    """Wait until `look` finds nothing."""
    wait_for(f"{what} to be gone", lambda: None if look() is not None else True)


def difference(old: Iterable[Any] | None, new: Iterable[Any] | None) -> tuple[list[Any], list[Any]]:
    """The elements that are only in `new`, and those that are only in `old`, each sorted."""
    before, after = set(old or ()), set(new or ())
    return sorted(after - before), sorted(before - after)


def once_free(what: str, call: Callable[..., Any], *, timeout: float, **params: Any) -> None:
    """Repeat a call until no other resource depends on this one, as instances do while their group leaves a subnet.

    Args:
        what: The resource, for the message.
        call: Deletes or detaches it.
        timeout: Seconds, as in Terraform's aws provider, which repeats the call for the same error code.
        params: The parameters of the call.

    Raises:
        ProviderError: another resource still depends on it after that time.
        ClientError: AWS refused the call for another reason.
    """

    def succeeds() -> bool | None:
        try:
            call(**params)
        except ClientError as error:
            if is_in_use(error):
                return None
            raise
        return True

    wait_for(f"{what} to be used by nothing any more", succeeds, timeout=timeout)
