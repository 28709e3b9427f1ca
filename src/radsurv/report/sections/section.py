"""One section of the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Section:
    """A heading and the values that the partial ``templates/sections/<name>.html.j2`` fills in.

    Attributes
    ----------
    name
        Name of the partial, and anchor on the page.
    title
        Heading.
    values
        What the partial sees as ``values``. Text is escaped; only figures come as markup.
    """

    name: str
    title: str
    values: dict[str, Any] = field(default_factory=dict)
