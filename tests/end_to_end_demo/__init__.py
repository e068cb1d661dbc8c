"""The demo: run as a whole (slow), and its own checks, which must be able to fail."""
