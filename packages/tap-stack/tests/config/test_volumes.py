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
        ({"volumeType": "st1"}, "tap:volumeType", "gp3 or gp2 or io1 or io2"),
        ({"volumeType": "io2"}, "tap:volumeIops", "IOPS, without which there is no io2: 100 to 256000"),
        ({"volumeType": "gp2", "volumeIops": "3000"}, "tap:volumeIops", "0: a gp2 volume has the IOPS of its size"),
        ({"volumeIops": "2999"}, "tap:volumeIops", "3000 to 80000 for gp3, or 0 for its own"),
        ({"volumeIops": "4001"}, "tap:volumeIops", "at most 4000 for gp3 of 8 GiB, which is 500 for each"),
        ({"volumeType": "io1", "volumeIops": "401"}, "tap:volumeIops", "at most 400 for io1 of 8 GiB"),
        ({"volumeThroughput": "124"}, "tap:volumeThroughput", "125 to 2000 MiB/s, or 0 for its own"),
        ({"volumeThroughput": "751"}, "tap:volumeThroughput", "at most 750 MiB/s with 3000 IOPS"),
        (
            {"volumeType": "io2", "volumeIops": "100", "volumeThroughput": "200"},
            "tap:volumeThroughput",
            "0: only gp3 has a throughput of its own, and volumeType is io2",
        ),
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
        {"volumeType": "io2", "volumeIops": "8000"},
        {"volumeType": "gp2"},
        {"dataVolumes": "/dev/sdf=1,/dev/sdp=16384"},
    ],
)
def test_what_ebs_has_is_taken(values: dict[str, str]) -> None:
    assert load(**values).data_volumes == dict(
        each.split("=") for each in values.get("dataVolumes", "").split(",") if each
    )
