import hashlib
from dataclasses import replace

import numpy as np

from radsurv.roi.region import Region

REGION = Region(np.arange(12.0).reshape(3, 4), np.eye(3, 4, dtype=bool), (0.5, 0.75), 6.0, 7)


def test_the_hash_is_of_pixels_outline_scale_and_shape():
    """Caches and the seeds of perturbed outlines hang on it: it may not change (the value is that of the first version)."""
    content = [REGION.image, REGION.outline, np.array([0.5, 0.75, 6.0]), np.array([3, 4])]
    assert REGION.content_hash() == hashlib.sha256(b"".join(array.tobytes() for array in content)).hexdigest()
    assert REGION.content_hash() == "c8b6189a42191ad7539afdadb709143f119b1b59a6ce1ff3f26fb908119754bd"


def test_the_hash_does_not_hang_on_where_the_section_was():
    assert replace(REGION, section=1).content_hash() == REGION.content_hash()
    assert replace(REGION, slice_mm=5.0).content_hash() != REGION.content_hash()
    assert replace(REGION, outline=~REGION.outline).content_hash() != REGION.content_hash()
