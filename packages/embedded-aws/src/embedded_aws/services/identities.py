"""IAM's users, groups and identity providers where moto's differ.

moto loses the tags of a user that is renamed or moved, moves no group, has no boundaries of users and no changes of
the clients of an identity provider, and deletes what is still in use.

Source: API UpdateUser, UpdateGroup, PutUserPermissionsBoundary, DeleteUser, DeleteGroup,
AddClientIDToOpenIDConnectProvider.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from moto.backends import get_backend
from moto.utilities.utils import get_partition

from embedded_aws.calls import AwsError, Call, Routes


class Identities:
    """The calls that are corrected here."""

    def __init__(self) -> None:
        self._boundaries: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

    def routes(self) -> Routes:
        """The calls."""
        handlers = {
            "AddClientIDToOpenIDConnectProvider": _change_clients,
            "CreateUser": self._create_user,
            "DeleteGroup": _delete_group,
            "DeleteUser": _delete_user,
            "DeleteUserPermissionsBoundary": self._bound,
            "GetUser": self._get_user,
            "PutUserPermissionsBoundary": self._bound,
            "RemoveClientIDFromOpenIDConnectProvider": _change_clients,
            "UpdateGroup": _update_group,
            "UpdateUser": _update_user,
        }
        return {("iam", action): handler for action, handler in handlers.items()}

    def _create_user(self, call: Call) -> dict[str, Any]:
        bound = call.params.get("PermissionsBoundary")
        if bound:
            _check_policy(call, bound)
        answer = call.forward()
        if bound:
            self._boundaries[_user(call)] = bound
        return self._shown(call, answer)

    def _get_user(self, call: Call) -> dict[str, Any]:
        return self._shown(call, call.forward())

    def _shown(self, call: Call, answer: dict[str, Any]) -> dict[str, Any]:
        user = _backend(call).users.get(answer["User"]["UserName"])  # none is the account's root
        bound = self._boundaries.get(user) if user else None
        if not bound:
            return answer
        boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": bound}
        return {"User": {**answer["User"], "PermissionsBoundary": boundary}}

    def _bound(self, call: Call) -> dict[str, Any]:
        user = _user(call)
        if call.action == "PutUserPermissionsBoundary":
            _check_policy(call, call.params["PermissionsBoundary"])
            self._boundaries[user] = call.params["PermissionsBoundary"]
        elif self._boundaries.pop(user, None) is None:
            raise _gone(f"PermissionsBoundary for user {user.name} cannot be found.")
        return {}


def _backend(call: Call) -> Any:
    return get_backend("iam")[call.caller.account][get_partition(call.region)]


def _gone(message: str) -> AwsError:
    return AwsError("NoSuchEntity", message, 404)


def _user(call: Call) -> Any:
    name = call.params["UserName"]
    user = _backend(call).users.get(name)
    if user is None:
        raise _gone(f"The user with name {name} cannot be found.")
    return user


def _check_policy(call: Call, arn: str) -> None:
    if arn not in _backend(call).managed_policies:
        raise _gone(f"Scope ARN: {arn} does not exist or is not attachable.")


def _update_user(call: Call) -> dict[str, Any]:
    user, tagger, new = _user(call), _backend(call).tagger, call.params.get("NewUserName")
    if new and new != user.name and new in _backend(call).users:
        raise AwsError("EntityAlreadyExists", f"User with name {new} already exists.", 409)
    tags = tagger.list_tags_for_resource(user.arn)["Tags"]
    tagger.delete_all_tags_for_resource(user.arn)
    answer = call.forward()
    tagger.tag_resource(user.arn, tags)
    return answer


def _update_group(call: Call) -> dict[str, Any]:
    group = _backend(call).groups.get(call.params["GroupName"])
    new = call.params.get("NewGroupName")
    if group is not None and call.params.get("NewPath"):
        group.path = call.params["NewPath"]
    return {} if group is not None and new in {None, group.name} else call.forward()


def _delete_user(call: Call) -> dict[str, Any]:
    user = _user(call)
    if user.access_keys:
        raise _in_use("delete access keys")
    if any(user in group.users for group in _backend(call).groups.values()):
        raise _in_use("remove users from group")
    if user.password:
        raise _in_use("delete login profile")
    return call.forward()


def _delete_group(call: Call) -> dict[str, Any]:
    group = _backend(call).groups.get(call.params["GroupName"])
    if group is not None and group.users:
        raise _in_use("remove users from group")
    if group is not None and group.managed_policies:
        raise _in_use("detach all policies")
    if group is not None and group.policies:
        raise _in_use("delete policies")
    return call.forward()


def _in_use(first: str) -> AwsError:
    return AwsError("DeleteConflict", f"Cannot delete entity, must {first} first.", 409)


def _change_clients(call: Call) -> dict[str, Any]:
    provider = _backend(call).open_id_providers.get(call.params["OpenIDConnectProviderArn"])
    if provider is None:
        raise _gone(f"OpenIDConnect Provider not found for arn {call.params['OpenIDConnectProviderArn']}")
    others = [each for each in provider.client_id_list if each != call.params["ClientID"]]
    added = call.action.startswith("Add")
    provider.client_id_list = [*others, call.params["ClientID"]] if added else others
    return {}
