"""The rows of a minute, and the one object in S3 that holds them."""
