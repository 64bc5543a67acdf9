"""Whatever a client sends, it gets AWS's error or an answer, and nothing of it stops what others have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.any_request import LISTINGS, FurnishedCloud, furnished_cloud, requests

UNANSWERED = frozenset({("lambda", "Invoke"), ("lambda", "InvokeAsync")})
"""They run a function in a process of its own for each example."""


@pytest.fixture(scope="module")
def aim() -> Iterator[FurnishedCloud]:
    with furnished_cloud() as aim:
        yield aim


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_request_is_answered(aim: FurnishedCloud, data: st.DataObject) -> None:
    service, action = data.draw(st.sampled_from([each for each in aim.operations() if each not in UNANSWERED]))
    params: dict[str, Any] = data.draw(requests(aim, service, action), label=f"{service}:{action}")

    status, body = aim.send(service, action, params)

    assert status < 500 or status == 501, (service, action, params, body, aim.cloud.failures[-1:])


def test_what_was_stored_stops_neither_time_nor_a_listing(aim: FurnishedCloud) -> None:
    aim.cloud.clock.advance(3600)

    assert [aim.send(*each, {})[0] for each in LISTINGS] == [200] * len(LISTINGS)
    assert aim.cloud.failures == []
