"""Limits over refits of each simpler model and of its differences: experiment and models repeated on the same resamples of patients.

As `radsurv.validation.refitted_limits`, and on its resamples: those of `significance.refits` and these are one series. The spread of a
difference is that of differences within resamples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

from radsurv.compute.progress import among
from radsurv.errors import TrainingSetError
from radsurv.formats import plural
from radsurv.validation.compared_model import ComparedModel, Further
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.protocol import Resources
from radsurv.validation.refitted_limits import CONCORDANCE, DIFFERENCE, RESAMPLES, limits, no_limits, separation_of
from radsurv.validation.resampled import Refit, Series, refitted, training_on

SERIES = Series("refits of simpler models", ("comparison.refits", "0"), stream=RESAMPLES)


def comparator_limits(
    models: Sequence[ComparedModel], found: Sequence[Mapping[str, float]], refits: int, resources: Resources
) -> Further:
    """Repeat all of them on resampled patients.

    Parameters
    ----------
    models
        The experiment first; patients in the same order.
    found
        Of each, by column of table `COMPARATORS`, what the limits are about: ``harrell_c``, ``delta_c``, and ``gain_c`` where the
        covariates alone are compared.
    refits
        How often.
    resources
        Refits that are done are kept; more of them can be asked for later, of the same models in any order.

    Returns
    -------
    Further
        ``harrell_c_refit_low``, ``harrell_c_refit_high`` and so on. What there is not has its reason, as in
        `radsurv.validation.refitted_limits.refitted_limits`.
    """
    further, first = Further(), models[0]
    # In an order of their own, whatever that of the table: refits of all of them are kept together.
    hashes = [experiment_hash(model.patients, model.protocol) for model in models]
    order = [0, *sorted(range(1, len(models)), key=hashes.__getitem__)]
    key = experiment_hash(first.patients, first.protocol, beside=sorted(hashes[1:]))
    refit = of_resample([models[which] for which in order])
    try:
        drawn = refitted(refit, len(models), first.patients, key, first.protocol.seed, refits, resources, SERIES)
    except TrainingSetError as error:
        for model in models:
            further.lacks(model.name, f"no limits over refits: {error}")
        return further
    found_c = drawn.values[:, np.argsort(order)]
    clinical = next((which for which, model in enumerate(models) if model.name == "clinical"), None)
    for which, (model, known) in enumerate(zip(models, found, strict=True)):
        c = found_c[:, which]
        columns = {"harrell_c": (c, CONCORDANCE), "delta_c": (found_c[:, 0] - c, DIFFERENCE)}
        if clinical is not None:
            columns["gain_c"] = (c - found_c[:, clinical], DIFFERENCE)
        for column, (values, scale) in columns.items():
            why = no_limits(column, known[column], values)
            if why:
                further.lacks(model.name, f"no limits over refits: {why}")
            else:
                further.put(model.name, f"{column}_refit", *limits(known[column], values, scale))
    if drawn.kept:
        further.run_notes.append(f"simpler models: {drawn.kept:,} of {plural(refits, 'refit')} from an earlier run")
    again = (
        f"; {plural(drawn.refused, 'resample')} drawn again, on which the experiment cannot learn"
        if drawn.refused
        else ""
    )
    further.notes.append(
        f"refitted limits of simpler models: they and the experiment were repeated on the same {plural(refits, 'resample')} of the patients"
        f"{again}"
    )
    return further


def of_resample(models: Sequence[ComparedModel]) -> Refit:
    """C of each on patients drawn so often. Where the experiment cannot learn, the resample is refused; where another model cannot, NaN:
    so that the resamples are those of the experiment, whatever stands beside it."""

    def refit(times: Int[np.ndarray, "patient"], seed: int) -> Float[np.ndarray, "model"]:
        found = np.full(len(models), np.nan)
        with among(len(models), "models compared"):
            for which, model in enumerate(models):
                try:
                    found[which] = separation_of(training_on(model.patients, model.protocol, times, seed))[0]
                except TrainingSetError:
                    if which == 0:
                        raise
        return found

    return refit
