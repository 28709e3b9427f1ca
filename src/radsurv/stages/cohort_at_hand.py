"""A cohort in object storage as whatever reads one has it: with tables that are here, and words that name the storage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from radsurv.cohort.object_cohort import ObjectCohort, tables_at_hand
from radsurv.compute.cache_use import CacheUse
from radsurv.config import Config
from radsurv.errors import RadsurvError
from radsurv.objects.mirror import Mirror
from radsurv.stages.stage_result import StageResult


@contextmanager
def cohort_at_hand(config: Config, use: CacheUse) -> Iterator[Config]:
    """The configuration by which the cohort is read within the block; the same where nothing of it is in object storage.

    Parameters
    ----------
    config
    use
        Is told what came of the cache.

    Raises
    ------
    CohortError, ConfigError, StorageError
        As `tables_at_hand`; and errors of the block name addresses, not the copies.
    """
    if not config.cohort.in_object_storage:
        yield config
        return
    compute = config.compute
    mirror = Mirror(compute.cache_folder.absolute(), compute.cache_limit, keeps=not config.cohort.pseudonymise)
    with TemporaryDirectory(prefix="radsurv-") as place:
        here = config.model_copy(update={"cohort": tables_at_hand(config.cohort, mirror, Path(place), use)})
        try:
            yield here
        except RadsurvError as error:
            error.args = tuple(said(here, str(argument)) for argument in error.args)
            raise
        finally:
            mirror.prune()


def said(here: Config, text: str) -> str:
    """A sentence of the block, for outside of it."""
    return here.cohort.said(text) if isinstance(here.cohort, ObjectCohort) else text


def as_asked(result: StageResult, here: Config) -> StageResult:
    """What a stage says, likewise."""
    return replace(result, record=result.record.with_texts(lambda text: said(here, text)))
