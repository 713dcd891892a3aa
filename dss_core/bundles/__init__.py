"""Weights bundles: model card, networks, reference outputs; read, verified, written, exported."""
