"""From aligned images and a region to the network input: resample, crop, normalise."""
