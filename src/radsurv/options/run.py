"""What is done with an experiment besides predicting: significance, comparison, maps, tracking."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from radsurv.options.base import Alternative, Few, Millions, Section
from radsurv.options.file_paths import FilePath


def _none_or(fewest: int, why: str) -> AfterValidator:
    """A count that leaves something out where it is 0, and is of no use where it is smaller than this."""

    def enough(count: int) -> int:
        if 0 < count < fewest:
            raise ValueError(f"expected 0 (none) or at least {fewest}, {why}")
        return count

    return AfterValidator(enough)


FEWEST_SHUFFLES = 19
Refits = Annotated[int, Field(ge=0, le=100_000), _none_or(20, "of which a standard deviation can be told")]
Within = Literal["auto", "none", "site", "both"]


class Inferred(Alternative):
    """What is said beyond these patients.

    Attributes
    ----------
    refits
        How often the whole procedure is repeated on resampled patients, for limits that hold what was learned as well; 0: only
        patients are resampled, with their predictions.
    """

    refits: Refits


class Shuffles(Section):
    """How often, and among whom, patients are shuffled to learn what chance does.

    Attributes
    ----------
    group
        Of these options: what they are called by.
    permutations
        At most.
    stop_after
        The answer is clear once so many repetitions did at least as well.
    within
        Among whom to shuffle: everybody (``none``), the patients of each site (``site``; ``auto``: where there are at least two usable
        ones), or first the one and then the other (``both``).
    """

    group: ClassVar[str]

    permutations: int
    stop_after: Millions
    within: Within


class NaivePOnly(Inferred):
    """The log-rank P alone."""

    name: Literal["naive"]


class Permutations(Inferred, Shuffles):
    """The whole pipeline repeated on shuffled outcomes.

    Attributes
    ----------
    added_value
        Whether to test as well, where the model has covariates and images, what the images add: images shuffled, covariates kept.
    """

    group: ClassVar[str] = "significance"

    name: Literal["permutation"]
    permutations: Annotated[int, Field(ge=FEWEST_SHUFFLES, le=1_000_000)]
    added_value: bool


# fmt: off
Comparator = Literal[
    "clinical", "volume", "volume_clinical", "radiomics", "radiomics_clinical", "deep", "deep_clinical", "combined", "combined_clinical",
]
# fmt: on


class Comparison(Shuffles):
    """Beside the experiment, on the same patients: simpler models, k-fold cross-validation beside leave-one-out, shortcuts, and the
    same with fewer patients or others of their kind.

    Attributes
    ----------
    kfold, shortcuts, models
        Which of them.
    permutations, stop_after, within
        For a P of each of the simpler models; 0: for none.
    refits
        How often the experiment and the simpler models are repeated on resampled patients, for limits that hold what was learned; 0:
        not at all.
    learning_curve
        How often parts of the training sets are drawn; 0: no learning curve.
    instability
        On how many bootstrap samples the model of all patients is fitted again; 0: on none.
    """

    group: ClassVar[str] = "comparison"

    kfold: bool
    shortcuts: bool
    models: list[Comparator]
    permutations: Annotated[int, Field(ge=0, le=1_000_000), _none_or(FEWEST_SHUFFLES, "of which a P of .05 can come")]
    within: Literal["auto", "none", "site"]
    refits: Refits
    learning_curve: Annotated[int, Field(ge=0, le=1_000)]
    instability: Annotated[int, Field(ge=0, le=100_000), _none_or(40, "of which a 95 % range can be told")]


class NoAttribution(Alternative):
    """No maps."""

    name: Literal["none"]


class Occlusion(Alternative):
    """Maps of what the steadiest deep features look at, by covering one part of the patch after the other."""

    name: Literal["occlusion"]
    features: Few
    patients: Few
    cells: Annotated[int, Field(ge=3, le=100)]


class NoTracking(Alternative):
    """No dashboard."""

    name: Literal["none"]


LoggedPatients = Literal["none", "pseudonyms", "ids"]


class Logged(Alternative):
    """Any dashboard.

    Attributes
    ----------
    mode
        Kept on this machine, or sent to a server, whose address is in the environment.
    patients
        How patients are named in what leaves the run folder; ``none``: in no table and no list of the page.
    run_name, group, tags
        Of the run there; None: made from the options, see `radsurv.report.tracker.BegunRun`.
    features
        Whether tables of features are logged, too: who has one knows the patients' numbers.
    """

    mode: Literal["offline", "online"]
    patients: LoggedPatients
    run_name: str | None
    group: str | None
    tags: list[str] | None
    features: bool


class WandbTracking(Logged):
    """A Weights & Biases run.

    Attributes
    ----------
    report
        Whether a run on a server also gets a W&B report, which needs a package that not everybody has.
    init_timeout_s
        For a server to answer, in seconds, and as much again for the upload.
    """

    name: Literal["wandb"]
    project: str
    entity: str | None
    report: bool
    init_timeout_s: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class MlflowTracking(Logged):
    """An MLflow run.

    Attributes
    ----------
    experiment
        MLflow's name for what several runs belong to.
    store
        Folder of those that are kept on this machine, which runs may share.
    timeout_s
        For an answer of a server, in seconds.
    """

    name: Literal["mlflow"]
    experiment: str
    store: FilePath
    timeout_s: Annotated[int, Field(ge=1, le=86_400)]


Significance = NaivePOnly | Permutations
Attribution = NoAttribution | Occlusion
Tracking = NoTracking | WandbTracking | MlflowTracking
