"""Mixed instances policies through the API: which types and markets a group launches, and what is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.services.autoscaling import requirements

from .conftest import ZONES, Place

Create = Callable[..., str]
TYPES = [{"InstanceType": "m5.large"}, {"InstanceType": "c5.large"}, {"InstanceType": "r5.large"}]
ALL_SPOT = {"OnDemandPercentageAboveBaseCapacity": 0}


def policy(place: Place, distribution: dict[str, Any] | None = None, overrides: Any = TYPES) -> dict[str, Any]:
    launched = {"LaunchTemplateSpecification": {"LaunchTemplateId": place.template, "Version": "1"}}
    launched |= {"Overrides": overrides} if overrides else {}
    return {"LaunchTemplate": launched} | ({"InstancesDistribution": distribution} if distribution else {})


def mixed(create: Create, place: Place, distribution: dict[str, Any] | None = None, **given: Any) -> str:
    overrides = given.pop("overrides", TYPES)
    return create(MixedInstancesPolicy=policy(place, distribution, overrides), LaunchTemplate={}, **given)


def described(place: Place, name: str) -> dict[str, Any]:
    (found,) = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return dict(found)


def machines(place: Place, name: str) -> list[dict[str, Any]]:
    ids = [each["InstanceId"] for each in described(place, name)["Instances"]]
    reservations = place.ec2.describe_instances(InstanceIds=ids)["Reservations"]
    return [each for reservation in reservations for each in reservation["Instances"]]


def markets(place: Place, name: str) -> Counter[tuple[str, str]]:
    """How many instances a group has of each market and type."""
    return Counter((each.get("InstanceLifecycle", "on-demand"), each["InstanceType"]) for each in machines(place, name))


def refusal(call: Callable[..., Any], *args: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(*args, **params)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def test_the_base_is_on_demand_and_above_it_a_percentage_is(place: Place, create: Create) -> None:
    distribution = {"OnDemandBaseCapacity": 2, "OnDemandPercentageAboveBaseCapacity": 25}
    name = mixed(create, place, distribution, DesiredCapacity=6, MaxSize=12)

    found = markets(place, name)
    assert sum(count for (market, _), count in found.items() if market == "on-demand") == 2 + 1  # a quarter of four
    assert sum(found.values()) == 6


def test_without_a_distribution_the_first_type_is_launched_on_demand(place: Place, create: Create) -> None:
    name = mixed(create, place)

    assert markets(place, name) == {("on-demand", "m5.large"): 2}
    told = described(place, name)
    assert "LaunchTemplate" not in told
    assert told["MixedInstancesPolicy"] == {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {
                "LaunchTemplateId": place.template, "LaunchTemplateName": "fleet", "Version": "1"
            },
            "Overrides": TYPES,
        },
        "InstancesDistribution": {
            "OnDemandAllocationStrategy": "prioritized",
            "OnDemandBaseCapacity": 0,
            "OnDemandPercentageAboveBaseCapacity": 100,
            "SpotAllocationStrategy": "lowest-price",
            "SpotInstancePools": 2,
            "SpotMaxPrice": "",
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("strategy", "types"),
    [
        ({"SpotAllocationStrategy": "price-capacity-optimized"}, {"c5.large": 3}),
        ({"SpotAllocationStrategy": "capacity-optimized-prioritized"}, {"m5.large": 3}),
        ({"SpotAllocationStrategy": "capacity-optimized"}, {"m5.large": 1, "c5.large": 1, "r5.large": 1}),
        ({"SpotAllocationStrategy": "lowest-price", "SpotInstancePools": 1}, {"c5.large": 3}),
        ({"SpotAllocationStrategy": "lowest-price"}, {"c5.large": 2, "m5.large": 1}),
    ],
)
def test_spot_instances_are_of_the_types_that_the_strategy_says(
    place: Place, create: Create, strategy: dict[str, Any], types: dict[str, int]
) -> None:
    name = mixed(create, place, ALL_SPOT | strategy, DesiredCapacity=3)

    assert markets(place, name) == {("spot", each): count for each, count in types.items()}


def test_the_lowest_price_goes_first_on_demand_where_that_is_asked_for(place: Place, create: Create) -> None:
    name = mixed(create, place, {"OnDemandAllocationStrategy": "lowest-price"})

    assert markets(place, name) == {("on-demand", "c5.large"): 2}


def test_a_type_that_a_zone_has_no_capacity_of_gives_way_to_the_next(place: Place, create: Create) -> None:
    until = place.cloud.clock.now() + timedelta(minutes=1)
    for zone in ZONES:
        place.cloud.zones.lack_pool(zone, "m5.large", until)
    name = mixed(create, place)

    assert markets(place, name) == {("on-demand", "c5.large"): 2}


def test_a_launch_that_no_type_can_have_fails_in_awss_words(place: Place, create: Create) -> None:
    name = mixed(create, place, ALL_SPOT | {"SpotMaxPrice": "0.001"}, MinSize=0, DesiredCapacity=1)

    failed = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"][-1]
    assert failed["StatusCode"] == "Failed"
    assert failed["StatusMessage"].startswith(
        "Could not launch Spot Instances. SpotMaxPriceTooLow - Your Spot request price of 0.001 is lower than the "
        "minimum required Spot request fulfillment price of 0."
    )

    place.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=name, MixedInstancesPolicy={"InstancesDistribution": {"SpotMaxPrice": ""}}
    )
    place.cloud.clock.advance(300)
    assert sum(markets(place, name).values()) == 1
    distribution = described(place, name)["MixedInstancesPolicy"]["InstancesDistribution"]
    assert distribution["OnDemandPercentageAboveBaseCapacity"] == 0  # an update leaves what it does not name


def test_requirements_mean_the_types_that_have_the_attributes(place: Place, create: Create) -> None:
    wanted = {"VCpuCount": {"Min": 2, "Max": 2}, "MemoryMiB": {"Min": 8192, "Max": 8192}, "CpuManufacturers": ["amd"]}
    name = mixed(create, place, overrides=[{"InstanceRequirements": wanted}])

    ((market, chosen),) = markets(place, name)
    kind = place.ec2.describe_instance_types(InstanceTypes=[chosen])["InstanceTypes"][0]
    assert market == "on-demand"
    assert (kind["VCpuInfo"]["DefaultVCpus"], kind["MemoryInfo"]["SizeInMiB"]) == (2, 8192)
    assert kind["ProcessorInfo"]["Manufacturer"] == "AMD"
    assert not kind["BurstablePerformanceSupported"]
    told = described(place, name)["MixedInstancesPolicy"]
    assert told["LaunchTemplate"]["Overrides"] == [{"InstanceRequirements": wanted}]
    assert told["InstancesDistribution"]["OnDemandAllocationStrategy"] == "lowest-price"


@pytest.mark.parametrize(
    ("more", "yes", "no"),
    [
        ({}, "m5.large", "t3.large"),
        ({"BurstablePerformance": "required"}, "t3.large", "m5.large"),
        ({"ExcludedInstanceTypes": ["m5*"]}, "m6i.large", "m5.large"),
        ({"AllowedInstanceTypes": ["m5.*"]}, "m5.large", "m6i.large"),
        ({"InstanceGenerations": ["current"]}, "m5d.large", "m4.large"),
        ({"LocalStorage": "required"}, "m5d.large", "m5.large"),
        ({"LocalStorageTypes": ["hdd"]}, "m5.large", "m3.large"),
        ({"TotalLocalStorageGB": {"Min": 70, "Max": 80}}, "m5d.large", "m5.large"),
        ({"NetworkInterfaceCount": {"Min": 3}}, "m5.large", "m3.xlarge"),
        ({"MemoryGiBPerVCpu": {"Max": 4}}, "m5.large", "r5.large"),
        ({"OnDemandMaxPricePercentageOverLowestPrice": 999_999}, "r5.large", "a1.large"),
        ({"RequireHibernateSupport": True}, "m5.large", "m5.metal"),
        ({"AcceleratorCount": {"Max": 0}}, "m5.large", "g4dn.xlarge"),
        ({"BaselineEbsBandwidthMbps": {"Min": 600}}, "m5.large", "m4.large"),
    ],
)
def test_each_requirement_counts(more: dict[str, Any], yes: str, no: str) -> None:
    wanted = {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 7000, "Max": 17_000}} | more
    offered = ["m5.large", "t3.large", "m6i.large", "m4.large", "m5d.large", "m3.large", "m3.xlarge", "r5.large",
               "a1.large", "m5.metal", "g4dn.xlarge"]  # fmt: skip

    found = requirements.fitting(wanted, "x86_64", offered, spot=False)
    assert yes in found
    assert no not in found


@pytest.mark.parametrize(
    ("distribution", "overrides", "said"),
    [
        ({"OnDemandPercentageAboveBaseCapacity": 101}, TYPES, "must be between 0 and 100"),
        ({"SpotAllocationStrategy": "nope"}, TYPES, "The SpotAllocationStrategy 'nope' is not valid"),
        (
            {"SpotAllocationStrategy": "capacity-optimized", "SpotInstancePools": 2},
            TYPES,
            "SpotInstancePools option is only available with the lowest-price allocation strategy.",
        ),
        ({"SpotInstancePools": 21}, TYPES, "SpotInstancePools must be 1 to 20."),
        ({"SpotMaxPrice": "0.0001"}, TYPES, "The minimum value is 0.001."),
        ({}, [{"InstanceType": "m5.lagre"}], "The instance type 'm5.lagre' is not valid."),
        ({}, [TYPES[0], TYPES[0]], "Duplicate instance types"),
        ({}, [{"InstanceType": "m5.large", "ImageId": "ami-0123456789abcdef0"}], "NotImplemented"),
        (
            {"OnDemandAllocationStrategy": "prioritized"},
            [{"InstanceRequirements": {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 1}}}],
            "The OnDemandAllocationStrategy 'prioritized' is not valid",
        ),
        (
            {},
            [TYPES[0], {"InstanceRequirements": {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 1}}}],
            "You can't specify both InstanceType and InstanceRequirements",
        ),
    ],
)
def test_a_policy_that_cannot_be_is_refused(
    place: Place, create: Create, distribution: dict[str, Any], overrides: Any, said: str
) -> None:
    assert said in refusal(mixed, create, place, distribution, overrides=overrides)


def test_a_group_changes_between_a_policy_and_a_template_of_its_own(place: Place, create: Create) -> None:
    name = create()
    update = place.autoscaling.update_auto_scaling_group

    update(AutoScalingGroupName=name, MixedInstancesPolicy=policy(place), DesiredCapacity=3)
    place.cloud.clock.advance(120)
    assert markets(place, name) == {("on-demand", "t3.micro"): 2, ("on-demand", "m5.large"): 1}

    update(AutoScalingGroupName=name, LaunchTemplate={"LaunchTemplateId": place.template, "Version": "1"})
    assert "MixedInstancesPolicy" not in described(place, name)


def test_a_refresh_with_a_policy_replaces_what_stands_and_then_the_group_has_it(place: Place, create: Create) -> None:
    name = mixed(create, place)
    wanted = policy(place, ALL_SPOT | {"SpotAllocationStrategy": "price-capacity-optimized"})
    wanted["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"] = "2"
    start = place.autoscaling.start_instance_refresh
    start(
        AutoScalingGroupName=name,
        DesiredConfiguration={"MixedInstancesPolicy": wanted},
        Preferences={"InstanceWarmup": 0, "AutoRollback": True},
    )
    place.cloud.clock.advance(1200)

    (refresh,) = place.autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"]
    told = refresh["DesiredConfiguration"]["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
    assert (refresh["Status"], told["Version"]) == ("Successful", "2")
    assert markets(place, name) == {("spot", "c5.large"): 2}
    group = described(place, name)
    launched = group["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
    assert launched["Version"] == "2"
    assert {each["LaunchTemplate"]["Version"] for each in group["Instances"]} == {"2"}


def test_a_replacement_is_of_the_market_of_the_one_that_leaves(place: Place, create: Create) -> None:
    name = mixed(create, place, {"OnDemandBaseCapacity": 1} | ALL_SPOT, MaxSize=4)
    (lasting,) = [each["InstanceId"] for each in machines(place, name) if "InstanceLifecycle" not in each]

    place.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=lasting, ShouldDecrementDesiredCapacity=False)
    place.cloud.clock.advance(300)

    found = machines(place, name)
    assert lasting not in [each["InstanceId"] for each in found]
    assert sorted(each.get("InstanceLifecycle", "on-demand") for each in found) == ["on-demand", "spot"]


def test_a_spot_instance_is_interrupted_two_minutes_after_its_notice(place: Place, create: Create) -> None:
    name = mixed(create, place, ALL_SPOT)
    victim = machines(place, name)[0]["InstanceId"]
    place.cloud.interrupt_spot(victim)

    place.cloud.clock.advance(100)
    assert victim in [each["InstanceId"] for each in described(place, name)["Instances"]]
    place.cloud.clock.advance(200)
    assert victim not in [each["InstanceId"] for each in described(place, name)["Instances"]]
    assert sum(markets(place, name).values()) == 2


def test_with_capacity_rebalancing_a_new_instance_comes_before_the_one_at_risk_goes(
    place: Place, create: Create
) -> None:
    name = mixed(create, place, ALL_SPOT, CapacityRebalance=True)
    assert described(place, name)["CapacityRebalance"] is True
    victim = machines(place, name)[0]["InstanceId"]
    place.cloud.recommend_rebalance(victim)

    place.cloud.clock.advance(10)
    assert len(described(place, name)["Instances"]) == 3
    place.cloud.clock.advance(300)
    left = [each["InstanceId"] for each in described(place, name)["Instances"]]
    assert len(left) == 2
    assert victim not in left


def test_only_a_spot_instance_is_interrupted(place: Place, create: Create) -> None:
    name = mixed(create, place)
    member = machines(place, name)[0]["InstanceId"]

    with pytest.raises(LookupError, match="is no Spot Instance"):
        place.cloud.interrupt_spot(member)


def test_spot_instances_do_not_wait_in_a_warm_pool(place: Place, create: Create) -> None:
    place.autoscaling.put_warm_pool(AutoScalingGroupName=mixed(create, place, MaxSize=3))
    with pytest.raises(ClientError, match="has Spot Instances"):
        place.autoscaling.put_warm_pool(AutoScalingGroupName=mixed(create, place, ALL_SPOT))
