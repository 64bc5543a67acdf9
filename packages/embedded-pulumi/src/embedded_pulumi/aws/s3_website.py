"""S3: a bucket as a web site, in a resource of its own."""

from __future__ import annotations

import json
from typing import Any

from embedded_pulumi.aws.documents import JsonText
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.resource_type import Change, Description
from embedded_pulumi.aws.s3 import NAME, OWNER, names_of
from embedded_pulumi.aws.s3_settings import OfBucket
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf, known_among, request, response
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import UNKNOWN, Properties

_PROTOCOL = Text(one_of=("http", "https"))
_RULE = Block(
    fields={
        "condition": Block(fields={"httpErrorCodeReturnedEquals": Text(), "keyPrefixEquals": Text()}),
        "redirect": Block(
            required=True,
            fields={
                "hostName": Text(),
                "httpRedirectCode": Text(),
                "protocol": _PROTOCOL,
                "replaceKeyPrefixWith": Text(),
                "replaceKeyWith": Text(),
            },
        ),
    }
)
_PARTS = ("errorDocument", "indexDocument", "redirectAllRequestsTo")
_EITHER = ("indexDocument", "redirectAllRequestsTo")


class BucketWebsite(OfBucket):
    """What a bucket shows as a web site, and where it sends those who ask for something else.

    The rules can be given as objects or as a JSON text. Those that a program gives no more stay, as both are computed;
    an update of the one leaves the other as it was in the preview, here as in the real provider.

    Source: terraform-provider-aws/internal/service/s3/bucket_website_configuration.go (013f1736b904, 2026), read on
    2026-12-01. Pulumi calls Terraform's `routing_rule` routingRules, and its `routing_rules` routingRuleDetails.
    """

    type_ = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"
    inputs = {
        "bucket": NAME,
        "errorDocument": Block(fields={"key": Text(required=True)}),
        "expectedBucketOwner": OWNER,
        "indexDocument": Block(fields={"suffix": Text(required=True)}),
        "redirectAllRequestsTo": Block(fields={"hostName": Text(required=True), "protocol": _PROTOCOL}),
        "routingRuleDetails": JsonText(computed=True),
        "routingRules": ListOf(computed=True, item=_RULE),
    }
    outputs = ("websiteDomain", "websiteEndpoint")
    at_most_one = (
        ("redirectAllRequestsTo", "errorDocument"),
        ("redirectAllRequestsTo", "indexDocument"),
        ("redirectAllRequestsTo", "routingRules"),
        ("redirectAllRequestsTo", "routingRuleDetails"),
        ("routingRules", "routingRuleDetails"),
    )

    def check(self, inputs: Properties) -> list[CheckFailure]:
        """What S3 would refuse when the site is made."""
        if any(inputs.get(name) is UNKNOWN for name in _EITHER) or known_among(inputs, _EITHER):
            return []
        return [CheckFailure("indexDocument", "is required without redirectAllRequestsTo")]

    def put(self, aws: Session, bucket: Properties, props: Properties) -> None:
        site = request(self.inputs, props, _PARTS)
        rules = self._rules(props)
        if rules:
            site["RoutingRules"] = rules
        aws.s3.put_bucket_website(**bucket, WebsiteConfiguration=site)

    def _rules(self, props: Properties) -> list[dict[str, Any]]:
        if props.get("routingRules") is not None:
            return list(self.inputs["routingRules"].to_aws(props["routingRules"]))
        return list(json.loads(props.get("routingRuleDetails") or "[]"))

    def update(self, aws: Session, id_: str, change: Change) -> None:
        props = change.new
        if not known_among(props, ("routingRules", "routingRuleDetails")):
            props = {**props, "routingRules": change.get("routingRules")}
        self.put(aws, self.of(id_), props)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.s3.get_bucket_website, **self.of(id_))
        return found if found and found.keys() & {"IndexDocument", "RedirectAllRequestsTo"} else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told, rules = self.named(id_), found.get("RoutingRules") or []
        names = names_of(aws, str(told["bucket"]), is_site=True)
        return {
            **told,
            **response(self.inputs, found, _PARTS),
            "routingRuleDetails": json.dumps(rules) if rules else None,
            "routingRules": self.inputs["routingRules"].from_aws(rules),
            **{name: names[name] for name in self.outputs},
        }

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.s3.delete_bucket_website(**self.of(id_))


class BucketWebsiteV2(BucketWebsite):
    """The same under the name that it had in version 6 of the SDK."""

    type_ = "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2"


TYPES = (BucketWebsite, BucketWebsiteV2)
