"""What one browser session knows."""
