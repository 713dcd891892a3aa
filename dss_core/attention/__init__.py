"""Attention: maps of the network response, their zones and sanity checks."""
