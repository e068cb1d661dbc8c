"""What the functions, the stack, the docs and other tools agree on: names, layouts and metrics."""
