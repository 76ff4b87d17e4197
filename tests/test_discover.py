"""Which files are found, what they are called, and what is said of those that cannot be read."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from dictlint.discover import discover
from dictlint.model.trouble import Trouble

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX file system")


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make(*names: str, text: str = "") -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(*paths: str, **options: object) -> list[str]:
    files, skipped = discover(list(paths or ["."]), **options)  # type: ignore[arg-type]
    assert not skipped
    return [file.path for file in files]


def modules(*paths: str) -> dict[str, str]:
    return {file.path: file.module for file in discover(list(paths or ["."]))[0]}


def reasons(*paths: str) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in discover(list(paths or ["."]))[1]}


def test_python_files_in_a_fixed_order_and_nothing_else() -> None:
    make("b.py", "a/z.py", "a/b.pyw", "a/stub.pyi", "notes.txt", "script", "c.py/inner.py")
    assert found() == ["a/b.pyw", "a/z.py", "b.py"]


def test_what_tools_leave_behind_is_not_entered_unless_named() -> None:
    make(".venv/x.py", "build/y.py", "pkg.egg-info/z.py", "node_modules/a/b.py", "__pycache__/c.py", "real.py")
    assert found() == ["real.py"]
    assert found("build") == ["build/y.py"]


def test_a_named_file_is_analysed_whatever_its_name() -> None:
    make("script", ".gitignore", text="script\n")
    assert found("script") == ["script"]


def test_a_file_named_twice_is_found_once() -> None:
    make("a/b.py")
    assert found("a", "a/b.py", "./a") == ["a/b.py"]


def test_paths_outside_of_the_working_directory_are_absolute(tmp_path: Path) -> None:
    make("elsewhere/x.py", "here/y.py")
    os.chdir("here")
    assert found("../elsewhere", ".") == [(tmp_path / "elsewhere/x.py").as_posix(), "y.py"]


class TestNames:
    def test_packages_by_climbing(self) -> None:
        make("proj/src/pkg/__init__.py", "proj/src/pkg/sub/__init__.py", "proj/src/pkg/sub/mod.py")
        expected = {"__init__.py": "pkg", "sub/__init__.py": "pkg.sub", "sub/mod.py": "pkg.sub.mod"}
        for start in (".", "proj", "proj/src", "proj/src/pkg", "proj/src/pkg/sub/mod.py"):
            for path, name in modules(start).items():
                assert name == expected[path.removeprefix("proj/src/pkg/")]

    def test_a_package_is_told_from_a_module(self) -> None:
        make("pkg/__init__.py", "pkg/mod.py")
        assert [file.is_package for file in discover(["."])[0]] == [True, False]

    def test_a_folder_of_folders_around_a_package_is_a_namespace(self) -> None:
        make("src/ns/pkg/__init__.py", "src/ns/pkg/mod.py")
        assert modules()["src/ns/pkg/mod.py"] == "ns.pkg.mod"

    def test_a_folder_with_files_around_a_package_is_none(self) -> None:
        make("backend/manage.py", "backend/shop/__init__.py", "backend/shop/models.py")
        assert modules() == {
            "backend/manage.py": "backend.manage",
            "backend/shop/__init__.py": "shop",
            "backend/shop/models.py": "shop.models",
        }

    def test_loose_files_are_named_from_the_folder_given(self) -> None:
        make("tools/gen/make.py")
        assert modules() == {"tools/gen/make.py": "tools.gen.make"}
        assert modules("tools") == {"tools/gen/make.py": "gen.make"}

    def test_an_unpacked_release_is_not_part_of_the_name(self) -> None:
        make("thing-1.0/thing/core.py", "thing-1.0/setup.py")
        assert modules()["thing-1.0/thing/core.py"] == "thing.core"

    def test_two_files_of_one_name_are_both_kept(self) -> None:
        make("a/src/pkg/__init__.py", "b/src/pkg/__init__.py")
        assert list(modules().values()) == ["pkg", "pkg"]


class TestIgnoreFiles:
    def test_nested_ones_and_exceptions(self) -> None:
        make("a/gen.py", "a/keep/gen.py", "a/b/local.py", "top.py")
        Path(".gitignore").write_text("gen.py\n")
        Path("a/keep/.gitignore").write_text("!gen.py\n")
        Path("a/b/.ignore").write_text("*\n")
        assert found() == ["a/keep/gen.py", "top.py"]

    def test_those_above_count_inside_of_a_repository_only(self) -> None:
        make("proj/a/gen.py", "proj/a/x.py")
        Path("proj/.gitignore").write_text("gen.py\n")
        assert found("proj/a") == ["proj/a/gen.py", "proj/a/x.py"]
        Path("proj/.git").mkdir()
        assert found("proj/a") == ["proj/a/x.py"]

    def test_an_ignored_folder_is_analysed_when_named(self) -> None:
        make("proj/out/x.py")
        Path("proj/.git").mkdir()
        Path("proj/.gitignore").write_text("/out/\n")
        assert found("proj") == []
        assert found("proj/out") == ["proj/out/x.py"]

    def test_excluded_by_the_settings(self) -> None:
        make("a/x.py", "a/old/y.py")
        assert found("a", exclude=["old/"]) == ["a/x.py"]

    def test_pathspec_is_not_imported_without_need(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make("x.py")
        monkeypatch.setitem(sys.modules, "pathspec", None)
        assert found() == ["x.py"]


class TestUnreadable:
    def test_a_missing_path_is_an_error(self) -> None:
        with pytest.raises(Trouble, match="no such file or directory: gone"):
            discover(["gone"])

    @posix
    def test_special_files(self) -> None:
        os.mkfifo("pipe.py")
        os.mkfifo("other")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("sock.py")
        listener.close()
        assert reasons(".", "other") == {
            "other": "is a FIFO, not a regular file",
            "pipe.py": "is a FIFO, not a regular file",
            "sock.py": "is a socket, not a regular file",
        }
        assert "device" in reasons("/dev/null")["/dev/null"]

    @posix
    def test_links(self) -> None:
        make("real/x.py")
        Path("loop.py").symlink_to("loop.py")
        Path("broken.py").symlink_to("nowhere.py")
        Path(".#x.py").symlink_to("user@host.1")
        Path("again.py").symlink_to("real/x.py")
        Path("real/up").symlink_to("..")
        files, skipped = discover(["."])
        assert [file.path for file in files] == ["real/x.py"]
        assert [one.path for one in skipped] == ["broken.py", "loop.py"]
        assert "symbolic link" in reasons("loop.py")["loop.py"]
        assert "symbolic link" in reasons("broken.py")["broken.py"]

    @posix
    def test_a_link_to_what_is_not_analysed_otherwise_is_followed(self) -> None:
        make("elsewhere/x.py")
        Path("here").mkdir()
        Path("here/x.py").symlink_to("../elsewhere/x.py")
        assert found("here") == ["here/x.py"]

    def test_a_folder_that_cannot_be_listed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make("closed/x.py", "open.py")
        scandir = os.scandir

        def refuse(path: str) -> object:
            if path.endswith("closed"):
                raise PermissionError(13, "Permission denied", path)
            return scandir(path)

        monkeypatch.setattr("dictlint.discover.os.scandir", refuse)
        files, skipped = discover(["."])
        assert [file.path for file in files] == ["open.py"]
        assert [(one.path, one.reason) for one in skipped] == [("closed", "permission denied")]

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems do not have such names")
    def test_names_that_are_no_utf_8(self) -> None:
        os.makedirs(b"p\xffkg")
        with open(b"p\xffkg/m\xfe.py", "w"):
            pass
        [file], skipped = discover(["."])
        assert not skipped
        assert file.path == r"p\xffkg/m\xfe.py"
        assert os.path.exists(file.real)
        file.module.encode()


def test_tests_beside_a_program_stand_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("shop/__init__.py", "shop/cart.py", "tests/test_cart.py", "tests/conftest.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("stock = {}\n")
    together = {file.path: file.apart for file in discover(["."])[0]}
    assert together["tests/test_cart.py"]
    assert not together["shop/cart.py"]
    assert not any(file.apart for file in discover(["tests"])[0])
