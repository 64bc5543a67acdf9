"""Load balancers and their listeners: what they speak, and what they write down."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, MANDATORY, rule
from pulumi_guardrails.types import LISTENER, LOAD_BALANCER

ENCRYPTED = frozenset({"HTTPS", "TLS"})
MODERN = ("ELBSecurityPolicy-TLS13-1-2-", "ELBSecurityPolicy-TLS13-1-3-", "ELBSecurityPolicy-FS-1-2-Res-")
"""How the names of the policies begin that begin with TLS 1.2 and demand forward secrecy."""

WEAK = ("-Ext1-", "-Ext2-")
"""Parts of the names of those that bring older ciphers back."""


@rule(
    MANDATORY,
    of=LISTENER,
    controls=("FSBP ELB.1", "CKV_AWS_2", "AVD-AWS-0054"),
    mend="protocol='HTTPS' with a certificate; on port 80 a redirect to HTTPS alone.",
)
def listener_encrypted(listener: Resource) -> Iterator[str]:
    """Listeners speak TLS, and plain HTTP only to send people there.

    What goes over plain HTTP can be read and changed by everybody on the way.
    """
    if not listener.knows("protocol") or listener.value("protocol") in ENCRYPTED:
        return
    for action in listener.items("defaultActions"):
        redirect = action.get("redirect")
        if not isinstance(redirect, dict) or redirect.get("protocol") != "HTTPS":
            yield f"it serves {listener.value('protocol') or 'HTTP'} without encryption"


@rule(
    MANDATORY,
    of=LISTENER,
    controls=("FSBP ELB.17", "CKV_AWS_103", "AVD-AWS-0047"),
    mend="ssl_policy='ELBSecurityPolicy-TLS13-1-2-Res-2021-06'.",
)
def listener_tls_policy(listener: Resource) -> Iterator[str]:
    """Listeners with TLS take nothing older than TLS 1.2 with forward secrecy.

    AWS's default still takes TLS 1.0, and ciphers that give away the past with the key.
    """
    if listener.value("protocol") not in ENCRYPTED or not listener.knows("sslPolicy"):
        return
    policy = listener.text("sslPolicy") or "ELBSecurityPolicy-2016-08"
    if not policy.startswith(MODERN) or any(part in policy for part in WEAK):
        yield f"its policy is {policy}"


@rule(
    MANDATORY,
    of=LOAD_BALANCER,
    controls=("FSBP ELB.5", "CKV_AWS_91"),
    mend="access_logs={'bucket': bucket.bucket, 'enabled': True}.",
)
def load_balancer_access_logs(balancer: Resource) -> Iterator[str]:
    """Load balancers write access logs.

    Without them nobody can tell afterwards who asked for what.
    """
    known = balancer.knows("accessLogs") and balancer.knows("accessLogs", "enabled")
    if known and not balancer.is_true("accessLogs", "enabled"):
        yield "it writes no access logs"


@rule(
    ADVISORY,
    of=LOAD_BALANCER,
    controls=("FSBP ELB.6", "CKV_AWS_150"),
    mend="enable_deletion_protection=True.",
)
def load_balancer_deletion_protection(balancer: Resource) -> Iterator[str]:
    """Load balancers are protected from being deleted.

    A new one has another DNS name and other addresses: whoever used the old ones is cut off.
    """
    if balancer.knows("enableDeletionProtection") and not balancer.is_true("enableDeletionProtection"):
        yield "it can be deleted"


@rule(
    MANDATORY,
    of=LOAD_BALANCER,
    controls=("FSBP ELB.4", "CKV_AWS_131"),
    mend="drop_invalid_header_fields=True.",
)
def load_balancer_header_fields(balancer: Resource) -> Iterator[str]:
    """Application Load Balancers drop header fields that are not valid.

    What a load balancer and the application read differently is a way around both (request smuggling).
    """
    is_application = balancer.value("loadBalancerType") in (None, "application")
    if is_application and balancer.knows("dropInvalidHeaderFields") and not balancer.is_true("dropInvalidHeaderFields"):
        yield "it passes invalid header fields on"
