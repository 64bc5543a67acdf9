"""What the API actions of Elastic Load Balancing and ACM need.

A create is decided about before it has an id: its resource ends with `*`. Tags that are given with it need AddTags.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Elastic Load Balancing V2" and "for
AWS Certificate Manager"; Elastic Load Balancing, "Grant permission to tag resources during creation".
"""

from __future__ import annotations

from collections.abc import Mapping

from embedded_aws.calls import Call
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.permissions import Needs, Permission, Resources, any_resource, arns, on

_PREFIX = "arn:{partition}:elasticloadbalancing:{region}:{account}"
_NEW_BALANCER = arns(_PREFIX + ":loadbalancer/app/{}/*", "Name")
_BALANCER = arns(_PREFIX + ":loadbalancer/app/{}", "LoadBalancerArn")
_NEW_GROUP = arns(_PREFIX + ":targetgroup/{}/*", "Name")
_GROUP = arns(_PREFIX + ":targetgroup/{}", "TargetGroupArn")
_LISTENER = arns(_PREFIX + ":listener/app/{}", "ListenerArn")
_RULE = arns(_PREFIX + ":listener-rule/app/{}", "RuleArn")
_TAGGED = arns("{}", "ResourceArns")
_CERTIFICATE = arns("arn:{partition}:acm:{region}:{account}:certificate/{}", "CertificateArn")

_MADE = {
    "CreateListener": ("loadbalancer/", "listener/", "LoadBalancerArn"),
    "CreateRule": ("listener/", "listener-rule/", "ListenerArn"),
}
"""A create to how the ARN of what it makes follows from that of what it is made in."""


def _rules(call: Call, facts: AccountFacts) -> tuple[str, ...]:
    """The rules that a call puts in another order."""
    del facts
    return tuple(str(each["RuleArn"]) for each in call.params["RulePriorities"])


def _tagging(resources: Resources) -> Needs:
    """A row for an action that makes one of these resources, and may tag it."""

    def also(call: Call, facts: AccountFacts) -> tuple[Permission, ...]:
        if not call.params.get("Tags"):
            return ()
        made = resources(call, facts)
        if call.action in _MADE:
            kind, new, parameter = _MADE[call.action]
            made = (str(call.params[parameter]).replace(f":{kind}", f":{new}") + "/*",)
        context = {"elasticloadbalancing:CreateAction": call.action}
        return tuple(Permission("elasticloadbalancing:AddTags", arn, context) for arn in made)

    return Needs(resources, also=also)


BALANCING: Mapping[str, Mapping[str, Needs]] = {
    "elbv2": {
        **on(
            any_resource,
            """
                DescribeAccountLimits DescribeCapacityReservation DescribeListenerAttributes
                DescribeListenerCertificates DescribeListeners DescribeLoadBalancerAttributes DescribeLoadBalancers
                DescribeRules DescribeSSLPolicies DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups
                DescribeTargetHealth
            """,
        ),
        "CreateLoadBalancer": _tagging(_NEW_BALANCER),
        "CreateListener": _tagging(_BALANCER),
        "CreateTargetGroup": _tagging(_NEW_GROUP),
        "CreateRule": _tagging(_LISTENER),
        **on(
            _BALANCER,
            """
                DeleteLoadBalancer ModifyCapacityReservation ModifyLoadBalancerAttributes SetIpAddressType
                SetSecurityGroups SetSubnets
            """,
        ),
        **on(
            _GROUP,
            "DeleteTargetGroup DeregisterTargets ModifyTargetGroup ModifyTargetGroupAttributes RegisterTargets",
        ),
        **on(
            _LISTENER,
            """
                AddListenerCertificates DeleteListener ModifyListener ModifyListenerAttributes
                RemoveListenerCertificates
            """,
        ),
        **on(_RULE, "DeleteRule ModifyRule"),
        **on(_rules, "SetRulePriorities"),
        **on(_TAGGED, "AddTags RemoveTags"),
    },
    "acm": {
        **on(any_resource, "ListCertificates RequestCertificate"),
        **on(
            _CERTIFICATE,
            """
                AddTagsToCertificate DeleteCertificate DescribeCertificate GetCertificate ImportCertificate
                ListTagsForCertificate RemoveTagsFromCertificate UpdateCertificateOptions
            """,
        ),
    },
}
"""botocore's service name to botocore's operation name to what it needs."""
