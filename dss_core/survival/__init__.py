"""What happened to past patients: groups compared, Cox models, a patient's position."""
