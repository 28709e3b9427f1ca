"""Stage ``cohort``: read the table, look at every image and outline once, say who takes part, store what is analysed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from operator import attrgetter
from pathlib import Path

import pandas as pd

from radsurv.catalogue.tables import COHORT, FEATURES, OUTLINES
from radsurv.cohort.alignment import GridRules
from radsurv.cohort.check import PatientFacts, facts, volume_mm3
from radsurv.cohort.choice import choices
from radsurv.cohort.faults import quoted
from radsurv.cohort.identifiers import near_twins
from radsurv.cohort.load import LoadedPatient, Requirements, load_patient
from radsurv.cohort.object_cohort import files_at_hand
from radsurv.cohort.parts import of_part, said_of
from radsurv.cohort.paths import image_folder
from radsurv.cohort.patient import ANALYSED, Patient, patients
from radsurv.cohort.ready_features import match_patients, read_feature_table
from radsurv.cohort.table import read_table, require_patients
from radsurv.compute.attempt import require_one
from radsurv.compute.cache_use import CacheUse
from radsurv.compute.parallel import all_cores
from radsurv.compute.progress import Effort
from radsurv.config import Config
from radsurv.errors import ConfigError, TooFewPatients
from radsurv.formats import first_few, plural
from radsurv.options.imaging import PatchConfig
from radsurv.roi.outline_readings import readings
from radsurv.stages import roi_store
from radsurv.stages.cohort_at_hand import as_asked, cohort_at_hand
from radsurv.stages.follow_up import doubts, follow_up
from radsurv.stages.naming import Naming
from radsurv.stages.outcome_columns import check_outcome_columns, selection_notes
from radsurv.stages.outcome_notes import competing_events, outcome_notes
from radsurv.stages.qc import QcLog, excluded_note, excluded_patients
from radsurv.stages.reading_tables import without_reading
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import made_up
from radsurv.stages.stage_result import StageResult, result
from radsurv.stages.terminal import over_patients

# Columns of the outlines by `roi.reader`, the analysed one first.
MASK_COLUMNS = {1: ["mask"], 2: ["mask_reader2"], "both": ["mask", "mask_reader2"]}
# With roi.reader=both: whether the second outline can be read beside the first.
SECOND_USABLE = "mask_reader2_usable"
MOST_NAMED = 10  # patients in a note


@dataclasses.dataclass(frozen=True)
class Measured:
    """What came of a patient's files: columns of the cohort table, volume of the outline, rows of the ROI store's index, remarks,
    what somebody else wanted to know of them, and what came of the cache of objects."""

    columns: Mapping[str, object]
    volume_mm3: float
    regions: list[dict[str, object]]
    warnings: list[str]
    told: object
    cache: CacheUse


# Asked of every patient's volumes while they are in memory.
Ask = Callable[[LoadedPatient], object]


def _nothing(_: LoadedPatient) -> None:
    return None


@dataclasses.dataclass(frozen=True)
class Assembled:
    """The patients whose row and files can be used.

    Attributes
    ----------
    cohort : DataFrame
        Their rows, with what was found of their images in columns of their own.
    outlines, features : DataFrame
        Volumes of their outlines, or their features where a ready table brings them.
    regions : list of dict
        Rows of the ROI store's index.
    notes : list of str
        What else was seen.
    told : mapping
        By patient, what `ask` was told.
    cache : CacheUse
        Of objects that were fetched.
    """

    cohort: pd.DataFrame
    outlines: pd.DataFrame
    features: pd.DataFrame
    regions: list[dict[str, object]]
    notes: list[str]
    told: Mapping[str, object]
    cache: CacheUse = dataclasses.field(default_factory=CacheUse)


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``cohort.parquet``, the patients whose row and files can be used, their outlines' volumes and their regions; ``qc`` says
    why others cannot."""
    use = CacheUse()
    with cohort_at_hand(config, use) as here:
        return as_asked(_run(here, folder, use), here)


def _run(config: Config, folder: RunFolder, use: CacheUse) -> StageResult:
    naming = Naming(config)
    table, remarks = _read(config, naming)
    qc = QcLog("cohort")
    for patient, status, reason in zip(remarks["patient_id"], remarks["status"], remarks["reason"], strict=True):
        name = naming.name(patient)
        qc.add(name, status, naming.said(name, reason))
    with roi_store.begun(folder) as place:
        found = assemble(config, table, qc, place, naming)
        cohort, features, notes = found.cohort, found.features, found.notes
        require_patients(cohort, config.cohort, excluded_patients(qc.table()))
        notes += check_outcome_columns(config.cohort, cohort, features)
    for patient in cohort["patient_id"]:
        qc.add(patient, "included", "")
    simulated = made_up(cohort)
    folder.write(cohort, COHORT, simulated=simulated)
    folder.write(found.outlines, OUTLINES, simulated=simulated)
    folder.write(features, FEATURES, simulated=simulated)
    roi_store.write_index(folder, found.regions, simulated=simulated)
    folder.write_csv(qc.table(), folder.stage_qc("cohort"))
    notes += [
        *outcome_notes(config.cohort, cohort, qc.table()["reason"]),
        *doubts(cohort, config.cohort.time_unit, config.cohort.landmark),
        *excluded_note(qc.table()),
    ]
    use.add(found.cache)
    return result(describe(config, cohort, simulated=simulated) + _stored(found.regions), notes, use)


