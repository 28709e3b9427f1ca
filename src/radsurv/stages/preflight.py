"""Faults of a configuration that would otherwise show only after the features of all patients have been computed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from radsurv.catalogue.stages import STAGE_NAMES, StageName
from radsurv.cohort.delimited import require_file
from radsurv.cohort.paths import image_folder
from radsurv.cohort.pseudonym_key import PseudonymKey
from radsurv.config import Config
from radsurv.deep.backbones import default_layers
from radsurv.deep.converted import check_converted
from radsurv.deep.weights import weights_file
from radsurv.errors import ConfigError, RadsurvError, StorageError
from radsurv.objects.shared_cache import SharedCache
from radsurv.objects.storage import require_object
from radsurv.options.urls import Url, is_url
from radsurv.stages.inner_folds_file import read_inner_folds
from radsurv.stages.layer_sizes import layer_sizes
from radsurv.stages.naming import KEY_SUFFIX, key_file
from radsurv.stages.run_folder import RunFolder
from radsurv.validation.inner_folds import given_folds
from radsurv.validation.search_options import SearchOptions
from radsurv.validation.validation_options import External


def check_table(config: Config) -> None:
    """That the cohort table is there, and the folder of its images: before all else, since the rest can take PyTorch seconds to load.

    Raises
    ------
    CohortError, StorageError
        As the stage that reads it would. What starts with an address of object storage is no folder, and is not looked for.
    """
    for table in config.cohort.tables:
        if is_url(table):
            require_object(Url.parse(table))
        else:
            require_file(Path(table))
    if config.cohort.features is None and not config.cohort.in_object_storage:
        image_folder(config.cohort)


def check(config: Config) -> None:
    """Look at what is cheap to know before the first stage.

    Whether weights that are not here can be downloaded is not: a run whose features are all cached does without them.

    Raises
    ------
    ConfigError
        An input that the run itself would remove; a key of pseudonyms that cannot be used, or in a shared place; a
        finished model that does not fit; given inner folds that cannot be
        read; no source of features; a network or layer that is not there; patches of a size that the network cannot take;
        weights converted from Keras without what they ask for; published numbers that no paper has; a cache folder that is not
        there and cannot be made (one that is there and cannot be written is used for reading).
    StorageError
        The shared cache cannot be reached, denies what is asked, or does not exist and cannot be begun.
    WeightsError
        ``backbone.weights`` is neither a known name nor a file.
    """
    for found in faults(config):
        raise found


def faults(config: Config) -> Iterator[RadsurvError]:
    """What `check` raises, all of it: each of the things looked at may have one fault."""
    looks = (
        _check_inputs,
        _check_key,
        _check_validation,
        _check_network,
        _check_cache,
        _check_source,
        check_shared_cache,
    )
    for look in (*looks, _check_published):
        try:
            look(config)
        except RadsurvError as error:
            yield error


def seen_by_workers(config: Config, place: Path) -> list[Path]:
    """What workers on other machines have to see: where images are read, and the folder where regions are written. Analyses bring
    what they need.
    """
    if config.cohort.features is not None:
        return []
    tables = [Path(table).absolute() for table in config.cohort.tables]
    return [*(table for table in tables if table.exists()), place]


def _reaches(config: Config, stage: StageName) -> bool:
    return STAGE_NAMES.index(config.until) >= STAGE_NAMES.index(stage)


def _check_source(config: Config) -> None:
    none = not config.computes_deep and not config.computes_radiomics and config.cohort.features is None
    if none and not config.cohort.covariates and _reaches(config, "evaluate"):
        raise ConfigError(
            "there will be no features to analyse (radiomics=none, backbone=none): choose radiomics or a backbone, or give"
            " cohort.features or cohort.covariates"
        )


def _check_inputs(config: Config) -> None:
    """An earlier run in the run folder is removed as a whole: no file that this one reads may be a part of it."""
    folder = RunFolder(config.run_dir)
    for option, path in input_files(config):
        if path is not None and folder.replaces(Path(path)):
            raise ConfigError(
                f"{option}={path} is one of the files that a run in run_dir={config.run_dir} removes and writes anew: choose"
                " another run_dir"
            )


def _check_key(config: Config) -> None:
    """The key of the pseudonyms lies in nothing that is given away or shared."""
    if not config.cohort.pseudonymise:
        return
    path = key_file(config.cohort)
    for option, folder in (("run_dir", Path(config.run_dir)), ("compute.cache_dir", config.compute.cache_folder)):
        if path.resolve().is_relative_to(folder.resolve()):
            raise ConfigError(
                f"the key of the pseudonyms would be {path}, inside {option}={folder}, which is shared with others: name another"
                " place with cohort.pseudonym_key"
            )
    tracked = _tracked_folder(path)
    if tracked is not None and not path.name.endswith(KEY_SUFFIX):
        raise ConfigError(
            f"the key of the pseudonyms would be {path}, inside {tracked}, which DVC tracks and `dvc push` shares: name another place"
            f" with cohort.pseudonym_key, or call it *{KEY_SUFFIX}, which .dvcignore leaves out"
        )
    PseudonymKey(path)


def _tracked_folder(path: Path) -> Path | None:
    """The folder around a file that stands in DVC's `FOLDER.dvc` beside it; by the names of links, and by where they lead."""
    around = [*Path(os.path.normpath(path)).parents, *path.resolve().parents]
    return next((folder for folder in around if (folder.parent / f"{folder.name}.dvc").is_file()), None)


