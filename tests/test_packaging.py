"""What is released works where the checkout is not: sdist -> wheel -> a clean environment -> a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from dictlint import __version__
from dictlint.catalogue import rules
from tests.test_cache import POOL

ROOT = Path(__file__).resolve().parent.parent


def must(*command: str | Path, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution."""
    folder = tmp_path_factory.mktemp("sdist")
    must(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(folder, filter="data")
        else:
            tar.extractall(folder)
    return folder / f"dictlint-{__version__}"


@pytest.fixture(scope="module")
def wheel(sdist: Path) -> Path:
    must(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", sdist.parent, cwd=sdist)
    [made] = sdist.parent.glob("*.whl")
    return made


def test_sdist_holds_what_a_packager_needs(sdist: Path) -> None:
    for name in ("LICENSE", "README.md", "pyproject.toml", "rules", "tests", "dictlint", "dev"):
        assert (sdist / name).exists(), name
    assert not (sdist / ".venv").exists()


def test_wheel_holds_the_catalogue_inside_of_the_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {"dictlint", f"dictlint-{__version__}.dist-info"}
    assert {f"dictlint/_rules/{doc.name}.toml" for doc in rules()} <= set(names)
    assert "dictlint/py.typed" in names


def test_an_installed_wheel_works(wheel: Path, tmp_path: Path) -> None:
    must(sys.executable, "-m", "venv", "--without-pip", tmp_path / "env", cwd=tmp_path)
    scripts = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    must(sys.executable, "-m", "pip", "--python", scripts / "python", "install", "--no-deps", "-q", wheel, cwd=tmp_path)
    # The dependencies are those of this environment: only .pth files would make its own dictlint visible, too.
    libraries = sysconfig.get_paths()["purelib"]
    (tmp_path / "pool.py").write_text(POOL.format(n=1))
    code = "import dictlint; print(dictlint.__file__)"
    where = must(scripts / "python", "-c", code, cwd=tmp_path, PYTHONPATH=libraries)
    assert Path(where.strip()).is_relative_to(tmp_path / "env")
    lines = must(scripts / "dictlint", "rules", cwd=tmp_path, PYTHONPATH=libraries).splitlines()
    assert len(lines) == len(rules())
    command = f"{scripts / 'dictlint'} --format json --exit-zero .".split()
    result = json.loads(must(*command, cwd=tmp_path, PYTHONPATH=libraries))
    assert [finding["code"] for finding in result["findings"]] == ["DCT101"]
