"""The estimate of a month's bill: its arithmetic, its counts beside the deployed function's, its document."""
