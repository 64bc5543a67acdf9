"""What stands in for work that moto repeats answers as moto does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.backends import get_backend
from moto.core import responses, utils
from moto.core.base_backend import BackendDict, BaseBackend
from moto.ec2.responses import EC2Response
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from embedded_aws import moto_caches

NAMES = st.sampled_from(["Group", "member", "Key", "item.x", "a-b"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(max_size=5)
ATTRIBUTES = st.dictionaries(st.sampled_from(["@xmlns", "@xsi:type"]), st.text() | st.none())


def elements(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    inside = st.dictionaries(NAMES, children | st.lists(children.filter(lambda each: not isinstance(each, list))))
    with_text = st.tuples(inside, ATTRIBUTES, st.dictionaries(st.just("#text"), LEAVES))
    return with_text.map(lambda parts: parts[0] | parts[1] | parts[2])


BODIES = st.dictionaries(NAMES, st.recursive(LEAVES, elements, max_leaves=15), min_size=1, max_size=1)


@given(BODIES, st.booleans())
def test_xml_is_written_as_xmltodict_writes_it(body: dict[str, Any], whole: bool) -> None:  # noqa: FBT001
    written = moto_caches.unparse(body, full_document=whole, short_empty_elements=True, pretty=False)

    assert written == moto_caches.checked_unparse(body, full_document=whole, short_empty_elements=True, pretty=False)


@pytest.mark.parametrize("host", ["ec2.us-east-1.amazonaws.com", "iam.amazonaws.com", "sqs", "moto_api", None])
def test_a_host_belongs_to_the_backend_that_moto_finds(host: str | None) -> None:
    known = moto_caches.Dispatcher(create_backend_app)
    moto_finds = DomainDispatcherApplication(create_backend_app).get_backend_for_host(host)

    assert known.get_backend_for_host(host) == moto_finds
    assert known.get_backend_for_host(host) == moto_finds


def test_the_operations_of_a_backend_are_those_that_moto_lists() -> None:
    moto_caches.install()

    names: Any = responses
    listed = names.method_names_from_class(EC2Response)

    assert listed == utils.method_names_from_class(EC2Response)
    assert listed is names.method_names_from_class(EC2Response)


class Asking(BaseBackend):
    """A service that looks into another one when it is told to forget everything."""

    def reset(self) -> None:
        assert get_backend("sqs")[self.account_id] is not None


def test_what_a_service_holds_of_an_account_is_found_again_until_everything_is_forgotten() -> None:
    moto_caches.install()
    account, sqs = "111122223333", get_backend("sqs")
    first = sqs[account]
    assert sqs[account] is first
    assert sqs["444455556666"] is not first
    backends: Any = BackendDict
    asking = BackendDict(Asking, "sqs")
    assert asking[account]["us-east-1"] is not None

    for _ in range(2):
        BackendDict.reset()
        assert sqs[account] is not first
        assert sqs in list(backends._instances)
    BackendDict.reset()
    assert list(backends._instances) == []
