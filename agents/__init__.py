"""Pure, JIT-compiled value-based agents and the loop that trains them."""
