"""What is done to chosen neurons: their weights, and the optimizer's memory of them."""
