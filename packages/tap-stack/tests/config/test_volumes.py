"""Volumes: what EBS would refuse is refused before anything is made."""

from __future__ import annotations

import pytest

from tap_stack.config import InfraConfig
from tap_stack.errors import ConfigError


def load(**values: str) -> InfraConfig:
    return InfraConfig.load({f"tap:{key}": value for key, value in values.items()}, {})


@pytest.mark.parametrize(
    ("values", "key", "said"),
    [
        ({"volumeIops": "2999"}, "tap:volumeIops", "0, or 3000 to 80000"),
        ({"volumeIops": "4001"}, "tap:volumeIops", "at most 4000 with 8 GiB, which is 500 for each"),
        ({"volumeThroughput": "124"}, "tap:volumeThroughput", "0, or 125 to 2000"),
        ({"volumeThroughput": "751"}, "tap:volumeThroughput", "at most 750 MiB/s with 3000 IOPS"),
        ({"dataVolumes": "/dev/sda=8"}, "tap:dataVolumes", "'/dev/sda=8' is none"),
        ({"dataVolumes": "/dev/sdf=0"}, "tap:dataVolumes", "1 to 16384 GiB; '/dev/sdf=0' is none"),
        ({"dataVolumes": "/dev/sdf"}, "tap:dataVolumes", "has no value"),
    ],
)
def test_what_ebs_has_not_is_refused_by_name(values: dict[str, str], key: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(**values)

    assert refused.value.key == key
    assert said in refused.value.accepted


@pytest.mark.parametrize(
    "values",
    [
        {"volumeIops": "3000"},
        {"volumeSize": "40", "volumeIops": "20000", "volumeThroughput": "2000"},
        {"dataVolumes": "/dev/sdf=1,/dev/sdp=16384"},
    ],
)
def test_what_ebs_has_is_taken(values: dict[str, str]) -> None:
    assert load(**values).data_volumes == dict(
        each.split("=") for each in values.get("dataVolumes", "").split(",") if each
    )
