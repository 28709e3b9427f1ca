"""Clean features of patients, written as programs write them: the columns beside the features, their order, and the separator."""

from __future__ import annotations

import numpy as np
import pandas as pd

# pyradiomics 3.1: `radiomics/generalinfo.py`, as `pyradiomics BATCH.csv -f csv` writes it; values of its test case brain1.
DIAGNOSTICS = {
    "Versions_PyRadiomics": "v3.1.0",
    "Versions_Numpy": "1.26.3",
    "Versions_SimpleITK": "2.3.1",
    "Versions_PyWavelet": "1.3.0",
    "Versions_Python": "3.9.12",
    "Configuration_Settings": "{'minimumROIDimensions': 2, 'label': 1, 'additionalInfo': True, 'binWidth': 25}",
    "Configuration_EnabledImageTypes": "{'Original': {}}",
    "Image-original_Hash": "5c9ce3ca174f0f8324aa4d277e0fef82dc5ac566",
    "Image-original_Dimensionality": "3D",
    "Image-original_Spacing": "(0.7812499999999999, 0.7812499999999999, 6.499999999999998)",
    "Image-original_Size": "(256, 256, 25)",
    "Image-original_Mean": "385.6564080810547",
    "Image-original_Minimum": "0.0",
    "Image-original_Maximum": "3057.0",
    "Mask-original_Hash": "9dc2c3137b31fd872997d92c9a92d5178126d9d3",
    "Mask-original_Spacing": "(0.7812499999999999, 0.7812499999999999, 6.499999999999998)",
    "Mask-original_Size": "(256, 256, 25)",
    "Mask-original_BoundingBox": "(162, 84, 11, 47, 70, 7)",
    "Mask-original_VoxelNum": "4137",
    "Mask-original_VolumeNum": "2",
    "Mask-original_CenterOfMassIndex": "(186.98549673676578, 106.3562968334542, 14.38917089678511)",
    "Mask-original_CenterOfMass": "(46.47304432559825, 16.518518098863908, 15.529610829103234)",
}
# MIRP 2.7: mirp/_workflows/standardWorkflow.py, _get_feature_set_details; None is an empty cell.
MIRP = {
    "image_file_name": "image.nii.gz",
    "image_directory": "/data/images",
    "image_study_date": "20040826",
    "image_study_description": None,
    "image_series_description": "t1 post",
    "image_series_instance_uid": "1.3.6.1.4.1.9590.100.1.2",
    "image_modality": "mr",
    "image_measurement_unit": None,
    "image_pet_suv_type": None,
    "image_mask_label": "GTV",
    "image_mask_file_name": "mask.nii.gz",
    "image_mask_directory": "/data/masks",
    "image_mask_series_description": None,
    "image_mask_series_instance_uid": None,
    "image_settings_id": None,
    "image_voxel_size_x": 1.0,
    "image_voxel_size_y": 1.0,
    "image_voxel_size_z": 5.0,
    "image_noise_level": None,
    "image_noise_iteration_id": None,
    "image_rotation_angle": 0.0,
    "image_translation_x": 0.0,
    "image_translation_y": 0.0,
    "image_translation_z": 0.0,
    "image_mask_randomise_id": None,
    "image_mask_adapt_size": 0.0,
}
# pyCERR 2.5: cerr/radiomics/ibsi1.py, computeScalarFeatures.
PYCERR = {
    "numVoxelsOrig": 43124,
    "numVoxelsInterpReseg": 41088,
    "meanIntensityInterpReseg": -32.92093986604281,
    "maxIntensityInterpReseg": 296.2415679998811,
    "minIntensityInterpReseg": -995.0550400000018,
}
# How each of them calls the same three features.
NAMES = {
    "pyradiomics": ["original_shape_MeshVolume", "original_firstorder_Skewness", "wavelet-HHL_glcm_Imc1"],
    "MIRP": ["morph_volume", "stat_skew", "cm_joint_max_d1_avg_fbn_n32"],
    "PyCERR": ["original_shape_volume", "original_firstOrder_skewness", "original_glcm_jointMax_3D_avg"],
}


def clean(program: str, patients: list[str], seed: int = 0) -> pd.DataFrame:
    """``patient_id``, then three features, by the names of a program."""
    values = np.random.default_rng(seed).normal(size=(len(patients), 3)) * [1000, 1, 0.01]
    table = pd.DataFrame(values, columns=NAMES[program])
    table.insert(0, "patient_id", patients)
    return table


def as_written(program: str, table: pd.DataFrame) -> str:
    """The same as the program writes it."""
    ids, features = table["patient_id"], table.iloc[:, 1:]
    if program == "pyradiomics":
        paths = [f"/data/{patient}/{name}.nrrd" for name in ("image", "label") for patient in ids]
        batch = pd.DataFrame({"ID": ids, "Image": paths[: len(ids)], "Mask": paths[len(ids) :], "Label": 1})
        beside = pd.DataFrame({f"diagnostics_{name}": [value] * len(ids) for name, value in DIAGNOSTICS.items()})
        return pd.concat([batch, beside, features], axis=1).to_csv(index=False)
    own = pd.DataFrame({name: [value] * len(ids) for name, value in {"MIRP": MIRP, "PyCERR": PYCERR}[program].items()})
    if program == "MIRP":
        whole = pd.concat([ids.rename("sample_name"), own, features], axis=1)
        return whole.to_csv(index=False, sep=";", na_rep="")
    return pd.concat([ids.rename("id"), own, features], axis=1).to_csv(index=False, lineterminator="\r\n")
