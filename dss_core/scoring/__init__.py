"""The network, its weights bundles and the score they give."""
