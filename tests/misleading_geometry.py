"""Images and outlines that could mislead, and what is said of each: rows of docs/misleading.md.

``(kind, given, before, now)``. `now` is part of what the patient's rows of ``qc.csv`` say, or of the result in words;
``test_misleading_geometry.py`` makes each input and asserts it.
"""

ROWS = [
    (
        "geometry",
        "an outline whose file stores the x axis reversed, at the same place",
        "excluded, with the advice to raise cohort.geometry_tolerance_mm, which mirrors the outline",
        "reordered onto the image, voxel by voxel, without interpolation",
    ),
    (
        "geometry",
        "an outline whose file stores the axes in another order, at the same place",
        "excluded: image and mask differ in size",
        "(x, y, z of the image are y, z, x of the outline): reordered onto the image, voxel by voxel",
    ),
    (
        "geometry",
        "another sequence whose file stores an axis reversed, at the same place",
        "excluded, with the same advice",
        "its axes are in another order than those of image (x, y, z of the image are -x, y, z of this file)",
    ),
    (
        "geometry",
        "cohort.geometry_tolerance_mm=1000, and an outline 10 mm away from its place",
        "accepted without a word; features wrong by up to 330 %",
        "cohort.geometry_tolerance_mm=1000 is more than half of the smallest voxel edge",
    ),
    (
        "geometry",
        "an outline half a voxel away from the image's grid",
        "excluded, with the advice to raise cohort.geometry_tolerance_mm",
        "cohort.outline_grid=resample puts an outline of the same scan onto the image's grid (nearest neighbour)",
    ),
    (
        "geometry",
        "an outline on a finer grid, cohort.outline_grid=resample",
        "excluded; to be resampled with another program",
        "was resampled onto the image's, nearest neighbour (cohort.outline_grid=resample): 285.8 mm³ became 285.8 mm³",
    ),
    (
        "geometry",
        "an outline saved without its place in the patient, cohort.outline_grid=resample",
        "excluded, with the advice to raise cohort.geometry_tolerance_mm",
        "127 of 127 outlined voxels lie outside the image, so resampling would cut them off",
    ),
    (
        "sections",
        "a sagittal series: sections stacked along the file's first axis",
        "measured across thick voxels, without a word",
        "sections are taken along x, where voxels are thickest (6 × 0.5 × 0.75 mm, x × y × z; roi.section_axis=auto)",
    ),
    (
        "voxel size",
        "NIfTI with a voxel size of 0",
        "read as 1 mm, volume and areas with it",
        "says that its voxels measure 0.75 × 0.5 × 0 (x × y × z, pixdim in the header)",
    ),
    (
        "voxel size",
        "NIfTI with a voxel size of NaN",
        "read as 1 mm",
        "says that its voxels measure 0.75 × 0.5 × nan (x × y × z, pixdim in the header)",
    ),
    (
        "voxel size",
        "NIfTI with a negative voxel size",
        "the axis turned round",
        "says that its voxels measure 0.75 × 0.5 × -6 (x × y × z, pixdim in the header)",
    ),
    (
        "voxel size",
        "NIfTI in metres with lengths in mm",
        "a tumour of 10⁹ times the volume",
        "says that its voxels measure 750 × 500 × 6000 mm (x × y × z); expected lengths from 0.0001 to 1000",
    ),
    (
        "voxel size",
        "NRRD that does not state the voxel size",
        "read as 1 mm",
        "does not say how large its voxels are",
    ),
    (
        "labels",
        "a mask of 0.99999994 after resampling",
        "excluded: values such as 1; threshold it first",
        "included without a warning",
    ),
    (
        "labels",
        "a mask of 255 with a slope of 0.003922, nearly 1/255",
        "excluded: values such as 1.00011; threshold it first",
        "included without a warning",
    ),
    (
        "intensities",
        "NaN outside the brain, in the section of the outline, too",
        "excluded",
        "800 voxels are not finite (NaN or inf), none of them where features are computed",
    ),
    (
        "intensities",
        "NaN in a corner of the rectangle around the outline",
        "excluded, with the NaN of the whole section counted",
        "1 pixel of section 2 in the rectangle around the outline, 0 of them inside the outline, is not finite",
    ),
    (
        "intensities",
        "a histogram of negative intensities (CT)",
        "12 of 869 reference values off by up to 0.12 %: intensities on the edge of a bin went to the upper one",
        "the histogram features of the same intensities above 0, to the last bit",
    ),
    (
        "patch",
        "patch.margin=0.5, 1 and 2 around a tumour of 60 × 50 pixels",
        "three times the same patch: no more than 16 pixels of context were kept",
        "patches of 120 × 100, 180 × 150 and 300 × 250 pixels",
    ),
    (
        "patch",
        "patch.margin=0.5 for a tumour at the border of the image",
        "less margin on one side, without a word",
        "the patch ends at the border of the image, where 40 pixels of patch.margin=0.5 would lie beyond it",
    ),
]