def input_files(config: Config) -> Iterator[tuple[str, str | None]]:
    """Options that name a file or folder which a run reads, and its path; None where there is none."""
    for table in config.cohort.tables:
        yield "cohort.table" if config.cohort.join is None else "cohort.join", table
    yield "cohort.features", config.cohort.features
    root, table = config.cohort.root, config.cohort.table
    if root is not None and (is_url(root) or not is_url(table)):
        yield "cohort.root", root if is_url(root) else str(Path(table).parent / root)
    if isinstance(config.validation, External):
        yield "validation.model", config.validation.model
    else:
        yield "validation.inner_folds", config.validation.given_inner_folds


def _check_validation(config: Config) -> None:
    """Whether every patient has inner folds shows once it is known who takes part."""
    if isinstance(config.validation, External):
        # Imported here because it loads all that a model is judged by, and only these runs read one.
        from radsurv.stages.model_file import read_model

        read_model(config, config.validation)
        return
    table = read_inner_folds(config.validation.given_inner_folds, str)
    if table is not None:
        given_folds(table, [])


def _check_published(config: Config) -> None:
    if config.published is not None:
        # Imported here because it takes pandas a while to load.
        from radsurv.report.published import find

        find(config.published)


def _check_cache(config: Config) -> None:
    if not _reaches(config, "radiomics"):
        return
    if not (config.computes_deep or config.computes_radiomics or isinstance(config.search, SearchOptions)):
        return
    try:
        config.compute.cache_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"compute.cache_dir={config.compute.cache_dir} cannot be made ({error.strerror}): name a folder that can be written"
        ) from None


def check_shared_cache(config: Config) -> None:
    """That the shared cache can be asked, before anything is computed that others have.

    Raises
    ------
    StorageError
        It cannot.
    """
    shared = SharedCache.of(config.compute)
    if shared is None or not _reaches(config, "radiomics"):
        return
    try:
        shared.require()
    except StorageError as error:
        raise StorageError(f"{error}; or do without it: compute.shared_cache=null") from None


def _check_network(config: Config) -> None:
    if not config.computes_deep or not _reaches(config, "deep"):
        return
    path = weights_file(config.backbone)
    if path is not None:
        check_converted(config.backbone, path)
    own_layers = config.backbone.layers in ([], default_layers(config.backbone.name))
    if not own_layers or config.patch.size is not None:  # a network's own cannot be wrong
        layer_sizes(config)
