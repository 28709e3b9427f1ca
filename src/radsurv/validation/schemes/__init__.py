"""Validation schemes, one module each: a concrete `radsurv.validation.validation_options.Scheme`."""
