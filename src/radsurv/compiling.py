"""How functions are compiled."""

from __future__ import annotations

from typing import Any

# Of those that only compiled functions call: without the entries by which the interpreter and C would call them, which took a fifth of the
# time that all compiling takes on the first run.
WITHIN: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