def assemble(
    config: Config, table: pd.DataFrame, qc: QcLog, place: Path, naming: Naming, ask: Ask = _nothing
) -> Assembled:
    """Look at the files of everybody in a cohort table, or at their rows of a ready feature table.

    Parameters
    ----------
    table
        As `read_table` gives it.
    qc
        Is told who cannot take part, and remarks.
    place
        A folder for the regions.
    naming
        What patients are called in all that is returned, and in `qc`.
    ask
        May come from another process, so it is a function of a module.

    Raises
    ------
    CohortError
        The feature table cannot be used, or is of other patients.
    ConfigError
        ``roi.reader`` asks for a column that is not there.
    """
    table = table if "simulated" in table else table.assign(simulated=False)
    naming.learn(table["patient_id"])
    notes = [*selection_notes(config.cohort), *_twins(table, naming)]
    if config.cohort.features is None:
        found = _measured(config, table, qc, place, naming, ask)
        notes += _same_images(found.cohort)
    else:
        cohort, features, of_ids = _matched(config, config.cohort.features, table, qc, naming)
        found = Assembled(cohort, _volumes({}), features, [], [], {})
        notes += of_ids
    cohort, left_out = naming.columns(found.cohort, _found_columns(config))
    return dataclasses.replace(found, cohort=cohort, notes=[*notes, *left_out])


def image_columns(patch: PatchConfig) -> list[str]:
    """Columns of the cohort table that name images, the analysed one first, each once."""
    return list(dict.fromkeys([ANALYSED, *patch.channels]))


def describe(config: Config, cohort: pd.DataFrame, *, simulated: bool) -> str:
    """Counts, and the times with their unit: a wrong unit shows here first."""
    label = "SIMULATED " if simulated else ""
    followed = follow_up(cohort, config.cohort.time_unit, config.cohort.landmark_days)
    others = "".join(f", {count:g} of other causes (censored)" for count in competing_events(cohort).values())
    return f"{len(cohort)} {label}patients, {int(cohort['event'].sum())} events{others}; {followed.describe()}"


def _stored(regions: list[dict[str, object]]) -> str:
    """How many regions of which kind, to follow the counts of patients."""
    if not regions:
        return ""
    largest = [row for row in regions if row["offset"] == 0 and row["channel"] == ANALYSED]
    n_further = sum(row["reading"] != 0 for row in largest)
    further = f", further readings: {n_further}" if n_further else ""
    n_beside = len(regions) - len(largest)
    beside = f", further sections and sequences: {n_beside}" if n_beside else ""
    return f"; {len(largest) - n_further} regions of interest{further}{beside}"


