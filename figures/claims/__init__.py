"""Verdicts, computed from curves."""
