"""Past transitions: which ones, where their frames lie, and their format on disk."""
