"""Deep Q-learning as pure functions."""
