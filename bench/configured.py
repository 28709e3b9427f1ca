"""Options for benchmarks, as ``conf/`` has them but for what an override changes."""

from __future__ import annotations

from radsurv.config import Config, validate
from radsurv.stages.analysis import protocol_of
from radsurv.stages.compose import compose
from radsurv.validation.protocol import Protocol
from radsurv.validation.validation_options import Scheme

FIVE_FOLDS = ("validation=repeated_kfold", "validation.n_splits=5", "validation.repeats=1")


def configured(*overrides: str) -> Config:
    """What ``radsurv run OVERRIDES`` would do."""
    return validate(compose(overrides))


def configured_protocol(*overrides: str) -> Protocol:
    """How such a run trains and judges."""
    config = configured(*overrides)
    assert isinstance(config.validation, Scheme)
    return protocol_of(config, config.validation)
