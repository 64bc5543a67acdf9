"""How each service takes, shows and changes the tags of a resource, declared once for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.tags import Tags
from embedded_pulumi.values import Properties


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """The operations on tags.

    Attributes:
        service: boto3's name of the service.
        target: The parameter that names the resource.
        by_arn: Whether its value is the resource's ARN, and not its id.
        write: The operation that writes tags.
        remove: The operation that removes tags.
        show: The operation that shows tags; empty if the description of a resource has them.
        tags: The parameter for tags.
        keys: The parameter for the keys of tags to remove.
        shown: The key of tags in an answer.
        pair: What key and value are called in a list of tags; empty if tags are a map.
        more: Further parameters of all operations.
    """

    service: str
    target: str
    by_arn: bool = False
    write: str = "tag_resource"
    remove: str = "untag_resource"
    show: str = ""
    tags: str = "Tags"
    keys: str = "TagKeys"
    shown: str = "Tags"
    pair: tuple[str, ...] = ("Key", "Value")
    more: Mapping[str, str] = field(default_factory=dict)

    def to_aws(self, given: Tags) -> Any:
        """Tags as the service takes them."""
        return tags.to_list(given, *self.pair) if self.pair else given

    def told(self, props: Properties) -> dict[str, Any]:
        """The parameter `Tags` of a call that makes the resource; none without tags: services take no empty list."""
        return {"Tags": self.to_aws(props["tagsAll"])} if props["tagsAll"] else {}

    def read(self, aws: Session, id_: str, props: Properties, found: Mapping[str, Any]) -> Tags:
        """The tags of a resource that was found."""
        answer = self._call(aws, self.show, id_, props) if self.show else found
        told = answer.get(self.shown)
        return tags.from_list(told, *self.pair) if self.pair else tags.from_map(told)

    def change(self, aws: Session, id_: str, props: Properties, written: Tags, removed: list[str]) -> None:
        """Write some tags, and remove others."""
        if removed:
            self._call(aws, self.remove, id_, props, **{self.keys: removed})
        if written:
            self._call(aws, self.write, id_, props, **{self.tags: self.to_aws(written)})

    def _call(self, aws: Session, operation: str, id_: str, props: Properties, **params: Any) -> Any:
        target = {self.target: props["arn"] if self.by_arn else id_}
        return getattr(aws.client(self.service), operation)(**target, **self.more, **params)
