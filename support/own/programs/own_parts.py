"""A network, two fleets in it, and a healer for one of them: TAP's parts, each by itself."""

import pulumi

from tap_stack import Fleet, Healer, Network

network = Network("shared", {"vpc_cidr": "10.8.0.0/16", "nat_strategy": "single"})
web = Fleet(
    "web",
    {
        "vpc_id": network.vpc_id,
        "private_subnet_ids": network.private_subnet_ids,
        "min_size": 2,
        "max_size": 6,
        "desired_capacity": 3,
    },
)
batch = Fleet(
    "batch",
    {
        "vpc_id": network.vpc_id,
        "private_subnet_ids": network.private_subnet_ids,
        "open_egress": False,
        "min_size": 1,
        "desired_capacity": 1,
    },
)
healer = Healer(
    "heal-web",
    {"auto_scaling_group_name": web.auto_scaling_group_name, "healer": {"instance_check_window_seconds": 240}},
)
pulumi.export("group", web.auto_scaling_group_name)
pulumi.export("zones", web.zones)
pulumi.export("batch", batch.auto_scaling_group_name)
pulumi.export("function", healer.lambda_function_name)
pulumi.export("subnets", network.private_subnet_ids)
