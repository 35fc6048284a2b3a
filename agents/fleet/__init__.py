"""Many runs as one program, and how a device executes them."""
