"""The files of a user that run at an instance's first boot."""

from __future__ import annotations

import base64
import email
import gzip
import random
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_stack.components.first_boot import LONGEST, Part, _packed, first_boot
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig
from tap_stack.errors import ConfigError

from .recording import tap

PLACE = Place(partition="aws", region="eu-west-1", account="123456789012")
SCRIPT = "#!/bin/bash\nsystemctl start web\n"


def boot(*files: Path | str) -> bytes:
    config = InfraConfig.load({"aws:region": "eu-west-1", "tap:userDataFile": ",".join(map(str, files))}, {})
    return first_boot(config, PLACE, "10.0.0.0/16")


def parts(raw: bytes) -> list[Message]:
    document = email.message_from_bytes(raw)
    assert document.is_multipart()
    return [each for each in document.walk() if not each.is_multipart()]


def text_of(part: Message) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_without_files_it_is_our_script_alone() -> None:
    assert boot().startswith(b"#!/bin/bash\n")


def test_files_come_after_the_agents_in_their_order_each_as_what_it_is(tmp_path: Path) -> None:
    script = written(tmp_path, "web.sh", SCRIPT)
    cloud = written(tmp_path, "packages.yaml", "#cloud-config\npackages: [nginx]\n")
    jinja = written(tmp_path, "a.jinja", "## template: jinja\n#cloud-config\nhostname: {{ ds.meta_data.hostname }}\n")
    watch, agents, *own = parts(boot(script, cloud, jinja))

    assert text_of(agents) == boot().decode()
    assert [each.get_content_type() for each in own] == ["text/x-shellscript", "text/cloud-config", "text/jinja2"]
    names = [each.get_filename() or "" for each in (watch, agents, *own)]
    assert names == sorted(names)
    assert text_of(own[0]) == SCRIPT
    assert boot(script, cloud, jinja) == boot(script, cloud, jinja)


def test_values_of_the_stack_are_filled_in_and_the_shells_own_are_left_alone(tmp_path: Path) -> None:
    text = '#!/bin/sh\necho "${HOME} ${tap:region} ${tap:autoScalingGroupName} ${tap:account} ${1:-x}"\n'
    *_, own = parts(boot(written(tmp_path, "a.sh", text)))

    assert 'echo "${HOME} eu-west-1 tap-fleet-dev 123456789012 ${1:-x}"' in text_of(own)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#!/bin/sh\n\necho ${tap:nope}\n", r"has \$\{tap:nope\} in line 3, which is none of account, "),
        ("echo no shebang\n", "begins otherwise"),
        ("#include\nhttps://example.com/boot.sh\n", "begins otherwise"),
        ("#!/bin/sh\r\necho\r\n", "has the line ends of Windows"),
        ("#cloud-config\n- a\n- b\n", "is no mapping"),
        ("#cloud-config\na: [\nb: 1\n", "is no YAML in line 4"),
        ("", "begins otherwise"),
    ],
)
def test_a_file_that_cloud_init_would_not_run_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.txt"
    file.write_bytes(text.encode())

    with pytest.raises(ConfigError, match=rf"tap:userDataFile = .* accepted: files that begin with .*; .* {said}"):
        boot(file)


def test_what_is_no_text_or_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"#!\xff\xfe")

    with pytest.raises(ConfigError, match="is no text in UTF-8"):
        boot(tmp_path / "binary")
    with pytest.raises(ConfigError, match="No such file"):
        boot(tmp_path / "missing")
    with pytest.raises(ConfigError, match="Is a directory"):
        boot(tmp_path)


def test_what_is_longer_than_ec2_takes_is_compressed_and_what_is_still_longer_is_refused(tmp_path: Path) -> None:
    long = written(tmp_path, "long.sh", SCRIPT + "# the same again\n" * 5000)
    noise = random.Random(7)  # noqa: S311 - bytes that do not compress
    hopeless = written(tmp_path, "noise.sh", SCRIPT + "".join(f"# {noise.getrandbits(256):x}\n" for _ in range(1000)))
    packed = boot(long)

    assert len(packed) <= LONGEST
    assert text_of(parts(gzip.decompress(packed))[2]).endswith("# the same again\n")
    assert boot(long) == packed
    with pytest.raises(ConfigError, match=f"fit into {LONGEST} bytes after compression"):
        boot(hopeless)


TEXTS = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=300)


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_whatever_a_script_holds_comes_out_of_the_document_as_it_went_in(texts: list[str]) -> None:
    raw = _packed([Part("x.sh", "x-shellscript", f"#!/bin/sh\n{text}") for text in texts])

    assert [text_of(each) for each in parts(raw)] == [f"#!/bin/sh\n{text}" for text in texts]


def test_the_launch_template_has_it(tmp_path: Path) -> None:
    file = written(tmp_path, "web.sh", SCRIPT)
    template = tap(userDataFile=str(file)).one("aws:ec2/launchTemplate:LaunchTemplate")

    assert text_of(parts(base64.b64decode(template.inputs["userData"]))[2]) == SCRIPT
