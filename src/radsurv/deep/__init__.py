"""Features of a patch from a pretrained network: any backbone, any layer, any device."""
