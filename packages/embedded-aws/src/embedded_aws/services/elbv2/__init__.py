"""Elastic Load Balancing (Application Load Balancers) where moto lacks something or accepts too much.

load_balancers  what a load balancer demands, its attributes and interfaces    store    moto's own, and what it links
listeners       listeners, rules and their certificates                        targets  who is registered, and how he is
certificates    ACM: a certificate in use cannot be deleted                    checks   one target's health checks
access_logs     whether log delivery may write into a bucket                   reach    whether traffic gets to a target
"""
