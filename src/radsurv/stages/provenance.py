"""Provenance: what was computed, and from what."""

from __future__ import annotations

import hashlib

import radsurv
from radsurv.catalogue.record import Provenance
from radsurv.catalogue.tables import COHORT, DEEP, FEATURES, PREDICTIONS, RADIOMICS
from radsurv.config import Config
from radsurv.files import sha256
from radsurv.stages.run_folder import RunFolder


def collect(config: Config, folder: RunFolder) -> Provenance:
    """Version, hashes, seed, and what each stage noted of its results: nothing that another run would write otherwise."""
    tables = [folder.path(table) for table in (COHORT, FEATURES, RADIOMICS, DEEP)]
    return Provenance(
        radsurv=radsurv.__version__,
        inputs={path.name: sha256(path) for path in tables if path.is_file()},
        # No protection: DVC's own hash, by which its lock file names what it keeps.
        predictions_md5=hashlib.md5(folder.path(PREDICTIONS).read_bytes(), usedforsecurity=False).hexdigest(),
        seed=config.seed,
        stages=folder.records(),
    )
