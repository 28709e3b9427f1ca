"""Other draws of the inner folds: every one has its row, with the numbers of the table."""

import numpy as np
import pandas as pd

from radsurv.report.html import render
from radsurv.report.page.inner_fold_draws import Draw, InnerFoldDraws


def test_every_draw_of_the_inner_folds_has_its_row(load):
    draws = pd.DataFrame(
        {
            "draw": [0, 1],
            "n_short": [21.0, 20.0],
            "harrell_c": [0.671, 0.64],
            "log_rank_chi2": [6.0, 2.0],
            "log_rank_p": [0.0142, 0.157],
            "hazard_ratio": [2.35, np.nan],
        }
    )
    experiment = load(inner_draws=draws)
    section = InnerFoldDraws.of(experiment)
    assert section.own == Draw(c="0.671", p=".014", hazard_ratio="2.35", n_short="21")
    assert section.rows[1] == Draw(c="0.640", p=".157", hazard_ratio="–", n_short="20")
    assert "All 2 draws (this experiment)" in render(experiment)
    assert InnerFoldDraws.of(load(inner_draws=draws.iloc[:0])) is None
