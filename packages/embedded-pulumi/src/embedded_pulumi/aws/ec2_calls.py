"""What EC2's resources have in common: how to find one, to change its tags, and to wait until it is deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from embedded_pulumi.aws.errors import in_words, is_in_use, unless_gone
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.resource_type import ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.tags import Tags
from embedded_pulumi.aws.waiting import PATIENCE, wait_for
from embedded_pulumi.provider import ProviderError
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


def once_free(what: str, call: Callable[..., Any], *, timeout: float, **params: Any) -> None:
    """Repeat a call until no other resource depends on this one, as instances do while their group leaves a subnet.

    Args:
        what: The resource, for the message.
        call: Deletes or detaches it.
        timeout: Seconds, as in Terraform's aws provider, which repeats the call for the same error code.
        params: The parameters of the call.

    Raises:
        ProviderError: another resource still depends on it after that time; with AWS's last words.
        ClientError: AWS refused the call for another reason.
    """
    last_words = ""

    def succeeds() -> bool | None:
        nonlocal last_words
        try:
            call(**params)
        except ClientError as error:
            if is_in_use(error):
                last_words = in_words(error)
                return None
            raise
        return True

    try:
        wait_for(f"{what} to be used by nothing any more", succeeds, timeout=timeout)
    except ProviderError as error:
        raise ProviderError(f"{error}: {last_words}") from error
