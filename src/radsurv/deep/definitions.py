"""The version of what the deep features are: of the code, without the weights."""

# Part of the cache key and of a finished model: raised when a change of this folder changes a feature's value.
CODE_VERSION = 1
