"""What is done with a region of interest: drawn on the PET, measured, checked, jittered, exported.

A layer above `preprocessing` and below the pipeline; nothing here knows a network.
"""
