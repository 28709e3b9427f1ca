"""The look that all figures share, and how they leave the house: inline SVG or PNG, the same bytes every time."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from radsurv.cohort.landmark import since_landmark

# Blue and vermillion after Okabe and Ito, safe for the colour-blind; the vermillion is darker than theirs, so that text and
# lines in either have a contrast of at least 4.5 on white and on the page. In an inline SVG each colour becomes a CSS
# variable of the page with this value to fall back on, so that the same figure serves light and dark pages.
PALETTE = {
    "ink": "#1f2a37",
    "muted": "#64707d",
    "rule": "#d9dee3",
    "paper": "#ffffff",
    "short": "#b84f00",
    "long": "#0072b2",
    "neutral": "#9aa5b1",
}
INK, MUTED, RULE, PAPER = PALETTE["ink"], PALETTE["muted"], PALETTE["rule"], PALETTE["paper"]
NEUTRAL = PALETTE["neutral"]
WIDTH_IN = 7.2
ABOVE_PICTURES = 10  # drawing order
GROUP_COLOURS = {"short": PALETTE["short"], "long": PALETTE["long"]}

_RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same layout on every machine
    "font.size": 10,
    "text.parse_math": False,  # a feature name may hold a dollar sign
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "svg.fonttype": "none",  # text stays text: searchable, small, in the fonts and colours of the page
}

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
# What XML 1.0 has no place for: one such character would make the whole figure unreadable.
_NOT_IN_SVG = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SVG_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_SVG_FONT = re.compile(r"font-family: [^;]+")


def time_label(time_unit: str, landmark_days: float | None = None, what: str = "Time") -> str:
    """The label of an axis of time.

    >>> time_label("days"), time_label("months", 90)
    ('Time (days)', 'Time, months since the landmark (90 days)')
    """
    if landmark_days is None:
        return f"{what} ({time_unit})"
    return f"{what}, {time_unit}{since_landmark(landmark_days)}"


def survival_label(*, of_cause: bool = False) -> str:
    """The label of an axis of survival; `of_cause`: where other causes of the event are censored."""
    return "Survival without event, other causes censored (%)" if of_cause else "Survival without event (%)"


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib's settings while a figure is drawn or saved; the user's own are back afterwards."""
    with rc_context(_RC), warnings.catch_warnings():  # type: ignore[arg-type]  # the keys are typed as literals
        # Names in other scripts: the browser has a font for them, and a PNG shows boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty figure outside pyplot's global list; to be called inside `styled`."""
    return Figure(figsize=(width_in, height_in), layout="constrained")


@contextmanager
def drawing(height_in: float, simulated: bool, *, over_pictures: bool = False) -> Iterator[Figure]:
    """An empty figure of the page's width, to be filled in the shared look; marked at the end where the patients are made up.

    Parameters
    ----------
    over_pictures
        Whether the mark has to lie above pictures, which would hide it.
    """
    with styled():
        figure = new_figure(WIDTH_IN, height_in)
        yield figure
        if simulated:
            mark_simulated(figure)
            if over_pictures:
                figure.texts[-1].set_zorder(ABOVE_PICTURES)


def name_rows(axes: Axes, names: Sequence[str], fontsize: float | None = None) -> None:
    """One row for each name, the first on top, on a grid of the values."""
    axes.set_yticks(range(len(names)), names, fontsize=fontsize)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def nothing_at(axes: Axes, value: float) -> None:
    """The line of what says nothing: the C of a coin, or no difference."""
    axes.axvline(value, color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 2)))


def printable(text: str) -> str:
    """Text that may stand in SVG: control characters, which a name may hold, are replaced by the sign for it.

    >>> printable("Aachen\\x07")
    'Aachen�'
    """
    return _NOT_IN_SVG.sub("\N{REPLACEMENT CHARACTER}", text)


def mark_simulated(figure: Figure) -> None:
    """Say across the figure that the patients are made up, so that no copy of it can lose the word."""
    mark = figure.text(0.55, 0.5, "SIMULATED", ha="center", va="center", rotation=14, fontsize=52, fontweight="bold")
    mark.set(color=NEUTRAL, alpha=0.2, in_layout=False, zorder=-1)


def to_png(figure: Figure, dpi: int = 200) -> bytes:
    """The figure on white."""
    buffer = io.BytesIO()
    with styled():
        figure.savefig(buffer, format="png", dpi=dpi, facecolor=PAPER, metadata={"Software": None})
    return buffer.getvalue()


def to_svg(figure: Figure, name: str, description: str) -> str:
    """The figure as an ``<svg>`` element for a page that may hold several.

    Parameters
    ----------
    name
        Prefix of every id in the element, unique on the page; also salts the generated ids.
    description
        What the figure shows, for those who cannot see it.
    """
    buffer = io.BytesIO()
    with styled(), rc_context({"svg.hashsalt": name}):
        # `savefig` draws everything twice, first for the layout alone. A canvas does with once, to the same bytes.
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        FigureCanvasSVG(figure).print_svg(buffer, metadata=nothing)  # type: ignore[no-untyped-call]
    root = ElementTree.fromstring(printable(buffer.getvalue().decode()))
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        for key, value in list(element.attrib.items()):
            element.attrib.pop(key)
            element.attrib[key.replace(_XLINK, "href")] = _inlined(key, value, name)
    # Matplotlib's style sheet has one rule for every element, and would rule the whole page.
    for defaults in root.findall("defs[style]"):
        root.remove(defaults)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib |= {
        "role": "img",
        "aria-label": printable(description),
        "class": f"figure {name}",
        "style": "stroke-linejoin: round; stroke-linecap: butt",
    }
    return ElementTree.tostring(root, encoding="unicode")


def _inlined(key: str, value: str, name: str) -> str:
    """An attribute with its ids made unique, and its colours and fonts those of the page."""
    if key == "id":
        return f"{name}-{value}"
    if key == _XLINK:
        return value.replace("#", f"#{name}-", 1)
    value = value.replace("url(#", f"url(#{name}-")
    if key == "style":
        value = _SVG_FONT.sub("font-family: var(--figure-font, sans-serif)", value)
        value = _SVG_COLOUR.sub(_themed, value)
    return value


def _themed(colour: re.Match[str]) -> str:
    names = [name for name, value in PALETTE.items() if value == colour.group()]
    return f"var(--{names[0]}, {colour.group()})" if names else colour.group()
