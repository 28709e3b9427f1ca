"""Which parts of the picture a deep feature hangs on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from skimage.transform import resize

from radsurv.report.figures.style import MUTED, drawing, printable

# Okabe and Ito's green and purple: vermillion and blue stand for the risk groups, which a feature's value is not.
RAISES, LOWERS = "#009e73", "#a6478a"
BARE = "#f2f2f2"
OPAQUE = 0.8
WHITE = 255.0
LONGEST_ID = 18
LEAST_WITH_A_DECIMAL = 0.1


def occlusion_figure(maps: pd.DataFrame, simulated: bool = False) -> Figure:
    """Draw a feature's occlusion maps side by side, on one scale.

    Parameters
    ----------
    maps : columns end, rank, patient_id, value, spread, size, patch, outline, cells, effect
        The rows of one feature, in the order of the panels; ``effect`` is how far the value falls when a cell is covered.
    simulated
        Writes SIMULATED across the plot.
    """
    effects = [row["effect"].reshape(row["cells"], row["cells"]) / row["spread"] for row in maps.to_dict("records")]
    limit = max(float(np.abs(effect).max()) for effect in effects) or 1.0
    with drawing(0.58 + 6.1 / len(maps), simulated, over_pictures=True) as figure:
        panels = figure.subplots(1, len(maps), squeeze=False)[0]
        for axes, effect, row in zip(panels, effects, maps.to_dict("records"), strict=True):
            _draw(axes, effect / limit, row)
        scale = ScalarMappable(
            Normalize(-limit, limit), LinearSegmentedColormap.from_list("effect", [LOWERS, BARE, RAISES])
        )
        bar = figure.colorbar(scale, ax=list(panels), fraction=0.025, pad=0.015, ticks=[-limit, 0, limit])
        end = f"{limit:.1f}" if limit >= LEAST_WITH_A_DECIMAL else f"{limit:.1g}"
        bar.ax.set_yticklabels([f"−{end} SD", "0", f"+{end} SD"], fontsize=8)
        bar.outline.set_visible(False)
    return figure


def _draw(axes: Axes, effect: Float[np.ndarray, "cell cell"], row: dict[Any, Any]) -> None:
    size = row["size"]
    axes.imshow(overlaid(row["patch"].reshape(size, size), effect), interpolation="none")
    outline = row["outline"].reshape(size, size)
    if not outline.all():
        halo = withStroke(linewidth=2, foreground="#00000080")
        axes.contour(outline, levels=[0.5], colors="white", linewidths=0.9).set_path_effects([halo])
    axes.set_axis_off()
    axes.set_title(
        f"{_shortened(str(row['patient_id']))}\n{row['end']}: {row['value']:.3g}", fontsize=8.5, color=MUTED, y=1.0
    )


def overlaid(gray: Int[np.ndarray, "y x"], effect: Float[np.ndarray, "cell cell"]) -> Int[np.ndarray, "y x rgb"]:
    """The picture with each part in the colour of its effect, the more opaque the larger it is (-1 to 1)."""
    fine = np.clip(resize(effect, gray.shape, order=1, mode="edge", anti_aliasing=False), -1, 1)[..., None]  # type: ignore[no-untyped-call]
    colour = np.where(fine > 0, to_rgb(RAISES), to_rgb(LOWERS))
    share = OPAQUE * np.abs(fine)
    mixed = (1 - share) * gray[..., None] / WHITE + share * colour
    return np.round(mixed * WHITE).astype(np.uint8)


def _shortened(name: str) -> str:
    name = printable(name)
    return name if len(name) <= LONGEST_ID else name[: LONGEST_ID - 1] + "…"
