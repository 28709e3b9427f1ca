"""An experiment of twenty patients, and simpler models beside it."""

from functools import cache

import numpy as np
from searches import KFOLD
from toys import AGE, LABEL, with_covariates

import conf
from radsurv.catalogue.tables import COMPARATORS
from radsurv.validation.comparator_choice import Comparator
from radsurv.validation.comparators import Inference, compare
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.finished_evaluations import Judged
from radsurv.validation.protocol import Resources

PATIENTS = with_covariates((np.arange(20) % 3 == 0).astype(float))
PROTOCOL = conf.protocol(scheme=KFOLD, reduction=conf.reduction(cindex=0.55), model=conf.model("coxnet", n_lambda=20))
IMAGES = ["feature 0", "feature 3", "feature 7"]
CLINICAL = Comparator("clinical", [AGE, LABEL], plain=True)
RADIOMICS = Comparator("radiomics", IMAGES, plain=False)
BOTH = Comparator("radiomics_clinical", [AGE, LABEL, *IMAGES], plain=False)


def compared(models, resources=None, protocol=PROTOCOL, patients=PATIENTS, **options):
    """What comes of the experiment and these models with such options of `comparison`."""
    usual = protocol is PROTOCOL and patients is PATIENTS
    experiment = _experiment() if usual else _judged(patients, protocol)
    asked = Inference(patients, conf.section("comparison", "simpler", **options))
    return compare(experiment, patients, protocol, models, {}, Resources() if resources is None else resources, asked)


def rows(found):
    return found.tables[COMPARATORS].set_index("comparator")


def _judged(patients, protocol):
    found = cross_validate(patients, protocol, Resources())
    return Judged(found.predictions, found.metrics)


@cache
def _experiment():
    return _judged(PATIENTS, PROTOCOL)
