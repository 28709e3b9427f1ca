"""``radsurv download``: its options, and what it prints."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from radsurv.archive.collections import COLLECTIONS, Collection
from radsurv.errors import ConfigError
from radsurv.formats import plural

if TYPE_CHECKING:
    from radsurv.archive.index import Series

DESCRIPTION = """\
Fetch a public collection that conf/cohort has a recipe for, as far as that is allowed without an account, and say what is to be done
by hand. Licence and citation are shown first; nothing is fetched without --accept-licence. The same command goes on where an earlier
one ended. docs/recipes.md
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser what the command takes."""
    parser.add_argument("name", choices=COLLECTIONS, metavar="NAME", help=", ".join(COLLECTIONS))
    parser.add_argument("dir", type=Path, metavar="DIR", help="where it goes, e.g. downloads")
    parser.add_argument(
        "--accept-licence", action="store_true", help="you have read the licence that is shown, and keep to it"
    )
    parser.add_argument("--patients", type=int, metavar="N", help="the first N patients only, to try it")


def run(options: argparse.Namespace) -> int:
    """Show what there is, fetch it if the licence is accepted, and say what is left to do."""
    collection = COLLECTIONS[options.name]
    if options.patients is not None and options.patients < 1:
        raise ConfigError(f"--patients {options.patients}: expected 1 or more")
    wanted = _wanted(collection, options.patients)
    _show(collection, wanted)
    if (wanted or collection.clinical) and not options.accept_licence:
        raise ConfigError("nothing was fetched: read the licence, and say --accept-licence if you keep to it")
    _fetch(collection, wanted, options.name, options.dir)
    for step in collection.by_hand:
        print(f"by hand: {step.replace('DIR/', f'{options.dir}/')}")
    print(
        f"then: the command at the head of conf/cohort/{options.name}.yaml makes the cohort; what it calls downloads is {options.dir}"
    )
    return 0


def _wanted(collection: Collection, n_patients: int | None) -> list[Series]:
    if not collection.idc:
        return []
    # Imported here because the command line starts without them.
    from radsurv.archive.index import index_file, series_of

    found = series_of(index_file(), collection.idc, collection.modalities)
    patients = list(dict.fromkeys(series.patient for series in found))[:n_patients]
    return [series for series in found if series.patient in set(patients)]


def _show(collection: Collection, wanted: Sequence[Series]) -> None:
    print(
        f"{collection.title}\n  page: {collection.page}\n  cite: {collection.citation}\n  licence: {collection.licence}"
    )
    if collection.policy:
        print(f"  data usage policy: {collection.policy}")
    of: dict[tuple[str, str], list[Series]] = defaultdict(list)
    for series in wanted:
        of[series.licence, series.modality].append(series)
    for (licence, modality), its in sorted(of.items()):
        patients = plural(len({series.patient for series in its}), "patient")
        megabytes = sum(series.megabytes for series in its)
        print(f"  {modality}: {len(its)} series of {patients}, {megabytes:,.0f} MB, {licence}")
    if collection.clinical:
        print(f"  clinical table: {collection.clinical}")


def _fetch(collection: Collection, wanted: Sequence[Series], name: str, folder: Path) -> None:
    from rich.progress import track

    from radsurv.archive.fetch import fetch_series, fetch_table

    if collection.clinical:
        print(f"fetched: {fetch_table(collection.clinical, folder)}")
    if wanted:
        quiet = not sys.stderr.isatty()
        n = fetch_series(
            wanted,
            folder / name,
            progress=lambda loop: track(list(loop), transient=True, disable=quiet, description=name),
        )
        print(f"fetched: {n} series into {folder / name}; {len(wanted) - n} were there")
