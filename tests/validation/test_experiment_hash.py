"""The name of a kept result: another one for other data, another protocol, or other code; the same for all else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import toys

import conf
from radsurv import environment
from radsurv.validation import experiment_hash as module
from radsurv.validation.experiment_hash import experiment_hash


def test_other_data_protocols_or_code_have_other_names(small, monkeypatch):
    patients, protocol = small.patients, small.protocol
    first = experiment_hash(patients, protocol)
    assert experiment_hash(toys.cohort(), replace(protocol)) == first
    values = patients.measured.values.copy()
    values[3, 2] += 1e-12
    folds = pd.DataFrame({"patient_id": patients.ids, "fold": 0})
    by_site = toys.transforms(toys.Centre(column="site"))
    others = [
        (toys.changed(patients, values=values), protocol),
        (toys.changed(patients, time=patients.outcome.time + 1), protocol),
        (toys.changed(patients, event=~patients.outcome.event), protocol),
        (toys.changed(patients, site=np.repeat("b", 20)), protocol),
        (toys.changed(patients, readings=patients.readings.values + 1), protocol),
        (replace(patients, readings=None), protocol),
        *(
            (patients, replace(protocol, **change))
            for change in (
                {"seed": 1},
                {"transforms": by_site},
                {"reduction": conf.reduction(cindex=0.6, pearson=0.8)},
                {"model": protocol.model.model_copy(update={"n_lambda": 50})},
                {"scheme": conf.scheme("repeated_kfold", n_splits=4)},
                {"search": conf.search("optuna")},
                {"inner_folds": folds},
                {"inner_folds": folds.assign(fold=1)},
            )
        ),
    ]
    names = [first, *(experiment_hash(*other) for other in others)]
    assert len(set(names)) == len(names)
    assert experiment_hash(toys.changed(patients, age=np.arange(20)), protocol) == first  # nobody looks at it
    monkeypatch.setattr(module, "code_hash", lambda *rooms: "other code")
    assert experiment_hash(patients, protocol) != first


def test_code_is_every_source_file_and_the_packages(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "environment.py"))
    (tmp_path / "survival").mkdir()
    (tmp_path / "report").mkdir()
    (tmp_path / "survival/model.py").write_text("1")
    plain = environment.code_hash.__wrapped__
    room, whole = plain("survival"), plain()
    (tmp_path / "survival/notes.txt").write_text("no code")
    assert (plain("survival"), plain()) == (room, whole)
    (tmp_path / "report/page.html.j2").write_text("page")
    assert plain("survival") == room
    assert plain() != whole
    (tmp_path / "survival/model.py").write_text("2")
    assert plain("survival") != room
    monkeypatch.setattr(environment, "package_versions", lambda: {"numpy": "0"})
    (tmp_path / "survival/model.py").write_text("1")
    assert plain("survival") != room
