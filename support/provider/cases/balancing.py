"""Cases: load balancers, target groups, listeners, rules, certificates."""

from __future__ import annotations

from typing import Any

from support.provider.case import Case, With
from support.provider.world import World

TO_TLS = [{"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}]
RESPONSE = [{"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}]
LOGS = {"bucket": "logs", "prefix": "web", "enabled": False}
RESPONSE_HEADERS = (
    *("AccessControlAllowCredentials", "AccessControlAllowHeaders", "AccessControlAllowMethods"),
    *("AccessControlAllowOrigin", "AccessControlExposeHeaders", "AccessControlMaxAge", "ContentSecurityPolicy"),
    *("StrictTransportSecurity", "XContentTypeOptions", "XFrameOptions"),
)
REQUEST_HEADERS = (
    *("XAmznMtlsClientcert", "XAmznMtlsClientcertIssuer", "XAmznMtlsClientcertLeaf"),
    *("XAmznMtlsClientcertSerialNumber", "XAmznMtlsClientcertSubject", "XAmznMtlsClientcertValidity"),
    *("XAmznTlsCipherSuite", "XAmznTlsVersion"),
)


def forward(w: World) -> list[dict[str, Any]]:
    group = w.target_group("forward")
    return [{"type": "forward", "targetGroupArn": group}]


def shared(w: World) -> list[dict[str, Any]]:
    groups = [{"arn": w.target_group(name), "weight": weight} for name, weight in (("blue", 1), ("green", 9))]
    return [{"type": "forward", "forward": {"targetGroups": groups, "stickiness": {"duration": 60, "enabled": True}}}]


def fresh_web_acl(world: World) -> str:
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    made = world.session.wafv2.create_web_acl(
        Name=world.next_name(), Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=seen, Rules=[]
    )
    return str(made["Summary"]["ARN"])


CASES: dict[str, Case] = {
    "aws:wafv2/webAclAssociation:WebAclAssociation": Case(
        inputs=lambda w: {"resourceArn": w.load_balancer, "webAclArn": fresh_web_acl(w)},
        replaces={"resourceArn": "arn:aws:apigateway:eu-west-1::/restapis/a/stages/b", "webAclArn": fresh_web_acl},
        import_id="{id}",
    ),
    "aws:lb/loadBalancer:LoadBalancer": Case(
        inputs=lambda w: {
            "internal": True,
            "subnets": [w.subnet, w.other_subnet],
            "securityGroups": [w.group],
            "tags": {"Name": "web"},
        },
        updates={
            "subnets": lambda w: [w.subnet, w.spare_subnet],
            "securityGroups": lambda w: [w.other_group],
            "ipAddressType": "dualstack",
            "accessLogs": LOGS,
            "connectionLogs": LOGS,
            "clientKeepAlive": 600,
            "desyncMitigationMode": "strictest",
            "dropInvalidHeaderFields": True,
            "enableDeletionProtection": True,
            "enableHttp2": False,
            "enableTlsVersionAndCipherSuiteHeaders": True,
            "enableWafFailOpen": True,
            "enableXffClientPort": True,
            "enableZonalShift": True,
            "idleTimeout": 30,
            "preserveHostHeader": True,
            "xffHeaderProcessingMode": "preserve",
        },
        replaces={
            "name": "another",
            "namePrefix": With("some-", {"name": None}),
            "internal": lambda w: With(value=False, also={"tags": {"Gateway": w.gateway}}),
        },
    ),
    "aws:lb/targetGroup:TargetGroup": Case(
        inputs=lambda w: {"port": 80, "protocol": "HTTP", "vpcId": w.vpc["id"], "tags": {"Name": "web"}},
        updates={
            "healthCheck": {"path": "/healthz", "matcher": "200-299", "interval": 10, "timeout": 5},
            "stickiness": {"type": "app_cookie", "cookieName": "session", "cookieDuration": 60},
            "deregistrationDelay": 30,
            "slowStart": 60,
            "loadBalancingAlgorithmType": "least_outstanding_requests",
            "loadBalancingAnomalyMitigation": "on",
            "loadBalancingCrossZoneEnabled": "true",
        },
        replaces={
            "name": "another",
            "namePrefix": With("some-", {"name": None}),
            "port": 8080,
            "protocol": "HTTPS",
            "protocolVersion": "HTTP2",
            "targetType": "ip",
            "ipAddressType": "ipv6",
            "vpcId": "vpc-another",
        },
    ),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": Case(
        import_id="{targetGroupArn},{targetId}",
        inputs=lambda w: {"targetGroupArn": w.target_group("attached"), "targetId": w.running_instance},
        replaces={
            "targetGroupArn": lambda w: w.target_group("another"),
            "targetId": "i-0123456789abcdef0",
            "port": 8080,
            "availabilityZone": "all",
        },
    ),
    "aws:autoscaling/attachment:Attachment": Case(
        inputs=lambda w: {"autoscalingGroupName": w.fleet, "lbTargetGroupArn": w.target_group("attached")},
        replaces={
            "autoscalingGroupName": "another",
            "lbTargetGroupArn": lambda w: w.target_group("another"),
        },
    ),
    "aws:lb/listener:Listener": Case(
        inputs=lambda w: {
            "loadBalancerArn": w.load_balancer,
            "port": w.next_port(),
            "protocol": "HTTPS",
            "certificateArn": w.certificate,
            "defaultActions": RESPONSE,
            "tags": {"Name": "web"},
        },
        updates={
            "port": lambda w: w.next_port(),
            "protocol": With("HTTP", {"certificateArn": None, "sslPolicy": None}),
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "certificateArn": lambda w: w.other_certificate,
            "defaultActions": TO_TLS,
            "routingHttpResponseServerEnabled": False,
            **{f"routingHttpResponse{name}HeaderValue": "value" for name in RESPONSE_HEADERS},
            **{f"routingHttpRequest{name}HeaderName": "X-Name" for name in REQUEST_HEADERS},
        },
        replaces={"loadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/other/1"},
    ),
    "aws:lb/listenerRule:ListenerRule": Case(
        inputs=lambda w: {
            "listenerArn": w.listener,
            "priority": w.next_port(),
            "actions": forward(w),
            "conditions": [{"pathPattern": {"values": ["/api/*"]}}],
            "tags": {"Name": "web"},
        },
        updates={
            "priority": lambda w: w.next_port(),
            "actions": shared,
            "conditions": [
                {"hostHeader": {"values": ["example.com", "www.example.com"]}},
                {"httpHeader": {"httpHeaderName": "X-Wanted", "values": ["yes"]}},
                {"httpRequestMethod": {"values": ["GET"]}},
                {"queryStrings": [{"key": "a", "value": "b"}]},
                {"sourceIp": {"values": ["10.0.0.0/8"]}},
            ],
        },
        replaces={"listenerArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/other/1/2"},
    ),
    "aws:lb/listenerCertificate:ListenerCertificate": Case(
        inputs=lambda w: {"listenerArn": w.listener, "certificateArn": w.other_certificate},
        replaces={
            "listenerArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/other/1/2",
            "certificateArn": lambda w: w.certificate,
        },
    ),
    "aws:acm/certificate:Certificate": Case(
        inputs=lambda _: {
            "domainName": "example.com",
            "subjectAlternativeNames": ["www.example.com"],
            "validationMethod": "DNS",
            "tags": {"Name": "web"},
        },
        created={
            "options": {"certificateTransparencyLoggingPreference": "DISABLED"},
            **{
                name: lambda w, name=name: With(
                    w.key_pair[name],
                    {
                        **w.key_pair,
                        "domainName": None,
                        "subjectAlternativeNames": None,
                        "validationMethod": None,
                    },
                )
                for name in ("certificateBody", "privateKey", "certificateChain")
            },
        },
        replaces={
            "domainName": "other.example.com",
            "subjectAlternativeNames": ["api.example.com"],
            "validationMethod": "EMAIL",
            "keyAlgorithm": "EC_prime256v1",
        },
    ),
    "aws:acm/certificateValidation:CertificateValidation": Case(
        inputs=lambda w: {"certificateArn": w.certificate},
        replaces={
            "certificateArn": lambda w: w.other_certificate,
            "validationRecordFqdns": lambda w: w.validation_records,
        },
        outlives=True,
    ),
}
