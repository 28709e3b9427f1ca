"""Which options may be addresses of object storage, and which addresses may be options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from radsurv.errors import ConfigError
from radsurv.options.cohort_table import CohortConfig
from radsurv.options.urls import Url, is_url, url_name


def check_addresses(cohort: CohortConfig, shared_cache: str | None, paths: Iterable[str]) -> None:
    """A cohort is read from object storage, and a shared cache is in it, by addresses that tell no secret; nothing else.

    Parameters
    ----------
    cohort
    shared_cache
        Of `radsurv.compute.compute_options.ComputeConfig`.
    paths
        Of all options.

    Raises
    ------
    ConfigError
        An address cannot be used, or is in another option; the shared cache is at none; tables are joined that have no folder in
        common; the key of the pseudonyms would be in the storage. No message repeats an address: there may be a secret in it.
    """
    found = {address: _parsed(option, address) for option, address in _places(cohort) if is_url(address)}
    others = [*paths]
    if shared_cache is not None:
        _check_shared_cache(shared_cache)
        others.remove(shared_cache)
    wrong = [path for path in others if is_url(path) and path not in found]
    if wrong:
        raise ConfigError(
            f"an option is an address of object storage (that of {url_name(wrong[0])!r}), where only cohort.table, .join, .root and"
            " .features, and compute.shared_cache, may be: give a path of this machine"
        )
    buckets = {url and (url.scheme, url.bucket) for url in map(found.get, cohort.join or [])}
    if len(buckets) > 1:
        raise ConfigError(
            "cohort.join has tables of several buckets, or of a bucket and of this machine; expected one place: copy them into it"
        )
    if cohort.pseudonymise and cohort.pseudonym_key is None and any(map(is_url, cohort.tables)):
        raise ConfigError(
            "cohort.pseudonymise keeps its key beside the cohort table, which is in object storage: name a file of this machine with"
            " cohort.pseudonym_key"
        )


def _check_shared_cache(address: str) -> None:
    if not is_url(address):
        raise ConfigError(
            "compute.shared_cache is no address of object storage; expected s3://BUCKET/FOLDER: a folder that all machines see is"
            " compute.cache_dir"
        )
    _parsed("compute.shared_cache", address)


def _places(cohort: CohortConfig) -> Iterator[tuple[str, str]]:
    for table in cohort.tables:
        yield "cohort.table" if cohort.join is None else "cohort.join", table
    for option, place in (("cohort.root", cohort.root), ("cohort.features", cohort.features)):
        if place is not None:
            yield option, place


def _parsed(option: str, address: str) -> Url:
    try:
        return Url.parse(address)
    except ValueError as error:
        raise ConfigError(
            f"{option} is an address of object storage (that of {url_name(address)!r}): {error}"
        ) from None
