"""Buckets of S3: who may open them, and how they are spoken to."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_pulumi.values import UNKNOWN
from pulumi_guardrails.documents import is_document, statements
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import ADVISORY, Violation, rule
from pulumi_guardrails.types import BUCKET, BUCKET_POLICY, BUCKET_PUBLIC_ACCESS_BLOCK

BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
PLAIN_HTTP = "aws:securetransport"


@rule(
    ADVISORY,
    controls=("FSBP S3.8", "CKV2_AWS_6", "AVD-AWS-0094"),
    mend="aws.s3.BucketPublicAccessBlock(bucket=..., with all four of its settings True).",
)
def bucket_public_access(program: Program) -> Iterator[Violation]:
    """Buckets say that nobody can open them to the public.

    AWS closes a new bucket by default, and anybody who may change it can open it; written down, a deployment closes it.
    """
    for bucket in program.of(BUCKET):
        blocks = program.users(bucket, BUCKET_PUBLIC_ACCESS_BLOCK, by="bucket")
        if not blocks:
            yield Violation(bucket.urn, "nothing blocks public access to it")
        for block in blocks:
            if open_ := [name for name in BLOCKS if block.knows(name) and not block.is_true(name)]:
                yield Violation(block.urn, f"it leaves {', '.join(open_)} off")


@rule(
    ADVISORY,
    controls=("FSBP S3.5", "CKV_AWS_379"),
    mend="In the bucket's policy, deny s3:* where aws:SecureTransport is false.",
)
def bucket_encrypted_transport(program: Program) -> Iterator[Violation]:
    """Buckets refuse requests without TLS.

    What goes over plain HTTP can be read and changed by everybody on the way.
    """
    for bucket in program.of(BUCKET):
        if not any(_refuses_plain_http(policy) for policy in program.users(bucket, BUCKET_POLICY, by="bucket")):
            yield Violation(bucket.urn, "no policy refuses requests without TLS")


def _refuses_plain_http(policy: Resource) -> bool:
    """Whether it does, or may: a document that is not known is not judged."""
    document = policy.at("policy")
    if document is UNKNOWN or not is_document(document):
        return True
    return any(
        not each.allows
        and each.names("s3:GetObject")
        and any(
            {name.lower(): value for name, value in keys.items()}.get(PLAIN_HTTP) in ("false", ["false"], False)
            for operator, keys in each.condition.items()
            if operator == "Bool"
        )
        for each in statements(document)
    )
