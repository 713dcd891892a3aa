"""Where the networks responded."""
