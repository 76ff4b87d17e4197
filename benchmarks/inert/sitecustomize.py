"""Stands in for every build backend, so that pip downloads a source release without running any of its code.

pip asks a release's own backend for its name and version before it hands the archive over. A python that starts
with this folder on its path answers with the name and version that were asked for.
"""

import os
import sys
import types
from pathlib import Path

BACKEND = os.environ.get("_PYPROJECT_HOOKS_BUILD_BACKEND") or os.environ.get("PEP517_BUILD_BACKEND")
BACKEND_PATH = os.environ.get("_PYPROJECT_HOOKS_BACKEND_PATH") or os.environ.get("PEP517_BACKEND_PATH") or ""


class Inert(types.ModuleType):
    """A build backend that needs nothing, builds nothing and knows one name and version."""

    __file__ = os.path.join(BACKEND_PATH.split(os.pathsep)[0], "inert.py")

    @staticmethod
    def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:
        return []

    @staticmethod
    def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: object = None) -> str:
        name, version = os.environ["RELEASE_NAME"], os.environ["RELEASE_VERSION"]
        home = Path(metadata_directory, f"{name.replace('-', '_')}-{version}.dist-info")
        home.mkdir()
        (home / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        return home.name


if BACKEND:
    module, _, inner = BACKEND.partition(":")
    backend = sys.modules[module] = Inert(module)
    for part in filter(None, inner.split(".")):
        setattr(backend, part, backend)
