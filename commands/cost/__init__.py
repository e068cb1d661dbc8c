"""What cdk.json costs a month, line by line: the estimate of `infra.cost`, for people."""
