"""How numbers, counts and lists read: on the page, in the figures, in messages."""

from __future__ import annotations

from collections.abc import Sequence

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"  # the minus of every number on the page and in the figures


def fixed(value: float, digits: int, sign: str = "") -> str:
    """A number with so many decimals, with a plus sign where `sign` is "+".

    >>> fixed(-0.0416, 3), fixed(0.2256, 2, "+"), fixed(-0.001, 2)
    ('−0.042', '+0.23', '0.00')
    """
    return f"{value:{sign}z.{digits}f}".replace("-", MINUS)


def concordance(value: float) -> str:
    """A concordance, or a score of the same kind.

    >>> concordance(0.67349)
    '0.673'
    """
    return fixed(value, 3)


def signed_concordance(value: float) -> str:
    """A difference of two concordances.

    >>> signed_concordance(0.0416), signed_concordance(-0.0416)
    ('+0.042', '−0.042')
    """
    return fixed(value, 3, "+")


def capitalised(text: str) -> str:
    """A phrase as it begins a line; the rest of it as it is, unlike `str.capitalize`.

    >>> capitalised("features by C alone")
    'Features by C alone'
    """
    return text[:1].upper() + text[1:]


def one_line(text: object) -> str:
    r"""A text of somebody else's, such as an error's, without its line breaks.

    >>> one_line(ValueError("no such\n  thing "))
    'no such thing'
    """
    return " ".join(str(text).split())


def number(value: float) -> str:
    """At most two decimals from 1 on, three significant digits below.

    >>> [number(x) for x in (50, 0.00312, 3.2649, 1234.5, 4.2e9, -0.05)]
    ['50', '0.00312', '3.26', '1,234.5', '4.2e+09', '−0.05']
    """
    if abs(value) >= 1e7:
        said = f"{value:.3g}"
    elif float(value).is_integer():
        said = f"{int(value):,}"
    else:
        said = f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 1 else f"{value:.3g}"
    return said.replace("-", MINUS)


def p_value(value: float) -> str:
    """A probability as journals print it, with its sign of relation.

    >>> [p_value(x).replace(NO_BREAK, "_") for x in (0.0004, 0.0143, 0.9999)]
    ['<_.001', '=_.014', '>_.999']
    """
    if value < 0.001:
        return f"<{NO_BREAK}.001"
    if value > 0.999:
        return f">{NO_BREAK}.999"
    return f"={NO_BREAK}" + f"{value:.3f}".removeprefix("0")


def probability(value: float) -> str:
    """The same without the sign of equality, for where no P stands before it.

    >>> [probability(x).replace(NO_BREAK, "_") for x in (0, 0.0143, 0.9999, 1)]
    ['<_.001', '.014', '>_.999', '>_.999']
    """
    return p_value(value).removeprefix(f"={NO_BREAK}")


def percent(share: float) -> str:
    """A share in whole per cent, with a space that does not break; 0 and 100 only where it is exact.

    >>> [percent(x).replace(NO_BREAK, "_") for x in (0, 0.002, 0.155, 0.998, 1)]
    ['0_%', '<_1_%', '16_%', '>_99_%', '100_%']
    """
    if 0 < share < 0.005:
        shown = f"<{NO_BREAK}1"
    elif 0.995 <= share < 1:
        shown = f">{NO_BREAK}99"
    else:
        shown = fixed(100 * share, 0)
    return f"{shown}{NO_BREAK}%"


def ratio(value: float) -> str:
    """A hazard ratio: two decimals where they say something.

    >>> [ratio(x) for x in (0.0041, 0.742, 3.2649, 4.2e9)]
    ['0.0041', '0.74', '3.26', '4.2e+09']
    """
    return f"{value:.2f}" if 0.01 <= value < 1000 else f"{value:.2g}"


def interval(low: float | None, high: float | None) -> str:
    """The 95 % confidence interval of a ratio with its name, or nothing where an end is missing."""
    return "" if low is None or high is None else f"95 % CI {ratio(low)}–{ratio(high)}"


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "fold"), plural(3, "fold")
    ('1 fold', '3 folds')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def first_few(items: Sequence[str], n: int, sep: str = ", ", more: str = " and {} more") -> str:
    """The first `n` of some texts, and that there are more.

    >>> first_few(["a", "b", "c"], 2), first_few(["a", "b"], 2), first_few(["a", "b", "c"], 2, more=", …")
    ('a, b and 1 more', 'a, b', 'a, b, …')
    """
    hidden = len(items) - n
    return sep.join(items[:n]) + (more.format(hidden) if hidden > 0 else "")
