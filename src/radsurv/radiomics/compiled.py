"""The compiled counting routines of pyradiomics, without the package around them.

``import radiomics`` takes a second, sets up logging to stderr and looks for feature classes; all that the texture
matrices need is its C extension, which loads in milliseconds.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType

_PACKAGE, _EXTENSION = "radiomics", "_cmatrices"


@cache
def cmatrices() -> ModuleType:
    """The extension module ``radiomics._cmatrices``.

    Raises
    ------
    ImportError
        Where pyradiomics, or its compiled part, is not installed.
    """
    package = importlib.util.find_spec(_PACKAGE)
    folders = [] if package is None else [Path(folder) for folder in package.submodule_search_locations or []]
    for file in (folder / f"{_EXTENSION}{suffix}" for folder in folders for suffix in EXTENSION_SUFFIXES):
        spec = importlib.util.spec_from_file_location(f"{_PACKAGE}.{_EXTENSION}", file)
        if file.is_file() and spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    raise ImportError("no compiled radiomics._cmatrices found: install pyradiomics-bhklab (uv sync)")
