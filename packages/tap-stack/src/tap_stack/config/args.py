"""What the components take as arguments: each is a field of InfraConfig, and a configuration key.

Written by `python -m tools.args_module --write`. Pulumi's analyzer reads types and docstrings here, and cannot read
annotations that are texts: hence no `from __future__ import annotations`.
"""

from collections.abc import Sequence
from typing import TypedDict

import pulumi


class CommonArgs(TypedDict, total=False):
    """What every component takes. Else the configuration key holds."""

    region: str
    """The AWS region to deploy to; also from AWS_DEFAULT_REGION, or from the profile in ~/.aws/config. Accepted: a
    region of AWS.
    """

    environment: str
    """What the stack is for; becomes the tag Environment. Accepted: 1 to 32 lower-case letters, digits and hyphens,
    beginning with a letter.
    """

    name_prefix: str
    """Begins every name, so that a program can have several stacks; the deployer's policy is for `tap`. Accepted: 1
    to 20 lower-case letters and digits, beginning with a letter, with single hyphens between them.
    """

    environment_suffix: str
    """Ends every name, so that several stacks can share an account. Accepted: lower-case letters and digits, with
    single hyphens between them.
    """

    instance_type: str
    """The type of the instances; its architecture decides the image. Accepted: an EC2 instance type, such as
    t4g.small.
    """

    log_retention_days: int
    """How long the healer's log, the audit trail, is kept. Accepted: one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150,
    180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.
    """

    tags: dict[str, str]
    """Your own tags on everything, as Key=value pairs. Accepted: Key=value pairs with commas between them."""

    permissions_boundary: str
    """The permissions boundary of every role, where the organisation wants one; it must allow what the roles do.
    Accepted: empty, or the ARN of a managed policy, such as arn:aws:iam::123456789012:policy/boundary.
    """

    iam_path: str
    """The path of every role, where the organisation wants one. Accepted: /, or names with slashes around them, such
    as /platform/fleets/.
    """

    protect: bool
    """Refuse to delete the VPC, its addresses, the key and the topic; keep logs when the stack goes. Accepted: true
    or false.
    """


class NetworkArgs(CommonArgs, total=False):
    """What a network is to be."""

    zones: int
    """How many availability zones to stand in."""

    zone_names: list[str]
    """Names of zones, in place of their number."""

    vpc_cidr: str
    """The addresses of the VPC; each zone letter has a fixed eighth of them. Accepted: a private IPv4 network from
    /16 to /24.
    """

    nat_strategy: str
    """One NAT gateway for each zone, one for all (cheaper; fails with its zone), a regional one with addresses in
    each zone, or none (VPC endpoints). Accepted: per_az or single or regional or none.
    """

    nat_zones: int
    """In how many of the zones there is a NAT gateway."""

    nat_zone_names: list[str]
    """Names of zones, in place of their number."""

    nat_allocation_ids: list[str]
    """Elastic addresses of your own for the NAT gateways, in the order of their zones' names; empty means new ones.
    Accepted: allocation ids of elastic addresses with commas between them, such as eipalloc-0123456789abcdef0, each
    once.
    """

    ipv6: bool
    """IPv6 beside IPv4, with a block of Amazon's; instances reach out by it, and nobody reaches in. Accepted: true
    or false.
    """

    vpc_endpoints: bool
    """VPC endpoints beside NAT gateways too, and those that a VPC that exists lacks; without NAT or with closed
    egress a VPC of the stack's own always has some. Accepted: true or false.
    """

    endpoints: list[str]
    """Further services to have VPC endpoints of; `s3` and `dynamodb` have gateways. Accepted: short names of AWS
    services with commas between them, such as ecr.api,ecr.dkr, each once.
    """

    flow_log_retention_days: int
    """How long the VPC's flow log is kept. Accepted: one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400,
    545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.
    """


