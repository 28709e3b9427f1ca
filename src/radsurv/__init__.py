"""RadSurv: tumour images, outlines and survival times in; an honest survival experiment out."""

__version__ = "0.2.0"
