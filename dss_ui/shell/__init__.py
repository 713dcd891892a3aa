"""What every page stands in: frame, navigation, messages, shared wording, cache."""