def _read(config: Config, naming: Naming) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As `read_table`. Its errors name patients by their ids, since the table has to be mended; files do not."""
    try:
        table, remarks = read_table(config.cohort, image_columns(config.patch)[1:])
    except TooFewPatients as error:
        naming.learn(patient for patient, _ in error.excluded)
        excluded = [(naming.name(patient), reason) for patient, reason in error.excluded]
        raise TooFewPatients(str(error), [(name, naming.said(name, reason)) for name, reason in excluded]) from None
    naming.learn([*remarks["patient_id"], *table["patient_id"]])
    return table, remarks


def _matched(
    config: Config, path: str, table: pd.DataFrame, qc: QcLog, naming: Naming
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    ready = read_feature_table(config.cohort, config.transforms.needs())
    naming.learn(ready.table["patient_id"])
    matched = match_patients(table, ready.table, path, naming.name)
    out = {patient for patient, _ in excluded_patients(qc.table())}  # of the cohort table, for a reason of its own
    for patient, reason in (matched.without_features | matched.without_outcome).items():
        if naming.name(patient) not in out:
            qc.add(naming.name(patient), "excluded", reason)
    return naming.named(matched.cohort), naming.named(matched.features), [*ready.notes, *matched.notes]


def _twins(table: pd.DataFrame, naming: Naming) -> list[str]:
    """One patient under two ids would be in a training set and left out of it at once."""
    return [
        f"the ids {naming.name(first)!r} and {naming.name(second)!r} differ in nothing but case, blanks or '.0', or in how accents"
        " are stored: if they are one patient, remove a row"
        for first, second in near_twins(table["patient_id"])
    ]


def _same_images(cohort: pd.DataFrame) -> list[str]:
    """So would one image under two ids. With different outlines it may be two tumours, which are one patient all the same."""
    notes: list[str] = []
    for _, its in cohort.groupby("image_hash", sort=False):
        if len(its) == 1:
            continue
        n_outlines = its["mask_hash"].nunique()
        outlines = "the same outline" if n_outlines == 1 else f"{n_outlines} different outlines"
        notes.append(
            f"patients {first_few([*map(quoted, its['patient_id'])], MOST_NAMED)} have the same image and {outlines}: one scan"
            " would be in a training set and left out of it at once; correct the files, or leave one row of each patient"
        )
    return notes


def _volumes(by_patient: Mapping[str, float]) -> pd.DataFrame:
    """Table `OUTLINES`."""
    return pd.DataFrame(
        {
            "patient_id": pd.Series(list(by_patient), dtype=object),
            "volume_mm3": pd.Series(list(by_patient.values()), dtype="float64"),
        }
    )


def _found_columns(config: Config) -> list[str]:
    """Columns that this stage adds to the table."""
    of_images = [f"{column}_hash" for column in image_columns(config.patch)[1:]]
    return [*(field.name for field in dataclasses.fields(PatientFacts)), SECOND_USABLE, *of_images]


def _measured(config: Config, table: pd.DataFrame, qc: QcLog, place: Path, naming: Naming, ask: Ask) -> Assembled:
    """The rows whose images and outline pass."""
    reader, masks = config.roi.reader, MASK_COLUMNS[config.roi.reader]
    if masks[-1] not in table:
        instead = "; without a second reader, roi.perturbations=3 varies the outlines" if reader == "both" else ""
        raise ConfigError(f"roi.reader={reader} needs a column {masks[-1]} in {config.cohort.source}{instead}")
    images = image_columns(config.patch)
    table = naming.named(table)
    everybody = patients(table, image_folder(config.cohort), images, masks)
    outcomes = over_patients(
        partial(_measure, config, place, ask),
        everybody,
        whose=attrgetter("patient_id"),
        label="cohort",
        n_jobs=config.compute.n_jobs,
        effort=Effort(plural(len(everybody), "patient"), ", ".join(all_cores(config.compute.n_jobs))),
    )
    outcomes = [naming.outcome(outcome, whose) for outcome, whose in zip(outcomes, everybody, strict=True)]
    require_one(outcomes, f"images of {config.cohort.source}")
    found: list[Mapping[str, object]] = []
    volumes: dict[str, float] = {}
    regions: list[dict[str, object]] = []
    told: dict[str, object] = {}
    use = CacheUse()
    for whose, outcome in zip(everybody, outcomes, strict=True):
        patient = whose.patient_id
        if outcome.value is None:
            qc.add(patient, "excluded", str(outcome.reason))
            continue
        qc.warn(patient, [naming.said(patient, warning, whose) for warning in outcome.value.warnings])
        found.append({"patient_id": patient, **outcome.value.columns})
        volumes[patient] = outcome.value.volume_mm3
        regions += outcome.value.regions
        told[patient] = outcome.value.told
        use.add(outcome.value.cache)
    names = [name for name in _found_columns(config) if name != SECOND_USABLE or reader == "both"]
    cohort = table.merge(pd.DataFrame(found, columns=["patient_id", *names]), on="patient_id")
    return Assembled(cohort, _volumes(volumes), table[["patient_id"]].iloc[:0], regions, [], told, use)


def _measure(config: Config, place: Path, ask: Ask, patient: Patient) -> Measured:
    """Look at one patient's files, and store the regions, those of the analysed outline first."""
    required = Requirements(
        parts=choices(config.cohort),
        grid=GridRules(config.cohort.geometry_tolerance_mm, config.cohort.outline_grid),
        section_axis=config.roi.section_axis,
        min_pixels=config.roi.min_pixels,
        margin=config.patch.margin,
    )
    use = CacheUse()
    with files_at_hand(config.cohort, patient, place, use) as here:
        loaded = load_patient(here, required)
    columns = dataclasses.asdict(facts(loaded.images[ANALYSED], loaded.outlines[0]))
    columns[SECOND_USABLE] = not loaded.unusable
    columns |= {f"{name}_hash": image.content_hash() for name, image in loaded.images.items() if name != ANALYSED}
    warnings = [*loaded.warnings, *(without_reading("the second outline", reason) for reason in loaded.unusable)]
    regions: list[dict[str, object]] = []
    for part, outlines in loaded.parts.items():
        with of_part(part):
            found = list(readings(loaded.images, outlines, config.roi, config.patch, seed=config.seed))
        for order, reading in enumerate(found):
            regions += [
                roi_store.save(
                    place, patient.patient_id, order, each.region, offset=each.offset, channel=each.channel, part=part
                )
                for each in reading.regions
            ]
            warnings += said_of(part, reading.remarks if order == 0 else [])
            if reading.fault:
                warnings += said_of(part, [without_reading(f"variant {order} of the outline", reading.fault)])
    volume = volume_mm3(loaded.images[ANALYSED], loaded.outlines[0])
    return Measured(columns, volume, regions, warnings, ask(loaded), use)
