"""Where parallel loops run, one module each: options, and the workers."""
