"""The zip file of an archive: the same bytes for the same content, whatever the clock and the disk say."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_pulumi.aws.archives import code_hash, zip_bytes
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Archive, Asset

FILES = st.dictionaries(st.text("abcxyz", min_size=1, max_size=8), st.text(max_size=40), min_size=1, max_size=6)


def contents(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@given(FILES)
def test_the_order_of_files_does_not_matter(files: dict[str, str]) -> None:
    forward = {name: Asset(text=text) for name, text in files.items()}
    backward = dict(reversed(forward.items()))
    assert zip_bytes(Archive(assets=dict(forward))) == zip_bytes(Archive(assets=dict(backward)))


@given(FILES)
def test_what_goes_in_comes_out(files: dict[str, str]) -> None:
    archive = zip_bytes(Archive(assets={name: Asset(text=text) for name, text in files.items()}))
    assert contents(archive) == {name: text.encode() for name, text in files.items()}


def test_the_time_of_a_file_does_not_matter(tmp_path: Path) -> None:
    source = tmp_path / "index.py"
    source.write_text("pass\n")
    archive = Archive(assets={"index.py": Asset(path=str(source))})
    before = code_hash(zip_bytes(archive))
    os.utime(source, (1, 1))
    assert code_hash(zip_bytes(archive)) == before


def test_a_folder_is_taken_with_all_below_it(tmp_path: Path) -> None:
    (tmp_path / "healer").mkdir()
    (tmp_path / "healer" / "model.py").write_text("pass\n")
    folder = Archive(path=str(tmp_path))
    assert contents(zip_bytes(folder)) == {"healer/model.py": b"pass\n"}
    assert contents(zip_bytes(Archive(assets={"lib": folder}))) == {"lib/healer/model.py": b"pass\n"}


def test_a_zip_file_is_taken_as_it_is(tmp_path: Path) -> None:
    ready = tmp_path / "code.zip"
    ready.write_bytes(zip_bytes(Archive(assets={"a": Asset(text="b")})))
    assert zip_bytes(Archive(path=str(ready))) == ready.read_bytes()


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="nowhere"):
        zip_bytes(Archive(assets={"a": Asset(path=str(tmp_path / "nowhere"))}))
    with pytest.raises(ProviderError, match="nowhere"):
        zip_bytes(Archive(path=str(tmp_path / "nowhere")))
    with pytest.raises(ProviderError, match="no files"):
        zip_bytes(Archive(assets={}))
