"""Cohort and feature tables, and options, with faults: rows of docs/bad-input.md."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bad_input import Row

import conf
from radsurv.cli import main
from radsurv.config import Config, validate
from radsurv.errors import RadsurvError
from radsurv.stages import cohort
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import RunFolder

N = 20
DRAWN = np.random.default_rng(1)
IDS = [f"P{number:02d}" for number in range(1, N + 1)]
CLINICAL = pd.DataFrame(
    {
        "patient_id": IDS,
        "time": 30 + DRAWN.integers(1, 900, N),
        "event": [1, 1, 0, 1] * 5,
        "age": 50 + np.arange(N),
        "sex": ["F", "M"] * 10,
    }
).astype(object)
FEATURES = pd.DataFrame(DRAWN.normal(size=(N, 3)), columns=["a", "b", "c"]).astype(object)
FEATURES.insert(0, "patient_id", IDS)


def csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def parquet(table: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    table.to_parquet(stream, index=False)
    return stream.getvalue()


def changed(table: pd.DataFrame, **cells: dict[int, object] | object) -> pd.DataFrame:
    """Columns replaced, or single cells of them where a mapping by row is given."""
    table = table.copy()
    for name, cell in cells.items():
        if isinstance(cell, dict):
            for row, value in cell.items():
                table.loc[row, name] = value
        else:
            table[name] = cell
    return table


WHOLE: list[Config] = []


def said_of(clinical: bytes, features: bytes, folder: Path, names: tuple[str, str], options: dict[str, Any]) -> str:
    """The error of stage ``cohort``; or its line, notes and the reasons in ``qc``."""
    if not WHOLE:
        WHOLE.append(validate(compose(["tracking=none", "radiomics=none", "backbone=none"])))
    table, ready = (folder / name for name in names)
    table.write_bytes(clinical)
    ready.write_bytes(features)
    (folder / "run").mkdir()
    chosen = conf.cohort(name="toy", table=str(table), features=str(ready), **options)
    run = RunFolder(folder / "run")
    try:
        result = cohort.run(WHOLE[0].model_copy(update={"cohort": chosen}), run)
    except RadsurvError as error:
        said = str(error)
        assert "\n" not in said
        assert table.name in said or ready.name in said
        assert not (folder / "run" / "cohort.parquet").exists()
        return said
    return "\n".join([result.summary, *result.record.notes, *run.read_qc()["reason"]])


def clinical(content: bytes | pd.DataFrame, name: str = "clinical.csv", **options: Any) -> Callable[[Path], str]:
    """What is said of a cohort table, with sound features."""
    content = csv(content) if isinstance(content, pd.DataFrame) else content
    return lambda folder: said_of(content, csv(FEATURES), folder, (name, "features.csv"), options)


def features(content: bytes | pd.DataFrame, name: str = "features.csv") -> Callable[[Path], str]:
    """What is said of a feature table, with a sound cohort."""
    content = csv(content) if isinstance(content, pd.DataFrame) else content
    return lambda folder: said_of(csv(CLINICAL), content, folder, ("clinical.csv", name), {})


def option(*overrides: str) -> Callable[[Path], str]:
    """What the command says of options, on standard error."""

    def say(folder: Path) -> str:
        said = io.StringIO()
        with redirect_stderr(said):
            status = main(["run", "cohort.table=nowhere.csv", f"run_dir={folder / 'out'}", "until=cohort", *overrides])
        (line,) = [line for line in said.getvalue().splitlines() if line.startswith("radsurv: error: ")]
        assert status == 1
        return line

    return say


def of_many(row: int, **cells: object) -> pd.DataFrame:
    """10,000 patients, one of them with other cells."""
    many = pd.DataFrame({"patient_id": [f"P{number:05d}" for number in range(10_000)], "time": 100, "event": 1}).astype(
        object
    )
    return changed(many, **{name: {row: cell} for name, cell in cells.items()})


TABLE, READY, OPTIONS = "cohort tables", "feature tables", "options"

ROWS = [
    Row(
        kind=TABLE,
        given="a file of 0 bytes",
        said="no rows; expected a line of column names and one row per patient",
        say=clinical(b""),
    ),
    Row(
        kind=TABLE,
        given="a header and no row",
        said="no rows; expected a line of column names and one row per patient",
        say=clinical(b"patient_id,time,event\n"),
    ),
    Row(
        kind=TABLE,
        given="a file cut short in the middle of a row",
        said="line 21 has 2 cells, the header 5; quote texts that hold a comma",
        say=clinical(csv(CLINICAL)[:-9]),
    ),
    Row(
        kind=TABLE,
        given="a quotation mark that is never closed",
        said="clinical.csv is not readable as CSV (unexpected end of data); check its quotation marks",
        say=clinical(csv(CLINICAL).replace(b"P03", b'"P03')),
    ),
    Row(
        kind=TABLE,
        given="an image called clinical.csv",
        said="clinical.csv is not UTF-8 text; save it as CSV in UTF-8",
        say=clinical(b"\x89PNG\r\n\x1a\n\xff\xfe" + bytes(300)),
    ),
    Row(
        kind=TABLE,
        given="UTF-16, as Excel saves “Unicode text”",
        said="clinical.csv is not UTF-8 text; save it as CSV in UTF-8",
        say=clinical(csv(CLINICAL).decode().encode("utf-16")),
    ),
    Row(
        kind=TABLE,
        given="semicolons in place of commas",
        said="the columns are separated by semicolons or tabs; save it as CSV with commas",
        say=clinical(csv(CLINICAL).replace(b",", b";")),
    ),
    Row(
        kind=TABLE,
        given="a text called clinical.parquet",
        said="clinical.parquet is not readable as Parquet",
        say=clinical(csv(CLINICAL), "clinical.parquet"),
    ),
    Row(
        kind=TABLE,
        given="the first half of a Parquet file",
        said="clinical.parquet is not readable as Parquet",
        say=clinical(parquet(CLINICAL.astype(str))[:900], "clinical.parquet"),
    ),
    Row(
        kind=TABLE,
        given="one cell too many in a row",
        said="line 4 has 6 cells, the header 5; quote texts that hold a comma",
        say=clinical(csv(CLINICAL).replace(b"P03,", b"P03,,")),
    ),
    Row(
        kind=TABLE,
        given="a column that is there twice",
        said="column 'time' is there 2 times; rename one",
        say=clinical(csv(CLINICAL).replace(b",age", b",time")),
    ),
    Row(
        kind=TABLE,
        given="no column time",
        said="no column 'time'; the table has 'patient_id', 'event', 'age', 'sex': name yours with 'cohort.columns={time: YOURS}'",
        say=clinical(CLINICAL.drop(columns="time")),
    ),
    Row(
        kind=TABLE,
        given="10,000 rows, in one of which time is −1",
        said="time: line 7779 (patient 'P07777') has '-1'; expected a number of days above 0",
        say=clinical(of_many(7777, time=-1)),
    ),
    Row(
        kind=TABLE,
        given="10,000 rows, in one of which event is 2",
        said="event: line 7779 (patient 'P07777') has '2'; expected 1 (died, progressed) or 0 (censored)",
        say=clinical(of_many(7777, event=2)),
    ),
    Row(
        kind=TABLE,
        given="events of several causes: 0, 1 and 2",
        said="of several causes, name the one that counts with cohort.event_of_interest",
        say=clinical(changed(CLINICAL, event=[0, 1, 2, 1] * 5)),
    ),
    Row(
        kind=TABLE,
        given="`cohort.event_of_interest=3` where no event is of this cause",
        said="no event of cause 3 (cohort.event_of_interest) among 20 patients: the column has cause 1 in 15; name one of these",
        say=clinical(CLINICAL, event_of_interest=3),
    ),
    Row(
        kind=TABLE,
        given="a landmark after which hardly anybody is followed",
        said="expected at least 10 (cohort.min_patients): add patients, take an earlier landmark (cohort.landmark_days)",
        say=clinical(CLINICAL, landmark_days=700),
    ),
    Row(
        kind=TABLE,
        given="10,000 rows, two of which have one id",
        said="patient_id: line 3 (patient 'P00001') has 'P00001', line 7779 (patient 'P00001') has 'P00001'",
        say=clinical(of_many(7777, patient_id="P00001")),
    ),
    Row(
        kind=TABLE,
        given="a row without id",
        said="patient_id: line 5 (patient empty) has empty; expected an id of 1 to 128 printable characters without slashes",
        say=clinical(changed(CLINICAL, patient_id={3: ""})),
    ),
    Row(
        kind=TABLE,
        given="time of NaN",
        said="time: line 5 (patient 'P04') has 'NaN'; expected a number of days above 0",
        say=clinical(changed(CLINICAL, time={3: "NaN"})),
    ),
    Row(
        kind=TABLE,
        given="time of inf",
        said="time: line 5 (patient 'P04') has 'inf'; expected a number of days above 0",
        say=clinical(changed(CLINICAL, time={3: "inf"})),
    ),
    Row(
        kind=TABLE,
        given="time of 0",
        said="time: line 5 (patient 'P04') has '0'; expected a number of days above 0",
        say=clinical(changed(CLINICAL, time={3: 0})),
    ),
    Row(
        kind=TABLE,
        given="time of 1e400",
        said="time: line 5 (patient 'P04') has '1e400'; expected a number of days above 0",
        say=clinical(changed(CLINICAL, time={3: "1e400"})),
    ),
    Row(
        kind=TABLE,
        given="time of 26,4",
        said="time: line 5 (patient 'P04') has '26,4' (a decimal comma: write a point); expected a number of days above 0",
        say=clinical(changed(CLINICAL, time={3: "26,4"})),
    ),
    Row(
        kind=TABLE,
        given="a formula in place of a time: `=A2*30`",
        said="time: line 5 (patient 'P04') has '=A2*30'; expected a number of days above 0",
        say=clinical(changed(CLINICAL, time={3: "=A2*30"})),
    ),
    Row(
        kind=TABLE,
        given="event of “perhaps”",
        said="event: line 5 (patient 'P04') has 'perhaps'; expected 1 (died, progressed) or 0 (censored)",
        say=clinical(changed(CLINICAL, event={3: "perhaps"})),
    ),
    Row(
        kind=TABLE,
        given="no event at all",
        said="no event among 20 patients (every event is 0)",
        say=clinical(changed(CLINICAL, event=0)),
    ),
    Row(
        kind=TABLE,
        given="age of −3",
        said="age is below 0 in 1 patient, first P04 with −3: years expected",
        say=clinical(changed(CLINICAL, age={3: -3})),
    ),
    Row(
        kind=TABLE,
        given="a formula as id: `=HYPERLINK(1)`",
        said="1 patient excluded: =HYPERLINK(1) (reasons in qc.csv)",
        say=clinical(changed(CLINICAL, patient_id={3: "=HYPERLINK(1)"})),
    ),
    Row(
        kind=TABLE,
        given="HTML as id: `<img src=x onerror=alert(1)>`",
        said="not in the feature table",
        say=clinical(changed(CLINICAL, patient_id={3: "<img src=x onerror=alert(1)>"})),
    ),
    Row(
        kind=TABLE,
        given="an escape sequence of the terminal as id",
        said="expected an id of 1 to 128 printable characters without slashes; correct it",
        say=clinical(changed(CLINICAL, patient_id={3: "\x1b[31mP04"})),
    ),
    Row(
        kind=TABLE,
        given="an id of 5,000 letters, there twice",
        said="expected an id of 1 to 128 printable characters without slashes; correct it",
        say=clinical(changed(CLINICAL, patient_id={3: "x" * 5000, 4: "x" * 5000})),
    ),
    Row(
        kind=TABLE,
        given="3 patients",
        said="3 patients can take part; expected at least 10 (cohort.min_patients): add patients, or mend or select others",
        say=clinical(CLINICAL.head(3)),
    ),
    Row(
        kind=TABLE,
        given="a covariate that is no column",
        said="cohort.covariates: no column 'grade'; nearest: 'age'",
        say=clinical(CLINICAL, covariates=["grade"]),
    ),
    Row(
        kind=TABLE,
        given="a selection by a column that is not there",
        said="cohort.select.grade: no column 'grade'; nearest: 'age'",
        say=clinical(CLINICAL, select={"grade": ["II"]}),
    ),
    Row(
        kind=TABLE,
        given="a selection that nobody fits",
        said="0 patients can take part (20 left out, 10 of them: not selected: sex=F); expected at least 10",
        say=clinical(CLINICAL, select={"sex": ["X"]}),
    ),
    Row(
        kind=READY,
        given="a file of 0 bytes",
        said="no rows; expected a line of column names and one row per patient",
        say=features(b""),
    ),
    Row(
        kind=READY,
        given="ids alone",
        said="no feature columns; expected ids, and columns of numbers",
        say=features(FEATURES[["patient_id"]]),
    ),
    Row(
        kind=READY,
        given="no column of ids",
        said="no column 'patient_id'",
        say=features(FEATURES.rename(columns={"patient_id": "who"})),
    ),
    Row(
        kind=READY,
        given="a patient twice",
        said="patient 'P01' has several rows; keep one",
        say=features(changed(FEATURES, patient_id={3: "P01"})),
    ),
    Row(
        kind=READY,
        given="a row without id",
        said="1 rows have no patient_id; add it or remove the rows",
        say=features(changed(FEATURES, patient_id={3: ""})),
    ),
    Row(
        kind=READY,
        given="a word among the numbers",
        said="line 5: 'b' is 'high'; expected a number, or nothing",
        say=features(changed(FEATURES, b={3: "high"})),
    ),
    Row(
        kind=READY,
        given="a formula among the numbers: `=SUM(A1:A9)`",
        said="line 5: 'b' is '=SUM(A1:A9)'; expected a number, or nothing",
        say=features(changed(FEATURES, b={3: "=SUM(A1:A9)"})),
    ),
    Row(
        kind=READY,
        given="an infinite value",
        said="'b' is infinite for patient 'P04'; expected a number, or nothing where it cannot be computed",
        say=features(changed(FEATURES, b={3: "inf"})),
    ),
    Row(
        kind=READY,
        given="a value of 1e400",
        said="'b' is infinite for patient 'P04'; expected a number, or nothing where it cannot be computed",
        say=features(changed(FEATURES, b={3: "1e400"})),
    ),
    Row(
        kind=READY,
        given="a value of 3e200, whose square is no number",
        said="the largest value of 'b' is 3e+200 in size (patient 'P04')",
        say=features(changed(FEATURES, b={3: 3e200})),
    ),
    Row(
        kind=READY,
        given="values around 1e-170",
        said="the largest value of 'b' is 1e-170 in size (patient 'P01')",
        say=features(changed(FEATURES, b=1e-170)),
    ),
    Row(
        kind=READY,
        given="texts in a Parquet file",
        said="2 features; not read: 1 with text ('b')",
        say=features(parquet(FEATURES.astype({"a": float, "c": float}).assign(b="x")), "features.parquet"),
    ),
    Row(
        kind=READY,
        given="a Parquet file of 0 bytes",
        said="features.parquet is not readable as Parquet",
        say=features(b"", "features.parquet"),
    ),
    Row(
        kind=READY,
        given="patients of another cohort",
        said="none of the 20 patients of the cohort table ('P01', 'P02', 'P03', …) is among the 20 of the feature table",
        say=features(changed(FEATURES, patient_id=[f"Q{n}" for n in range(N)])),
    ),
    Row(
        kind=READY,
        given="a patient fewer than in the cohort table",
        said="not in the feature table",
        say=features(FEATURES.drop(index=3)),
    ),
    Row(
        kind=READY,
        given="a patient more than in the cohort table",
        said="in the feature table, but not among the patients of the cohort table",
        say=features(pd.concat([FEATURES, FEATURES.tail(1).assign(patient_id="P99")])),
    ),
    Row(
        kind=OPTIONS,
        given="`cohort.landmark_days=10000`",
        said="cohort.landmark_days: Input should be less than or equal to 3650 (found 10000)",
        say=option("cohort.landmark_days=10000"),
    ),
    Row(
        kind=OPTIONS,
        given="`modle=cox`",
        said="no option is called 'modle' (did you mean model?); `radsurv run --cfg job` shows all",
        say=option("modle=cox"),
    ),
    Row(
        kind=OPTIONS,
        given="`model=svm`",
        said="conf/model has no choice 'svm'; it has: cox, coxnet, gbs, ridge_cox, rsf",
        say=option("model=svm"),
    ),
    Row(
        kind=OPTIONS,
        given="`model.n_lambda=many`",
        said="model.n_lambda: Input should be a valid integer, unable to parse string as an integer (found 'many')",
        say=option("model.n_lambda=many"),
    ),
    Row(
        kind=OPTIONS,
        given="`model.n_lambda=-1`",
        said="model.n_lambda: Input should be greater than or equal to 5 (found -1)",
        say=option("model.n_lambda=-1"),
    ),
    Row(
        kind=OPTIONS,
        given="`patch.margin=nan`",
        said="patch.margin: Input should be a finite number (found nan)",
        say=option("patch.margin=nan"),
    ),
    Row(
        kind=OPTIONS,
        given="`validation.repeats=1000000000`",
        said="validation.repeats: Input should be less than or equal to 1000 (found 1000000000)",
        say=option("validation=repeated_kfold", "validation.repeats=1000000000"),
    ),
    Row(
        kind=OPTIONS,
        given="`roi.min_pixels=1e309`",
        said="roi.min_pixels: Input should be a finite number (found inf)",
        say=option("roi.min_pixels=1e309"),
    ),
    Row(
        kind=OPTIONS,
        given="`cohort.table=` of a file that is not there",
        said="nowhere.csv does not exist or is no file; expected a table (CSV or Parquet): correct the path",
        say=option(),
    ),
    Row(kind=OPTIONS, given="`seed=${nope}`", said="Interpolation key 'nope' not found", say=option("seed=${nope}")),
    Row(
        kind=OPTIONS,
        given="`validation=external` without a model",
        said="needs a finished model: validation.model=PATH",
        say=option("validation=external"),
    ),
    Row(
        kind=OPTIONS,
        given="brackets that are never closed",
        said="an override looks like group=choice or group.option=value",
        say=option("cohort.covariates=[age"),
    ),
    Row(
        kind=OPTIONS,
        given="`cohort.outline_grid=stretch`",
        said="cohort.outline_grid: Input should be",
        say=option("cohort.outline_grid=stretch"),
    ),
]
