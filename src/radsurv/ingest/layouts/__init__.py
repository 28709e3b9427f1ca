"""The ways in which images and outlines are laid out: every module here is one."""
