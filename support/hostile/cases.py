"""Wrong and hostile values for every knob, from both sources, one or several at a time: strategies for hypothesis."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st
from pulumi_aws import Region

from tap_stack.components.addresses import SLOTS
from tap_stack.config.checks import RESERVED_TAGS, RETENTION_DAYS
from tap_stack.config.knobs import Knob
from tap_stack.config.model import knobs
from tap_stack.config.sources import variable

Texts = st.SearchStrategy[str]

UNSEEN = [
    *("\n", "\r\n", "\x00", "\t", "\x07", "\x1b[31m", "\x7f", "\x85", "\xa0", "\xad", "\u200b", "\u200d"),
    *("\u200f", "\u202e", "\u2028", "\u2029", "\u2066", "\ufeff"),
]
LONE = ["\ud800", "\udcff", "\udfff\ud800"]
LOOK_ALIKES = ["٣", "３", "²", "Ⅷ", "а", "Ａ", "ß", "İ", "ﬁ", "e\u0301", "☃", "𝟘", "🙂"]  # noqa: RUF001 - on purpose
QUOTES = ["'", '"', "`", "\\", "'\"'", '"""', "\\n", "\\u0000", "%00", "%0a", "&quot;", "<script>", "<!--"]
SHELL = [
    "$(id)",
    "`id`",
    "; rm -rf /",
    "| cat",
    "&& true",
    "${IFS}",
    "$0",
    "~",
    "*",
    "?",
    "[a-z]",
    "../..",
    "> /dev/sda",
]
TEMPLATES = [
    "${aws:username}",
    "${aws:PrincipalTag/x}",
    "${AWS::AccountId}",
    "#{x}",
    "{{x}}",
    "%s",
    "{0}",
    "${x.arn}",
    "<what>",
]
DOCUMENTS = [
    '","Resource":"*',
    '"}]}',
    '{"a": 1}',
    '["a"]',
    "[]",
    "{}",
    "null",
    "!Ref x",
    "- a",
    "a: b",
    "# a",
    "&a",
    "*a",
]
ARNS = ["*", "arn:aws:iam::aws:policy/AdministratorAccess", ":", "::", "/", "arn:aws:s3:::*", "aws:", "ssm", "tap-"]
WORDS = ["true", "TRUE", "yes", "on", "off", "no", "t", "F", "1", "0", "unset", "None", "null", "NaN", "Infinity", ""]
NUMBERS = [
    "-1",
    "+1",
    "-0",
    "1_0",
    "1.0",
    "1.5",
    "1e3",
    "0x10",
    "0b1",
    "007",
    "9" * 400,
    "-" + "9" * 400,
    "1,000",
    "1 0",
]
"""What has broken into names, shells, documents and parsers elsewhere."""

PAYLOADS = (*UNSEEN, *LONE, *LOOK_ALIKES, *QUOTES, *SHELL, *TEMPLATES, *DOCUMENTS, *ARNS, *WORDS, *NUMBERS)
DIGITS = ("０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९")  # noqa: RUF001 - digits that are none of ours

SIZES = ("min_size", "desired_capacity", "max_size")
ROWS = {row.field: row for row in knobs()}


@dataclass(frozen=True)
class Case:
    """A configuration: what Pulumi's configuration and the environment hold."""

    config: dict[str, str]
    environ: dict[str, str]

    def names(self) -> list[str]:
        """The keys and variables that are set, as an error names them."""
        return [*self.config, *map(variable, self.environ)]

    def fields(self) -> list[str]:
        """The knobs that are set."""
        return [row.field for row in knobs() if row.key in self.config or row.env in self.environ]

    def to_json(self) -> str:
        """As one line of ASCII."""
        return json.dumps([self.config, self.environ])

    @classmethod
    def from_json(cls, text: str) -> Case:
        """Read it back."""
        return cls(*json.loads(text))


# --- values that are accepted, by themselves ---


def _number(row: Knob) -> Texts:
    bounds = re.fullmatch(r"integer, (\d+) to (\d+)", row.accepted)
    if bounds is None:
        return st.sampled_from(sorted(RETENTION_DAYS)).map(str)
    least, most = map(int, bounds.groups())
    return st.one_of(st.integers(least, most), st.sampled_from([least, most])).map(str)


