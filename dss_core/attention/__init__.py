"""Where a network responded: attention maps, their place in the patient, sanity checks."""
