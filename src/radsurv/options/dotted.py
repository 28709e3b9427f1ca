"""Options by their dotted names, and their values as one writes them on the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def dotted(options: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested options in one mapping.

    >>> dotted({"model": {"alpha": 0.1}, "seed": 0, "cohort": {"select": {}}})
    {'model.alpha': 0.1, 'seed': 0, 'cohort.select': {}}
    """
    found: dict[str, Any] = {}
    for name, value in options.items():
        found |= dotted(value, f"{before}{name}.") if isinstance(value, Mapping) and value else {before + name: value}
    return found


def written(value: Any) -> str:
    """A value as on the command line.

    >>> written(["fc1", 2, None]), written("fc1"), written(True)
    ('[fc1,2,null]', 'fc1', 'true')
    """
    if isinstance(value, list):
        return f"[{','.join(map(written, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