class FleetArgs(CommonArgs, total=False):
    """What a fleet is to be, and the network that it stands in."""

    vpc_id: pulumi.Input[str]
    """A VPC that exists, for the stack to stand in; nothing of its network is changed. Accepted: empty, or the id of
    a VPC, such as vpc-0123456789abcdef0.
    """

    private_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """The subnets of that VPC for the instances: two or more, in different zones, with no route to the internet.
    Accepted: ids of subnets with commas between them, such as subnet-0123456789abcdef0, each once.
    """

    public_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Public subnets of that VPC, for what faces the internet. Accepted: ids of subnets with commas between them,
    such as subnet-0123456789abcdef0, each once.
    """

    instance_types: list[str]
    """Further types of the same architecture, the next best first, for where there is no room for instanceType.
    Accepted: at most 39 EC2 instance types with commas between them, such as t4g.medium,t4g.large, each once.
    """

    instance_requirements: str
    """What the types must have, in place of their names; the architecture is still that of instanceType. Accepted:
    empty, or what an instance must have in JSON, such as {"vcpuCount": {"min": 2, "max": 4}, "memoryMib": {"min":
    4096}}.
    """

    instance_weights: dict[str, str]
    """Units of capacity that an instance of each type is, instanceType with them; the sizes are then in units.
    Accepted: empty, or a whole number from 1 to 999 for each of the types, such as t3.small=1,t3.medium=2.
    """

    image_id: str
    """The machine image: an id, an SSM parameter that holds one, or `newest` for the newest Amazon Linux 2023 at
    each deployment; empty means the newest at the first one. Accepted: empty, newest, an image id such as
    ami-0123456789abcdef0, or the name of an SSM parameter such as /images/web.
    """

    image_refresh: bool
    """Look at each deployment for the newest Amazon Linux 2023, or for what the SSM parameter holds; another image
    replaces the fleet. Accepted: true or false.
    """

    user_data_file: list[str]
    """Files of your own for the first boot, from the program's folder, run after the agents' installation. Accepted:
    names of files with commas between them, in letters, digits and ._/~+@-, each once.
    """

    min_size: int
    """The fewest instances the group may have. Accepted: integer, 0 to 10000."""

    max_size: int
    """The most instances the group may have. Accepted: integer, 1 to 10000."""

    desired_capacity: int
    """How many instances the group starts with; from then on its scaling policies decide. Accepted: integer, 0 to
    10000.
    """

    schedules: str
    """Capacity by the clock: at which times the group is set to which desired capacity. Accepted: empty, or actions
    by name in JSON, such as {"morning": {"recurrence": "0 6 * * MON-FRI", "desiredCapacity": 4, "timeZone":
    "Europe/Berlin"}}.
    """

    max_instance_lifetime_days: int
    """Days after which an instance is replaced, however well it is; 0 means never. Accepted: integer, 0 to 365."""

    warm_pool: str
    """A warm pool beside the group: instances that have booted before they are needed and wait, stopped, running or
    hibernated; empty means none. Accepted: empty, stopped, running or hibernated.
    """

    warm_pool_min_size: int
    """The fewest instances that wait in the warm pool. Accepted: integer, 0 to 10000."""

    warm_pool_prepared: int
    """How many instances group and warm pool have together; 0 means maxSize. Accepted: integer, 0 to 10000."""

    warm_pool_reuse: bool
    """Send instances that scaling takes away back to the warm pool. Accepted: true or false."""

    on_demand_base_capacity: int
    """How many instances are On-Demand before there are Spot Instances. Accepted: integer, 0 to 10000."""

    on_demand_percentage_above_base_capacity: int
    """The percentage of On-Demand Instances among the others; less than 100 makes the rest Spot Instances. Accepted:
    integer, 0 to 100.
    """

    on_demand_allocation_strategy: str
    """Which type an On-Demand Instance is of; auto goes by order, and by price with instanceRequirements. Accepted:
    auto or prioritized or lowest-price.
    """

    spot_allocation_strategy: str
    """Which type a Spot Instance is of; the default is what AWS recommends. Accepted: price-capacity-optimized or
    capacity-optimized or capacity-optimized-prioritized.
    """

    spot_max_price: str
    """The most that a Spot Instance may cost; empty, which AWS recommends, is the On-Demand price. Accepted: empty,
    or US dollars an hour from 0.001 on, such as 0.05.
    """

    capacity_rebalance: str
    """Replace a Spot Instance as soon as EC2 says that it is at risk; auto does where there are Spot Instances.
    Accepted: auto or true or false.
    """

    capacity_reservation: str
    """In which capacity reservations instances run: any open one that fits, or else outside of them; none; only in
    open ones; or only in one of your own. Accepted: open, none, capacity-reservations-only, the id of a reservation
    such as cr-0123456789abcdef0, or the ARN of a resource group of reservations.
    """

    placement_group: str
    """A placement group of EC2 that exists, for the instances to be in. Accepted: empty, or the name of a placement
    group, in letters, digits and ._-.
    """

    placement_strategy: str
    """A placement group of the stack's own: spread keeps instances on racks of their own, partition in partitions.
    Accepted: empty, spread or partition; not cluster, which is in one zone, and the fleet is in two or more.
    """

    tenancy: str
    """Whether the instances run on hardware of their own, which costs more. Accepted: default or dedicated."""

    volume_size: int
    """The size of an instance's root volume, in GiB. Accepted: integer, 8 to 16384."""

    volume_type: str
    """The type of an instance's root volume. Accepted: gp3 or gp2 or io1 or io2."""

    volume_iops: int
    """IOPS of the root volume, which io1 and io2 need; 0 leaves those of gp3 as they are, at first EBS's 3000.
    Accepted: 0, or 3000 to 80000 for gp3, 100 to 64000 for io1, 100 to 256000 for io2.
    """

    volume_throughput: int
    """MiB/s of a root volume of gp3; 0 leaves them as they are, at first EBS's 125. Accepted: 0, or 125 to 2000."""

    data_volumes: dict[str, str]
    """Further volumes of an instance by their device, in GiB: gp3 unless said, encrypted, gone with the instance.
    Accepted: device=GiB pairs with commas between them, such as /dev/sdf=100, with devices /dev/sdf to /dev/sdp;
    type and IOPS may follow, as in /dev/sdf=100:io2:4000.
    """

    volume_key_arn: str
    """A key of your own that encrypts all volumes, for which a role of the stack's own gets a grant; empty means the
    account's default key. Accepted: empty, or the ARN of a key of KMS in the stack's region; not that of an alias.
    """

    detailed_monitoring: bool
    """EC2 metrics every minute instead of every five, for which AWS charges. Accepted: true or false."""

    authorized_ip_ranges: list[str]
    """From where HTTPS to the instances is let in; with loadBalancer nobody but the load balancer gets in. Accepted:
    ranges in CIDR notation with commas between them; not 0.0.0.0/0 or ::/0.
    """

    open_egress: bool
    """Let instances connect to anywhere; otherwise to the VPC endpoints alone, by HTTPS. Accepted: true or false."""

    target_group_arns: list[str]
    """Target groups of load balancers that somebody else owns, for the group to join. Accepted: at most 10 ARNs of
    target groups of instances in the stack's region, with commas between them.
    """

    target_source_groups: list[str]
    """Security groups of those load balancers, which are let in on targetPort. Accepted: at most 20 ids of security
    groups, such as sg-0123456789abcdef0, with commas between them.
    """

    target_source_ranges: list[str]
    """Ranges that are let in on targetPort: clients of a Network Load Balancer that keeps their addresses. Accepted:
    empty, or ranges in CIDR notation with commas between them; not 0.0.0.0/0 or ::/0.
    """

    load_balancer: str
    """A load balancer of the stack's own before the fleet, with HTTPS alone: for the VPC, or for the internet; empty
    means none. Accepted: empty, internal or public.
    """

    certificate_arn: str
    """The certificate of the load balancer's HTTPS, which loadBalancer needs. Accepted: empty, or the ARN of a
    certificate of ACM in the stack's region.
    """

    web_acl_arn: str
    """The web ACL of WAF that looks at the load balancer's requests. Accepted: empty, or the ARN of a regional web
    ACL of WAF v2 in the stack's region.
    """

    target_port: int
    """The port on which the instances serve a load balancer. Accepted: integer, 1 to 65535."""

    target_protocol: str
    """How the load balancer speaks with the instances. Accepted: HTTP or HTTPS."""

    health_path: str
    """The path that the load balancer asks whether an instance is healthy. Accepted: a path from / on, without
    blanks, of at most 1024 characters.
    """

    health_codes: str
    """What a healthy instance answers there. Accepted: HTTP codes from 200 to 499, such as 200, 200,204 or 200-299."""

    health_interval: int
    """Seconds between two such questions. Accepted: integer, 6 to 300."""

    deregistration_delay: int
    """Seconds that an instance has to finish its requests before it goes. Accepted: integer, 0 to 3600."""

    slow_start: int
    """Seconds over which a new instance gets its full share of the requests; 0 gives it at once. Accepted: 0, or 30
    to 900 seconds.
    """

    health_check_type: str
    """Whether the group replaces what a load balancer calls unhealthy (ELB); auto does where there is one. Accepted:
    auto or EC2 or ELB.
    """

    cpu_high_threshold: int
    """Average CPU in percent above which the group grows by one. Accepted: integer, 1 to 100."""

    cpu_low_threshold: int
    """Average CPU in percent below which the group shrinks by one. Accepted: integer, 0 to 99."""

    cpu_target: int
    """Average CPU in percent that the fleet is to have, by target tracking in place of the two thresholds; 0 means
    none. Accepted: integer, 0 to 100.
    """

    requests_per_target: int
    """Requests a minute that each instance behind the load balancer is to have, by target tracking; 0 means none.
    Accepted: integer, 0 to 10000000.
    """

    scale_in: bool
    """Let scaling take instances away; otherwise thresholds and targets only add some. Accepted: true or false."""

    predictive_scaling: str
    """Have AWS forecast the fleet's CPU load and capacity of the next two days, and change nothing; empty means no.
    Accepted: empty or forecast.
    """

    health_check_grace_period: int
    """Seconds after its launch in which an instance's health is not judged. Accepted: integer, 0 to 7200."""

    lambda_runtime: str
    """The healer's Lambda runtime. Accepted: python3.11 or python3.12 or python3.13 or python3.14."""

    lambda_timeout: int
    """Seconds that one sweep of the healer may take: enough for a throttled one, less than a minute. Accepted:
    integer, 20 to 55.
    """

    lambda_memory_size: int
    """Memory of the healer in MB. Accepted: integer, 128 to 10240."""

    alarm_email: str
    """Who gets e-mails about alarms and about what the healer does; empty means nobody. Accepted: empty, or an
    e-mail address.
    """

    notification_topic_arn: str
    """A topic of your own that Auto Scaling tells of each launch and termination, and of those that fail. Accepted:
    empty, or the ARN of a topic of SNS in the stack's region that is no FIFO topic.
    """

    instance_policy_arns: list[str]
    """Managed policies that instances have beside those of Systems Manager and CloudWatch. Accepted: at most 8 ARNs
    of managed policies with commas between them, such as arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess.
    """

    instance_policy: str
    """A policy of your own for the instances' role, which the guardrails judge. Accepted: empty, or an IAM policy
    document in JSON, such as {"Version": "2012-10-17", "Statement": [...]}.
    """

    rollout_alarms: list[str]
    """Names of your own CloudWatch alarms; one that goes off stops a rollout and has it rolled back. Accepted: at
    most 9 names of alarms with commas between them, without * and ?.
    """

    rollout: dict[str, int]
    """Numbers of the rollout, by their field in `RolloutPolicy`."""


class TapStackArgs(NetworkArgs, FleetArgs, total=False):
    """What a stack is to be. What is not said here comes from the configuration keys, and else is the default."""

    reserved_concurrency: str
    """Reserve one concurrent execution for the healer, so that its sweeps never overlap; auto does where it can.
    Accepted: auto or true or false.
    """

    healer_mode: str
    """Whether the healer acts or only says what it would do. Accepted: live or observe."""

    healer: dict[str, int]
    """Numbers of the healer, by their field in `Policy`."""
