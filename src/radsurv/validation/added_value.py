"""What images add to the covariates: the difference of C on the same folds, and whether images of other patients do as well.

Images are shuffled among patients while covariates stay with outcomes, and the whole pipeline runs again. If the images have
nothing to do with covariates and survival (within a stratum), every assignment of images to patients was equally likely, so
that the rank of the observed difference among those of shuffled images is uniform, whatever the pipeline does. All else stays as it
is, folds included, so the model of the covariates alone is the same in every repetition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from radsurv.errors import TrainingSetError
from radsurv.options.run import Permutations
from radsurv.survival.cox_regression import likelihood_ratio
from radsurv.survival.separation import mean_concordance
from radsurv.validation.assess import averaged_metrics
from radsurv.validation.cross_validate import CrossValidation, cross_validate, left_out
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.finding import Finding
from radsurv.validation.model_strata import strata_of_model
from radsurv.validation.paired_models import limited, paired_concordance, risk_by_repeat
from radsurv.validation.patients import Patients
from radsurv.validation.permutation import PermutationTest, Rearranged
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.shuffled_outcomes import kept_note, listed, monte_carlo_limits, strata_of, tested
from radsurv.validation.site_strata import Stratum
from radsurv.validation.training import Training

MIXED = (
    "what images add was not tested: ComBat takes out what differs between batches, and shuffled images would come from other batches"
    " than their patients; transforms.combat.batch=site with shuffles within sites (significance.within) keeps them together"
)
RATIO = "added_value_lr_chi2"
# Beside C: how much better (a Brier score: how much lower) with images.
BESIDE = {"uno_c": "uno_c", "mean_auc": "mean_auc", "integrated_brier": "brier"}


def has_added_value(patients: Patients, protocol: Protocol) -> bool:
    """Whether the model has a clinical block, and images beside it."""
    clinical = patients.clinical
    return protocol.model.protects_clinical and bool(clinical.any()) and not clinical.all()


def added_value(
    patients: Patients,
    protocol: Protocol,
    predictions: pd.DataFrame,
    metrics: Mapping[str, float | None],
    options: Permutations,
    resources: Resources,
) -> Finding:
    """Hold the experiment against its own model of the covariates alone, and shuffle its images.

    Parameters
    ----------
    patients, protocol
        Of the experiment, for which `has_added_value`.
    predictions : columns time, event, risk, repeat
        Of the experiment itself: one row per patient and repeat.
    metrics
        Of these predictions, with the names of `BESIDE`.

    Returns
    -------
    Finding
        ``added_value_delta_c`` (C with images minus C without) with the limits of resampled patients, ``added_value_p`` with its
        Monte-Carlo limits, ``added_value_count`` and ``added_value_exceeding``; ``added_value_delta_uno_c``, ``_mean_auc`` and
        ``_brier``; ``added_value_lr_chi2``. Only a note where the covariates alone cannot be trained on.

    Raises
    ------
    ConfigError
        When shuffles inside of sites are asked for, and there are no two sites.
    """
    outcome, strata = (
        patients.outcome,
        strata_of(options, patients.sites, patients.outcome, stratified=protocol.model.strata is not None),
    )
    if mixes_batches(patients, protocol, strata):
        return Finding(notes=[MIXED])
    try:
        alone = clinical_alone(patients, protocol, resources)
    except TrainingSetError as error:
        return Finding(notes=[f"what images add was not tested, because the covariates alone give no model: {error}"])
    clinical_c = mean_concordance(outcome, risk_by_repeat(alone.predictions))
    observed = np.array([mean_concordance(outcome, risk_by_repeat(predictions)) - clinical_c])
    key = experiment_hash(patients, protocol, shuffled="images")
    test = tested(
        of_images(patients, protocol, clinical_c), outcome, observed, options, protocol.seed, resources, key, strata,
        "images shuffled",
    )  # fmt: skip
    p, [c_index, drawn] = test.results[0], paired_concordance([predictions, alone.predictions], protocol.seed)
    found = {
        **limited("added_value_delta_c", c_index, drawn, 0, 1),
        **monte_carlo_limits("added_value_p", p),
        "added_value_count": p.count,
        "added_value_exceeding": p.exceeding,
        **_beside(patients, protocol, alone, metrics),
        RATIO: _likelihood_ratio(patients, protocol, predictions, alone.predictions),
    }
    lacking = {RATIO: "a Cox regression of left-out risks has no largest likelihood"} if np.isnan(found[RATIO]) else {}
    return Finding(metrics=found, reasons=lacking, notes=[_note(test, strata)], run_notes=kept_note(test))


def clinical_alone(patients: Patients, protocol: Protocol, resources: Resources) -> CrossValidation:
    """The model of the experiment on its covariates alone, on the same folds; without a search, which is one of images.

    Raises
    ------
    TrainingSetError
        When there is nothing to train on.
    """
    return cross_validate(*without_images(patients, protocol), resources, label="clinical")


def without_images(patients: Patients, protocol: Protocol) -> tuple[Patients, Protocol]:
    """The same patients with their covariates alone, and how the experiment's own model is trained on these."""
    return _covariates(patients), protocol.plain(protocol.reduction, protocol.model)


