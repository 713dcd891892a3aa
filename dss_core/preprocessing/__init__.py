"""From aligned images and a region to what a network sees: resample, crop, normalise."""
