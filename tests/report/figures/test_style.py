"""SVG that may stand with others on one page, and leaves matplotlib as it was."""

import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from radsurv.report.figures import style
from radsurv.report.figures.style import PALETTE, mark_simulated, new_figure, styled, to_png, to_svg

HOSTILE = '<script>alert("$x_1$")</script> url(#a) id="b" #1f2a37'


def draw():
    with styled():
        figure = new_figure(3, 2)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], "o", color=PALETTE["short"])
        axes.set_title(HOSTILE)
    return figure


@pytest.fixture
def figure():
    return draw()


def test_same_bytes_twice():
    assert to_svg(draw(), "a", "A line") == to_svg(draw(), "a", "A line")
    assert to_png(draw()) == to_png(draw())
    assert to_png(draw()).startswith(b"\x89PNG")


def test_drawn_once_a_figure_is_what_matplotlib_saves_which_draws_twice(monkeypatch):
    once = to_svg(draw(), "a", "A line")
    monkeypatch.setattr(style, "FigureCanvasSVG", Saved)
    assert to_svg(draw(), "a", "A line") == once


class Saved:
    """Stands for a canvas."""

    def __init__(self, figure):
        self.figure = figure

    def print_svg(self, file, metadata):
        self.figure.savefig(file, format="svg", transparent=True, metadata=metadata)


def test_ids_do_not_clash_and_references_lead_somewhere(figure):
    roots = [ElementTree.fromstring(to_svg(figure, name, name)) for name in ("first", "second")]
    ids = [{element.get("id") for element in root.iter()} - {None} for root in roots]
    assert ids[0]
    assert ids[0].isdisjoint(ids[1])
    for root, known in zip(roots, ids, strict=True):
        values = [value for element in root.iter() for value in element.attrib.values()]
        references = {name for value in values for name in re.findall(r"url\(#(.+?)\)", value)}
        references |= {element.get("href").removeprefix("#") for element in root.iter() if element.get("href")}
        assert references
        assert references <= known


def test_hostile_text_stays_text(figure):
    root = ElementTree.fromstring(to_svg(figure, "a", HOSTILE))
    assert HOSTILE in "".join(root.itertext())
    assert root.get("aria-label") == HOSTILE
    assert not root.findall(".//script")


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x0c", "\ufffe"])
def test_a_control_character_in_any_text_gives_svg(figure, character):
    """XML 1.0 has no place for them, and matplotlib writes them as they are."""
    (axes,) = figure.axes
    name = f"Aachen{character}\tKöln"
    axes.set_title(name)
    axes.set_yticks([0, 1], [name, "Bonn"])
    root = ElementTree.fromstring(to_svg(figure, "a", name))
    shown = "Aachen\N{REPLACEMENT CHARACTER}\tKöln"
    assert "".join(root.itertext()).count(shown) == 2
    assert root.get("aria-label").startswith("Aachen\N{REPLACEMENT CHARACTER}")


def test_colours_and_fonts_are_the_pages(figure):
    svg = to_svg(figure, "a", "A line")
    assert f"var(--short, {PALETTE['short']})" in svg
    assert "var(--figure-font" in svg
    assert "DejaVu" not in svg
    # Nothing is fetched, nothing is dated.
    assert not re.search(r"https?:|<style|<metadata|<!DOCTYPE|<\?xml", svg)


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("name", ["ink", "muted", "short", "long"])
@pytest.mark.parametrize("ground", ["#ffffff", "#f6f7f8"], ids=["paper", "page"])
def test_what_is_read_stands_out(name, ground):
    """WCAG 2.2, 1.4.3: a contrast of 4.5."""
    assert (luminance(ground) + 0.05) / (luminance(PALETTE[name]) + 0.05) >= 4.5


def test_matplotlib_is_left_alone(figure):
    before = dict(matplotlib.rcParams)
    to_svg(figure, "a", "A line")
    to_png(figure)
    assert dict(matplotlib.rcParams) == before


def test_simulated_cannot_be_missed_and_moves_nothing():
    plain, marked = draw(), draw()
    mark_simulated(marked)
    assert "SIMULATED" in to_svg(marked, "a", "A line")
    to_svg(plain, "a", "A line")
    assert plain.axes[0].get_position().bounds == marked.axes[0].get_position().bounds
