"""The real stack with one thing changed, for every rule: what the rule is to find, and nothing mandatory beside it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace

from tap_stack.guardrails import types as aws
from tap_stack.guardrails.model import Program
from tap_stack.local.values import Archive, Asset

from .stacks import Change, add, both, cut, drop, edit, one, output, outputs_without, put, ref, refs

ANYWHERE = "0.0.0.0/0"
ON, OFF = True, False
TEMPLATE = (aws.LAUNCH_TEMPLATE, "instance")
FLEET = (aws.GROUP, "fleet")
HEALER = (aws.FUNCTION, "healer")
HEALER_ROLE = (aws.ROLE, "tap-healer-us-east-1-dev")
HEALER_POLICY = (aws.ROLE_POLICY, "tap-healer-us-east-1-dev")
INSTANCE_ROLE = (aws.ROLE, "tap-instance-us-east-1-dev")
TOPIC = (aws.TOPIC, "notifications")
TOPIC_POLICY = (aws.TOPIC_POLICY, "notifications")
KEY = (aws.KEY, "notifications")
INGRESS = (aws.INGRESS_RULE, "https-from-10.0.0.0/8")
EGRESS = (aws.EGRESS_RULE, "to-anywhere")
HEALER_LOG = (aws.LOG_GROUP, "healer-log")
PASSWORD = "#!/bin/bash\nsystemctl enable --now amazon-ssm-agent\nexport DB_PASSWORD=correct-horse-battery\n"


@dataclass(frozen=True)
class Mutation:
    """One thing changed.

    Attributes:
        rule: What is to find it.
        what: What was changed, as a phrase.
        change: Changes it.
        mended: Applied first, where the stack itself has an exception to the rule: with it the rule holds.
        config: The configuration of the stack that is changed.
    """

    rule: str
    what: str
    change: Change
    mended: Change | None = None
    config: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


def ignoring_nothing(program: Program) -> Program:
    group = one(program, *FLEET)
    return program.replaced(replace(group, options=replace(group.options, ignore_changes=())))


def silent_component(program: Program) -> Program:
    component = one(program, "tap:index:Compute")
    return program.replaced(replace(component, outputs=None))


def never_asking(program: Program) -> Program:
    return replace(program, invokes=frozenset())


def registered_twice(program: Program) -> Program:
    return replace(program, resources=(*program.resources, one(program, *HEALER)))


def code(**files: str) -> Archive:
    return Archive(assets={name.replace("__", "."): Asset(text=text) for name, text in files.items()})


def encoded(script: str) -> str:
    return base64.b64encode(script.encode()).decode()


def in_one_zone(program: Program) -> Program:
    return put(aws.SUBNET, "public-b", "availabilityZone", "us-east-1a")(program)


def as_it_was(*place: str) -> Change:
    """Undo what `mended` did: leave the input out again."""
    return cut(place[0], place[1], place[2])


CLOSED = {"natStrategy": "none"}
PARAMETER = (aws.SSM_PARAMETER, "AmazonCloudWatch-tap-agent-dev")
EVERYBODY = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}

NETWORK = (
    Mutation("zones-from-region", "a program that never asks for zones", never_asking),
    Mutation(
        "zones-from-region", "a zone of another region", put(aws.SUBNET, "private-a", "availabilityZone", "eu-west-1a")
    ),
    Mutation("vpc-flow-log", "no flow log", both(drop(aws.FLOW_LOG), drop(aws.ROLE, "tap-flow-log-us-east-1-dev"))),
    Mutation("flow-log-traffic", "accepted traffic alone", put(aws.FLOW_LOG, "", "trafficType", "ACCEPT")),
    Mutation(
        "flow-log-destination",
        "no role to write with",
        both(cut(aws.FLOW_LOG, "", "iamRoleArn"), drop(aws.ROLE, "tap-flow-log-us-east-1-dev")),
    ),
    Mutation("default-security-group-closed", "not adopted", drop(aws.DEFAULT_SECURITY_GROUP)),
    Mutation(
        "default-security-group-closed",
        "its members may talk to each other",
        put(aws.DEFAULT_SECURITY_GROUP, "", "ingress", [{"self": True, "protocol": "-1", "fromPort": 0, "toPort": 0}]),
    ),
    Mutation("no-default-vpc", "the default VPC adopted", add(aws.DEFAULT_VPC, "default")),
    Mutation("no-default-vpc", "a default subnet adopted", add(aws.DEFAULT_SUBNET, "default")),
    Mutation(
        "subnet-no-public-ip", "a public subnet gives addresses", put(aws.SUBNET, "public-a", "mapPublicIpOnLaunch", ON)
    ),
    Mutation("subnet-zones", "both public subnets in one zone", in_one_zone),
    Mutation(
        "subnet-route-table",
        "a public subnet without a table",
        both(
            drop(aws.ROUTE_TABLE_ASSOCIATION, "public-b"),
            drop(aws.NAT_GATEWAY, "nat-b"),
            put(aws.ROUTE, "private-b-nat", "natGatewayId", ref(aws.NAT_GATEWAY, "nat-a")),
        ),
    ),
    Mutation(
        "route-table-used",
        "a table for nobody",
        both(
            add(aws.ROUTE_TABLE, "spare", vpcId=ref(aws.VPC), tags={"Name": "spare", "Type": "Private"}),
            lambda program: output("spare_table", ref(aws.ROUTE_TABLE, "spare")(program))(program),
        ),
    ),
    Mutation(
        "instances-in-private-subnets",
        "the group in the public subnets",
        put(*FLEET, "vpcZoneIdentifiers", refs(ref(aws.SUBNET, "public-a"), ref(aws.SUBNET, "public-b"))),
    ),
    Mutation(
        "instances-in-private-subnets",
        "one public subnet among the private ones",
        put(*FLEET, "vpcZoneIdentifiers", refs(ref(aws.SUBNET, "private-a"), ref(aws.SUBNET, "public-b"))),
    ),
    Mutation(
        "instances-in-private-subnets",
        "a private table that leads to the internet gateway",
        both(
            put(aws.ROUTE, "private-a-nat", "gatewayId", ref(aws.INTERNET_GATEWAY)),
            cut(aws.ROUTE, "private-a-nat", "natGatewayId"),
        ),
    ),
    Mutation(
        "instances-reach-ssm",
        "no endpoint for ssmmessages in a closed network",
        drop(aws.VPC_ENDPOINT, "endpoint-ssmmessages"),
        config=CLOSED,
    ),
    Mutation(
        "endpoint-private-dns",
        "an endpoint without its private name",
        put(aws.VPC_ENDPOINT, "endpoint-ssm", "privateDnsEnabled", OFF),
        config=CLOSED,
    ),
    Mutation(
        "endpoint-private-dns",
        "a VPC without DNS hostnames",
        put(aws.VPC, "vpc", "enableDnsHostnames", OFF),
        config=CLOSED,
    ),
    Mutation(
        "nat-gateway-public-subnet",
        "a NAT gateway in a private subnet",
        put(aws.NAT_GATEWAY, "nat-a", "subnetId", ref(aws.SUBNET, "private-a")),
    ),
    Mutation(
        "nat-gateway-per-zone",
        "one gateway for both zones",
        put(aws.ROUTE, "private-b-nat", "natGatewayId", ref(aws.NAT_GATEWAY, "nat-a")),
    ),
    Mutation(
        "private-default-route",
        "a zone without a way out, for no instances",
        both(
            add(
                aws.SUBNET,
                "data",
                vpcId=ref(aws.VPC),
                availabilityZone="us-east-1c",
                tags={"Name": "data", "Type": "Private"},
            ),
            add(aws.ROUTE_TABLE, "data", vpcId=ref(aws.VPC), tags={"Name": "data", "Type": "Private"}),
            add(
                aws.ROUTE_TABLE_ASSOCIATION,
                "data",
                subnetId=ref(aws.SUBNET, "data"),
                routeTableId=ref(aws.ROUTE_TABLE, "data"),
            ),
            lambda program: output("data", refs(ref(aws.ROUTE_TABLE, "data"), ref(aws.SUBNET, "data"))(program))(
                program
            ),
        ),
    ),
    Mutation(
        "network-names", "a route table without a name", put(aws.ROUTE_TABLE, "public", "tags", {"Project": "tap"})
    ),
    Mutation("address-used", "an address for nobody", add(aws.EIP, "spare", tags={"Name": "spare", "Type": "Public"})),
    Mutation(
        "network-acl-admin-ports",
        "an ACL that lets SSH in",
        add(
            aws.NETWORK_ACL_RULE,
            "ssh",
            networkAclId="acl-1",
            ruleAction="allow",
            protocol="tcp",
            fromPort=22,
            toPort=22,
            cidrBlock=ANYWHERE,
        ),
    ),
)

GROUPS = (
    Mutation("security-group-no-world-ingress", "HTTPS from anywhere", put(*INGRESS, "cidrIpv4", ANYWHERE)),
    Mutation(
        "security-group-no-world-ingress",
        "HTTP from anywhere",
        both(put(*INGRESS, "cidrIpv4", ANYWHERE), put(*INGRESS, "fromPort", 80), put(*INGRESS, "toPort", 80)),
    ),
    Mutation(
        "security-group-no-world-ingress",
        "HTTPS from anywhere in IPv6",
        both(cut(*INGRESS, "cidrIpv4"), put(*INGRESS, "cidrIpv6", "::/0")),
    ),
    Mutation(
        "security-group-no-world-ingress",
        "an inline rule for anywhere",
        put(
            aws.SECURITY_GROUP,
            "instances",
            "ingress",
            [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": [ANYWHERE], "description": "HTTPS"}],
        ),
    ),
    Mutation(
        "security-group-no-admin-ports",
        "SSH from the authorised range",
        both(put(*INGRESS, "fromPort", 22), put(*INGRESS, "toPort", 22)),
    ),
    Mutation(
        "security-group-no-admin-ports", "ports 20 to 443 from the authorised range", put(*INGRESS, "fromPort", 20)
    ),
    Mutation(
        "security-group-ingress-ports",
        "every protocol from the authorised range",
        both(put(*INGRESS, "ipProtocol", "-1"), cut(*INGRESS, "fromPort"), cut(*INGRESS, "toPort")),
    ),
    Mutation("security-group-ranges", "a range with host bits", put(*INGRESS, "cidrIpv4", "10.0.0.7/8")),
    Mutation("security-group-ranges", "no range at all", put(*INGRESS, "cidrIpv4", "the office")),
    Mutation("security-group-descriptions", "a rule without a description", cut(*INGRESS, "description")),
    Mutation(
        "security-group-egress",
        "everything out to anywhere",
        both(put(*EGRESS, "ipProtocol", "-1"), cut(*EGRESS, "fromPort"), cut(*EGRESS, "toPort")),
        both(put(*EGRESS, "ipProtocol", "tcp"), put(*EGRESS, "fromPort", 443), put(*EGRESS, "toPort", 443)),
    ),
    Mutation(
        "security-group-used",
        "a group for nobody",
        add(aws.SECURITY_GROUP, "spare", description="Spare", tags={"A": "b"}),
    ),
)

INSTANCES = (
    Mutation("imdsv2-required", "tokens optional", put(*TEMPLATE, "metadataOptions", "httpTokens", "optional")),
    Mutation("imds-hop-limit", "two hops", put(*TEMPLATE, "metadataOptions", "httpPutResponseHopLimit", 2)),
    Mutation(
        "imds-endpoint-explicit",
        "the endpoint left to the account",
        put(*TEMPLATE, "metadataOptions", {"httpTokens": "required"}),
    ),
    Mutation(
        "volumes-encrypted",
        "a volume of its own in clear",
        add(aws.VOLUME, "data", availabilityZone="us-east-1a", size=8, tags={"Name": "data"}),
    ),
    Mutation(
        "volumes-encrypted", "a volume in clear", put(*TEMPLATE, "blockDeviceMappings", 0, "ebs", "encrypted", "false")
    ),
    Mutation("volumes-encrypted", "the root volume left to the image", cut(*TEMPLATE, "blockDeviceMappings")),
    Mutation(
        "instance-no-public-ip",
        "a public address",
        put(*TEMPLATE, "networkInterfaces", 0, "associatePublicIpAddress", "true"),
    ),
    Mutation(
        "instance-one-interface",
        "two interfaces",
        lambda program: put(*TEMPLATE, "networkInterfaces", one(program, *TEMPLATE).inputs["networkInterfaces"] * 2)(
            program
        ),
    ),
    Mutation("instance-no-key-pair", "a key pair", put(*TEMPLATE, "keyName", "operators")),
    Mutation("user-data-no-secrets", "a password in the user data", put(*TEMPLATE, "userData", encoded(PASSWORD))),
    Mutation(
        "instance-detailed-monitoring", "a report every five minutes", put(*TEMPLATE, "monitoring", "enabled", OFF)
    ),
    Mutation("instance-ebs-optimized", "no bandwidth for volumes", cut(*TEMPLATE, "ebsOptimized")),
    Mutation(
        "instance-profile",
        "no instance profile",
        both(cut(*TEMPLATE, "iamInstanceProfile"), drop(*INSTANCE_ROLE), drop(aws.INSTANCE_PROFILE)),
    ),
    Mutation(
        "instance-role-ssm",
        "no permission for SSM",
        drop(aws.ROLE_POLICY_ATTACHMENT, "tap-instance-AmazonSSMManagedInstanceCore-us-east-1-dev"),
    ),
    Mutation("user-data-ssm-agent", "no user data", cut(*TEMPLATE, "userData")),
    Mutation(
        "user-data-ssm-agent", "user data without the agent", put(*TEMPLATE, "userData", encoded("#!/bin/bash\ndate\n"))
    ),
    Mutation(
        "tags-at-launch",
        "volumes without tags",
        put(*TEMPLATE, "tagSpecifications", [{"resourceType": "instance", "tags": {"Project": "tap"}}]),
    ),
    Mutation(
        "group-launch-template",
        "a launch configuration",
        both(put(*FLEET, "launchConfiguration", "old"), cut(*FLEET, "launchTemplate")),
    ),
    Mutation("group-zones", "one zone alone", put(*FLEET, "vpcZoneIdentifiers", refs(ref(aws.SUBNET, "private-a")))),
    Mutation(
        "group-instance-types",
        "one type",
        cut(*FLEET, "mixedInstancesPolicy"),
        put(
            *FLEET,
            "mixedInstancesPolicy",
            {
                "launchTemplate": {
                    "overrides": [{"instanceType": "t3.micro"}, {"instanceType": "t3a.micro"}],
                    "launchTemplateSpecification": {"version": "1"},
                }
            },
        ),
    ),
    Mutation(
        "group-load-balancer-health", "a target group and EC2 checks", put(*FLEET, "targetGroupArns", ["arn:aws:t"])
    ),
    Mutation("group-tags", "a tag that stays behind", put(*FLEET, "tags", 0, "propagateAtLaunch", OFF)),
    Mutation("group-template-version", "$Latest", put(*FLEET, "launchTemplate", "version", "$Latest")),
    Mutation(
        "group-refresh-rollback", "no rollback", put(*FLEET, "instanceRefresh", "preferences", "autoRollback", OFF)
    ),
    Mutation("group-refresh-rollback", "no refresh", cut(*FLEET, "instanceRefresh")),
    Mutation("group-capacity-drift", "each deployment sets the size back", ignoring_nothing),
    Mutation("group-notifications", "nobody is told of launches", drop(aws.EVENT_RULE, "scaling-failures")),
    Mutation(
        "scaling-policy-alarm",
        "an alarm that no longer scales",
        put(aws.METRIC_ALARM, "cpu-high", "alarmActions", refs(ref(*TOPIC, "arn"))),
    ),
)

PERMISSIONS = (
    Mutation(
        "policy-documents",
        "a policy that is no JSON",
        put(aws.ROLE_POLICY, "tap-flow-log-us-east-1-dev", "policy", "Allow everything"),
    ),
    Mutation("iam-no-wildcard-action", "every action of a service", edit(*HEALER_POLICY, "Notify", Action="sns:*")),
    Mutation(
        "iam-no-wildcard-action", "every action", edit(*HEALER_POLICY, "All", Effect="Allow", Action="*", Resource="*")
    ),
    Mutation(
        "iam-no-not-action", "all but a few", edit(*HEALER_POLICY, "Notify", Action=None, NotAction=["iam:GetUser"])
    ),
    Mutation(
        "iam-no-wildcard-resource",
        "marks any instance unhealthy",
        edit(*HEALER_POLICY, "MarkUnhealthy", Resource="*", Condition=None),
    ),
    Mutation("iam-no-wildcard-resource", "publishes to any topic", edit(*HEALER_POLICY, "Notify", Resource="*")),
    Mutation(
        "iam-no-wildcard-resource",
        "reads any secret",
        edit(*HEALER_POLICY, "Read", Action=["secretsmanager:GetSecretValue"]),
    ),
    Mutation(
        "iam-pass-role",
        "passes any role",
        edit(*HEALER_POLICY, "Pass", Effect="Allow", Action="iam:PassRole", Resource="*"),
    ),
    Mutation(
        "iam-no-privilege-escalation",
        "writes its own policy",
        edit(*HEALER_POLICY, "Grow", Effect="Allow", Action="iam:PutRolePolicy", Resource="arn:aws:iam::1:role/tap-*"),
    ),
    Mutation("iam-kms-decrypt", "decrypts with any key", edit(*HEALER_POLICY, "EncryptNotification", Resource="*")),
    Mutation(
        "iam-no-administrator",
        "AdministratorAccess",
        put(
            aws.ROLE_POLICY_ATTACHMENT,
            "tap-instance-CloudWatchAgentServerPolicy-us-east-1-dev",
            "policyArn",
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ),
    ),
    Mutation(
        "iam-managed-policies",
        "one more of AWS's",
        add(
            aws.ROLE_POLICY_ATTACHMENT,
            "more",
            role="tap-healer-us-east-1-dev",
            policyArn="arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess",
        ),
    ),
    Mutation(
        "iam-policy-attached",
        "a policy for nobody",
        add(
            aws.POLICY,
            "spare",
            name="spare",
            policy='{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}',
        ),
    ),
    Mutation(
        "role-trust-anybody",
        "anybody may assume it",
        edit(*HEALER_ROLE, "World", "assumeRolePolicy", Effect="Allow", Action="sts:AssumeRole", Principal="*"),
    ),
    Mutation(
        "role-one-service",
        "two services",
        edit(
            *HEALER_ROLE,
            "Trust",
            "assumeRolePolicy",
            Principal={"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]},
        ),
    ),
    Mutation(
        "role-trust-matches-user",
        "the function's role trusts EC2",
        edit(*HEALER_ROLE, "Trust", "assumeRolePolicy", Principal={"Service": "ec2.amazonaws.com"}),
    ),
    Mutation(
        "role-trust-source", "on behalf of any account", edit(*HEALER_ROLE, "Trust", "assumeRolePolicy", Condition=None)
    ),
    Mutation(
        "role-used",
        "a role for nobody",
        add(
            aws.ROLE,
            "spare",
            name="spare",
            tags={"Project": "tap"},
            assumeRolePolicy=lambda program: one(program, *INSTANCE_ROLE).inputs["assumeRolePolicy"],
        ),
    ),
    Mutation("permission-used", "a permission whose target is gone", drop(aws.EVENT_TARGET, "healer-schedule")),
)

FUNCTIONS = (
    Mutation("lambda-runtime", "python3.8", put(*HEALER, "runtime", "python3.8")),
    Mutation("lambda-runtime", "a runtime that is none", put(*HEALER, "runtime", "python2026")),
    Mutation(
        "lambda-handler-in-code", "code without the handler's file", put(*HEALER, "code", code(lambda_function__py=""))
    ),
    Mutation("lambda-handler-in-code", "a handler of another module", put(*HEALER, "handler", "main.lambda_handler")),
    Mutation("names-unique", "the function defined twice", registered_twice),
    Mutation(
        "names-unique", "two alarms of one name", put(aws.METRIC_ALARM, "healer-blind", "name", "tap-healer-silent-dev")
    ),
    Mutation("lambda-permission-source", "any rule may invoke it", cut(aws.PERMISSION, "healer-schedule", "sourceArn")),
    Mutation(
        "lambda-permission-source",
        "anybody may invoke it",
        both(
            cut(aws.PERMISSION, "healer-schedule", "sourceArn"),
            put(aws.PERMISSION, "healer-schedule", "principal", "*"),
        ),
    ),
    Mutation("event-target-permission", "no permission for the schedule", drop(aws.PERMISSION, "healer-schedule")),
    Mutation("lambda-log-group", "Lambda's own log group", drop(*HEALER_LOG)),
    Mutation("lambda-log-group", "a log group of another name", put(*HEALER_LOG, "name", "/aws/lambda/other")),
    Mutation("log-group-retention", "kept for ever", cut(*HEALER_LOG, "retentionInDays")),
    Mutation("log-group-year", "kept for a month", put(*HEALER_LOG, "retentionInDays", 30)),
    Mutation(
        "log-group-key", "AWS's key", cut(*HEALER_LOG, "kmsKeyId"), put(*HEALER_LOG, "kmsKeyId", "arn:aws:kms:key")
    ),
    Mutation("lambda-role-logs", "may not write its log", edit(*HEALER_POLICY, "Log", drop=True)),
    Mutation("lambda-concurrency", "no limit", put(*HEALER, "reservedConcurrentExecutions", -1)),
    Mutation(
        "lambda-failure-destination",
        "failed events dropped",
        cut(*HEALER, "deadLetterConfig"),
        put(*HEALER, "deadLetterConfig", {"targetArn": "arn:aws:sqs:queue"}),
    ),
    Mutation("lambda-retries", "retries left to Lambda", drop(aws.EVENT_INVOKE_CONFIG)),
    Mutation(
        "lambda-tracing", "no trace", cut(*HEALER, "tracingConfig"), put(*HEALER, "tracingConfig", {"mode": "Active"})
    ),
    Mutation(
        "lambda-in-vpc",
        "outside of any VPC",
        cut(*HEALER, "vpcConfig"),
        put(*HEALER, "vpcConfig", {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}),
    ),
    Mutation(
        "lambda-environment-key", "AWS's key", cut(*HEALER, "kmsKeyArn"), put(*HEALER, "kmsKeyArn", "arn:aws:kms:key")
    ),
    Mutation(
        "lambda-no-secrets",
        "a variable called TOKEN",
        put(*HEALER, "environment", "variables", "API_TOKEN", "abcdef123"),
    ),
    Mutation(
        "lambda-no-secrets",
        "an access key in a variable",
        put(*HEALER, "environment", "variables", "OTHER", "AKIA" + "ABCDEFGHIJKLMNOP"),
    ),
    Mutation(
        "lambda-code-signing",
        "unsigned code",
        cut(*HEALER, "codeSigningConfigArn"),
        put(*HEALER, "codeSigningConfigArn", "arn:aws:lambda:code-signing-config"),
    ),
    Mutation("lambda-errors-alarm", "nobody watches its errors", drop(aws.METRIC_ALARM, "healer-errors")),
    Mutation("replacement-is-told", "no metrics", edit(*HEALER_POLICY, "Count", drop=True)),
    Mutation("replacement-is-told", "no notification", edit(*HEALER_POLICY, "Notify", drop=True)),
)

ALARMS = (
    Mutation("alarm-action", "an alarm that tells nobody", put(aws.METRIC_ALARM, "healer-silent", "alarmActions", [])),
    Mutation("alarm-enabled", "an alarm switched off", put(aws.METRIC_ALARM, "healer-silent", "actionsEnabled", OFF)),
    Mutation("alarm-missing-data", "silence means nothing", cut(aws.METRIC_ALARM, "healer-silent", "treatMissingData")),
    Mutation("alarm-topic-reachable", "alarms may not use the key", edit(*KEY, "Alarms", drop=True)),
    Mutation("event-topic-allowed", "events may not use the key", edit(*KEY, "ScalingFailures", drop=True)),
    Mutation("event-topic-allowed", "events may not be published", edit(*TOPIC_POLICY, "ScalingFailures", drop=True)),
    Mutation("topic-encrypted", "messages in clear", cut(*TOPIC, "kmsMasterKeyId")),
    Mutation("topic-not-public", "anybody may publish", edit(*TOPIC_POLICY, "Open", **EVERYBODY)),
    Mutation("topic-tls", "no TLS asked for", edit(*TOPIC_POLICY, "OnlyTls", drop=True)),
    Mutation(
        "subscription-https",
        "a subscription over HTTP",
        add(aws.TOPIC_SUBSCRIPTION, "hook", topic=ref(*TOPIC, "arn"), protocol="http", endpoint="http://example.com"),
    ),
    Mutation("key-rotation", "a key that does not rotate", put(*KEY, "enableKeyRotation", OFF)),
    Mutation(
        "key-not-public",
        "a key for anybody",
        edit(*KEY, "Open", Effect="Allow", Principal={"AWS": "*"}, Action="kms:Encrypt", Resource="*"),
    ),
    Mutation(
        "key-policy",
        "the default policy",
        add(aws.KEY, "other", enableKeyRotation=True, tags={"Project": "tap"}),
    ),
    Mutation(
        "parameter-no-secrets", "a password in a plain parameter", put(*PARAMETER, "value", "password=correct-horse")
    ),
)

STACK = (
    Mutation("tagged", "an alarm without tags", cut(aws.METRIC_ALARM, "healer-silent", "tags")),
    Mutation("network-outputs", "no ids of NAT gateways", outputs_without("nat_gateway_ids")),
    Mutation(
        "network-outputs", "no ids of route tables", outputs_without("public_route_table_id", "private_route_table_ids")
    ),
    Mutation("stack-outputs", "no role", outputs_without("lambda_role_arn", "lambda_role_name")),
    Mutation("stack-outputs", "no alarm", outputs_without("cpu_high_alarm_arn")),
    Mutation("component-outputs", "a component without outputs", silent_component),
    Mutation("outputs-no-secrets", "a password", output("admin_password", "correct-horse")),
)

MUTATIONS = (*NETWORK, *GROUPS, *INSTANCES, *PERMISSIONS, *FUNCTIONS, *ALARMS, *STACK)
