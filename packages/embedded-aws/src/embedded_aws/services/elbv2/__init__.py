"""Elastic Load Balancing (Application Load Balancers) where moto lacks something or accepts too much.

load_balancers  what a load balancer demands, its attributes and interfaces    store    moto's own, and what it links
listeners       listeners, rules and their certificates                        targets  who is registered, and how he is
certificates    ACM: a certificate in use cannot be deleted                    checks   one target's health checks
access_logs     whether log delivery may write into a bucket                   reach    whether traffic gets to a target
"""

from __future__ import annotations

from embedded_aws.calls import Routes
from embedded_aws.iam.authorizer import Authorizer
from embedded_aws.services.elbv2 import certificates, listeners
from embedded_aws.services.elbv2.load_balancers import LoadBalancers
from embedded_aws.services.elbv2.targets import Targets
from embedded_aws.services.service_linked_roles import ServiceLinkedRoles


def routes(targets: Targets, iam: Authorizer, linked: ServiceLinkedRoles) -> Routes:
    """The calls that are answered in moto's place."""
    return targets.routes() | LoadBalancers(iam, linked).routes() | listeners.routes() | certificates.routes()
