"""Pictures of a case: values become colours, panels get letters, ruler and scale."""
