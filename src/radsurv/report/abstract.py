"""What an experiment shows, in a few sentences: they stand at the top of its page, and wherever else its charts are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from radsurv.report.banners import banners
from radsurv.report.conclusion import conclusion
from radsurv.report.evidence import Evidence
from radsurv.report.experiment import Experiment
from radsurv.report.rules import flags, in_short


@dataclass(frozen=True)
class Abstract:
    """Sentences to be read before any chart.

    Attributes
    ----------
    banners
        What must not be overlooked, such as SIMULATED patients.
    lead
        What the experiment may claim; "" where it may claim nothing.
    flags
        What speaks against its numbers.
    sentence
        What the predicted groups show; "" where nobody was predicted.
    """

    banners: tuple[str, ...]
    lead: str
    flags: tuple[str, ...]
    sentence: str

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """Of an experiment, as whoever reads it may see it."""
        said = tuple(f"{banner.mark} {banner.said}" for banner in banners(experiment))
        if not experiment.n_repeats or not experiment.metrics:
            return cls(said, "", (), "")
        evidence, known = Evidence.of(experiment), experiment.n_known > 0
        return cls(
            banners=said,
            lead="" if known else " ".join(in_short(evidence)),
            flags=() if known else tuple(flags(evidence)),
            sentence=conclusion(experiment),
        )
