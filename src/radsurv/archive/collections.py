"""The public collections that `conf/cohort` has recipes for: where they are, and what can be fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

UPLOADS = "https://www.cancerimagingarchive.net/wp-content/uploads"
POLICY = "The Cancer Imaging Archive, https://www.cancerimagingarchive.net/data-usage-policies-and-restrictions/"


@dataclass(frozen=True, kw_only=True)
class Collection:
    """One of them.

    Attributes
    ----------
    title
    licence
        As far as it is known before anything is fetched; the index of images says it series by series.
    citation
    page
        Where to read on.
    policy
        Of the archive, beside the licence; empty if it has none.
    idc
        Its name at the Imaging Data Commons; empty if its images are not there as the recipe needs them.
    modalities
        What is fetched of it.
    clinical
        Address of the clinical table; empty if it is not one file without an account.
    by_hand
        What else to do, step by step.
    """

    title: str
    licence: str
    citation: str
    page: str
    policy: str = POLICY
    idc: str = ""
    modalities: tuple[str, ...] = ()
    clinical: str = ""
    by_hand: tuple[str, ...] = ()


def _tcga(which: str, doi: str) -> Collection:
    name = f"tcga_{which.lower()}"
    return Collection(
        title=f"TCGA-{which}, MR before surgery with outlines",
        licence="see the pages of the archive and of the GDC",
        citation="Bakas et al., Scientific Data 2017;4:170117; TCGA Research Network",
        page=f"https://doi.org/{doi}",
        by_hand=(
            f"images and outlines: from {f'https://doi.org/{doi}'}, the package of NIfTI files; unpack it so that DIR/{name} holds a folder"
            " for each patient",
            f"clinical table: at https://portal.gdc.cancer.gov, project TCGA-{which}, Clinical, TSV; name its clinical.tsv"
            f" DIR/gdc_{name}.tsv",
        ),
    )


COLLECTIONS: Mapping[str, Collection] = MappingProxyType(
    {
        "brats": Collection(
            title="BraTS 2020, training",
            licence="the terms that you agree to when you register",
            citation="Menze et al., IEEE TMI 2015;34:1993-2024; Bakas et al., Scientific Data 2017;4:170117",
            page="https://www.med.upenn.edu/cbica/brats2020/",
            policy="",
            by_hand=(
                "an account: register with the organisers, who send you the address of MICCAI_BraTS2020_TrainingData",
                "unpack it so that DIR/brats holds a folder for each patient, and move survival_info.csv to DIR/survival_info.csv",
            ),
        ),
        "lung1": Collection(
            title="NSCLC-Radiomics (Lung1), CT with outlines of the tumour",
            licence="CC BY-NC 3.0 (not commercial)",
            citation="Aerts et al., Nature Communications 2014;5:4006; doi:10.7937/K9/TCIA.2015.PF0M9REI",
            page="https://doi.org/10.7937/K9/TCIA.2015.PF0M9REI",
            idc="nsclc_radiomics",
            modalities=("CT", "RTSTRUCT"),
            clinical=f"{UPLOADS}/NSCLC-Radiomics-Lung1.clinical-version3-Oct-2019.csv",
        ),
        "tcga_gbm": _tcga("GBM", "10.7937/K9/TCIA.2017.KLXWJJ1Q"),
        "tcga_lgg": _tcga("LGG", "10.7937/K9/TCIA.2017.GJQ7R0EF"),
        "ucsf_pdgm": Collection(
            title="UCSF-PDGM, MR of diffuse gliomas before surgery",
            licence="CC BY 4.0",
            citation="Calabrese et al., TCIA 2022; doi:10.7937/tcia.bdgf-8v37",
            page="https://doi.org/10.7937/tcia.bdgf-8v37",
            clinical=f"{UPLOADS}/UCSF-PDGM-metadata_v5.csv",
            by_hand=(
                "images and outlines: on the page above, the NIfTI files, with the IBM Aspera client (no account); put the folders"
                " UCSF-PDGM-0004_nifti … into DIR/ucsf_pdgm",
            ),
        ),
        "upenn_gbm": Collection(
            title="UPENN-GBM, MR of glioblastomas before surgery",
            licence="CC BY 4.0",
            citation="Bakas et al., Scientific Data 2022;9:453; doi:10.7937/TCIA.709X-DN49",
            page="https://doi.org/10.7937/TCIA.709X-DN49",
            clinical=f"{UPLOADS}/UPENN-GBM_clinical_info_v2.1.csv",
            by_hand=(
                "images and outlines: on the page above, the package UPENN-GBM-NIfTI, with the IBM Aspera client (no account); put"
                " its folders images_structural and images_segm into DIR/upenn_gbm. The DICOM series, elsewhere, have none of its outlines",
            ),
        ),
    }
)
