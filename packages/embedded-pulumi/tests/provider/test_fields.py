"""Which values a field takes, and what it makes of values of another type."""

from __future__ import annotations

from typing import Any

import pytest

from embedded_pulumi.aws.fields import Field, Flag, FlagText, Number, Text, Whole
from embedded_pulumi.aws.formats import Address, ArnText, Cidr
from embedded_pulumi.aws.shapes import ListOf

TOPIC = "arn:aws:sns:eu-west-1:123456789012:topic"


@pytest.mark.parametrize(
    ("field", "given", "taken"),
    [
        (Text(), 3, "3"),
        (Text(), 3.0, "3"),
        (Text(), 1e20, "100000000000000000000"),
        (Text(), 1e-07, "0.0000001"),
        (Text(), True, "true"),
        (Text(min_length=1, max_length=3), "abc", "abc"),
        (Text(one_of=("", "a")), "", ""),
        (Text(pattern="[a-z]*"), "abc", "abc"),
        (FlagText(), "", ""),
        (Whole(), "14", 14),
        (Whole(), "-3", -3),
        (Whole(), "+3", 3),
        (Whole(), 1.9, 1),
        (Whole(), -1.9, -1),
        (Whole(one_of=(0, 60)), "60", 60),
        (Whole(multiple_of=60), 120, 120),
        (Number(), "1e3", 1000),
        (Number(), "-0.5", -0.5),
        (Flag(), "true", True),
        (Flag(), "T", True),
        (Flag(), "1", True),
        (Flag(), "FALSE", False),
        (Flag(), "0", False),
        (Flag(), "", False),
        (Flag(), 0, False),
        (Flag(), 2, True),
        (ListOf(), "a", ["a"]),
        (ListOf(item=Whole()), 3, [3]),
        (ArnText(), "", ""),
        (ArnText(), TOPIC, TOPIC),
        (ArnText(), "arn:aws-us-gov:iam::aws:policy/A:b", "arn:aws-us-gov:iam::aws:policy/A:b"),
        (Cidr(), "10.0.0.0/16", "10.0.0.0/16"),
        (Cidr(), "0.0.0.0/0", "0.0.0.0/0"),
        (Cidr(version=6), "2001:DB8::/32", "2001:DB8::/32"),
        (Cidr(version=6), "::/0", "::/0"),
        (Address(), "10.0.0.1", "10.0.0.1"),
    ],
)
def test_a_value_is_taken_as_pulumis_bridge_takes_it(field: Field, given: Any, taken: Any) -> None:
    value, failures = field.check("it", given)
    assert (value, type(value), failures) == (taken, type(taken), [])


@pytest.mark.parametrize(
    ("field", "given", "reason"),
    [
        (Text(min_length=1), "", "'' is 0 characters long; at least 1 are accepted"),
        (Text(max_length=3), "äö", "is 4 characters long; at most 3 are accepted"),
        (Text(one_of=("a", "b")), "", "'' is not one of a, b"),
        (Text(pattern="[a-z]*"), "a\n", "'a\\n' is not accepted; accepted: [a-z]*"),
        (Text(pattern="[a-z]*", accepts="small letters"), "A", "'A' is not accepted; accepted: small letters"),
        (Whole(), "abc", "expected a whole number, got str 'abc'"),
        (Whole(), " 14", "expected a whole number, got str ' 14'"),
        (Whole(), "1_0", "expected a whole number, got str '1_0'"),
        (Whole(), "1.0", "expected a whole number, got str '1.0'"),
        (Whole(), True, "expected a whole number, got bool True"),
        (Whole(at_most=65535), "70000", "70000 is more than 65535"),
        (Whole(one_of=(60, 600)), 300, "300 is not one of 60, 600"),
        (Whole(multiple_of=60), 90, "90 is not a multiple of 60"),
        (Number(), "abc", "expected a number, got str 'abc'"),
        (Number(), False, "expected a number, got bool False"),
        (Flag(), "yes", "expected true or false, got str 'yes'"),
        (Flag(), "tRUE", "expected true or false, got str 'tRUE'"),
        (Flag(), [], "expected true or false, got list []"),
        (ListOf(min_items=1), [], "has 0 elements; at least 1 are accepted"),
        (
            ArnText(),
            "topic",
            "'topic' is not an ARN; accepted: arn:partition:service:region:account:resource",
        ),
        (
            ArnText(),
            "arn:AWS:sns:::t",
            "'arn:AWS:sns:::t' is not an ARN: its partition is 'AWS'; accepted: aws(-[a-z]+)*",
        ),
        (
            ArnText(),
            "arn:aws:sns:europe::t",
            "'arn:aws:sns:europe::t' is not an ARN: its region is 'europe'; accepted: ([a-z]{2}(-[a-z]+)+-\\d)?",
        ),
        (
            ArnText(),
            "arn:aws:sns::1:t",
            (
                "'arn:aws:sns::1:t' is not an ARN: its account is '1'; "
                "accepted: (aws|aws-managed|third-party|\\d{12}|cw.{10})?"
            ),
        ),
        (ArnText(), "arn:aws:sns:::", "'arn:aws:sns:::' is not an ARN: its resource is ''; accepted: (?s:.+)"),
        (Cidr(), "10.0.1.7/24", "'10.0.1.7/24' is not a valid IPv4 CIDR block; did you mean '10.0.1.0/24'?"),
        (
            Cidr(),
            "203.0.113.5",
            "'203.0.113.5' is not a valid IPv4 CIDR block; accepted: one such as 10.0.0.0/16",
        ),
        (Cidr(), "", "'' is not a valid IPv4 CIDR block; accepted: one such as 10.0.0.0/16"),
        (Cidr(), "10.0.0.0/33", "'10.0.0.0/33' is not a valid IPv4 CIDR block; accepted: one such as 10.0.0.0/16"),
        (
            Cidr(),
            "10.0.0.0/255.0.0.0",
            "'10.0.0.0/255.0.0.0' is not a valid IPv4 CIDR block; accepted: one such as 10.0.0.0/16",
        ),
        (Cidr(), "::/0", "'::/0' is not a valid IPv4 CIDR block; accepted: one such as 10.0.0.0/16"),
        (
            Cidr(version=6),
            "2001:db8::1/32",
            "'2001:db8::1/32' is not a valid IPv6 CIDR block; did you mean '2001:db8::/32'?",
        ),
        (
            Cidr(version=6),
            "10.0.0.0/8",
            "'10.0.0.0/8' is not a valid IPv6 CIDR block; accepted: one such as 2001:db8::/32",
        ),
        (Cidr(min_bits=16, max_bits=28), "10.0.0.0/8", "'10.0.0.0/8' is of another size; accepted: /16 to /28"),
        (Address(), "10.0.0.256", "'10.0.0.256' is not an IPv4 address"),
    ],
)
def test_a_value_is_refused_with_what_is_accepted(field: Field, given: Any, reason: str) -> None:
    _, (failure,) = field.check("it", given)
    assert (failure.property, failure.reason) == ("it", reason)


def test_two_spellings_of_an_ipv6_block_are_the_same() -> None:
    assert Cidr(version=6).diff("it", "2001:db8::/32", "2001:0DB8:0::/32") == {}
    assert Cidr(version=6).diff("it", "2001:db8::/32", "2001:db9::/32") != {}