def _tags(most: int) -> Texts:
    key = st.one_of(st.text("abcXYZ019 .:/+@_-", min_size=1, max_size=12), st.text("äéßΩ猫ж", min_size=1, max_size=128))
    value = st.one_of(st.text("abcXYZ019 .:/+@=_-", max_size=12), st.text("z", min_size=250, max_size=257))
    pairs = st.dictionaries(key, value, max_size=most)
    return pairs.map(lambda found: ",".join(f"{name}={text}" for name, text in found.items()))


def _network(octets: st.SearchStrategy[list[int]], prefix: st.SearchStrategy[int]) -> Texts:
    def made(bytes_: list[int], length: int) -> str:
        number = int.from_bytes(bytes(bytes_), "big") >> (32 - length) << (32 - length)
        return ".".join(map(str, number.to_bytes(4, "big"))) + f"/{length}"

    return st.builds(made, octets, prefix)


_OCTETS = st.lists(st.integers(0, 255), min_size=4, max_size=4)
_SIXES = st.sampled_from(["fd00::/8", "2001:db8::/32", "::1/128", "::ffff:0:0/96", "::/1", "8000::/1", "fe80::/10"])
_RANGES = st.lists(st.one_of(_network(_OCTETS, st.integers(1, 32)), _SIXES), min_size=1, max_size=8, unique=True)
_ZONES = st.one_of(
    st.integers(2, 6).map(str),
    st.lists(st.sampled_from([f"us-east-1{letter}" for letter in SLOTS]), min_size=2, unique=True).map(",".join),
)
_VPC = st.builds(
    lambda head, third, length: f"{head}.{third >> (24 - length) << (24 - length)}.0/{length}",
    st.sampled_from(["10.7", "172.16", "192.168", "100.64"]),
    st.integers(0, 255),
    st.integers(16, 24),
)

_POLICIES = st.from_regex(r"arn:aws:iam::(aws|[0-9]{12}):policy/[A-Za-z0-9_+=.@-]{1,40}", fullmatch=True)
_DOCUMENTS = st.builds(
    lambda effect, actions, indent: json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": actions, "Resource": "*"}]}, indent=indent
    ),
    st.sampled_from(["Allow", "Deny"]),
    st.lists(st.sampled_from(["s3:GetObject", "s3:*", "*"]), min_size=1, max_size=3),
    st.sampled_from([None, 2]),
)

_SCHEDULES = st.builds(
    lambda minute, hour, days, desired: json.dumps(
        {"a": {"recurrence": f"{minute} {hour} * * {days}", "desiredCapacity": desired, "timeZone": "Asia/Tokyo"}}
    ),
    st.sampled_from(["0", "*/5", "1,31"]),
    st.integers(0, 23),
    st.sampled_from(["*", "MON-FRI", "0", "7"]),
    st.integers(0, 10),
)
_SUBNETS = st.lists(st.from_regex(r"subnet-[0-9a-f]{17}", fullmatch=True), max_size=4, unique=True)

