"""What CloudWatch makes of the metrics that it holds, by AWS's documentation: the sandbox's answers to queries."""
