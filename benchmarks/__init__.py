"""How fast everything is, against peers and against what the machine can do."""
