"""What Lambda and CloudWatch make of a function's output: log events, and metrics from the embedded format."""
