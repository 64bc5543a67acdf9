"""A create whose answer was lost is found again: what it made, whole, and never what another made."""

from __future__ import annotations

import json

from support.provider.cases import CASES
from support.provider.world import World

from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.naming import unique
from embedded_pulumi.aws.provider import ConfiguredAws
from embedded_pulumi.aws.registry import RESOURCES
from embedded_pulumi.provider import CheckRequest

SEED = bytes(range(32, 48))
OURS, ANOTHER = "our call", "another call"
ADOPTED = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
"""Nobody makes it, so there is nothing to find; adopting it once more is the same again."""

PLACED = {type_ for type_, resource in RESOURCES.items() if not resource.tagging} - {"aws:autoscaling/group:Group"}
"""What takes no tags, and so is known by where it stands and what it is."""

ALWAYS_THERE = {
    "aws:acm/certificateValidation:CertificateValidation",  # a certificate that is issued stays so
    "aws:secretsmanager/secretVersion:SecretVersion",  # a secret keeps its current value
    "aws:sns/topicPolicy:TopicPolicy",  # a topic always has one
}


def test_what_a_create_made_is_found_by_its_token(type_: str, world: World, aws: ConfiguredAws) -> None:
    inputs = aws.check(CheckRequest(type_, "lost", {}, CASES[type_].inputs(world), SEED)).inputs
    ours = f"our {type_}"

    made = aws.create(type_, inputs, ours, preview=False)

    lost = type_ == ADOPTED or CASES[type_].happens or not CASES[type_].found_again
    expected = None if lost else made
    assert aws.resume(type_, inputs, ours, preview=True) == expected
    assert aws.resume(type_, inputs, ours, preview=False) == expected  # whatever was done may be done again
    assert (aws.resume(type_, inputs, ANOTHER, preview=True) is not None) == (
        type_ in PLACED and not CASES[type_].happens and CASES[type_].found_again
    )
    assert MARK not in str(made.outputs)
    aws.delete(type_, made.id, inputs, made.outputs)
    if type_ not in ALWAYS_THERE:
        assert aws.resume(type_, inputs, ours, preview=True) is None


def test_what_stands_in_its_place_and_is_otherwise_is_not_taken_for_it(world: World, aws: ConfiguredAws) -> None:
    type_ = "aws:iam/rolePolicy:RolePolicy"

    def allowing(action: str) -> dict[str, str]:
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        return {"role": world.other_role["name"], "name": "place", "policy": json.dumps(document)}

    made = aws.create(type_, allowing("s3:Get*"), OURS, preview=False)

    assert aws.resume(type_, allowing("s3:Get*"), OURS, preview=True) == made
    assert aws.resume(type_, allowing("s3:Put*"), OURS, preview=True) is None
    aws.delete(type_, made.id, allowing("s3:Get*"), made.outputs)


def test_a_name_made_up_from_a_prefix_is_told_again() -> None:
    assert unique("lost-", {MARK: OURS}) == unique("lost-", {MARK: OURS})
    assert unique("lost-", {MARK: OURS}) != unique("lost-", {MARK: ANOTHER})
    assert unique("lost-", {}) != unique("lost-", {})


def test_what_was_left_halfway_is_brought_to_its_end(world: World, aws: ConfiguredAws) -> None:
    type_ = "aws:ec2/internetGateway:InternetGateway"
    vpc = world.make("aws:ec2/vpc:Vpc", "halfway", cidrBlock="10.9.0.0/16")["id"]
    inputs = aws.check(CheckRequest(type_, "halfway", {}, {"vpcId": vpc}, SEED)).inputs
    made = aws.create(type_, inputs, OURS, preview=False)
    world.session.ec2.detach_internet_gateway(InternetGatewayId=made.id, VpcId=vpc)

    assert aws.resume(type_, inputs, OURS, preview=False) == made
    aws.delete(type_, made.id, inputs, made.outputs)
