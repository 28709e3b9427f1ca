"""What is done with an experiment besides predicting: significance, comparison, maps, tracking."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from radsurv.options.base import Alternative, Few, Millions, Section
from radsurv.options.file_paths import FilePath


class Inferred(Alternative):
    """What is said beyond these patients.

    Attributes
    ----------
    refits
        How often the whole procedure is repeated on resampled patients, for limits that hold what was learned as well; None: only
        patients are resampled, with their predictions.
    """

    refits: Annotated[int, Field(ge=20, le=100_000)] | None


class NaivePOnly(Inferred):
    """The log-rank P alone."""

    name: Literal["naive"]


class Permutations(Inferred):
    """The whole pipeline repeated on shuffled outcomes.

    Attributes
    ----------
    within
        Among whom outcomes are shuffled: everybody (``none``), the patients of each site (``site``; ``auto``: where there are
        at least two usable ones), or first the one and then the other (``both``).
    added_value
        Whether to test as well, where the model has covariates and images, what the images add: images shuffled, covariates kept.
    """

    name: Literal["permutation"]
    permutations: Annotated[int, Field(ge=19, le=1_000_000)]
    stop_after: Millions
    within: Literal["auto", "none", "site", "both"]
    added_value: bool


Comparator = Literal["clinical", "volume", "radiomics", "deep", "combined", "combined_clinical"]


FEWEST_REFITS = 40  # below, a 95 % range is that of all of them


def _enough(refits: int) -> int:
    if 0 < refits < FEWEST_REFITS:
        raise ValueError(f"expected 0 (none) or at least {FEWEST_REFITS}, of which a 95 % range can be told")
    return refits


class Comparison(Section):
    """Beside the experiment, on the same patients: simpler models, k-fold cross-validation beside leave-one-out, shortcuts, and the
    same with fewer patients or others of their kind.

    Attributes
    ----------
    kfold, shortcuts, models
        Which of them.
    learning_curve
        How often parts of the training sets are drawn; 0: no learning curve.
    refits
        On how many bootstrap samples the model of all patients is fitted again; 0: on none.
    """

    kfold: bool
    shortcuts: bool
    models: list[Comparator]
    learning_curve: Annotated[int, Field(ge=0, le=1_000)]
    refits: Annotated[int, Field(ge=0, le=100_000), AfterValidator(_enough)]


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
