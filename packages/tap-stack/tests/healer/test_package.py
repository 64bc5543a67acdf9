"""The folder ships alone: as a package beside an index.py, with nothing but Python and boto3 around it."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tap_stack.healer

SOURCE = Path(tap_stack.healer.__file__).parent
BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")

IMPORT_ALONE = """
import json
import index
print(json.dumps({"handler": index.lambda_handler.__module__}))
"""
RUN_ALONE = """
import json
import index
try:
    index.lambda_handler({}, None)
except Exception as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error)}))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A zip laid out as the Lambda gets it."""
    (tmp_path / "index.py").write_text("from healer.handler import lambda_handler\n")
    shutil.copytree(SOURCE, tmp_path / "healer", ignore=shutil.ignore_patterns("__pycache__"))
    archive = tmp_path / "function.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for path in [tmp_path / "index.py", *sorted((tmp_path / "healer").iterdir())]:
            target.write(path, path.relative_to(tmp_path))
    return archive


def alone(code: str, archive: Path) -> dict[str, object]:
    """Run code in a fresh interpreter that can import the standard library, boto3 and the archive, and nothing else."""
    libraries = archive.with_name("libraries")
    libraries.mkdir()
    for name in BOTO3:
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (libraries / source.name).symlink_to(source)
    start = f"import sys\nsys.path[:0] = [{str(archive)!r}, {str(libraries)!r}]\n"
    environ = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(archive.parent)}
    environ |= {"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up"}
    environ |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}  # nobody listens on port 9
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", start + code], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_it_can_be_imported_from_its_zip_with_nothing_but_boto3(package: Path) -> None:
    assert alone(IMPORT_ALONE, package) == {"handler": "healer.handler"}


def test_without_settings_it_fails_and_says_which(package: Path) -> None:
    """AWS cannot be reached either, so that the error is all there is."""
    told = alone(RUN_ALONE, package)

    assert told["error"] == "HealerError"
    assert str(told["message"]).startswith("GROUP_NAME is not set; accepted: the name of an Auto Scaling group; Put")


def test_no_module_of_it_imports_anything_but_the_standard_library_boto3_and_itself() -> None:
    names: set[str] = set()
    for path in SOURCE.glob("*.py"):
        for row in path.read_text().splitlines():
            words = row.split()
            if row.startswith(("import ", "from ")) and not words[1].startswith("."):
                names.add(words[1].partition(".")[0])

    assert names - set(sys.stdlib_module_names) - {"__future__"} == {"boto3", "botocore"}
