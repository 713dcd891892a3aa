"""From network input to score, interval and out-of-distribution check."""
