"""The survival models, one module each: options, how they describe themselves, and how they are fitted."""
