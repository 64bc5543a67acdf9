"""Volumes: what EBS would refuse is refused before anything is made."""

from __future__ import annotations

import pytest

from tap_stack.config import InfraConfig
from tap_stack.config.volumes import read
from tap_stack.errors import ConfigError


def load(**values: str) -> InfraConfig:
    return InfraConfig.load({f"tap:{key}": value for key, value in values.items()}, {})


@pytest.mark.parametrize(
    ("values", "key", "said"),
    [
        ({"volumeIops": "2999"}, "tap:volumeIops", "0, or 3000 to 80000 for gp3"),
        ({"volumeIops": "4001"}, "tap:volumeIops", "at most 4000 with 8 GiB of gp3, which is 500 for each"),
        ({"volumeType": "st1"}, "tap:volumeType", "gp3 or gp2 or io1 or io2"),
        ({"volumeType": "io2"}, "tap:volumeIops", "IOPS, without which there is no io2: 100 to 256000"),
        ({"volumeType": "io1", "volumeIops": "401"}, "tap:volumeIops", "at most 400 with 8 GiB of io1"),
        ({"volumeType": "gp2", "volumeIops": "3000"}, "tap:volumeIops", "0: a gp2 volume has the performance of"),
        ({"volumeType": "gp2", "volumeThroughput": "125"}, "tap:volumeThroughput", "only gp3 has a throughput"),
        ({"dataVolumes": "/dev/sdf=100:io3"}, "tap:dataVolumes", "types among gp3, gp2, io1, io2, st1, sc1"),
        ({"dataVolumes": "/dev/sdf=100:st1"}, "tap:dataVolumes", "125 to 16384 GiB of st1"),
        ({"dataVolumes": "/dev/sdf=100:io2"}, "tap:dataVolumes", "as IOPS of /dev/sdf IOPS, without which"),
        ({"volumeKeyArn": "alias/mine"}, "tap:volumeKeyArn", "the ARN of a key of KMS"),
        ({"volumeKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1"}, "tap:volumeKeyArn", "a key of us-east-1"),
        ({"volumeThroughput": "124"}, "tap:volumeThroughput", "0, or 125 to 2000"),
        ({"volumeThroughput": "751"}, "tap:volumeThroughput", "at most 750 MiB/s with 3000 IOPS"),
        ({"dataVolumes": "/dev/sda=8"}, "tap:dataVolumes", "'/dev/sda=8' is none"),
        ({"dataVolumes": "/dev/sdf=0"}, "tap:dataVolumes", "1 to 16384 GiB of gp3; '/dev/sdf=0' is none"),
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
        {"dataVolumes": "/dev/sdf=100:io2:4000,/dev/sdg=125:st1,/dev/sdh=10:gp3:5000"},
        {"volumeType": "io1", "volumeIops": "400"},
    ],
)
def test_what_ebs_has_is_taken(values: dict[str, str]) -> None:
    assert load(**values).data_volumes == dict(
        each.split("=") for each in values.get("dataVolumes", "").split(",") if each
    )


def test_a_type_without_iops_takes_back_those_of_another() -> None:
    found = read({"/dev/sdf": "100:io2:4000", "/dev/sdg": "125:st1", "/dev/sdh": "10"})

    assert found["/dev/sdf"].ebs == {"volume_type": "io2", "volume_size": 100, "iops": 4000}
    assert found["/dev/sdg"].ebs == {"volume_type": "st1", "volume_size": 125, "iops": 0}
    assert found["/dev/sdh"].ebs == {"volume_type": "gp3", "volume_size": 10}
