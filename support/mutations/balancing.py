"""The stack behind a load balancer, with one thing changed."""

from __future__ import annotations

from pulumi_guardrails import types as aws
from support.programs import both, cut, drop, put, ref, refs

from .mutation import ANYWHERE, FLEET, OFF, TEMPLATE, Mutation

PUBLIC = {
    "loadBalancer": "public",
    "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a",
}
BALANCER = (aws.LOAD_BALANCER, "web")
SECURE, PLAIN = (aws.LISTENER, "https"), (aws.LISTENER, "tap-http-dev")
FRONT = (aws.INGRESS_RULE, "balancer-443")

BALANCING = (
    Mutation(
        "listener-encrypted",
        "plain HTTP that goes on to the instances",
        put(*PLAIN, "defaultActions", [{"type": "forward", "targetGroupArn": "arn:aws:x"}]),
        config=PUBLIC,
    ),
    Mutation(
        "listener-encrypted",
        "a redirect that stays with HTTP",
        put(*PLAIN, "defaultActions", [{"type": "redirect", "redirect": {"port": "81", "statusCode": "HTTP_301"}}]),
        config=PUBLIC,
    ),
    Mutation("listener-tls-policy", "AWS's default", cut(*SECURE, "sslPolicy"), config=PUBLIC),
    Mutation(
        "listener-tls-policy",
        "older ciphers",
        put(*SECURE, "sslPolicy", "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06"),
        config=PUBLIC,
    ),
    Mutation("group-load-balancer-health", "EC2 checks", put(*FLEET, "healthCheckType", "EC2"), config=PUBLIC),
    Mutation("load-balancer-access-logs", "none", cut(*BALANCER, "accessLogs"), config=PUBLIC),
    Mutation(
        "load-balancer-deletion-protection",
        "none",
        put(*BALANCER, "enableDeletionProtection", OFF),
        config={**PUBLIC, "protect": "true"},
    ),
    Mutation(
        "bucket-public-access",
        "access logs that a policy can open",
        put(aws.BUCKET_PUBLIC_ACCESS_BLOCK, "access-logs-closed", "blockPublicPolicy", OFF),
        config=PUBLIC,
    ),
    Mutation(
        "bucket-public-access",
        "access logs that nothing closes",
        drop(aws.BUCKET_PUBLIC_ACCESS_BLOCK, "access-logs-closed"),
        config=PUBLIC,
    ),
    Mutation(
        "bucket-encrypted-transport",
        "access logs over plain HTTP",
        drop(aws.BUCKET_POLICY, "access-logs-policy"),
        config=PUBLIC,
    ),
    Mutation("load-balancer-header-fields", "passed on", put(*BALANCER, "dropInvalidHeaderFields", OFF), config=PUBLIC),
    Mutation(
        "security-group-no-world-ingress",
        "another port of the load balancer",
        both(put(*FRONT, "fromPort", 8443), put(*FRONT, "toPort", 8443)),
        config=PUBLIC,
    ),
    Mutation(
        "security-group-no-world-ingress",
        "the world past the load balancer",
        both(
            put(aws.INGRESS_RULE, "from-balancer", "cidrIpv4", ANYWHERE),
            cut(aws.INGRESS_RULE, "from-balancer", "referencedSecurityGroupId"),
        ),
        config=PUBLIC,
    ),
    Mutation(
        "security-group-no-world-ingress",
        "instances in the load balancer's group",
        put(*TEMPLATE, "vpcSecurityGroupIds", refs(ref(aws.SECURITY_GROUP, "balancer"))),
        config=PUBLIC,
    ),
)