_BY_FIELD: dict[str, Texts] = {
    "region": st.sampled_from([region.value for region in Region]),
    "environment": st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True),
    "environment_suffix": st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,12}){0,2}", fullmatch=True),
    "zones": _ZONES,
    "vpc_cidr": _VPC,
    "vpc_id": st.one_of(st.just(""), st.from_regex(r"vpc-[0-9a-f]{17}", fullmatch=True)),
    "private_subnet_ids": _SUBNETS.map(",".join),
    "public_subnet_ids": _SUBNETS.map(",".join),
    "nat_strategy": st.sampled_from(["per_az", "single", "regional", "none"]),
    "endpoints": st.lists(st.sampled_from(["ecr.api", "s3", "kms", "ssm"]), max_size=4, unique=True).map(",".join),
    "nat_zones": st.one_of(_ZONES, st.sampled_from(["0", "1"])),
    "nat_allocation_ids": st.lists(
        st.from_regex(r"eipalloc-[0-9a-f]{17}", fullmatch=True), max_size=4, unique=True
    ).map(",".join),
    "instance_type": st.sampled_from(["t4g.nano", "u7inh-32tb.480xlarge", "m7g.metal", "c8gn.48xlarge", "a1.medium"]),
    "instance_types": st.lists(st.sampled_from(["t4g.micro", "c7g.large"]), max_size=2, unique=True).map(",".join),
    "instance_requirements": st.just(""),  # contradicts types
    "instance_weights": st.just(""),  # names the types, which are drawn
    "on_demand_base_capacity": st.just("0"),
    "on_demand_percentage_above_base_capacity": st.sampled_from(["0", "50", "100"]),
    "on_demand_allocation_strategy": st.sampled_from(["auto", "prioritized", "lowest-price"]),
    "spot_allocation_strategy": st.sampled_from(["price-capacity-optimized", "capacity-optimized-prioritized"]),
    "spot_max_price": st.just(""),
    "capacity_rebalance": st.sampled_from(["auto", "true", "false"]),
    "image_id": st.one_of(st.just(""), st.from_regex(r"ami-[0-9a-f]{8,17}", fullmatch=True)),
    "user_data_file": st.sampled_from(["", "boot.sh", "../boot.sh,/etc/passwd", "~/x"]),
    "name_prefix": st.from_regex(r"[a-z][a-z0-9]{0,7}(-[a-z0-9]{1,4})?", fullmatch=True),
    "reserved_concurrency": st.sampled_from(["auto", "true", "false"]),
    "permissions_boundary": st.one_of(st.just(""), _POLICIES),
    "iam_path": st.one_of(st.just("/"), st.from_regex(r"(/[A-Za-z0-9+=,.@_-]{1,20}){1,4}/", fullmatch=True)),
    "instance_policy_arns": st.lists(_POLICIES, max_size=8, unique=True).map(",".join),
    "instance_policy": st.one_of(st.just(""), _DOCUMENTS),
    "capacity_reservation": st.sampled_from(["open", "none"]),
    "placement_strategy": st.just(""),  # contradicts a group that is named
    "placement_group": st.sampled_from(["", "apart", "Racks_2.a"]),
    "tenancy": st.sampled_from(["default", "dedicated"]),
    "volume_type": st.just("gp3"),
    "volume_key_arn": st.just(""),
    "volume_iops": st.sampled_from(["0", "3000", "4000"]),
    "volume_throughput": st.sampled_from(["0", "125", "750"]),
    "data_volumes": st.sampled_from(["", "/dev/sdf=1", "/dev/sdf=100,/dev/sdp=16384"]),
    "schedules": st.one_of(st.just(""), _SCHEDULES),
    "target_group_arns": st.just(""),
    "target_source_ranges": st.sampled_from(["", "192.168.0.0/16", "2001:db8::/32,10.1.0.0/16"]),
    "target_source_groups": st.lists(st.from_regex(r"sg-[0-9a-f]{8,17}", fullmatch=True), max_size=5, unique=True).map(
        ",".join
    ),
    "requests_per_target": st.just("0"),
    "predictive_scaling": st.just(""),
    "warm_pool": st.sampled_from(["", "stopped"]),
    "warm_pool_min_size": st.just("0"),
    "warm_pool_prepared": st.just("0"),
    "warm_pool_reuse": st.just("false"),
    "load_balancer": st.just(""),  # without one, everything about it is at its default
    "certificate_arn": st.just(""),
    "web_acl_arn": st.just(""),
    "target_protocol": st.just("HTTP"),
    "health_path": st.just("/"),
    "health_codes": st.just("200"),
    "health_interval": st.just("15"),
    "deregistration_delay": st.just("60"),
    "slow_start": st.just("0"),
    "health_check_type": st.sampled_from(["auto", "EC2"]),
    "rollout_alarms": st.lists(st.text("abc XYZ019._/()#+=:@!-", min_size=1, max_size=20), max_size=3).map(",".join),
    "lambda_runtime": st.sampled_from(["python3.11", "python3.12", "python3.13", "python3.14"]),
    "healer_mode": st.sampled_from(["live", "observe"]),
    "notification_topic_arn": st.sampled_from(["", "arn:aws:sns:us-east-1:123456789012:ops"]),
    "alarm_email": st.one_of(
        st.just(""), st.from_regex(r"[a-z.+'%_-]{1,64}@[a-z0-9-]{1,63}\.[a-z]{2,9}", fullmatch=True)
    ),
    "authorized_ip_ranges": _RANGES.map(",".join),
    "tags": _tags(8),
}


@cache
def valid(field: str) -> Texts:
    """Values that a knob accepts, or would with others beside it."""
    row = ROWS[field]
    if field in _BY_FIELD:
        return _BY_FIELD[field]
    return st.sampled_from(["true", "false", "yes", "0"]) if row.type == "boolean" else _number(row)


# --- values that it had better not ---


def _inserted(field: str) -> Texts:
    """A good value with something in it, somewhere."""

    def made(value: str, payload: str, place: int) -> str:
        at = place % (len(value) + 1)
        return value[:at] + payload + value[at:]

    return st.builds(made, valid(field), st.sampled_from(PAYLOADS), st.integers(0, 64))


