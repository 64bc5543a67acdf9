"""The fields of the configuration: each with its default, what it is, and what is accepted."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from tap_stack.config import (
    balancing,
    checks,
    instances,
    network,
    notices,
    permissions,
    placements,
    pools,
    reservations,
    targets,
    timetable,
    volumes,
    weights,
)
from tap_stack.config.capacity import most_at_once, room_of
from tap_stack.config.knobs import DOCUMENT, knob
from tap_stack.config.names import DEFAULT_PREFIX, LONGEST_PREFIX, longest_suffix
from tap_stack.healer.model import Policy
from tap_stack.rollout.policy import RolloutPolicy

Model = TypeVar("Model", bound=BaseModel)


class Fields(BaseModel):
    """Every field of a configuration, which is one key each, and what is checked of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: Annotated[str, AfterValidator(checks.region)] = knob(
        "us-east-1",
        "The AWS region to deploy to; also from AWS_DEFAULT_REGION, or from the profile in ~/.aws/config.",
        accepted="a region of AWS",
        key="aws:region",
        env="AWS_REGION",
    )
    environment: str = knob(
        "dev",
        "What the stack is for; becomes the tag Environment.",
        accepted="1 to 32 lower-case letters, digits and hyphens, beginning with a letter",
        pattern=r"^[a-z][a-z0-9-]{0,31}$",
        env="ENVIRONMENT",
    )
    name_prefix: Annotated[str, AfterValidator(checks.name_prefix)] = knob(
        DEFAULT_PREFIX,
        "Begins every name, so that a program can have several stacks; the deployer's policy is for `tap`.",
        accepted=f"1 to {LONGEST_PREFIX} lower-case letters and digits, beginning with a letter, "
        "with single hyphens between them",
        pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        max_length=LONGEST_PREFIX,
    )
    environment_suffix: str = knob(
        "dev",
        "Ends every name, so that several stacks can share an account.",
        accepted="lower-case letters and digits, with single hyphens between them",
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        env="ENVIRONMENT_SUFFIX",
    )
    zones: Annotated[int | tuple[str, ...], BeforeValidator(checks.zones)] = knob(
        2,
        "How many availability zones to stand in, or their names.",
        accepted="a number from 2 to 8, or names of zones with commas between them",
    )
    vpc_cidr: Annotated[IPv4Network, BeforeValidator(checks.vpc_network)] = knob(
        "10.0.0.0/16",
        "The addresses of the VPC; each zone letter has a fixed eighth of them.",
        accepted="a private IPv4 network from /16 to /24",
    )
    vpc_id: str = knob(
        "",
        "A VPC that exists, for the stack to stand in; nothing of its network is changed.",
        accepted="empty, or the id of a VPC, such as vpc-0123456789abcdef0",
        pattern=rf"^({network.VPC_ID})?$",
    )
    private_subnet_ids: network.SubnetIds = knob(
        (),
        "The subnets of that VPC for the instances: two or more, in different zones, with no route to the internet.",
        accepted=network.SUBNETS_IN_WORDS,
    )
    public_subnet_ids: network.SubnetIds = knob(
        (), "Public subnets of that VPC, for what faces the internet.", accepted=network.SUBNETS_IN_WORDS
    )
    nat_strategy: Literal["per_az", "single", "regional", "none"] = knob(
        "per_az",
        "One NAT gateway for each zone, one for all (cheaper; fails with its zone), a regional one with addresses in "
        "each zone, or none (VPC endpoints).",
    )
    nat_zones: network.NatZones = knob(
        0,
        "In how many of the zones there is a NAT gateway, or in which, with per_az; the other zones' instances go "
        "through those.",
        accepted=network.NAT_ZONES_IN_WORDS,
    )
    nat_allocation_ids: network.AllocationIds = knob(
        (),
        "Elastic addresses of your own for the NAT gateways, in the order of their zones' names; empty means new ones.",
        accepted=network.ALLOCATIONS_IN_WORDS,
    )
    ipv6: bool = knob(
        default=False,
        description="IPv6 beside IPv4, with a block of Amazon's; instances reach out by it, and nobody reaches in.",
    )
    vpc_endpoints: bool = knob(
        default=False,
        description="VPC endpoints beside NAT gateways too, and those that a VPC that exists lacks; without NAT or "
        "with closed egress a VPC of the stack's own always has some.",
    )
    endpoints: network.Services = knob(
        (),
        "Further services to have VPC endpoints of; `s3` and `dynamodb` have gateways.",
        accepted=network.SERVICES_IN_WORDS,
    )
    instance_type: str = knob(
        "t3.micro",
        "The type of the instances; its architecture decides the image.",
        accepted="an EC2 instance type, such as t4g.small",
        pattern=instances.TYPE,
    )
    instance_types: instances.Types = knob(
        (),
        "Further types of the same architecture, the next best first, for where there is no room for instanceType.",
        accepted=instances.TYPES_IN_WORDS,
    )
    instance_requirements: instances.Requirements = knob(
        "",
        "What the types must have, in place of their names; the architecture is still that of instanceType.",
        accepted=instances.REQUIREMENTS_IN_WORDS,
        type_=DOCUMENT,
    )
    instance_weights: weights.Weights = knob(
        {},
        "Units of capacity that an instance of each type is, instanceType with them; the sizes are then in units.",
        accepted=weights.IN_WORDS,
    )
    image_id: str = knob(
        "",
        "The machine image: an id, an SSM parameter that holds one, or `newest` for the newest Amazon Linux 2023 at "
        "each deployment; empty means the newest at the first one.",
        accepted="empty, newest, an image id such as ami-0123456789abcdef0, or the name of an SSM parameter such as "
        "/images/web",
        pattern=r"^(ami-[0-9a-f]{8,17}|newest|(resolve:ssm:)?/[A-Za-z0-9_./-]{1,1000}(:[A-Za-z0-9_.-]{1,100})?)?$",
    )
    image_refresh: bool = knob(
        default=False,
        description="Look at each deployment for the newest Amazon Linux 2023, or for what the SSM parameter holds; "
        "another image replaces the fleet.",
    )
    user_data_file: Annotated[tuple[str, ...], BeforeValidator(checks.items), AfterValidator(checks.file_names)] = knob(
        (),
        "Files of your own for the first boot, from the program's folder, run after the agents' installation.",
        accepted=checks.FILES_IN_WORDS,
    )
    min_size: int = knob(2, "The fewest instances the group may have.", ge=0, le=10_000)
    max_size: int = knob(4, "The most instances the group may have.", ge=1, le=10_000)
    desired_capacity: int = knob(
        2, "How many instances the group starts with; from then on its scaling policies decide.", ge=0, le=10_000
    )
    schedules: timetable.Schedules = knob(
        "",
        "Capacity by the clock: at which times the group is set to which desired capacity.",
        accepted=timetable.IN_WORDS,
        type_=DOCUMENT,
    )
    max_instance_lifetime_days: int = knob(
        0, "Days after which an instance is replaced, however well it is; 0 means never.", ge=0, le=365
    )
    warm_pool: Annotated[Literal["", "stopped", "running", "hibernated"], AfterValidator(pools.state)] = knob(
        "",
        "A warm pool beside the group: instances that have booted before they are needed and wait, stopped, running "
        "or hibernated; empty means none.",
        accepted="empty, stopped, running or hibernated",
    )
    warm_pool_min_size: Annotated[int, AfterValidator(pools.size)] = knob(
        0, "The fewest instances that wait in the warm pool.", ge=0, le=10_000
    )
    warm_pool_prepared: Annotated[int, AfterValidator(pools.prepared)] = knob(
        0, "How many instances group and warm pool have together; 0 means maxSize.", ge=0, le=10_000
    )
    warm_pool_reuse: Annotated[bool, AfterValidator(pools.needs_pool)] = knob(
        default=False, description="Send instances that scaling takes away back to the warm pool."
    )
    on_demand_base_capacity: int = knob(
        0, "How many instances are On-Demand before there are Spot Instances.", ge=0, le=10_000
    )
    on_demand_percentage_above_base_capacity: int = knob(
        instances.SHARED,
        "The percentage of On-Demand Instances among the others; less than 100 makes the rest Spot Instances.",
        ge=0,
        le=instances.SHARED,
    )
    on_demand_allocation_strategy: Literal["auto", "prioritized", "lowest-price"] = knob(
        "auto", "Which type an On-Demand Instance is of; auto goes by order, and by price with instanceRequirements."
    )
    spot_allocation_strategy: Literal[
        "price-capacity-optimized", "capacity-optimized", "capacity-optimized-prioritized"
    ] = knob("price-capacity-optimized", "Which type a Spot Instance is of; the default is what AWS recommends.")
    spot_max_price: instances.Price = knob(
        "",
        "The most that a Spot Instance may cost; empty, which AWS recommends, is the On-Demand price.",
        accepted=instances.PRICE_IN_WORDS,
        pattern=r"^([0-9]{1,5}(\.[0-9]{1,6})?)?$",
    )
    capacity_rebalance: Annotated[Literal["auto", "true", "false"], BeforeValidator(checks.in_lower_case)] = knob(
        "auto",
        "Replace a Spot Instance as soon as EC2 says that it is at risk; auto does where there are Spot Instances.",
    )
    capacity_reservation: reservations.Reservation = knob(
        reservations.OPEN,
        "In which capacity reservations instances run: any open one that fits, or else outside of them; none; only in "
        "open ones; or only in one of your own.",
        accepted=reservations.IN_WORDS,
        pattern=reservations.PATTERN,
    )
    placement_group: str = knob(
        "",
        "A placement group of EC2 that exists, for the instances to be in.",
        accepted=instances.PLACEMENT_IN_WORDS,
        pattern=instances.PLACEMENT,
    )
    placement_strategy: Literal["", "spread", "partition"] = knob(
        "",
        "A placement group of the stack's own: spread keeps instances on racks of their own, partition in partitions.",
        accepted=placements.STRATEGY_IN_WORDS,
    )
    tenancy: Literal["default", "dedicated"] = knob(
        "default", "Whether the instances run on hardware of their own, which costs more."
    )
    volume_size: int = knob(8, "The size of an instance's root volume, in GiB.", ge=8, le=16_384)
    volume_type: Literal["gp3", "gp2", "io1", "io2"] = knob("gp3", "The type of an instance's root volume.")
    volume_iops: Annotated[int, AfterValidator(volumes.iops_of_root)] = knob(
        0,
        "IOPS of the root volume, which io1 and io2 need; 0 leaves those of gp3 as they are, at first EBS's 3000.",
        accepted=volumes.IOPS_IN_WORDS,
    )
    volume_throughput: Annotated[int, AfterValidator(volumes.throughput_of_root)] = knob(
        0,
        "MiB/s of a root volume of gp3; 0 leaves them as they are, at first EBS's 125.",
        accepted=volumes.THROUGHPUT_IN_WORDS,
    )
    data_volumes: Annotated[dict[str, str], BeforeValidator(checks.pairs), AfterValidator(volumes.data)] = knob(
        {},
        "Further volumes of an instance by their device, in GiB: gp3 unless said, encrypted, gone with the instance.",
        accepted=volumes.DATA_IN_WORDS,
    )
    volume_key_arn: Annotated[str, AfterValidator(volumes.key_of_region)] = knob(
        "",
        "A key of your own that encrypts all volumes, for which a role of the stack's own gets a grant; empty means "
        "the account's default key.",
        accepted=volumes.KEY_IN_WORDS,
        pattern=volumes.KEY,
    )
    detailed_monitoring: bool = knob(
        default=True, description="EC2 metrics every minute instead of every five, for which AWS charges."
    )
    authorized_ip_ranges: Annotated[
        tuple[str, ...], BeforeValidator(checks.items), AfterValidator(checks.ip_ranges)
    ] = knob(
        ("10.0.0.0/8",),
        "From where HTTPS to the instances is let in; with loadBalancer nobody but the load balancer gets in.",
        accepted="ranges in CIDR notation with commas between them; not 0.0.0.0/0 or ::/0",
        env="AUTHORIZED_IP_RANGES",
    )
    open_egress: bool = knob(
        default=True, description="Let instances connect to anywhere; otherwise to the VPC endpoints alone, by HTTPS."
    )
    target_group_arns: balancing.TargetGroups = knob(
        (),
        "Target groups of load balancers that somebody else owns, for the group to join.",
        accepted=balancing.TARGET_GROUPS_IN_WORDS,
    )
    target_source_groups: balancing.SourceGroups = knob(
        (),
        "Security groups of those load balancers, which are let in on targetPort.",
        accepted=balancing.SOURCE_GROUPS_IN_WORDS,
    )
    target_source_ranges: balancing.SourceRanges = knob(
        (),
        "Ranges that are let in on targetPort: clients of a Network Load Balancer that keeps their addresses.",
        accepted=balancing.SOURCE_RANGES_IN_WORDS,
    )
    load_balancer: Literal["", "internal", "public"] = knob(
        "",
        "A load balancer of the stack's own before the fleet, with HTTPS alone: for the VPC, or for the internet; "
        "empty means none.",
        accepted="empty, internal or public",
    )
    certificate_arn: balancing.Certificate = knob(
        "",
        "The certificate of the load balancer's HTTPS, which loadBalancer needs.",
        accepted="empty, or the ARN of a certificate of ACM in the stack's region",
        pattern=balancing.CERTIFICATE,
    )
    web_acl_arn: balancing.WebAcl = knob(
        "",
        "The web ACL of WAF that looks at the load balancer's requests.",
        accepted="empty, or the ARN of a regional web ACL of WAF v2 in the stack's region",
        pattern=balancing.WEB_ACL,
    )
    target_port: int = knob(80, "The port on which the instances serve a load balancer.", ge=1, le=65_535)
    target_protocol: Annotated[Literal["HTTP", "HTTPS"], balancing.OF_LOAD_BALANCER] = knob(
        balancing.DEFAULTS["target_protocol"], "How the load balancer speaks with the instances."
    )
    health_path: Annotated[str, balancing.OF_LOAD_BALANCER] = knob(
        balancing.DEFAULTS["health_path"],
        "The path that the load balancer asks whether an instance is healthy.",
        accepted="a path from / on, without blanks, of at most 1024 characters",
        pattern=balancing.PATH,
    )
    health_codes: Annotated[str, AfterValidator(balancing.codes), balancing.OF_LOAD_BALANCER] = knob(
        balancing.DEFAULTS["health_codes"], "What a healthy instance answers there.", accepted=balancing.CODES_IN_WORDS
    )
    health_interval: Annotated[int, balancing.OF_LOAD_BALANCER] = knob(
        balancing.DEFAULTS["health_interval"], "Seconds between two such questions.", ge=6, le=300
    )
    deregistration_delay: Annotated[int, balancing.OF_LOAD_BALANCER] = knob(
        balancing.DEFAULTS["deregistration_delay"],
        "Seconds that an instance has to finish its requests before it goes.",
        ge=0,
        le=3600,
    )
    slow_start: Annotated[int, AfterValidator(balancing.slow_start), balancing.OF_LOAD_BALANCER] = knob(
        balancing.DEFAULTS["slow_start"],
        "Seconds over which a new instance gets its full share of the requests; 0 gives it at once.",
        accepted=balancing.SLOW_START_IN_WORDS,
        ge=0,
        le=900,
    )
    health_check_type: Annotated[Literal["auto", "EC2", "ELB"], AfterValidator(balancing.health_check_type)] = knob(
        "auto",
        "Whether the group replaces what a load balancer calls unhealthy (ELB); auto does where there is one.",
    )
    cpu_high_threshold: int = knob(70, "Average CPU in percent above which the group grows by one.", ge=1, le=100)
    cpu_low_threshold: int = knob(25, "Average CPU in percent below which the group shrinks by one.", ge=0, le=99)
    cpu_target: int = knob(
        0,
        "Average CPU in percent that the fleet is to have, by target tracking in place of the two thresholds; 0 means "
        "none.",
        ge=0,
        le=100,
    )
    requests_per_target: Annotated[int, AfterValidator(targets.requests)] = knob(
        0,
        "Requests a minute that each instance behind the load balancer is to have, by target tracking; 0 means none.",
        ge=0,
        le=10_000_000,
    )
    scale_in: bool = knob(
        default=True, description="Let scaling take instances away; otherwise thresholds and targets only add some."
    )
    predictive_scaling: Annotated[Literal["", "forecast"], AfterValidator(targets.predictive)] = knob(
        "",
        "Have AWS forecast the fleet's CPU load and capacity of the next two days, and change nothing; empty means no.",
        accepted="empty or forecast",
    )
    health_check_grace_period: int = knob(
        300, "Seconds after its launch in which an instance's health is not judged.", ge=0, le=7200
    )
    lambda_runtime: Literal["python3.11", "python3.12", "python3.13", "python3.14"] = knob(
        "python3.13", "The healer's Lambda runtime."
    )
    lambda_timeout: int = knob(
        50,
        "Seconds that one sweep of the healer may take: enough for a throttled one, less than a minute.",
        ge=20,
        le=55,
    )
    lambda_memory_size: int = knob(128, "Memory of the healer in MB.", ge=128, le=10_240)
    reserved_concurrency: Annotated[Literal["auto", "true", "false"], BeforeValidator(checks.in_lower_case)] = knob(
        "auto",
        "Reserve one concurrent execution for the healer, so that its sweeps never overlap; auto does where it can.",
    )
    healer_mode: Literal["live", "observe"] = knob("live", "Whether the healer acts or only says what it would do.")
    alarm_email: str = knob(
        "",
        "Who gets e-mails about alarms and about what the healer does; empty means nobody.",
        accepted="empty, or an e-mail address",
        # Narrower than RFC 5321, which also allows what no mailbox has: quotes, blanks, backquotes, braces.
        pattern=r"^([A-Za-z0-9._%+'-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63})?$",
        max_length=254,
    )
    notification_topic_arn: notices.TopicArn = knob(
        "",
        "A topic of your own that Auto Scaling tells of each launch and termination, and of those that fail.",
        accepted=notices.TOPIC_IN_WORDS,
        pattern=notices.TOPIC,
    )
    log_retention_days: Annotated[int, AfterValidator(checks.retention_days)] = knob(
        365, "How long the healer's log, the audit trail, is kept.", accepted=checks.RETENTION_IN_WORDS
    )
    flow_log_retention_days: Annotated[int, AfterValidator(checks.retention_days)] = knob(
        90, "How long the VPC's flow log is kept.", accepted=checks.RETENTION_IN_WORDS
    )
    tags: Annotated[dict[str, str], BeforeValidator(checks.pairs), AfterValidator(checks.tags)] = knob(
        {}, "Your own tags on everything, as Key=value pairs.", accepted="Key=value pairs with commas between them"
    )
    permissions_boundary: str = knob(
        "",
        "The permissions boundary of every role, where the organisation wants one; it must allow what the roles do.",
        accepted="empty, or the ARN of a managed policy, such as arn:aws:iam::123456789012:policy/boundary",
        pattern=r"^(arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+)?$",
        max_length=600,
    )
    iam_path: Annotated[str, AfterValidator(permissions.iam_path)] = knob(
        "/",
        "The path of every role, where the organisation wants one.",
        accepted="/, or names with slashes around them, such as /platform/fleets/",
        pattern=r"^/([A-Za-z0-9+=,.@_-]+/)*$",
        max_length=200,
    )
    instance_policy_arns: Annotated[
        tuple[str, ...], BeforeValidator(checks.items), AfterValidator(permissions.policy_arns)
    ] = knob(
        (),
        "Managed policies that instances have beside those of Systems Manager and CloudWatch.",
        accepted=permissions.POLICY_ARNS_IN_WORDS,
    )
    instance_policy: Annotated[str, BeforeValidator(checks.document), AfterValidator(permissions.policy_document)] = (
        knob(
            "",
            "A policy of your own for the instances' role, which the guardrails judge.",
            accepted=permissions.DOCUMENT_IN_WORDS,
            type_=DOCUMENT,
        )
    )
    protect: bool = knob(
        default=False,
        description="Refuse to delete the VPC, its addresses, the key and the topic; keep logs when the stack goes.",
    )
    rollout_alarms: Annotated[tuple[str, ...], BeforeValidator(checks.items), AfterValidator(checks.alarm_names)] = (
        knob(
            (),
            "Names of your own CloudWatch alarms; one that goes off stops a rollout and has it rolled back.",
            accepted=checks.ALARM_NAMES_IN_WORDS,
        )
    )
    healer: Policy = Field(default_factory=Policy)
    rollout: RolloutPolicy = Field(default_factory=RolloutPolicy)

    @field_validator("environment_suffix")
    @classmethod
    def _names_fit(cls, value: str, info: ValidationInfo) -> str:
        region, prefix = info.data.get("region"), info.data.get("name_prefix")
        if region is None or prefix is None:
            return value
        if len(value) > (most := longest_suffix(region, prefix)):
            raise ValueError(f"at most {most} characters, for every derived name to fit AWS's limits")
        return value

    @field_validator("zones")
    @classmethod
    def _zones_of_the_region(cls, value: int | tuple[str, ...], info: ValidationInfo) -> int | tuple[str, ...]:
        return checks.zone_names(value, info.data["region"]) if "region" in info.data else value

    @field_validator("max_size")
    @classmethod
    def _sizes_and_addresses(cls, value: int, info: ValidationInfo) -> int:
        least = info.data.get("min_size", 0)
        if value < least:
            raise ValueError(f"at least minSize, which is {least}")
        if (room := room_of(info.data)) is not None and most_at_once(value, info.data.get("instance_weights")) > room:
            raise ValueError(f"what fits in vpcCidr: its private subnets have {room} addresses, replacements included")
        return value

    @field_validator("desired_capacity")
    @classmethod
    def _desired_between(cls, value: int, info: ValidationInfo) -> int:
        least, most = info.data.get("min_size", 0), info.data.get("max_size", value)
        if not least <= value <= most:
            raise ValueError(f"minSize to maxSize, which are {least} and {most}")
        return value

    @field_validator("cpu_low_threshold")
    @classmethod
    def _low_is_below_high(cls, value: int, info: ValidationInfo) -> int:
        if value >= info.data.get("cpu_high_threshold", 101):
            raise ValueError(f"less than cpuHighThreshold, which is {info.data['cpu_high_threshold']}")
        return value
