"""A P of each simpler model: of its C, and of what its images add to its covariates; by the shuffles that the experiment is tested with.

Shuffle r of the patients is the same for the experiment and for every model beside it, since it hangs on the seed and on r alone (see
`radsurv.validation.permutation`), and so are the strata inside of which patients are shuffled, and the rule for stopping.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float

from radsurv.compute.progress import Effort
from radsurv.errors import TrainingSetError
from radsurv.formats import plural
from radsurv.options.run import Shuffles
from radsurv.survival.outcome import Outcome
from radsurv.survival.separation import mean_concordance
from radsurv.validation.added_value import mixes_batches, of_images
from radsurv.validation.compared_model import ComparedModel, Further
from radsurv.validation.cross_validate import left_out
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.patients import Patients
from radsurv.validation.permutation import Analysis, PermutationTest, Rearranged, of_outcomes
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.shuffled_outcomes import kept_note, listed, strata_of, tested
from radsurv.validation.site_strata import Stratum
from radsurv.validation.training import Training

Strata = tuple[Stratum, ...]
NOT_ADDED = "no P of what its images add to covariates"


@dataclass(frozen=True)
class Question:
    """What is shuffled, and what that tells of a model.

    Attributes
    ----------
    column
        Of table `COMPARATORS`, for the P.
    label
        Of the progress bar, after the name of the model.
    shuffled
        For the note.
    not_asked
        Why a model cannot be asked, empty where it can.
    repeated
        C of the model once more, on whatever is shuffled.
    """

    column: str
    label: str
    shuffled: str
    not_asked: Callable[[ComparedModel, Strata], str]
    repeated: Callable[[ComparedModel], Rearranged]

    def key(self, model: ComparedModel) -> str:
        """Hash of all that a repetition depends on, besides who is shuffled."""
        return experiment_hash(model.patients, model.protocol, statistic="harrell_c", question=self.column)


def comparator_tests(models: Sequence[ComparedModel], options: Shuffles, resources: Resources) -> Further:
    """Ask every question of every model.

    Parameters
    ----------
    models
        The simpler models, of the same patients in the same order.
    options
        ``both`` of ``within`` is no choice here.
    resources
        Repetitions are kept by model and question: more of them, or of the models, can be asked for later.

    Returns
    -------
    Further
        ``p`` and ``gain_p`` with their Monte-Carlo intervals ``_low`` and ``_high``.

    Raises
    ------
    ConfigError
        When shuffles inside of sites are asked for, and there are no two sites.
    """
    further = Further()
    strata = _strata(models[0], options) if models else ()
    asked = []
    for question, model in product(QUESTIONS, models):
        why = question.not_asked(model, strata)
        if why:
            further.lacks(model.name, why)
        else:
            asked.append((question, model))
    said: dict[str, list[str]] = {question.shuffled: [] for question in QUESTIONS}
    shorter = "fewer simpler models (comparison.models), fewer shuffles of each (comparison.permutations=199 for a first look)"
    effort = Effort(plural(len(asked), "test") + " of simpler models", shorter, kept=resources.store is not None)
    with resources.bar("P of models", len(asked), effort=effort) as advance:
        for question, model in asked:
            try:
                test = _test(question, model, options, strata, resources)
            except TrainingSetError as error:  # of shuffled patients: the model itself there is
                further.lacks(model.name, f"no P: nothing can be learned from shuffled patients: {error}")
            else:
                p = test.results[0]
                further.put(model.name, question.column, p.low, p.high, p.p)
                said[question.shuffled].append(_said(model.name, test))
                further.run_notes += [f"{model.name}{question.label}: {kept}" for kept in kept_note(test)]
            advance()
    inside = f" inside of {len(strata)} strata ({listed(strata)})" if strata else ""
    further.notes += [
        f"P of simpler models, by Harrell's C: {shuffled}{inside} at most {options.permutations:,} times; did at least as well:"
        f" {'; '.join(did)}"
        for shuffled, did in said.items()
        if did
    ]
    return further


def _strata(model: ComparedModel, options: Shuffles) -> Strata:
    stratified = model.protocol.model.strata is not None
    return strata_of(options, model.patients.sites, model.patients.outcome, stratified=stratified)


def _test(
    question: Question, model: ComparedModel, options: Shuffles, strata: Strata, resources: Resources
) -> PermutationTest:
    return tested(
        question.repeated(model), model.patients.outcome, np.array([model.c]), options, model.protocol.seed, resources,
        question.key(model), strata, f"P of {model.name}{question.label}",
    )  # fmt: skip


def _said(name: str, test: PermutationTest) -> str:
    p = test.results[0]
    again = f" ({plural(test.n_refused, 'shuffle')} drawn again)" if test.n_refused else ""
    return f"{name} {p.exceeding:,} of {p.count:,}{again}"


def of_concordance(patients: Patients, protocol: Protocol) -> Analysis:
    """C of the whole procedure, for any outcome of the patients."""
    training = Training(patients, protocol)

    def analysis(outcome: Outcome, seed: int) -> Float[np.ndarray, "statistic"]:
        return np.array([mean_concordance(outcome, left_out(training.given(outcome, seed)).risk)])

    return analysis


def _always(model: ComparedModel, strata: Strata) -> str:
    return ""


def _no_gain(model: ComparedModel, strata: Strata) -> str:
    """C of the covariates alone is the same number in all repetitions, so it has no part in the P and need not be known."""
    if not model.has_images_beside_covariates:
        has = "no images" if model.patients.clinical.any() else "no covariates"
        return f"{NOT_ADDED}: it has {has}"
    if mixes_batches(model.patients, model.protocol, strata):
        return (
            f"{NOT_ADDED}: ComBat takes out what differs between batches, and shuffled images would come from other batches than their"
            " patients"
        )
    return ""


QUESTIONS = (
    Question(
        "p", "", "its whole procedure was repeated on shuffled (time, event) pairs", _always,
        lambda model: of_outcomes(of_concordance(model.patients, model.protocol), model.patients.outcome),
    ),
    Question(
        "gain_p", ", images shuffled", "images were shuffled among patients while covariates stayed with outcomes", _no_gain,
        lambda model: of_images(model.patients, model.protocol, 0.0),
    ),
)  # fmt: skip
