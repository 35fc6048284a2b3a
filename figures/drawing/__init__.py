"""One visual language for every picture."""