def of_images(patients: Patients, protocol: Protocol, clinical_c: float) -> Rearranged:
    """C with the images of others minus that of the covariates alone: what the test repeats."""
    if not protocol.transforms.steps:
        _ = patients.ranked  # sorted once for all repetitions

    def analysis(source: Int[np.ndarray, "patient"], drawn: int) -> Float[np.ndarray, "statistic"]:
        """Folds and seeds are those of the experiment: they know nothing of images."""
        scores = left_out(Training(patients.with_images_of(source), protocol))
        return np.array([mean_concordance(patients.outcome, scores.risk) - clinical_c])

    return analysis


def mixes_batches(patients: Patients, protocol: Protocol, strata: Sequence[Stratum]) -> bool:
    """Whether shuffles take images to patients of another batch of ComBat: what is repeated would then be harmonised otherwise than
    what was observed."""
    combat = getattr(protocol.transforms, "combat", None) if "combat" in protocol.transforms.steps else None
    if combat is None:
        return False
    batch = patients.measured.cohort[combat.batch]
    among = [one.members for one in strata] or [np.arange(len(patients))]
    return any(batch.iloc[members].nunique(dropna=False) > 1 for members in among)


def _covariates(patients: Patients) -> Patients:
    return patients.among([name for name, own in zip(patients.names, patients.clinical, strict=True) if own])


def _beside(
    patients: Patients, protocol: Protocol, alone: CrossValidation, metrics: Mapping[str, float | None]
) -> dict[str, float]:
    """Differences of other metrics, each that of the experiment minus that without images."""
    judged = averaged_metrics(
        _covariates(patients).measured, alone.predictions, alone.judges, horizons=protocol.scheme.horizons
    )
    found = {name: metrics.get(name) for name in BESIDE}
    return {
        f"added_value_delta_{BESIDE[name]}": np.nan if value is None else float(value - judged[name])
        for name, value in found.items()
    }


def _likelihood_ratio(patients: Patients, protocol: Protocol, together: pd.DataFrame, alone: pd.DataFrame) -> float:
    """Of the left-out risks of both models, the median of repeats; within strata where the models are stratified."""
    strata = None if protocol.model.strata is None else strata_of_model(patients.sites)
    pairs = zip(risk_by_repeat(together), risk_by_repeat(alone), strict=True)
    return float(np.median([likelihood_ratio(further, base, patients.outcome, strata) for further, base in pairs]))


def _note(test: PermutationTest, strata: tuple[Stratum, ...]) -> str:
    first = test.results[0]
    inside = f" inside of {len(strata)} strata ({listed(strata)})" if strata else ""
    return (
        f"added value P: C with images minus C of the covariates alone; images shuffled among patients{inside}"
        f" {len(test.repetitions)} times while covariates stayed with outcomes: {first.exceeding} did at least as well"
    )
