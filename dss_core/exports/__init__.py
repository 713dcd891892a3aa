"""What a case leaves behind: drawn from its record only."""
