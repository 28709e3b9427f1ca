"""RadSurv: tumour images, outlines and survival times in; an honest survival experiment out."""

__version__ = "0.1.0"
