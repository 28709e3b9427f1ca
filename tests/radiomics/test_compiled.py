import subprocess
import sys

import numpy as np
import pytest

from radsurv.radiomics import compiled


def test_loads_without_the_package_around_it():
    code = (
        "import sys; from radsurv.radiomics.compiled import cmatrices; cmatrices(); "
        "assert 'radiomics' not in sys.modules; "
        "import radiomics; assert radiomics.cMatrices.calculate_glcm"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""


def test_counts_pairs():
    image = np.array([[1, 2], [0, 0]], dtype=np.int32)
    counts, angles = compiled.cmatrices().calculate_glcm(image, image > 0, np.array([1]), 2, 0, 0)
    horizontal = counts[0][..., angles.tolist().index([0, 1])]
    assert horizontal.tolist() == [[0, 1], [0, 0]]


def test_missing_pyradiomics_says_what_to_do(monkeypatch):
    monkeypatch.setattr(compiled, "_PACKAGE", "no_such_package")
    with pytest.raises(ImportError, match="install pyradiomics-bhklab"):
        compiled.cmatrices.__wrapped__()
