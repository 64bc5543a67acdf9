"""What is accepted and what is refused, value by value."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_aws import Region

from tap_stack.components.addresses import SLOTS, subnet_plan, usable_addresses
from tap_stack.config import InfraConfig
from tap_stack.config.capacity import healthy_ceiling
from tap_stack.config.checks import REGIONS
from tap_stack.config.model import knobs
from tap_stack.config.names import (
    FUNCTION_NAME_LIMIT,
    LINKED_ROLE_SUFFIX_LIMIT,
    ROLE_NAME_LIMIT,
    Names,
    longest_suffix,
)
from tap_stack.errors import ConfigError, shown

REFUSED = {
    "aws:region": ["", "eu-west-9", "europe", "EU-WEST-1", "us-east-1a"],
    "tap:environment": ["", "Prod", "1st", "a b", "x" * 33],
    "tap:environmentSuffix": ["", "-a", "a-", "a--b", "A", "a_b", "ä", "x" * 60],
    "tap:zones": [
        "",
        "0",
        "1",
        "us-east-1a",
        "9",
        "-1",
        "2.5",
        "two",
        "us-east-1",
        "us-east-1a,us-east-1a",
        "eu-west-1a",
        "us-east-1z",
    ],
    "tap:vpcCidr": ["", "10.0.0.0", "10.0.0.1/16", "10.0.0.0/15", "10.0.0.0/25", "8.8.0.0/16", "fd00::/16", "x/16"],
    "tap:natStrategy": ["", "zonal", "PER_AZ"],
    "tap:endpoints": ["com.amazonaws.us-east-1.ssm/", "ECR.api", "kms,kms", "a b", ".ecr", "-"],
    "tap:natZones": ["", "-1", "9", "two", "us-east-1a,us-east-1a"],
    "tap:natAllocationIds": ["eipalloc-1", "203.0.113.9", "eipalloc-01234567,eipalloc-01234567"],
    "tap:instanceType": ["", "t3", "t3.", ".micro", "t3 micro"],
    "tap:imageId": ["ami-x", "img-12345678", "Newest", "images/web", "resolve:ssm:web", "/images/web:"],
    "tap:userDataFile": ["boot.sh,boot.sh", "a b.sh", 'a"b'],
    "tap:iamPath": ["", "team", "/team", "team/", "//", "/a b/", "/aws-service-role/x/", f"/{'x' * 200}/"],
    "tap:instancePolicyArns": [
        "AmazonS3ReadOnlyAccess",
        "arn:aws:iam::aws:role/x",
        "arn:aws:iam::12345:policy/x",
        "arn:aws:iam::aws:policy/A,arn:aws:iam::aws:policy/A",
        ",".join(f"arn:aws:iam::aws:policy/P{number}" for number in range(9)),
    ],
    "tap:instancePolicy": [
        "x",
        "[]",
        "{}",
        '{"Version": "2012-10-17", "Statement": []}',
        '{"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Maybe", "Action": "s3:*", "Resource": "*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": [], "Resource": "*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}',
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": 7}}',
        f'{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", "Action": "{"x" * 10_240}", "Resource": "*"}}}}',
        "[" * 100_000,
    ],
    "tap:minSize": ["", "-1", "x", "1.5", "10001"],
    "tap:maxSize": ["0", "1", "x"],
    "tap:desiredCapacity": ["1", "5"],
    "tap:volumeSize": ["7", "16385"],
    "tap:authorizedIpRanges": [
        "",
        ",",
        "10.0.0.1/8",
        "0.0.0.0/0",
        "10.0.0.0/8,0.0.0.0/0",
        "::/0",
        "10.0.0.0",
        "10.0.0.0/33",
        "fe80::1/64",
        "10.0.0.0/8,10.0.0.0/8",
        "0.0.0.0/1,128.0.0.0/1",
        "::/1,10.0.0.0/8,8000::/1",
        "10.0.0.0/255.0.0.0",
        "fe80::%eth0/64",
        ",".join(f"10.{number}.0.0/16" for number in range(61)),
        "hello",
    ],
    "tap:openEgress": ["", "maybe", "2"],
    "tap:cpuHighThreshold": ["0", "101"],
    "tap:cpuLowThreshold": ["70", "-1"],
    "tap:healthCheckGracePeriod": ["-1", "7201"],
    "tap:lambdaRuntime": ["", "python3.8", "python3.10", "python3.99", "nodejs22.x", "3.13"],
    "tap:lambdaTimeout": ["19", "56"],
    "tap:lambdaMemorySize": ["127", "10241"],
    "tap:healerMode": ["", "off", "dry-run"],
    "tap:alarmEmail": ["nobody", "a@b", "a@example.com,b@example.com", "${USER}@example.com", f"a@{'b.' * 130}com"],
    "tap:logRetentionDays": ["0", "2", "3654"],
    "tap:flowLogRetentionDays": ["-1", "8"],
    "tap:tags": [
        "Owner",
        "Project=x",
        "Name=x",
        "aws:x=y",
        "AWS:x=y",
        "Owner=a,Owner=b",
        "Owner=a,owner=b",
        "project=x",
        "a=<b>",
        "=x",
        "k=" + "v" * 257,
    ],
    "tap:protect": ["", "si"],
    "tap:healerBadImageFailures": ["5"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in REFUSED.items() for value in values])
def test_it_is_refused_with_key_value_and_what_is_accepted(key: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        InfraConfig.load({key: value}, {})

    assert refused.value.key == key
    assert str(refused.value) == f"{key} = {shown(value)} is not accepted; accepted: {refused.value.accepted}"
    assert "\n" not in str(refused.value)


def test_sizes_that_contradict_each_other_are_refused_with_what_they_contradict() -> None:
    together = "tap:minSize=5 tap:maxSize=5 tap:desiredCapacity=5"
    said = f"tap:maxSize = '4' is not accepted; accepted: at least minSize, which is 5; or together {together}"

    with pytest.raises(ConfigError, match=f"^{said}$") as refused:
        InfraConfig.load({"tap:minSize": "5"}, {}, ["tap:minSize"])

    assert refused.value.together == {"tap:minSize": "5", "tap:maxSize": "5", "tap:desiredCapacity": "5"}


SIZE = st.integers(0, 12)


@given(
    sizes=st.fixed_dictionaries({"tap:minSize": SIZE, "tap:maxSize": st.integers(1, 12), "tap:desiredCapacity": SIZE}),
    asked=st.sets(st.sampled_from(["tap:minSize", "tap:maxSize", "tap:desiredCapacity"]), max_size=1),
)
def test_sizes_that_are_proposed_are_accepted_and_leave_what_was_asked_for(
    sizes: dict[str, int], asked: set[str]
) -> None:
    config = {key: str(value) for key, value in sizes.items()}
    refused = InfraConfig.refusals(config, {}, asked)

    for each in refused:
        assert InfraConfig.refusals({**config, **each.together}, {}) == []
        assert all(each.together[key] == config[key] for key in asked)


def test_sizes_that_have_no_place_in_the_network_are_not_proposed() -> None:
    (first, *_) = InfraConfig.refusals({"tap:minSize": "9000"}, {}, ["tap:minSize"])

    assert first.together == {}


def test_all_that_is_wrong_is_found_not_only_the_first() -> None:
    wrong = {
        "tap:zones": "99",
        "tap:natStrategy": "some",
        "tap:healerFloorPercent": "101",
        "tap:rolloutBakeSeconds": "-1",
    }

    assert {each.key for each in InfraConfig.refusals(wrong, {})} == wrong.keys()


ACCEPTED = {
    "tap:environment": ["dev", "prod-2"],
    "tap:environmentSuffix": ["pr-1234", "42", "a"],
    "tap:zones": ["2", "8", "us-east-1c, us-east-1a"],
    "tap:vpcCidr": ["172.16.0.0/16", "192.168.0.0/20", "100.64.0.0/16", "10.9.8.0/24"],
    "tap:instanceType": ["t4g.nano", "u-6tb1.112xlarge", "m7g.metal"],
    "tap:imageId": ["", "newest", "ami-12345678", "ami-0123456789abcdef0", "/images/web", "resolve:ssm:/a/b:prod"],
    "tap:userDataFile": ["", "boot.sh", "boot.sh, files/web.yaml", '["boot.sh"]'],
    "tap:iamPath": ["/", "/team/", "/platform/fleets/"],
    "tap:instancePolicyArns": [
        "",
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess,arn:aws:iam::123456789012:policy/a/b",
    ],
    "tap:instancePolicy": [
        "",
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:x"}}',
        '{\n  "Version": "2012-10-17",\n  "Statement": [{"Effect": "Deny", "NotAction": ["*"], "NotResource": ["*"]}]}',
    ],
    "tap:authorizedIpRanges": ["10.0.0.0/8", " 10.0.0.0/8 , 2001:db8::/32 ", "203.0.113.7/32", "0.0.0.0/1"],
    "tap:protect": ["true", "false", "True"],
    "tap:alarmEmail": ["", "a.b+c@example.co.uk"],
    "tap:tags": ["", "Owner=me", "Owner=Jo Doe, cost-center=", "url=https://example.com/x=1"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in ACCEPTED.items() for value in values])
def test_it_is_accepted(key: str, value: str) -> None:
    small = {"tap:minSize": "1", "tap:desiredCapacity": "1", "tap:maxSize": "3"}

    assert key in {row.key for row in knobs()}
    assert InfraConfig.load({**small, key: value}, {}).common_tags["Project"] == "tap"


def test_the_regions_are_those_that_the_provider_knows() -> None:
    assert {region.value for region in Region} == REGIONS


@pytest.mark.parametrize("region", sorted(region.value for region in Region))
def test_every_region_that_the_provider_knows_is_accepted(region: str) -> None:
    assert InfraConfig.load({"aws:region": region}, {}).region == region


@pytest.mark.parametrize("runtime", ["python3.11", "python3.12", "python3.13", "python3.14"])
def test_runtimes_from_the_floor_up_are_accepted(runtime: str) -> None:
    assert InfraConfig.load({"tap:lambdaRuntime": runtime}, {}).lambda_runtime == runtime


def test_a_refused_runtime_comes_with_the_list_of_accepted_ones() -> None:
    with pytest.raises(ConfigError, match=r"accepted: python3\.11 or python3\.12 or python3\.13 or python3\.14$"):
        InfraConfig.load({"tap:lambdaRuntime": "python3.8"}, {})


def test_a_range_with_host_bits_is_refused_with_the_range_that_was_meant() -> None:
    with pytest.raises(ConfigError, match=r"10\.1\.2\.3/16 lies in 10\.1\.0\.0/16"):
        InfraConfig.load({}, {"AUTHORIZED_IP_RANGES": "192.168.0.0/16,10.1.2.3/16"})


@given(st.lists(st.ip_addresses(), min_size=1, max_size=5), st.integers(1, 32))
def test_ranges_are_accepted_if_and_only_if_none_has_host_bits(addresses: list[object], prefix: int) -> None:
    texts = list(dict.fromkeys(f"{address}/{prefix}" for address in addresses))
    networks = [ip_network(text, strict=False) for text in texts]
    whole = all(str(network) == text for network, text in zip(networks, texts, strict=True))
    settings = {"tap:authorizedIpRanges": ",".join(texts)}

    if whole:
        assert InfraConfig.load(settings, {}).authorized_ip_ranges == tuple(texts)
    else:
        with pytest.raises(ConfigError):
            InfraConfig.load(settings, {})


@given(st.sampled_from([IPv4Network, IPv6Network]))
def test_everybody_is_never_accepted(kind: type[IPv4Network | IPv6Network]) -> None:
    with pytest.raises(ConfigError, match="is the whole internet"):
        InfraConfig.load({"tap:authorizedIpRanges": str(kind((0, 0)))}, {})


@given(st.integers(16, 24), st.integers(2, 8), st.integers(1, 10_000))
def test_a_fleet_is_accepted_if_and_only_if_there_are_addresses_for_it_and_its_replacements(
    prefix: int, zones: int, most: int
) -> None:
    settings = {"tap:vpcCidr": f"10.0.0.0/{prefix}", "tap:zones": str(zones), "tap:maxSize": str(most)}
    settings |= {"tap:minSize": "0", "tap:desiredCapacity": "0"}
    plan = subnet_plan(IPv4Network(settings["tap:vpcCidr"]), [f"us-east-1{letter}" for letter in SLOTS[:zones]])
    room = sum(usable_addresses(subnets.private) - 4 for subnets in plan.values())

    if most * healthy_ceiling(most) // 100 <= room:
        assert InfraConfig.load(settings, {}).max_size == most
    else:
        with pytest.raises(ConfigError, match=f"its private subnets have {room} addresses"):
            InfraConfig.load(settings, {})


@pytest.mark.parametrize("region", sorted(region.value for region in Region))
def test_the_longest_suffix_fits_and_one_character_more_is_refused(region: str) -> None:
    longest = longest_suffix(region)
    names = Names(region, "x" * longest)

    lengths = {len(names.instance_role), len(names.healer_role), len(names.flow_log_role)}
    assert max(lengths) == ROLE_NAME_LIMIT
    assert len(names.function) <= FUNCTION_NAME_LIMIT
    accepted = InfraConfig.load({"aws:region": region, "tap:environmentSuffix": "x" * longest}, {})
    assert accepted.names == names
    with pytest.raises(ConfigError, match=f"at most {longest} characters"):
        InfraConfig.load({"aws:region": region, "tap:environmentSuffix": "x" * (longest + 1)}, {})


@given(
    st.sampled_from(sorted(region.value for region in Region)),
    st.from_regex(r"[b-r][a-z0-9]{0,19}", fullmatch=True),
)
def test_every_prefix_leaves_room_for_a_suffix_and_every_name_fits(region: str, prefix: str) -> None:
    longest = longest_suffix(region, prefix)
    accepted = InfraConfig.load(
        {"aws:region": region, "tap:namePrefix": prefix, "tap:environmentSuffix": "x" * longest}, {}
    )

    assert longest >= 10
    names = accepted.names
    assert max(len(each) for each in (names.instance_role, names.rollout_role, names.flow_log_role)) <= ROLE_NAME_LIMIT
    assert len(names.launcher) <= LINKED_ROLE_SUFFIX_LIMIT
    assert names.group == f"{prefix}-fleet-{'x' * longest}"


@pytest.mark.parametrize("prefix", ["Tap", "a--b", "1up", "x" * 21, "aws", "ssm-web", "sg", "-a", "a-"])
def test_a_prefix_that_aws_or_the_names_do_not_take_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigError, match=r"tap:namePrefix = .* is not accepted"):
        InfraConfig.load({"tap:namePrefix": prefix}, {})


def test_a_configuration_with_changes_is_checked_anew_and_keeps_the_rest() -> None:
    config = InfraConfig.load({"tap:zones": "3", "tap:healerBurstPercent": "30"}, {})

    changed = config.with_changes(name_prefix="blue", vpc_cidr="10.1.0.0/16")

    assert (changed.names.group, str(changed.vpc_cidr)) == ("blue-fleet-dev", "10.1.0.0/16")
    assert (changed.zones, changed.healer) == (3, config.healer)
    assert config.names.group == "tap-fleet-dev"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"name_prefixx": "blue"},
            "name_prefixx = 'blue' is not accepted; accepted: a field .* name_prefix",
        ),
        ({"zones": 9}, "zones = '9' is not accepted; accepted: 2 to 8 zones"),
        ({"min_size": 9}, "maxSize = '4' is not accepted; accepted: at least minSize, which is 9"),
    ],
)
def test_a_change_that_is_not_accepted_is_named(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        InfraConfig.load({}, {}).with_changes(**changes)


def test_the_stacks_own_tags_cannot_be_overridden_and_the_users_are_kept() -> None:
    config = InfraConfig.load({"tap:tags": "Owner=me", "tap:environment": "prod"}, {})

    assert config.common_tags == {
        "Owner": "me",
        "Project": "tap",
        "Environment": "prod",
        "EnvironmentSuffix": "dev",
        "ManagedBy": "pulumi",
    }
