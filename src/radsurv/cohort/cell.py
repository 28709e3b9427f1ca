"""What a cell of a table of text holds."""

from __future__ import annotations


def parsed(cell: str) -> float | None:
    """The number, which may be NaN or infinite; None where there is another text.

    1_000 is a text, though Python takes it for a number: nobody's table software writes it, and an id or a code may look so.
    """
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None
