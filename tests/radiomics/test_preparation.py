import numpy as np

import conf
from radsurv.radiomics.preparation import level_warnings, quantized_sections
from radsurv.roi.region import Region


def _region(values):
    image = np.array(values, float)
    return Region(image, np.ones(image.shape, bool), (1.0, 1.0), 1.0, 0)


def test_reference(reference, paper):
    sections = quantized_sections(reference.region, paper)
    assert len(sections) == len(reference.quantized) == 8
    for section in sections:
        one = section.configuration
        expected = reference.quantized[f"{one.algorithm}_{one.levels}_{one.scale_name}"]
        np.testing.assert_array_equal(section.quantized, expected)
        assert section.occurring_levels == len(np.unique(expected)) - 1


def test_context_has_no_influence(blob, paper):
    tight = blob.tight()
    assert tight.image.shape != blob.image.shape
    for wide, narrow in zip(quantized_sections(blob, paper), quantized_sections(tight, paper), strict=True):
        np.testing.assert_array_equal(wide.quantized, narrow.quantized)


def test_outliers_leave_the_mask_only_when_asked(paper):
    region = _region(np.r_[np.zeros(15), 1000].reshape(4, 4))
    assert [np.count_nonzero(one.quantized) for one in quantized_sections(region, paper)] == [15] * 8
    keep = paper.model_copy(update={"outlier_sd": None})
    assert [np.count_nonzero(one.quantized) for one in quantized_sections(region, keep)] == [16] * 8


def test_one_warning_names_the_sparse_configurations():
    quantization = conf.quantization(algorithms=["equal", "uniform"], levels=[4, 32], scales=["native"])
    assert level_warnings(quantized_sections(_region([[1, 2, 3], [3, 2, 1]]), quantization)) == [
        "equal32_native: 3 of 32, uniform32_native: 3 of 32 grey levels after quantisation"
    ]


def test_no_warning_for_a_rich_region(blob, paper):
    assert level_warnings(quantized_sections(blob, paper)) == []


def test_scales_that_coincide_share_their_arrays(paper):
    sections = quantized_sections(_region(np.arange(30).reshape(5, 6)), paper)
    for native, resampled in zip(sections[:4], sections[4:], strict=True):
        assert native.section is resampled.section
        assert native.quantized is resampled.quantized
    first, second, *_ = sections
    assert first.section is second.section
    assert first.quantized is not second.quantized
