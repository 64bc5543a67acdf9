"""Users, groups and identity providers where the embedded AWS is as AWS and moto is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture(scope="module")
def iam() -> Iterator[Any]:
    with Cloud(seed=5) as cloud:
        yield cloud.client("iam")


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_user_that_is_renamed_and_moved_keeps_its_tags(iam: Any) -> None:
    iam.create_user(UserName="ann", Tags=[{"Key": "team", "Value": "fleet"}])

    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/team/")

    assert iam.get_user(UserName="anna")["User"]["Arn"].endswith(":user/team/anna")
    assert iam.list_user_tags(UserName="anna")["Tags"] == [{"Key": "team", "Value": "fleet"}]


def test_a_user_has_the_boundary_that_it_was_given_last(iam: Any) -> None:
    iam.create_user(UserName="bob", PermissionsBoundary=READ)
    assert iam.get_user(UserName="bob")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ

    iam.delete_user_permissions_boundary(UserName="bob")
    assert "PermissionsBoundary" not in iam.get_user(UserName="bob")["User"]
    with pytest.raises(ClientError) as error:
        iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=f"{READ}Not")
    assert code_of(error) == "NoSuchEntity"


def test_who_is_still_in_a_group_or_has_keys_is_not_deleted(iam: Any) -> None:
    iam.create_user(UserName="eve")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="eve")
    for call, params in ((iam.delete_user, {"UserName": "eve"}), (iam.delete_group, {"GroupName": "staff"})):
        with pytest.raises(ClientError) as error:
            call(**params)
        assert code_of(error) == "DeleteConflict"
    iam.remove_user_from_group(GroupName="staff", UserName="eve")
    key = iam.create_access_key(UserName="eve")["AccessKey"]["AccessKeyId"]
    with pytest.raises(ClientError, match="must delete access keys first"):
        iam.delete_user(UserName="eve")

    iam.delete_access_key(UserName="eve", AccessKeyId=key)
    iam.delete_user(UserName="eve")
    iam.delete_group(GroupName="staff")


def test_a_group_moves_without_another_name(iam: Any) -> None:
    iam.create_group(GroupName="movers")

    iam.update_group(GroupName="movers", NewPath="/team/")

    assert iam.get_group(GroupName="movers")["Group"]["Path"] == "/team/"


def test_an_identity_provider_gets_and_loses_clients(iam: Any) -> None:
    arn = iam.create_open_id_connect_provider(Url="https://id.example.com", ClientIDList=["one"])[
        "OpenIDConnectProviderArn"
    ]

    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="two")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="one")

    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["two"]


def test_whoever_names_no_user_is_told_of_the_account_itself(iam: Any) -> None:
    assert "PermissionsBoundary" not in iam.get_user()["User"]
