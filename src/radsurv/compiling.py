"""The one way to compile a loop: on its first call, without the interpreter's lock, and kept on disk for later processes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import Any

from numba import njit
from numba.core.caching import IndexDataCacheFile

# Of those that only compiled functions call: without the entries by which the interpreter and C would call them, which took a fifth of the
# time that all compiling takes on the first run.
WITHIN: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorates a function to be compiled by numba, with further options of ``numba.njit``."""

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = njit(cache=True, nogil=True, **options)(function)
        kept = compiled._cache
        numbered = kept._cache_file
        kept._cache_file = Files(kept._cache_path, kept._impl.filename_base, numbered._source_stamp)  # type: ignore[no-untyped-call]
        return compiled

    return decorate


class Files(IndexDataCacheFile):
    """What numba keeps of a function: an index, and a file for each kind of arguments, none of which ever has the name of another.

    Numba numbers the files. Two processes that compile a function at the same time for arguments of two kinds take the same number, and
    can leave an index that names the code of one kind for the other: wrong numbers, in every later process. So can one that is killed
    between index and file, after a change of the source.
    """

    def _data_name(self, number: int) -> str:
        return str(self._data_name_pattern).replace("{number:d}", uuid.uuid4().hex)

    def save(self, key: Any, data: Any) -> None:
        """Keep the code for arguments of one kind, and nothing that the index does not name."""
        super().save(key, data)  # type: ignore[no-untyped-call]
        named = set(self._load_index().values())  # type: ignore[no-untyped-call]
        prefix, _, suffix = str(self._data_name_pattern).partition("{number:d}")
        for file in Path(self._cache_path).glob(f"{escape(prefix)}*{suffix}"):
            if file.name not in named:
                with suppress(OSError):  # another's, in a folder where each may remove his own: it stays
                    file.unlink()
