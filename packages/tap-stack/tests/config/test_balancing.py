"""What may be said of load balancers, and how what may not is refused."""

from __future__ import annotations

import pytest

from tap_stack.config import InfraConfig
from tap_stack.errors import ConfigError

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b-2c"
BALANCED = {"tap:loadBalancer": "internal", "tap:certificateArn": CERTIFICATE}
TARGETS = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"


@pytest.mark.parametrize(
    ("config", "key", "accepted"),
    [
        ({"tap:loadBalancer": "both"}, "tap:loadBalancer", "empty, internal or public"),
        ({"tap:loadBalancer": "public"}, "tap:certificateArn", "a certificate of ACM in us-east-1"),
        ({"tap:certificateArn": CERTIFICATE}, "tap:certificateArn", "empty, unless loadBalancer is internal or public"),
        (
            {**BALANCED, "aws:region": "eu-west-1"},
            "tap:certificateArn",
            "the ARN of a certificate in eu-west-1; this one is in us-east-1",
        ),
        ({**BALANCED, "tap:certificateArn": "0a1b"}, "tap:certificateArn", "the ARN of a certificate of ACM"),
        ({"tap:healthPath": "/healthz"}, "tap:healthPath", "/, unless loadBalancer is internal or public"),
        ({"tap:slowStart": "60"}, "tap:slowStart", "0, unless loadBalancer is internal or public"),
        ({**BALANCED, "tap:healthPath": "health z"}, "tap:healthPath", "a path from / on"),
        ({**BALANCED, "tap:healthCodes": "200-"}, "tap:healthCodes", "HTTP codes from 200 to 499"),
        ({**BALANCED, "tap:healthCodes": "299-200"}, "tap:healthCodes", "HTTP codes from 200 to 499"),
        ({**BALANCED, "tap:healthInterval": "5"}, "tap:healthInterval", "integer, 6 to 300"),
        ({**BALANCED, "tap:slowStart": "29"}, "tap:slowStart", "0, or 30 to 900 seconds"),
        ({**BALANCED, "tap:webAclArn": "arn:aws:waf::1:webacl/x"}, "tap:webAclArn", "the ARN of a regional web ACL"),
        ({"tap:targetGroupArns": f"{TARGETS},{TARGETS}"}, "tap:targetGroupArns", "each once"),
        ({"tap:targetGroupArns": "web"}, "tap:targetGroupArns", "ARNs of target groups"),
        (
            {"tap:targetGroupArns": TARGETS, "aws:region": "eu-west-1"},
            "tap:targetGroupArns",
            "target groups of eu-west-1",
        ),
        ({"tap:targetSourceGroups": "sg-x"}, "tap:targetSourceGroups", "ids of security groups"),
        ({"tap:healthCheckType": "ELB"}, "tap:healthCheckType", "auto or EC2, unless loadBalancer or targetGroupArns"),
    ],
)
def test_it_is_refused_with_its_key_and_what_would_be_accepted(config: dict[str, str], key: str, accepted: str) -> None:
    with pytest.raises(ConfigError) as refused:
        InfraConfig.load(config, {})

    assert str(refused.value).startswith(f"{key} = ")
    assert accepted in str(refused.value)


@pytest.mark.parametrize(
    ("config", "follows"),
    [
        ({}, False),
        (BALANCED, True),
        ({"tap:targetGroupArns": TARGETS}, True),
        ({"tap:targetGroupArns": TARGETS, "tap:healthCheckType": "EC2"}, False),
        ({**BALANCED, "tap:healthCheckType": "ELB"}, True),
    ],
)
def test_the_group_follows_its_load_balancers_unless_it_is_told_not_to(config: dict[str, str], follows: bool) -> None:  # noqa: FBT001 - an expected value
    assert InfraConfig.load(config, {}).follows_load_balancer is follows


@pytest.mark.parametrize("codes", ["200", "200,204", "200-299,302"])
def test_codes_and_ranges_of_codes_are_accepted(codes: str) -> None:
    assert InfraConfig.load({**BALANCED, "tap:healthCodes": codes}, {}).health_codes == codes


def test_a_long_name_is_shortened_by_a_digest_of_the_whole() -> None:
    short = InfraConfig.load({}, {}).names.short("web", 24)
    names = [InfraConfig.load({"tap:environmentSuffix": f"a-long-suffix-{end}"}, {}).names for end in "ab"]
    shortened = {each.short("web", 24) for each in names}

    assert short == "tap-web-dev"
    assert len(shortened) == 2
    assert max(map(len, shortened)) <= 24
