"""What all EC2 resources share: finding one by id, and changing tags."""

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
    """The single thing that a describe call finds, or None."""
    answer = found(lambda: call(**params))
    things = answer[key] if answer else []
    return things[0] if things else None


def by_mark(aws: Session, props: Properties) -> str | None:
    """What a create marked, by the tag that EC2 gave it when it made it."""
    filters = [*by_filter("key", MARK), *by_filter("value", props[MARK])]
    found = aws.ec2.describe_tags(Filters=filters)["Tags"]
    return str(found[0]["ResourceId"]) if found else None


def by_filter(name: str, *values: str) -> list[dict[str, Any]]:
    """A `Filters` parameter with one filter."""
    return [{"Name": name, "Values": list(values)}]


def retag(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    """Write and remove tags of anything in EC2."""
    del state
    if removed:
        aws.ec2.delete_tags(Resources=[id_], Tags=[{"Key": key} for key in removed])
    if written:
        aws.ec2.create_tags(Resources=[id_], Tags=tags.to_list(written))


def wait_gone(what: str, look: Callable[[], object | None]) -> None:
    """Wait until `look` finds nothing any more."""
    wait_for(f"{what} to be gone", lambda: None if look() is not None else True)


def difference(old: Iterable[Any] | None, new: Iterable[Any] | None) -> tuple[list[Any], list[Any]]:
    """What came and what went between two sets, each in order."""
    before, after = set(old or ()), set(new or ())
    return sorted(after - before), sorted(before - after)


def once_free(what: str, call: Callable[..., Any], *, timeout: float, **params: Any) -> None:
    """Call until nothing depends on it any more, as a subnet's instances do while their group moves elsewhere.

    Args:
        what: What is to be free, for the message.
        call: Deletes or detaches it.
        timeout: Seconds; those of Terraform's aws provider, which tries again upon the same error code.
        params: Of the call.

    Raises:
        ProviderError: something still depends on it after all that time.
        ClientError: it was refused for another reason.
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
