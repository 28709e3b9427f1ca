"""Every stage of the reference package for brain1 and brain2."""

from pathlib import Path

import numpy as np
import pytest


class Reference:
    """One case of ``reference/vallieres``: its table row, and its arrays by file."""

    def __init__(self, shared: Path, case: str) -> None:
        self.case = case
        self.images = shared / "images" / "pyradiomics"
        self.folder = shared / "reference" / "vallieres"

    def arrays(self, stage: str) -> dict[str, np.ndarray]:
        with np.load(self.folder / f"{stage}_{self.case}.npz", allow_pickle=False) as file:
            return dict(file)


@pytest.fixture(params=["brain1", "brain2"], scope="session")
def reference(shared: Path, request: pytest.FixtureRequest) -> Reference:
    return Reference(shared, request.param)
