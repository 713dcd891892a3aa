"""From files on disk to what the network sees: read, SUV, region, resample, normalise."""