def _in_other_digits(field: str) -> Texts:
    return st.builds(
        lambda value, digits: value.translate(str.maketrans("0123456789", digits)),
        valid(field),
        st.sampled_from(DIGITS),
    )


def _again_and_again(field: str) -> Texts:
    def made(value: str, times: int, between: str) -> str:
        return between.join([value] * times)

    return st.builds(
        made, valid(field), st.sampled_from([2, 9, 41, 61, 300, 20_000]), st.sampled_from(["", ",", ", ", " ", "\n"])
    )


def _structured() -> Texts:
    scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(PAYLOADS))
    names = st.sampled_from(["Owner", "a", "Project", "aws:x", "\n", ""])
    values = st.recursive(
        scalars, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4))
    )
    return values.map(json.dumps)


def _list_of_many() -> Texts:
    networks = st.lists(_network(_OCTETS, st.integers(1, 32)), min_size=50, max_size=70, unique=True).map(",".join)
    halves = st.permutations(["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1", "10.0.0.0/8"]).map(",".join)
    odd = st.sampled_from(
        [
            "10.0.0.0/255.0.0.0",
            "10.0.0.0/0.255.255.255",
            "fe80::%\u202e/64",
            "fe80::%*/10",
            "10.0.0.1/8",
            "::ffff:10.0.0.0/104",
        ]
    )
    return st.one_of(networks, halves, odd)


def _many_tags() -> Texts:
    taken = st.sampled_from(
        [*RESERVED_TAGS, "aws:x", "AWS:y", "Owner", "owner", "\u017f", "s", "ß", "ss", "a" * 128, "a" * 129]
    )
    cases = st.lists(
        st.builds(lambda key, swap: key.swapcase() if swap else key, taken, st.booleans()), min_size=1, max_size=4
    )
    return st.one_of(
        cases.map(lambda keys: ",".join(f"{key}=x" for key in keys)),
        st.integers(35, 60).map(lambda number: ",".join(f"t{each}=" for each in range(number))),
        _tags(3),
    )


_ESPECIALLY: dict[str, Callable[[], Texts]] = {"authorized_ip_ranges": _list_of_many, "tags": _many_tags}
_ANY = st.text(st.characters(), max_size=40)  # surrogates and all


@cache
def attack(field: str) -> Texts:
    """Values for a knob by somebody careless, or worse."""
    special = _ESPECIALLY.get(field)
    return st.one_of(
        _ANY,
        st.sampled_from(PAYLOADS),
        _inserted(field),
        _inserted(field),
        _in_other_digits(field),
        _again_and_again(field),
        _structured(),
        st.integers().map(str),
        *([special()] * 2 if special else []),
    )


# --- several together ---


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Some knobs attacked, some set as they should be, from either source; now and then a key that does not exist."""
    rows = st.sampled_from(list(ROWS.values()))
    attacked = draw(_some(rows, st.sampled_from([1, 1, 1, 1, 1, 1, 0, 2, 3])))
    others = draw(_some(rows, st.sampled_from([0, 1, 2, 6])))
    found = Case(_whole_fleet(draw), {})
    for row in others:
        _put(found, row, draw(valid(row.field)), draw(st.booleans()))
    for row in attacked:
        _put(found, row, draw(attack(row.field)), draw(st.booleans()))
    if draw(st.sampled_from(range(40))) == 23:
        found.config["tap:" + draw(st.one_of(_ANY, st.sampled_from(PAYLOADS)))] = draw(_ANY)
    return found


def _some(rows: st.SearchStrategy[Knob], number: st.SearchStrategy[int]) -> st.SearchStrategy[list[Knob]]:
    return number.flatmap(lambda many: st.lists(rows, min_size=many, max_size=many, unique_by=lambda row: row.field))


def _whole_fleet(draw: st.DrawFn) -> dict[str, str]:
    """Sizes that go together, as one of them alone would nearly always be refused for the others' sake."""
    if draw(st.booleans()):
        return {}
    sizes = sorted(draw(st.lists(st.integers(1, 100), min_size=3, max_size=3)))
    return {ROWS[field].key: str(size) for field, size in zip(SIZES, sizes, strict=True)}


def _put(case: Case, row: Knob, value: str, in_environment: bool) -> None:  # noqa: FBT001 - where it goes
    case.config.pop(row.key, None)
    case.environ.pop(row.env, None)
    (case.environ if in_environment else case.config)[row.env if in_environment else row.key] = value
