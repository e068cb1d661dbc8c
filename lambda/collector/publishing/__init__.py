"""The rows as CloudWatch data, and the health of the run."""
