"""Networks that return their activations with their outputs."""
