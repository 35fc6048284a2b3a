"""Uncertainty over seeds and games."""
