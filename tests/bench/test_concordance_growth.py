"""bench/concordance_growth.py: it runs, and both kernels give the same numbers."""

import concordance_growth
import numpy as np


def test_every_size_has_a_line(printed):
    text = printed(concordance_growth.main, "--tiny", "--repeats", "1")
    assert [line.split()[:2] for line in text.splitlines()[2:]] == [["12", "4"], ["40", "2"]]
    assert "DIFFER" not in text


def test_both_kernels_count_the_same():
    rows = concordance_growth.measure_growth({12: 4, 70: 3}, repeats=1)
    assert [row.n_patients for row in rows] == [12, 70]
    assert all(row.same and set(row.kernels) == {"bits", "tree"} for row in rows)
    assert np.isfinite([[row.sorting, row.peak_gib, *sum(row.kernels.values(), ())] for row in rows]).all()
