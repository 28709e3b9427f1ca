"""Clinical and feature tables that used to mislead: rows of docs/misleading.md, each with how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import toys
from misleading import Row

import conf
from radsurv.config import Config, validate
from radsurv.errors import RadsurvError
from radsurv.stages import cohort
from radsurv.stages.compose import compose
from radsurv.stages.follow_up import unlike_model
from radsurv.stages.outcome_columns import plausibility_notes
from radsurv.stages.run_folder import RunFolder
from radsurv.survival.kaplan_meier import survival_curve
from radsurv.survival.outcome import check_outcome

N = 40
DRAWN = np.random.default_rng(20)
TIME = np.round(DRAWN.exponential(500, N)) + 30
EVENT = (DRAWN.random(N) < 0.6).astype(int)
FEATURES = DRAWN.normal(size=(N, 6))
IDS = [f"P{number:03d}" for number in range(1, N + 1)]

Columns = Mapping[str, Any]


def clinical(**changes: Any) -> pd.DataFrame:
    """Forty patients with nothing wrong with them; a column given as a mapping changes single cells, by row."""
    table = pd.DataFrame(
        {"patient_id": IDS, "time": TIME, "event": EVENT, "age": 40 + np.arange(N) % 37, "sex": ["F", "M"] * (N // 2)}
    ).astype(object)
    for name, cells in changes.items():
        if isinstance(cells, Mapping):
            for row, cell in cells.items():
                table.loc[row, name] = cell
        else:
            table[name] = cells
    return table


def ready_features(**columns: Any) -> pd.DataFrame:
    table = pd.DataFrame(FEATURES, columns=[f"f{number}" for number in range(FEATURES.shape[1])])
    table.insert(0, "patient_id", IDS)
    return table.assign(**columns)


@cache
def _whole() -> Config:
    return validate(compose(["tracking=none", "radiomics=none", "backbone=none"]))


def said_of(table: pd.DataFrame, features: pd.DataFrame, options: Columns, folder: Path, *, index: bool = False) -> str:
    """All that stage ``cohort`` says of two tables: its line, its notes and the reasons in ``qc``, or why it stops."""
    table.to_csv(folder / "clinical.csv", index=index)
    features.to_csv(folder / "features.csv", index=False)
    (folder / "run").mkdir()
    chosen = conf.cohort(
        name="toy", table=str(folder / "clinical.csv"), features=str(folder / "features.csv"), **options
    )
    run_folder = RunFolder(folder / "run")
    try:
        result = cohort.run(_whole().model_copy(update={"cohort": chosen}), run_folder)
    except RadsurvError as error:
        return str(error)
    return "\n".join([result.summary, *result.record.notes, *run_folder.read_qc()["reason"]])


def tables(
    table: pd.DataFrame | None = None, features: pd.DataFrame | None = None, *, index: bool = False, **options: Any
) -> Callable[[Path], str]:
    """Has stage ``cohort`` look at them."""
    return partial(
        said_of,
        clinical() if table is None else table,
        ready_features() if features is None else features,
        options,
        index=index,
    )


def of_one_feature(values: Any) -> Callable[[Path], str]:
    """What stage ``evaluate`` says of a feature beside the others."""
    patients = toys.patients(np.column_stack([FEATURES, values]), TIME, EVENT)
    return lambda folder: "\n".join(plausibility_notes(patients))


def beside_a_model(factor: float) -> Callable[[Path], str]:
    """What is said of patients whose times are those of the model's in another unit."""
    curve = survival_curve(check_outcome(TIME * factor, EVENT))
    return lambda folder: "\n".join(unlike_model(clinical(), "days", curve, "A"))


ANY = "taken for a feature like any other"
COPY = "the outcome among the features"
UNIT = "follow-up that cannot be"
NUMBER = "a number that becomes classes"
WORDS = "words for no value"
OTHER_IDS = "ids that match nowhere"
# Two patients next to each other in time, once with the event and once without, each with the other's time.
BY_TIME = [np.flatnonzero(event == EVENT)[np.argsort(TIME[event == EVENT])] for event in (0, 1)]
CONFUSED = TIME.copy()
for order in BY_TIME:
    CONFUSED[order[[4, 5]]] = TIME[order[[5, 4]]]
CODES = np.where(EVENT == 1, 1, np.arange(N) % 2 * 2)

