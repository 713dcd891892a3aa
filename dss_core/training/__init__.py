"""Training of networks: augmentation, configuration, loop, hardware, demo weights."""
