"""Made-up patches that are the same wherever they are computed."""

import numpy as np


def waves(side: int) -> dict[str, np.ndarray]:
    """Three patches, 0–255: broad stripes, fine stripes, rings."""
    y, x = np.mgrid[:side, :side] / side
    phases = {"broad": 3 * x + y, "fine": 20 * x - 30 * y, "rings": 12 * np.hypot(x - 0.4, y - 0.6)}
    return {
        name: (127.5 + 127.5 * np.sin(2 * np.pi * phase)).round().astype(np.float32) for name, phase in phases.items()
    }
