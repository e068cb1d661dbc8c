"""What both functions know of AWS: how to read its errors, and how to print a metric into the log."""
