"""From recorded numbers to curves."""