ROWS = [
    Row(
        kind=COPY,
        given="a feature table with Survival.time left in",
        before="C 0.991, as if nothing were wrong",
        now="'Survival.time' has the order of the follow-up times of all 40 patients",
        say=tables(features=ready_features(**{"Survival.time": TIME})),
    ),
    Row(
        kind=COPY,
        given="deadstatus.event among the features",
        before=ANY,
        now="'deadstatus.event' tells by a threshold which of the 40 patients have the event",
        say=tables(features=ready_features(**{"deadstatus.event": EVENT})),
    ),
    Row(
        kind=COPY,
        given="the logarithm of time, scaled and shifted",
        before="C 0.995, as if nothing were wrong",
        now="'score' has the order of the follow-up times of all 40 patients",
        say=tables(features=ready_features(score=3 - 2 * np.log(TIME))),
    ),
    Row(
        kind=COPY,
        given="time in whole years, so with ties",
        before=ANY,
        now="'years' has the order of the follow-up times of all 40 patients",
        say=tables(features=ready_features(years=TIME // 365)),
    ),
    Row(
        kind=COPY,
        given="time, two pairs of patients confused",
        before="C 0.99, as if nothing were wrong",
        now="'f_time' has nearly the order (Spearman ±0.99",
        say=tables(features=ready_features(f_time=CONFUSED)),
    ),
    Row(
        kind=COPY,
        given="days_to_death, empty for those who live, as archives have it",
        before="with transforms=imputation its indicator of missing values is the event",
        now="'days_to_death' has a value for patients with the event and none for those without",
        say=tables(features=ready_features(days_to_death=np.where(EVENT == 1, TIME, np.nan))),
    ),
    Row(
        kind=COPY,
        given="time with its sign saying the event, as gradient boosting wants it",
        before=ANY,
        now=f"'label' has the order of the follow-up times of the {EVENT.sum()} patients with the event",
        say=tables(features=ready_features(label=np.where(EVENT == 1, TIME, -TIME))),
    ),
    Row(
        kind=COPY,
        given="cohort.covariates=[status], coded 0, 1, 2, where 1 is the event",
        before="a covariate like any other",
        now="'status' tells by its classes which of the 40 patients have the event",
        say=tables(clinical(status=CODES), covariates=["status"]),
    ),
    Row(
        kind=COPY,
        given="cohort.covariates=[vital_status], with Dead, Alive and Lost",
        before="two columns of 0 and 1",
        now="'vital_status' tells by its classes which of the 40 patients have the event",
        say=tables(
            clinical(vital_status=[("Alive", "Dead", "Lost")[code] for code in CODES]), covariates=["vital_status"]
        ),
    ),
    Row(
        kind=COPY,
        given="cohort.covariates=[survivor], with short, middle and long",
        before="two columns of 0 and 1",
        now="'survivor' has classes whose follow-up times do not overlap (40 patients)",
        say=tables(
            clinical(survivor=np.select([TIME < 200, TIME < 700], ["short", "middle"], "long")), covariates=["survivor"]
        ),
    ),
    Row(
        kind=COPY,
        given="a feature called like the column that time came from",
        before="nothing was said",
        now="'os_days' bears the name of a column of the outcome",
        say=tables(
            clinical(OS_days=TIME).drop(columns="time"),
            ready_features(os_days=FEATURES[::-1, 0]),
            columns={"time": "OS_days"},
        ),
    ),
    Row(
        kind=COPY,
        given="one of these, let in with cohort.allow",
        before="nothing was said",
        now="cohort.allow lets 'score' in, which has the order of the follow-up times of all 40 patients",
        say=tables(features=ready_features(score=np.log(TIME)), allow=["score"]),
    ),
    Row(
        kind=COPY,
        given="a single feature with a C of 0.97",
        before="nothing was said",
        now="1 feature alone orders the patients by their outcome, C or 1 − C of at least 0.95: feature 6 (C 0.9",
        say=of_one_feature(-np.log(TIME) + DRAWN.normal(0, 0.08, N)),
    ),
    Row(
        kind=COPY,
        given="cohort.select on event: the dead only",
        before="nothing was said",
        now="cohort.select picks patients by event, the outcome itself",
        say=tables(select={"event": [1]}),
    ),
    Row(
        kind=NUMBER,
        given="one number with a decimal comma in a covariate",
        before="39 indicator columns",
        now="""size: line 5 (patient 'P004') has '26,4' (a decimal comma: write a point); expected a number""",
        say=tables(clinical(size=[10.5, 11.5, 12.5, "26,4", *np.arange(14.5, 50)]), covariates=["size"]),
    ),
    Row(
        kind=NUMBER,
        given="a covariate in which every number has a decimal comma",
        before="39 indicator columns",
        now="size: line 2 (patient 'P001') has '10,5' (a decimal comma: write a point), line 3",
        say=tables(clinical(size=[f"{number},5" for number in range(10, 10 + N)]), covariates=["size"]),
    ),
    Row(
        kind=NUMBER,
        given="one cell with a word that nobody knows in a covariate of numbers",
        before="39 indicator columns",
        now="size: line 5 (patient 'P004') has 'not done'; expected a number, as in most of its cells",
        say=tables(clinical(size=[0, 1, 2, "not done", *range(4, N)]), covariates=["size"]),
    ),
    Row(
        kind=NUMBER,
        given="a date as a covariate",
        before="39 indicator columns",
        now="diagnosed: 40 different texts among 40 patients, such as '2009-01-01'; expected numbers, or classes that patients share",
        say=tables(
            clinical(diagnosed=[f"{2009 + n % 10}-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in range(N)]),
            covariates=["diagnosed"],
        ),
    ),
    Row(
        kind=NUMBER,
        given="ages where the oldest stand as '>90'",
        before="39 indicator columns",
        now="age_at_index: line 2 (patient 'P001') has '>90'; expected a number",
        say=tables(clinical(age_at_index=[">90", *range(1, N)]), covariates=["age_at_index"]),
    ),
    Row(
        kind=WORDS,
        given="one [Not Available] in a covariate of numbers",
        before="39 indicator columns",
        now="kps: '[Not Available]' is read as no value (1 patient); if it is a label, name it with cohort.values.kps",
        say=tables(clinical(kps=["[Not Available]", *np.arange(1, N) * 2 % 100]), covariates=["kps"]),
    ),
    Row(
        kind=WORDS,
        given="'none' as one of the labels of a covariate",
        before="read as a label, and 'None' as no value",
        now="drug: 'none' is read as no value (20 patients); if it is a label, name it with cohort.values.drug",
        say=tables(clinical(drug=["none", "TMZ"] * (N // 2)), covariates=["drug"]),
    ),
    Row(
        kind=UNIT,
        given="days, with cohort.time_unit=months",
        before="`median follow-up 1,020 months`, with nothing to compare it with",
        now="longer than people live: is cohort.time_unit=months right?",
        say=tables(clinical(time=TIME * 3), time_unit="months"),
    ),
    Row(
        kind=UNIT,
        given="months, with cohort.time_unit=days",
        before="`median follow-up 11.5 days`",
        now="such times look like months or years: is cohort.time_unit=days right?",
        say=tables(clinical(time=np.ceil(TIME / 30.44))),
    ),
    Row(
        kind=UNIT,
        given="dates as Excel stores them",
        before="`median follow-up 41,340 days`",
        now="look like dates as Excel stores them (days since 1900); expected the time from the start to the event",
        say=tables(clinical(time=41_000 + TIME)),
    ),
    Row(
        kind=UNIT,
        given="the year of death as time",
        before="`median follow-up 2,009.5 days`",
        now="look like calendar years",
        say=tables(clinical(time=2000 + np.arange(N) * 7 % 20)),
    ),
    Row(
        kind=UNIT,
        given="age in days, as GDC has it",
        before="nothing was said",
        now="age is above 120 in 40 patients, first P001 with 14,610: years expected",
        say=tables(clinical(age=(40 + np.arange(N) % 37) * 365.25)),
    ),
    Row(
        kind=UNIT,
        given="a patient of 90 who is followed for 40 years",
        before="nothing was said",
        now="age and follow-up together are above 120 years in 1 patients, first P006 (90 + 40)",
        say=tables(clinical(age={5: 90}, time={5: 14_610})),
    ),
    Row(
        kind=UNIT,
        given="events all 1",
        before="nothing was said",
        now="all 40 patients have the event: nobody was still followed without it",
        say=tables(clinical(event=1)),
    ),
    Row(
        kind=UNIT,
        given="0 for the dead and 1 for the living, three of whom live",
        before="nothing was said",
        now="only 3 of 40 patients have the event: too few to learn from, or event is coded the other way round",
        say=tables(clinical(event=[1, 1, 1] + [0] * (N - 3))),
    ),
    Row(
        kind=UNIT,
        given="an external cohort in months, a model in days",
        before="nothing was said",
        now="a factor of 30 (days and months differ by 30); is cohort.time_unit=days true of both?",
        say=beside_a_model(30.4),
    ),
    Row(
        kind=UNIT,
        given="an external cohort in years, a model in days",
        before="nothing was said",
        now="a factor of 365 (days and years differ by 365); is cohort.time_unit=days true of both?",
        say=beside_a_model(1 / 365.25),
    ),
    Row(
        kind=UNIT,
        given="follow-up whose median is asked for",
        before="`median follow-up 340 days`, the median of all times, in which the dead count as lost",
        now="median survival 392 (1.1 years) by Kaplan-Meier, median follow-up 1,407 (3.9 years) by reverse Kaplan-Meier",
        say=tables(),
    ),
    Row(
        kind=OTHER_IDS,
        given="ids that lost their leading zeros in the feature table",
        before="`0 patients can take part (80 left out …)`",
        now="40 would match but for leading zeros: write the ids alike in both tables",
        say=tables(
            clinical(patient_id=[f"{number:04d}" for number in range(1, N + 1)]),
            ready_features(patient_id=[str(number) for number in range(1, N + 1)]),
        ),
    ),
    Row(
        kind=OTHER_IDS,
        given="TCGA-02-0001 in one table, TCGA-02-0001-01A in the other",
        before="`0 patients can take part (80 left out …)`",
        now="40 would match but for a part such as '-01A': write the ids alike in both tables",
        say=tables(
            clinical(patient_id=[f"TCGA-02-{number:04d}" for number in range(N)]),
            ready_features(patient_id=[f"TCGA-02-{number:04d}-01A" for number in range(N)]),
        ),
    ),
    Row(
        kind=OTHER_IDS,
        given="1 in one table, 1.0 in the other",
        before="`0 patients can take part (80 left out …)`",
        now="40 would match but for '1.0' for '1'",
        say=tables(
            clinical(patient_id=range(1, N + 1)), ready_features(patient_id=[float(n) for n in range(1, N + 1)])
        ),
    ),
    Row(
        kind=OTHER_IDS,
        given="P001 in one table, p001 in the other",
        before="`0 patients can take part (80 left out …)`",
        now="40 would match but for upper and lower case",
        say=tables(features=ready_features(patient_id=[patient.lower() for patient in IDS])),
    ),
    Row(
        kind=OTHER_IDS,
        given="ids that have nothing in common",
        before="`0 patients can take part (80 left out …)`, with ids of one table",
        now="none of the 40 patients of the cohort table ('P001', 'P002', 'P003', …) is among the 40 of the feature table"
        " ('A0', 'A1', 'A2', …)",
        say=tables(features=ready_features(patient_id=[f"A{number}" for number in range(N)])),
    ),
    Row(
        kind=OTHER_IDS,
        given="four ids written in another way, the others the same",
        before="four patients excluded and four unknown ones in `qc.csv`, without a word",
        now="4 would match but for leading zeros: write the ids alike in both tables (it has 'P37', 'P38', 'P39', …)",
        say=tables(features=ready_features(patient_id=[*IDS[:36], "P37", "P38", "P39", "P40"])),
    ),
    Row(
        kind=OTHER_IDS,
        given="P001 and p001 in one table",
        before="one patient in the training set and left out of it at once",
        now="the ids 'P001' and 'p001' differ in nothing but case, blanks or '.0'",
        say=tables(clinical(patient_id={1: "p001"}), ready_features(patient_id=["P001", "p001", *IDS[2:]])),
    ),
    Row(
        kind=OTHER_IDS,
        given="ids in a first column without a name, cohort.columns={patient_id: ''}",
        before="`no column ''`",
        now=f"{N} patients, {EVENT.sum()} events",
        say=tables(clinical().set_index("patient_id").rename_axis(None), index=True, columns={"patient_id": ""}),
    ),
]
