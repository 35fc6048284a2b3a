"""Sizes of the same experiments."""
