"""Values that no option can mean, whatever its type: refused before they are looked at one by one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

# Far beyond what any option takes, and any configuration has.
LONGEST_TEXT, MOST_PARTS, DEEPEST = 4_096, 10_000, 12
LARGEST_WHOLE = 10**15
SHOWN = 160


def shown(value: Any) -> str:
    """A usable value for a message, cut off where it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def unusable(composed: dict[str, Any]) -> Iterator[str]:
    """For each value that cannot be one, its option and what is wrong with it."""
    yield from _of(composed, (), in_list=False)


def _of(value: Any, place: tuple[str, ...], *, in_list: bool) -> Iterator[str]:
    fault = _text(value, blank=in_list) if isinstance(value, str) else _whole(value)
    if isinstance(value, dict | list | tuple):
        if len(place) > DEEPEST or len(value) > MOST_PARTS:
            fault = f"more than {DEEPEST} parts in one another, or {MOST_PARTS:,} beside one another"
        else:
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, part in items:
                if isinstance(key, str) and _text(key, blank=True):
                    yield f"{'.'.join(place)}: found a name with {_text(key, blank=True)}"
                else:
                    yield from _of(
                        part, (*place, str(key)), in_list=in_list or not isinstance(value, dict) or len(place) > 1
                    )
    if fault:
        yield f"{'.'.join(place)}: found {fault}"


def _text(text: str, *, blank: bool) -> str | None:
    if not blank and not text.strip():
        return "an empty text: give a value, or null where it may be none"
    if len(text) > LONGEST_TEXT:
        return f"a text of {len(text):,} characters, expected at most {LONGEST_TEXT:,}"
    strange = next((character for character in text if unicodedata.category(character) in ("Cc", "Cs")), None)
    return None if strange is None else f"a character that no text has (U+{ord(strange):04X}): write it anew"


def _whole(value: Any) -> str | None:
    too_large = isinstance(value, int) and abs(value) > LARGEST_WHOLE
    return f"a whole number beyond {LARGEST_WHOLE:.0e}" if too_large else None
